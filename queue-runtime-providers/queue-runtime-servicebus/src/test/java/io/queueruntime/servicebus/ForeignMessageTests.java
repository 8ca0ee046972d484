package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.azure.core.amqp.models.AmqpMessageBody;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages that other programs send and receive, with the SDK alone. */
class ForeignMessageTests {

  private static final QueueName QUEUE = QueueName.of("shared");
  private static final Duration WAIT = Duration.ofSeconds(10);

  private final Emulated emulated = new Emulated();
  private final ServiceBusQueueProvider provider = emulated.provider();
  private final ServiceBusClientBuilder foreign =
      new ServiceBusClientBuilder().connectionString(emulated.emulator.connectionString());

  ForeignMessageTests() {
    emulated.emulator.createQueue(QUEUE.value());
  }

  @AfterEach
  void close() {
    provider.close();
    emulated.close();
  }

  private ReceivedMessage<byte[]> sentBySomebodyElse(ServiceBusMessage message) {
    try (ServiceBusSenderClient sender = foreign.sender().queueName(QUEUE.value()).buildClient()) {
      sender.sendMessage(message);
    }
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      ReceivedMessage<byte[]> received = receiver.receive(1, WAIT).join().get(0);
      receiver.settle(received, Settlement.complete()).join();
      return received;
    }
  }

  @Test
  void aBodyThatIsAValueIsItsText() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage(AmqpMessageBody.fromValue("Grüße")));

    assertThat(new String(message.body(), StandardCharsets.UTF_8)).isEqualTo("Grüße");
    assertThat(message.messageId()).isNotBlank();
  }

  @Test
  void aBodyThatIsASequenceIsItsText() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage(AmqpMessageBody.fromSequence(List.of(1L, "b"))));

    assertThat(new String(message.body(), StandardCharsets.UTF_8)).isEqualTo("[1, b]");
  }

  @Test
  void aSessionIdOnAPlainQueueHindersNobody() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage("a").setSessionId("s"));

    assertThat(message.body()).isEqualTo("a".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void foreignTypesBecomeTheNearestOnesAHeaderMayHave() {
    ServiceBusMessage sent = new ServiceBusMessage("a");
    OffsetDateTime at = OffsetDateTime.parse("2026-03-04T05:06:07.1234567+02:00");
    sent.getApplicationProperties().put("at", at);
    sent.getApplicationProperties().put("took", Duration.ofSeconds(90));

    assertThat(sentBySomebodyElse(sent).headers())
        .containsOnly(entry("at", at.toInstant()), entry("took", "PT1M30S"));
  }

  /** The SDK alone says that it sent such a message, and sends nothing. */
  @Test
  void aMessageNearTheLimitIsSentOrRefusedButNeverLost() {
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      for (int size = 255_900; size < 262_200; size += 300) {
        OutgoingMessage message = OutgoingMessage.of(new byte[size]).build();
        CompletableFuture<?> sent = provider.sender(QUEUE).send(message);
        try {
          sent.join();
        } catch (CompletionException e) {
          assertThat(e).hasCauseInstanceOf(MessageTooLarge.class);
          continue;
        }
        ReceivedMessage<byte[]> received = receiver.receive(1, WAIT).join().get(0);
        assertThat(received.body()).hasSize(size);
        receiver.settle(received, Settlement.complete()).join();
      }
    }
  }

  /** The SDK writes a footer that it cannot read itself. */
  private static ServiceBusMessage unreadable() {
    ServiceBusMessage message = new ServiceBusMessage("unreadable");
    message.getRawAmqpMessage().getFooter().put("a", "b");
    return message;
  }

  @Test
  void messageThatCannotBeReadStandsAmongThoseThatAreLookedAt() {
    try (ServiceBusSenderClient sender = foreign.sender().queueName(QUEUE.value()).buildClient()) {
      for (int i = 1; i <= 20; i++) {
        sender.sendMessage(i == 7 || i == 12 ? unreadable() : new ServiceBusMessage("m" + i));
      }
      sender.sendMessage(unreadable());
    }
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      List<ReceivedMessage<byte[]>> all = receiver.peek(SequenceNumber.START, 100).join();

      assertThat(all)
          .extracting(message -> message.sequenceNumber().value())
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 21).boxed().toList());
      assertThat(all)
          .filteredOn(message -> message.headers().containsKey(WireProperties.UNREADABLE))
          .extracting(message -> message.sequenceNumber().value())
          .containsExactly(7L, 12L, 21L);
      assertThat(all.get(7).body()).isEqualTo("m8".getBytes(StandardCharsets.UTF_8));
      assertThat(receiver.peek(SequenceNumber.of(6), 3).join())
          .extracting(message -> message.sequenceNumber().value())
          .containsExactly(6L, 7L, 8L);
    }
  }

  @Test
  void messageThatCannotBeReadIsFoundBehindAGap() {
    try (ServiceBusSenderClient sender = foreign.sender().queueName(QUEUE.value()).buildClient();
        QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      for (int i = 1; i <= 30; i++) {
        sender.sendMessage(new ServiceBusMessage("m" + i));
        ReceivedMessage<byte[]> received = receiver.receive(1, WAIT).join().get(0);
        receiver.settle(received, Settlement.complete()).join();
      }
      sender.sendMessage(unreadable());

      assertThat(receiver.peek(SequenceNumber.START, 10).join())
          .singleElement()
          .extracting(message -> message.sequenceNumber().value())
          .isEqualTo(31L);
    }
  }

  @Test
  void theBrokersOwnMessageIsThereForWhoNeedsIt() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage("a").setTo("somewhere"));

    assertThat(message.nativeMessage())
        .containsInstanceOf(ServiceBusReceivedMessage.class)
        .get()
        .extracting(wire -> ((ServiceBusReceivedMessage) wire).getTo())
        .isEqualTo("somewhere");
  }

  @Test
  void somebodyElseReadsWhatTheRuntimeSends() {
    provider
        .sender(QUEUE)
        .send(
            OutgoingMessage.of("{}".getBytes(StandardCharsets.UTF_8))
                .messageId("id-1")
                .contentType("application/json")
                .subject("order")
                .header("tenant", "acme")
                .build())
        .join();

    try (ServiceBusReceiverClient receiver =
        foreign.receiver().queueName(QUEUE.value()).buildClient()) {
      ServiceBusReceivedMessage message =
          receiver.receiveMessages(1, WAIT).stream().findFirst().orElseThrow();
      assertThat(message.getBody()).hasToString("{}");
      assertThat(message.getMessageId()).isEqualTo("id-1");
      assertThat(message.getContentType()).isEqualTo("application/json");
      assertThat(message.getSubject()).isEqualTo("order");
      assertThat(message.getApplicationProperties()).containsOnly(entry("tenant", "acme"));
    }
  }
}
