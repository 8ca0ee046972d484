package io.queueruntime.listener;

import static io.queueruntime.listener.ListenerFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Settlement;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Every line of the table that says how an outcome settles a message. */
class SettlementTableTests {

  private final ListenerFixture fixture = new ListenerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void handle(MessageHandler<byte[]> handler) {
    fixture.listen("q", handler);
    fixture.send("q", "m");
  }

  private void expect(String event) {
    fixture.provider.awaitEvent(event);
    assertThat(fixture.provider.events()).containsOnlyOnce(event);
  }

  @Test
  void nothingReturnedCompletes() {
    handle((message, delivery) -> null);
    expect("complete m");
    fixture.provider.awaitEmpty("q");
  }

  @Test
  void anyValueCompletes() {
    handle((message, delivery) -> "whatever");
    expect("complete m");
  }

  @Test
  void futureCompletesWhenItEnds() {
    CompletableFuture<Object> future = new CompletableFuture<>();
    CountDownLatch called = new CountDownLatch(1);
    handle(
        (message, delivery) -> {
          called.countDown();
          return future;
        });
    ListenerFixture.await(called);
    assertThat(fixture.provider.events()).isEmpty();
    future.complete(null);
    expect("complete m");
  }

  @Test
  void failedFutureIsAFailure() {
    handle((message, delivery) -> CompletableFuture.failedFuture(new IOException("no")));
    expect("abandon(PT1S) m");
  }

  @Test
  void emptyMonoCompletes() {
    handle((message, delivery) -> Mono.empty());
    expect("complete m");
  }

  @Test
  void failedMonoIsAFailure() {
    handle((message, delivery) -> Mono.error(new IOException("no")));
    expect("abandon(PT1S) m");
  }

  @Test
  void monoOfASettlementIsTakenAtItsWord() {
    handle((message, delivery) -> Mono.just(Settlement.defer()));
    expect("defer m");
  }

  @Test
  void settlementIsTakenAtItsWord() {
    handle((message, delivery) -> Settlement.deadLetter("Unwanted", "because"));
    expect("dead-letter(Unwanted) m");
    assertThat(fixture.deadLetters("q").get(0).deadLetter().orElseThrow().description())
        .isEqualTo("because");
  }

  @Test
  void futureOfASettlementIsTakenAtItsWord() {
    handle(
        (message, delivery) ->
            CompletableFuture.completedFuture(Settlement.abandonAfter(Duration.ofMinutes(3))));
    expect("abandon(PT3M) m");
  }

  @Test
  void deadLetterExceptionDeadLettersAtOnceWithItsCause() {
    handle(
        (message, delivery) -> {
          throw new DeadLetterException("BadOrder", "it has no lines", new IOException("x"));
        });
    expect("dead-letter(BadOrder) m");
    DeadLetterDetails details = fixture.deadLetters("q").get(0).deadLetter().orElseThrow();
    assertThat(details.description()).isEqualTo("it has no lines");
    assertThat(details.exceptionClass()).isEqualTo("java.io.IOException");
  }

  @Test
  void abandonExceptionGivesBackWithItsDelay() {
    handle(
        (message, delivery) -> {
          throw new AbandonException("later", Duration.ofSeconds(42));
        });
    expect("abandon(PT42S) m");
  }

  @Test
  void anyOtherExceptionIsRetriedWithGrowingDelaysAndThenDeadLettered() {
    AtomicInteger calls = new AtomicInteger();
    handle(
        (message, delivery) -> {
          calls.incrementAndGet();
          throw new IOException("disk on fire");
        });
    for (String delay : List.of("PT1S", "PT2S", "PT4S", "PT8S")) {
      expect("abandon(" + delay + ") m");
      fixture.provider.advance(Duration.parse(delay));
    }
    expect("dead-letter(MaxDeliveryCountExceeded) m");
    assertThat(calls).hasValue(5);
    DeadLetterDetails details = fixture.deadLetters("q").get(0).deadLetter().orElseThrow();
    assertThat(details.description()).isEqualTo("java.io.IOException: disk on fire");
    assertThat(details.exceptionClass()).isEqualTo("java.io.IOException");
    assertThat(details.deliveryCount()).isEqualTo(5);
  }

