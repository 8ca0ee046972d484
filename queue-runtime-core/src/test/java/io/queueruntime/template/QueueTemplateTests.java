package io.queueruntime.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.fake.FakeProvider;
import io.queueruntime.fake.FakeProvider.Operation;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class QueueTemplateTests {

  record Order(String id, int lines) {}

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final QueueOptions SESSIONS = QueueOptions.DEFAULTS.withSessions(true);

  private final FakeProvider provider =
      new FakeProvider().create("orders", QueueOptions.DEFAULTS).create("s", SESSIONS);
  private final List<Duration> waits = new ArrayList<>();
  private final TransientRetry retry =
      new TransientRetry(
          3,
          delay -> {
            waits.add(delay);
            return (Executor) Runnable::run;
          },
          () -> 0.5);
  private final QueueTemplate template =
      new QueueTemplate(
          provider,
          MessageConverter.standard(
              JsonMapper.builder().build(), new PayloadTypes(Map.of("order.v1", Order.class))),
          QueueObservations.NONE,
          TemplateOptions.builder()
              .sessionIds(QueueName.of("s"), List.of(SessionId.of("a"), SessionId.of("b")))
              .operationTimeout(Duration.ofSeconds(10))
              .build(),
          retry,
          () -> NOW);

  @AfterEach
  void close() {
    template.close();
    provider.close();
  }

  private List<ReceivedMessage<byte[]>> in(String queue) {
    return template.peek(queue, byte[].class, SequenceNumber.START, 100);
  }

  private static String text(ReceivedMessage<byte[]> message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  @Test
  void payloadGoesAsJsonUnderItsLogicalName() {
    String id = template.send("orders", new Order("o-1", 2));
    ReceivedMessage<byte[]> message = in("orders").get(0);
    assertThat(message.messageId()).isEqualTo(id);
    assertThat(text(message)).isEqualTo("{\"id\":\"o-1\",\"lines\":2}");
    assertThat(message.contentType()).contains("application/json");
    assertThat(message.payloadType()).contains("order.v1");
  }

  @Test
  void everythingThatIsSetTravels() {
    SendReceipt receipt =
        template
            .to("s")
            .session("a")
            .messageId("o-1")
            .correlationId("c")
            .replyTo("answers")
            .replyToSession("r")
            .subject("new")
            .timeToLive(Duration.ofHours(1))
            .header("tenant", "acme")
            .headers(Map.of("urgent", true))
            .contentType("application/vnd.acme+json")
            .send(new Order("o-1", 2));
    assertThat(receipt.outcome()).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(receipt.messageId()).isEqualTo("o-1");
    ReceivedMessage<byte[]> message = in("s").get(0);
    assertThat(message.sessionId()).contains(SessionId.of("a"));
    assertThat(message.correlationId()).contains("c");
    assertThat(message.replyTo()).contains("answers");
    assertThat(message.replyToSessionId()).contains("r");
    assertThat(message.subject()).contains("new");
    assertThat(message.contentType()).contains("application/vnd.acme+json");
    assertThat(message.headers()).containsEntry("tenant", "acme").containsEntry("urgent", true);
  }

  @Test
  void headersOfTheRuntimeAreNeverForwarded() {
    template.to("orders").header("queue_deliveryCount", 7).header("mine", 1).send("x");
    template.send(
        "orders",
        OutgoingMessage.of(new byte[0]).header("queue_sessionId", "s").header("mine", 2).build());
    assertThat(in("orders"))
        .allSatisfy(message -> assertThat(message.headers()).containsOnlyKeys("mine"));
  }

  @Test
  void secondMessageWithTheSameIdIsADuplicateAndNoError() {
    template.to("orders").messageId("o-1").send("x");
    assertThat(template.to("orders").messageId("o-1").send("x").outcome())
        .isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  void idsMadeByTheTemplateDiffer() {
    MessageSpec spec = template.to("orders");
    assertThat(
            List.of(
                spec.send("x").messageId(),
                spec.send("x").messageId(),
                template.send("orders", "x")))
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[0-9a-f]{32}"));
  }

  @Test
  void partitionKeyChoosesAListedSession() {
    template.to("s").partitionKey("customer-42").send("x");
    template.to("s").partitionKey("customer-42").send("y");
    assertThat(in("s"))
        .extracting(m -> m.sessionId().orElseThrow())
        .hasSize(2)
        .containsOnly(in("s").get(0).sessionId().orElseThrow());
  }

  @Test
  void sessionOutsideTheListIsRefusedBeforeAnythingIsSent() {
    assertThatThrownBy(() -> template.to("s").session("z").send("x"))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("[a, b]");
    assertThatThrownBy(() -> template.to("s").session("a").partitionKey("k").send("x"))
        .isInstanceOf(ValidationFailed.class);
    assertThat(in("s")).isEmpty();
  }

  @Test
  void whatIsWrongWithAMessageIsSaidAtOnceAndAsynchronousSendsSayItInTheFuture() {
    assertThatThrownBy(() -> template.to("orders").messageId("x".repeat(129)))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> template.to("orders").contentType("no type"))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> template.to("orders").delay(Duration.ofSeconds(-1)))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> template.send("nowhere", "x")).isInstanceOf(QueueNotFound.class);
    assertThatThrownBy(() -> template.sendAsync("nowhere", "x").join())
        .hasCauseInstanceOf(QueueNotFound.class);
  }

  @Test
  void delayedMessageIsScheduledFromNowAndCanBeCancelled() {
    SendReceipt receipt = template.to("orders").delay(Duration.ofMinutes(5)).send("x");
    assertThat(template.receive("orders", String.class, Duration.ZERO)).isEmpty();
    assertThat(template.cancelScheduled("orders", receipt.sequenceNumber())).isTrue();
    assertThat(template.cancelScheduled("orders", receipt.sequenceNumber())).isFalse();
    template.to("orders").scheduledAt(NOW.plusSeconds(60)).send("y");
    provider.advance(Duration.ofSeconds(60));
    assertThat(template.receive("orders", String.class, Duration.ZERO).orElseThrow().payload())
        .isEqualTo("y");
  }

  @Test
  void transientErrorIsTriedAgainWithTheSameMessageId() {
    provider.failNext(
        Operation.SEND,
        new ConnectionFailed("orders", "planned", null),
        new Throttled("orders", "planned", Duration.ofSeconds(7), null),
        new ConnectionFailed("orders", "planned", null));
    template.send("orders", "x");
    assertThat(in("orders")).hasSize(1);
    assertThat(waits)
        .containsExactly(Duration.ofMillis(100), Duration.ofSeconds(7), Duration.ofMillis(400));
  }

  @Test
  void fourthTransientErrorIsTheCallers() {
    provider.failNext(
        Operation.SEND,
        new ConnectionFailed("orders", "1", null),
        new ConnectionFailed("orders", "2", null),
        new ConnectionFailed("orders", "3", null),
        new ConnectionFailed("orders", "4", null));
    assertThatThrownBy(() -> template.send("orders", "x"))
        .isInstanceOf(ConnectionFailed.class)
        .hasMessage("4");
  }

  @Test
  void fullQueueIsToldOnceItsSenderWasHeldBack() {
    provider.failNext(Operation.SEND, new QueueFull("orders", "planned"));
    assertThatThrownBy(() -> template.send("orders", "x")).isInstanceOf(QueueFull.class);
    assertThat(waits).isEmpty();
  }

  @Test
  void permanentErrorIsNotTriedAgain() {
    provider.failNext(Operation.SEND, new QueueNotFound("orders", "planned"));
    assertThatThrownBy(() -> template.send("orders", "x")).hasMessage("planned");
    assertThat(waits).isEmpty();
  }

  @Test
  void manyAreSentInOrderWithAReceiptForEach() {
    List<SendReceipt> receipts =
        template.sendAll(
            "orders",
            List.of(
                "x",
                OutgoingMessage.of(new byte[] {1}).messageId("own").build(),
                new Order("o", 1)));
    assertThat(receipts).hasSize(3);
    assertThat(receipts.get(1).messageId()).isEqualTo("own");
    assertThat(in("orders"))
        .extracting(ReceivedMessage::messageId)
        .containsExactlyElementsOf(receipts.stream().map(SendReceipt::messageId).toList());
    assertThat(template.sendAll("orders", List.of())).isEmpty();
  }

  @Test
  void oneWrongMessageOfManyKeepsAllFromBeingSent() {
    List<Object> messages =
        List.of(
            OutgoingMessage.of(new byte[0]).sessionId(SessionId.of("a")).build(),
            OutgoingMessage.of(new byte[0]).sessionId(SessionId.of("z")).build());
    assertThatThrownBy(() -> template.sendAll("s", messages)).isInstanceOf(ValidationFailed.class);
    assertThat(in("s")).isEmpty();
  }

  @Test
  void listIsSplitWhereBatchesAreNotAtomic() {
    provider.without(io.queueruntime.provider.Capability.ATOMIC_BATCH);
    List<String> payloads =
        java.util.stream.IntStream.range(0, 250).mapToObj(Integer::toString).toList();
    assertThat(template.sendAll("orders", payloads)).hasSize(250);
    assertThat(template.peek("orders", String.class, SequenceNumber.START, 1000))
        .extracting(ReceivedMessage::payload)
        .containsExactlyElementsOf(payloads);
  }

  @Test
  void receivedMessageIsSettledThroughItself() {
    template.send("orders", new Order("o-1", 2));
    ReceivedMessage<Order> message =
        template.receive("orders", Order.class, Duration.ofSeconds(5)).orElseThrow();
    assertThat(message.payload()).isEqualTo(new Order("o-1", 2));
    assertThat(message.deliveryCount()).isEqualTo(1);
    message.complete();
    provider.awaitEmpty("orders");
    assertThatThrownBy(message::complete)
        .isInstanceOf(io.queueruntime.QueueRuntimeException.InvalidReceipt.class);
  }

  @Test
  void messageThatCannotBeReadIsDeadLetteredAndSaidSo() {
    template.send(
        "orders",
        OutgoingMessage.of("[1".getBytes(StandardCharsets.UTF_8)).messageId("bad").build());
    assertThatThrownBy(() -> template.receive("orders", Order.class, Duration.ZERO))
        .isInstanceOf(SerializationFailed.class)
        .hasMessageContaining("bad");
    assertThat(provider.events()).contains("dead-letter(SerializationFailed) bad");
    assertThat(template.receive("orders", Order.class, Duration.ZERO)).isEmpty();
  }

  @Test
  void deferredMessageIsReceivedByItsSequenceNumber() {
    SequenceNumber number = template.to("orders").send("x").sequenceNumber();
    template.receive("orders", String.class, Duration.ZERO).orElseThrow().defer();
    assertThat(template.receive("orders", String.class, Duration.ZERO)).isEmpty();
    ReceivedMessage<String> deferred =
        template.receiveDeferred("orders", String.class, List.of(number)).get(0);
    assertThat(deferred.payload()).isEqualTo("x");
    deferred.complete();
    assertThat(template.receiveDeferred("orders", String.class, List.of(number))).isEmpty();
    assertThat(in("orders")).isEmpty();
  }

  @Test
  void deferredMessageOfASessionIsReceivedThroughItsSession() {
    template.to("s").session("a").send("x");
    try (AcceptedSession session = template.acceptSession("s", "a", Duration.ZERO).orElseThrow()) {
      ReceivedMessage<String> first = session.receive(String.class, Duration.ZERO).orElseThrow();
      first.defer();
      ReceivedMessage<String> deferred =
          session.receiveDeferred(String.class, List.of(first.sequenceNumber())).get(0);
      assertThat(deferred.payload()).isEqualTo("x");
      deferred.complete();
    }
    assertThat(in("s")).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checks may do
  void missingPayloadIsRefusedByName() {
    assertThatThrownBy(() -> template.send("orders", null))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("'orders'");
    assertThatThrownBy(() -> template.sendAll("orders", java.util.Arrays.asList("x", null)))
        .isInstanceOf(ValidationFailed.class);
    assertThat(in("orders")).isEmpty();
  }

  @Test
  void cancelledReceiveTakesNothing() {
    CompletableFuture<Optional<ReceivedMessage<String>>> receiving =
        template.receiveAsync("orders", String.class, Duration.ofMinutes(1));
    provider.awaitWaiting("orders", 1);
    receiving.cancel(true);
    template.send("orders", "x");
    assertThat(
            template.receive("orders", String.class, Duration.ZERO).orElseThrow().deliveryCount())
        .isEqualTo(1);
  }

  @Test
  void sessionIsHeldReadAndGivenBack() {
    template.to("s").session("a").send("one");
    template.to("s").session("a").send("two");
    try (AcceptedSession session = template.acceptSession("s", "a", Duration.ZERO).orElseThrow()) {
      assertThat(session.receive(String.class, Duration.ZERO).orElseThrow().payload())
          .isEqualTo("one");
      session.setState(new byte[] {7});
      assertThat(session.state().orElseThrow()).containsExactly(7);
      assertThat(session.renewLock()).isEqualTo(session.lockedUntil());
      assertThat(session.receive(String.class, 10, Duration.ZERO))
          .extracting(ReceivedMessage::payload)
          .containsExactly("two");
    }
    try (AcceptedSession next = template.acceptNextSession("s", Duration.ZERO).orElseThrow()) {
      assertThat(next.id()).isEqualTo(SessionId.of("a"));
      assertThat(next.receive(String.class, 10, Duration.ZERO))
          .extracting(ReceivedMessage::deliveryCount)
          .containsExactly(1, 1);
    }
  }

  @Test
  void sessionThatSomebodyElseHoldsIsEmpty() {
    try (AcceptedSession held = template.acceptSession("s", "a", Duration.ZERO).orElseThrow()) {
      CompletableFuture<Optional<AcceptedSession>> second =
          template.acceptSessionAsync("s", "a", Duration.ofSeconds(1));
      assertThat(second).isNotDone();
      provider.advance(Duration.ofSeconds(1));
      assertThat(second.join()).isEmpty();
      assertThat(held.id()).isEqualTo(SessionId.of("a"));
    }
    CompletableFuture<Optional<AcceptedSession>> none =
        template.acceptNextSessionAsync("s", Duration.ofSeconds(1));
    provider.advance(Duration.ofSeconds(1));
    assertThat(none.join()).isEmpty();
  }

  @Test
  void questionIsAnsweredThroughTheReplyQueue() {
    CompletableFuture<Order> answer =
        template.sendAndReceiveAsync("orders", "which?", Order.class, Duration.ofSeconds(20));
    answerNext();
    assertThat(answer.join()).isEqualTo(new Order("answer", 1));
    CompletableFuture<Order> second =
        template
            .to("orders")
            .correlationId("mine")
            .sendAndReceiveAsync("?", Order.class, Duration.ofSeconds(20));
    answerNext();
    assertThat(second.join()).isEqualTo(new Order("answer", 1));
    provider.awaitEmpty("queue-runtime.replies");
  }

  private void answerNext() {
    try (QueueReceiver receiver = provider.receiver(QueueName.of("orders"), SubQueue.MAIN)) {
      ReceivedMessage<byte[]> question = receiver.receive(1, Duration.ofMinutes(1)).join().get(0);
      template
          .to(question.replyTo().orElseThrow())
          .session(question.replyToSessionId().orElseThrow())
          .correlationId(question.correlationId().orElse(question.messageId()))
          .send(new Order("answer", 1));
      receiver.settle(question, Settlement.complete()).join();
    }
  }

  @Test
  void questionWithoutAnAnswerTimesOutAndIsForgotten() {
    assertThatThrownBy(
            () -> template.sendAndReceive("orders", "?", Order.class, Duration.ofMillis(20)))
        .isInstanceOf(OperationTimedOut.class)
        .hasMessageContaining("orders");
    // Its late answer is completed all the same, and does not disturb the next question.
    answerNext();
    provider.awaitEmpty("queue-runtime.replies");
  }

  @Test
  void questionThatCannotBeSentFailsAtOnce() {
    assertThatThrownBy(
            () -> template.sendAndReceive("nowhere", "?", Order.class, Duration.ofSeconds(20)))
        .isInstanceOf(QueueNotFound.class);
    assertThatThrownBy(
            () ->
                template
                    .to("orders")
                    .replyTo("x")
                    .sendAndReceive("?", Order.class, Duration.ofSeconds(20)))
        .isInstanceOf(ValidationFailed.class);
  }

  @Test
  void closingEndsOpenQuestions() throws Exception {
    CompletableFuture<Order> answer =
        template.sendAndReceiveAsync("orders", "?", Order.class, Duration.ofMinutes(1));
    template.close();
    assertThatThrownBy(() -> answer.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(Closed.class);
    assertThatThrownBy(
            () -> template.sendAndReceive("orders", "?", Order.class, Duration.ofMinutes(1)))
        .isInstanceOf(Closed.class);
  }

  @Test
  void failedAsynchronousCallSaysWhyWithoutWrappers() {
    CompletableFuture<?> peek =
        template.peekAsync("nowhere", String.class, SequenceNumber.START, 1);
    assertThatThrownBy(peek::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(QueueNotFound.class);
  }
}
