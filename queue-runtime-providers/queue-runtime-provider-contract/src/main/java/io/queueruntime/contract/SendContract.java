package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Sending: what goes in comes out, whole, in order and with what was said about it. Used by one
 * thread.
 */
public abstract class SendContract extends ProviderContract {

  @Test
  @Promise("semantics 20")
  void bytesSentAreBytesReceived() {
    QueueName queue = queue();

    send(queue, "Grüße, 世界");

    assertThat(take(receiver(queue)).body())
        .isEqualTo("Grüße, 世界".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @Promise("semantics 20")
  void everyValueOfAByteTravels() {
    QueueName queue = queue();
    byte[] body = new byte[256];
    IntStream.range(0, 256).forEach(i -> body[i] = (byte) i);

    send(queue, OutgoingMessage.of(body));

    assertThat(take(receiver(queue)).body()).isEqualTo(body);
  }

  @Test
  @Promise("semantics 20")
  void anEmptyBodyTravels() {
    QueueName queue = queue();

    send(queue, OutgoingMessage.of(new byte[0]));

    assertThat(take(receiver(queue)).body()).isEmpty();
  }

  @Test
  @Promise("semantics 20")
  void aLargeBodyTravels() {
    QueueName queue = queue();
    byte[] body =
        new byte[(int) Math.min(1_000_000, provider.capabilities().limits().maxMessageSize() / 2)];
    new Random(1).nextBytes(body);

    send(queue, OutgoingMessage.of(body));

    assertThat(Arrays.equals(take(receiver(queue)).body(), body)).isTrue();
  }

  @Test
  @Promise("API-13")
  void headersTravelAndNothingIsAddedToThem() {
    QueueName queue = queue();

    send(queue, message("a").header("tenant", "acme").header("Ünicode", "ß").header("empty", ""));

    assertThat(take(receiver(queue)).headers())
        .containsOnly(
            Map.entry("tenant", "acme"), Map.entry("Ünicode", "ß"), Map.entry("empty", ""));
  }

  @Test
  @Promise("API-13")
  void headersKeepTheirTypes() {
    QueueName queue = queue();
    Map<String, Object> headers = new LinkedHashMap<>();
    headers.put("boolean", true);
    headers.put("byte", (byte) -1);
    headers.put("short", Short.MIN_VALUE);
    headers.put("int", Integer.MAX_VALUE);
    headers.put("long", Long.MIN_VALUE);
    headers.put("float", 1.5f);
    headers.put("double", Math.PI);
    headers.put("instant", Instant.parse("2026-01-02T03:04:05.678Z"));
    headers.put("uuid", UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));

    send(queue, message("a").headers(headers));

    assertThat(take(receiver(queue)).headers()).isEqualTo(headers);
  }

  @Test
  @Promise("API-13")
  void bytesInAHeaderTravel() {
    QueueName queue = queue();

    send(queue, message("a").header("signature", new byte[] {0, -1, 127, -128}));

    assertThat(take(receiver(queue)).headers().get("signature"))
        .isEqualTo(new byte[] {0, -1, 127, -128});
  }

  @Test
  @Promise("API-13")
  void whatIsSaidAboutAMessageTravels() {
    QueueName queue = queue();

    send(
        queue,
        message("a")
            .correlationId("c-1")
            .replyTo("answers")
            .replyToSessionId("r-1")
            .contentType("text/plain; charset=utf-8")
            .subject("greeting")
            .payloadType("order.v1"));

    ReceivedMessage<byte[]> message = take(receiver(queue));
    assertThat(message.correlationId()).contains("c-1");
    assertThat(message.replyTo()).contains("answers");
    assertThat(message.replyToSessionId()).contains("r-1");
    assertThat(message.contentType()).contains("text/plain; charset=utf-8");
    assertThat(message.subject()).contains("greeting");
    assertThat(message.payloadType()).contains("order.v1");
  }

  @Test
  @Promise("API-13")
  void whatWasNotSaidIsAbsent() {
    QueueName queue = queue();

    send(queue, "a");

    ReceivedMessage<byte[]> message = take(receiver(queue));
    assertThat(
            List.of(
                message.correlationId(),
                message.replyTo(),
                message.replyToSessionId(),
                message.contentType(),
                message.subject(),
                message.payloadType(),
                message.deduplicationKey(),
                message.sessionId(),
                message.scheduledEnqueueTime(),
                message.expiresAt(),
                message.deadLetter()))
        .containsOnly(Optional.empty());
    assertThat(message.headers()).isEmpty();
  }

  @Test
  @Promise("API-9")
  void theSendersMessageIdIsKept() {
    QueueName queue = queue();

    SendReceipt receipt = send(queue, message("a").messageId("order-4711"));

    assertThat(receipt.messageId()).isEqualTo("order-4711");
    assertThat(take(receiver(queue)).messageId()).isEqualTo("order-4711");
  }

  @Test
  @Promise("SND-1")
  void aMessageWithoutIdIsGivenOneThatItsReceiverSeesToo() {
    QueueName queue = queue();

    SendReceipt receipt = send(queue, "a");

    assertThat(receipt.messageId()).isNotBlank();
    assertThat(take(receiver(queue)).messageId()).isEqualTo(receipt.messageId());
  }

  @Test
  @Promise("SND-1")
  void idsMadeByTheRuntimeAreUnique() {
    QueueName queue = queue();

    List<SendReceipt> receipts = new ArrayList<>();
    receipts.add(send(queue, "a"));
    receipts.add(send(queue, "a"));
    receipts.addAll(
        await(provider.sender(queue).sendAll(List.of(message("a").build(), message("a").build()))));

    assertThat(receipts).extracting(SendReceipt::messageId).doesNotHaveDuplicates();
  }

  @Test
  @Promise("semantics 1")
  void aSentMessageIsEnqueued() {
    assertThat(send(queue(), message("a").messageId("a-1")).outcome())
        .isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  @Promise("semantics 3")
  void sequenceNumbersAscend() {
    QueueName queue = queue();

    List<SequenceNumber> told = new ArrayList<>();
    for (String text : List.of("a", "b", "c")) {
      send(queue, text).findSequenceNumber().ifPresent(told::add);
    }

    List<SequenceNumber> seen =
        takeAll(receiver(queue), 3).stream().map(ReceivedMessage::sequenceNumber).toList();
    assertThat(seen).hasSize(3).isSorted().doesNotHaveDuplicates();
    if (!told.isEmpty()) {
      assertThat(told).isEqualTo(seen);
    }
  }

  @Test
  @Promise("API-14")
  void theEnqueuedTimeIsTheTimeOfSending() {
    QueueName queue = queue();

    Instant sent = fixture.now();
    send(queue, "a");
    Instant stored = fixture.now();
    pass(step());

    ReceivedMessage<byte[]> message = take(receiver(queue));
    assertThat(message.enqueuedTime()).isBetween(sent.minusSeconds(1), stored.plusSeconds(1));
    assertThat(message.queue()).isEqualTo(queue);
  }

  @Test
  @Promise("RCV-8")
  void messagesArriveInTheOrderTheyWereSent() {
    QueueName queue = queue();

    sendEach(queue, "a", "b", "c", "d");

    consumeAll(receiver(queue), "a", "b", "c", "d");
  }

  @Test
  @Promise("SND-2")
  void queuesAreApart() {
    QueueName queue = queue();
    QueueName other = queue();

    send(queue, "a");

    nothingIn(receiver(other));
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("DUP-6")
  void withoutDetectionTwoMessagesMayShareAnId() {
    QueueName queue = queue();

    send(queue, message("first").messageId("same"));
    send(queue, message("second").messageId("same"));

    consumeAll(receiver(queue), "first", "second");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("API-13")
  void theSessionIdTravels() {
    QueueName queue = sessionQueue();

    send(queue, "customer-7", "a");

    assertThat(take(accept(queue, "customer-7")).sessionId()).contains(SessionId.of("customer-7"));
  }

  @Test
  @Promise("SND-1")
  void manySendsAtOnceAllArrive() {
    QueueName queue = queue();

    List<CompletableFuture<SendReceipt>> sends = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sends.add(provider.sender(queue).send(message("m" + i).build()));
    }
    List<String> ids = sends.stream().map(this::await).map(SendReceipt::messageId).toList();

    assertThat(takeAll(receiver(queue), 100))
        .extracting(ReceivedMessage::messageId)
        .containsExactlyInAnyOrderElementsOf(new HashSet<>(ids));
  }

  @Test
  @Promise("SND-1")
  void aSenderMayBeSharedBetweenThreads() {
    QueueName queue = queue();
    var sender = provider.sender(queue);

    List<CompletableFuture<Void>> threads =
        IntStream.range(0, 4)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < 25; i++) {
                            sender.send(message(thread + "-" + i).build()).join();
                          }
                        },
                        command -> new Thread(command, "contract-sender-" + thread).start()))
            .toList();
    threads.forEach(this::await);

    List<String> texts = texts(takeAll(receiver(queue), 100));
    assertThat(texts).hasSize(100).doesNotHaveDuplicates();
    for (int thread = 0; thread < 4; thread++) {
      String mine = thread + "-";
      assertThat(texts.stream().filter(text -> text.startsWith(mine)))
          .as("each thread's messages in the order it sent them")
          .containsExactlyElementsOf(IntStream.range(0, 25).mapToObj(i -> mine + i).toList());
    }
  }

  @Test
  @Promise("api.md QueueSender")
  void aSenderKnowsItsQueue() {
    QueueName queue = queue();

    assertThat(provider.sender(queue).queue()).isEqualTo(queue);
  }
}