  @Test
  void errorsOfTheMachineAreFailuresToo() {
    handle(
        (message, delivery) -> {
          throw new StackOverflowError();
        });
    expect("abandon(PT1S) m");
  }

  @Test
  void ownLowerLimitOfRetriesDeadLettersEarlier() {
    fixture.listen(
        "q",
        options ->
            options.maxRetries(1).backoff(new BackoffPolicy(Duration.ZERO, 1, Duration.ZERO, 0)),
        (message, delivery) -> {
          throw new IOException("no");
        });
    fixture.send("q", "m");
    expect("dead-letter(MaxDeliveryCountExceeded) m");
    assertThat(fixture.provider.events())
        .containsExactly("abandon m", "dead-letter(MaxDeliveryCountExceeded) m");
  }

  @Test
  void unreadablePayloadIsDeadLetteredAtOnceWithItsBytes() {
    record Order(int lines) {}
    AtomicInteger calls = new AtomicInteger();
    fixture.add(
        ListenerEndpoint.of(
            "typed",
            List.of(fixture.queue("q")),
            ListenerFixture.CONVERTER,
            Order.class,
            (ReceivedMessage<Order> message, Delivery delivery) -> {
              calls.incrementAndGet();
              return null;
            },
            ListenerOptions.DEFAULTS));
    fixture.send(
        "q",
        OutgoingMessage.of(bytes("{\"lines\":")).messageId("bad").contentType("application/json"));
    fixture.send(
        "q",
        OutgoingMessage.of(bytes("{\"lines\":3}"))
            .messageId("good")
            .contentType("application/json"));
    expect("dead-letter(SerializationFailed) bad");
    expect("complete good");
    assertThat(calls).hasValue(1);
    assertThat(fixture.deadLetters("q").get(0).body()).isEqualTo(bytes("{\"lines\":"));
  }

  @Test
  void valueIsSentToWhoeverAskedForItBeforeTheMessageIsCompleted() {
    fixture.listen("q", (message, delivery) -> "the answer");
    fixture.send("q", OutgoingMessage.of(bytes("?")).messageId("m").replyTo("answers"));
    expect("complete m");
    ReceivedMessage<byte[]> answer = fixture.messages("answers").get(0);
    assertThat(answer.body()).isEqualTo(bytes("the answer"));
    assertThat(answer.contentType()).contains("text/plain;charset=utf-8");
    assertThat(answer.correlationId()).contains("m");
  }

  @Test
  void replyCarriesSessionAndCorrelationOver() {
    fixture.listen("s", (message, delivery) -> CompletableFuture.completedFuture("the answer"));
    fixture.send(
        "s",
        OutgoingMessage.of(bytes("?"))
            .messageId("a1")
            .sessionId(SessionId.of("a"))
            .correlationId("c")
            .replyTo("session-answers"));
    fixture.send(
        "s",
        OutgoingMessage.of(bytes("?"))
            .messageId("a2")
            .sessionId(SessionId.of("a"))
            .replyToSessionId("elsewhere")
            .replyTo("session-answers"));
    expect("complete a2");
    List<ReceivedMessage<byte[]>> answers = fixture.messages("session-answers");
    assertThat(answers)
        .extracting(m -> m.sessionId().orElseThrow().value())
        .containsExactly("a", "elsewhere");
    assertThat(answers).extracting(m -> m.correlationId().orElseThrow()).containsExactly("c", "a2");
  }

  @Test
  void replyToAPlainQueueDropsTheSessionThatWasOnlyCarriedOver() {
    fixture.listen("s", (message, delivery) -> "the answer");
    for (String id : List.of("a1", "a2")) {
      fixture.send(
          "s",
          OutgoingMessage.of(bytes("?"))
              .messageId(id)
              .sessionId(SessionId.of("a"))
              .replyTo("answers"));
      expect("complete " + id);
    }
    assertThat(fixture.messages("answers")).hasSize(2).allMatch(m -> m.sessionId().isEmpty());
  }

  @Test
  void failedReplyIsAFailure() {
    fixture.listen("q", (message, delivery) -> "the answer");
    fixture.send("q", OutgoingMessage.of(bytes("?")).messageId("m").replyTo("nowhere"));
    expect("abandon(PT1S) m");
  }

  @Test
  void sessionThatTheHandlerGaveItsReplyIsNeverDropped() {
    fixture.listen(
        "s",
        options -> options.maxRetries(0),
        (message, delivery) ->
            OutgoingMessage.of(bytes("!")).sessionId(SessionId.of("chosen")).build());
    fixture.send(
        "s",
        OutgoingMessage.of(bytes("?"))
            .messageId("m")
            .sessionId(SessionId.of("a"))
            .replyTo("answers"));
    fixture.provider.awaitEvent("dead-letter(MaxDeliveryCountExceeded) m");
    assertThat(fixture.messages("answers")).isEmpty();
  }

  @Test
  void replyOfASecondDeliveryIsADuplicateOfTheFirst() {
    fixture.listen("q", (message, delivery) -> "the answer");
    fixture.provider.failNext(
        io.queueruntime.fake.FakeProvider.Operation.SETTLE,
        new io.queueruntime.QueueRuntimeException.LockLost("q", "planned"));
    fixture.send("q", OutgoingMessage.of(bytes("?")).messageId("m").replyTo("answers"));
    fixture.provider.awaitEvent("SETTLE failed");
    fixture.provider.advance(Duration.ofSeconds(60));
    expect("complete m");
    assertThat(fixture.messages("answers")).hasSize(1);
  }

  @Test
  void ownDestinationIsUsedWhereTheMessageNamesNone() {
    fixture.listen(
        "q",
        options -> options.replyDestination(io.queueruntime.message.QueueName.of("answers")),
        (message, delivery) -> "the answer");
    fixture.send("q", "m");
    expect("complete m");
    assertThat(fixture.messages("answers")).hasSize(1);
  }

  @Test
  void errorHandlerDecidesFirst() {
    fixture.listen(
        "q",
        options ->
            options.errorHandler(
                (message, failure) -> failure instanceof IOException ? Settlement.defer() : null),
        (message, delivery) -> {
          throw message.messageId().equals("io") ? new IOException() : new IllegalStateException();
        });
    fixture.send("q", "io", "other");
    expect("defer io");
    expect("abandon(PT1S) other");
  }

  @Test
  void errorHandlerThatFailsLeavesTheDecisionToTheRules() {
    fixture.listen(
        "q",
        options ->
            options.errorHandler(
                (message, failure) -> {
                  throw new IllegalStateException("broken");
                }),
        (message, delivery) -> CompletableFuture.failedFuture(new IOException()));
    fixture.send("q", "m");
    expect("abandon(PT1S) m");
  }

  @Test
  void acknowledgmentInAutoModeWinsOverTheResult() {
    CompletableFuture<Throwable> second = new CompletableFuture<>();
    handle(
        (message, delivery) -> {
          delivery.acknowledgment().defer();
          delivery
              .acknowledgment()
              .complete()
              .exceptionally(
                  error -> {
                    second.complete(error);
                    return null;
                  });
          throw new IOException("too late to matter");
        });
    expect("defer m");
    assertThat(second.join())
        .isInstanceOf(io.queueruntime.QueueRuntimeException.InvalidReceipt.class);
    assertThat(fixture.provider.events()).containsExactly("defer m");
  }
}
