package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Settlement;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchTests {

  private static final UnaryOperator<ListenerOptions.Builder> OF_TEN =
      options -> options.batchSize(10).concurrency(Concurrency.of(1));

  private final ListenerFixture fixture = new ListenerFixture();
  private final List<List<String>> batches = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    fixture.close();
  }

  private List<String> note(List<ReceivedMessage<byte[]>> messages) {
    List<String> ids = messages.stream().map(ReceivedMessage::messageId).toList();
    batches.add(ids);
    return ids;
  }

  @Test
  void handlerGetsWhatIsThereUpToTheBatchSize() {
    fixture.send("q", "1", "2", "3", "4", "5");
    fixture.listenToBatches(
        "q",
        o -> o.batchSize(3),
        (messages, delivery) -> {
          note(messages);
          return null;
        });
    fixture.provider.awaitEmpty("q");
    assertThat(batches).containsExactly(List.of("1", "2", "3"), List.of("4", "5"));
  }

  @Test
  void batchWaitsForMoreOnceItHasBegun() {
    fixture.listenToBatches(
        "q",
        o -> o.batchSize(3).batchTimeout(Duration.ofSeconds(20)),
        (messages, delivery) -> {
          note(messages);
          return null;
        });
    fixture.provider.awaitWaiting("q", 1);
    fixture.send("q", "1");
    fixture.provider.awaitWaiting("q", 1);
    fixture.send("q", "2");
    fixture.provider.awaitWaiting("q", 1);
    fixture.send("q", "3");
    fixture.provider.awaitEmpty("q");
    assertThat(batches).containsExactly(List.of("1", "2", "3"));
  }

  @Test
  void batchNeverMixesSessions() {
    fixture.sendInSessions("a1", "b1", "a2", "b2", "a3");
    fixture.listenToBatches(
        "s",
        OF_TEN,
        (messages, delivery) -> {
          note(messages);
          return null;
        });
    fixture.provider.awaitEmpty("s");
    assertThat(batches).containsExactlyInAnyOrder(List.of("a1", "a2", "a3"), List.of("b1", "b2"));
  }

  @Test
  void eachMessageOfAPlainQueueIsSettledByItself() {
    fixture.send("q", "1", "2", "3");
    fixture.listenToBatches(
        "q",
        OF_TEN,
        (messages, delivery) ->
            new BatchResult(
                List.of(
                    Settlement.complete(),
                    Settlement.abandonAfter(Duration.ofMinutes(1)),
                    Settlement.complete())));
    fixture.provider.awaitEvent("complete 3");
    assertThat(fixture.provider.events())
        .containsExactly("complete 1", "abandon(PT1M) 2", "complete 3");
  }

  @Test
  void inASessionTheFirstThatIsNotCompletedGivesBackItselfAndAllLaterOnes() {
    fixture.sendInSessions("a1", "a2", "a3", "a4");
    CompletableFuture<Object> first = new CompletableFuture<>();
    fixture.listenToBatches(
        "s",
        OF_TEN,
        (messages, delivery) -> {
          note(messages);
          return batches.size() > 1
              ? null
              : CompletableFuture.completedFuture(
                  List.of(
                      Settlement.complete(),
                      Settlement.abandon(),
                      Settlement.complete(),
                      Settlement.complete()));
        });
    fixture.provider.awaitEmpty("s");
    assertThat(fixture.provider.events())
        .containsExactly(
            "accept a",
            "complete a1",
            "abandon a2",
            "release a3",
            "release a4",
            "complete a2",
            "complete a3",
            "complete a4");
    // What had been delivered before goes alone; what was only given back with it has not been
    // counted.
    assertThat(batches)
        .containsExactly(List.of("a1", "a2", "a3", "a4"), List.of("a2"), List.of("a3", "a4"));
    assertThat(first).isNotDone();
  }

  @Test
  void inASessionDeadLettersLeaveTheOrderAndHoldNobodyUp() {
    fixture.sendInSessions("a1", "a2", "a3");
    fixture.listenToBatches(
        "s",
        OF_TEN,
        (messages, delivery) ->
            List.of(Settlement.deadLetter("Bad", null), Settlement.defer(), Settlement.complete()));
    fixture.provider.awaitEvent("complete a3");
    assertThat(fixture.provider.events())
        .containsExactly("accept a", "dead-letter(Bad) a1", "defer a2", "complete a3");
  }

  @Test
  void failedBatchComesAgainOneByOneAndOnlyTheMessageToBlameIsDeadLettered() {
    fixture.plain = fixture.plain.withMaxDeliveryCount(3);
    fixture.provider.admin().delete(io.queueruntime.message.QueueName.of("q"));
    fixture.provider.create("q", fixture.plain);
    fixture.send("q", "1", "bad", "3");
    fixture.listenToBatches(
        "q",
        o -> o.batchSize(10).backoff(new BackoffPolicy(Duration.ZERO, 1, Duration.ZERO, 0)),
        (messages, delivery) -> {
          if (note(messages).contains("bad")) {
            throw new IOException();
          }
          return null;
        });
    fixture.provider.awaitEmpty("q");
    assertThat(fixture.deadLetters("q"))
        .extracting(ReceivedMessage::messageId)
        .containsExactly("bad");
    assertThat(batches.subList(1, batches.size())).allMatch(batch -> batch.size() == 1);
  }

  @Test
  void typeThatDeadLettersAtOnceDoesSoOnlyWhenTheMessageToBlameIsKnown() {
    fixture.sendInSessions("a1", "abad", "a3");
    fixture.listenToBatches(
        "s",
        o -> o.batchSize(10).deadLetterOn(IOException.class),
        (messages, delivery) -> {
          if (note(messages).contains("abad")) {
            throw new IOException();
          }
          return null;
        });
    fixture.provider.awaitEmpty("s");
    assertThat(fixture.provider.events(e -> e.startsWith("complete") || e.startsWith("dead")))
        .containsExactly("complete a1", "dead-letter(IOException) abad", "complete a3");
  }

  @Test
  void explicitDeadLetteringIsMeantForTheWholeBatch() {
    fixture.send("q", "1", "2");
    fixture.listenToBatches(
        "q",
        OF_TEN,
        (messages, delivery) -> {
          throw new DeadLetterException("Bad", null);
        });
    fixture.provider.awaitEmpty("q");
    assertThat(fixture.deadLetters("q")).hasSize(2);
  }

  @Test
  void wrongNumberOfSettlementsIsAFailure() {
    fixture.send("q", "1", "2");
    fixture.listenToBatches("q", OF_TEN, (messages, delivery) -> List.of(Settlement.complete()));
    fixture.provider.awaitEvent("abandon(PT1S) 2");
    assertThat(fixture.provider.events()).containsExactly("abandon(PT1S) 1", "abandon(PT1S) 2");
  }

  @Test
  void listInWhichASettlementIsMissingIsAFailure() {
    fixture.send("q", "1", "2");
    fixture.listenToBatches(
        "q", OF_TEN, (messages, delivery) -> Arrays.asList(Settlement.complete(), null));
    fixture.provider.awaitEvent("abandon(PT1S) 2");
    assertThat(fixture.provider.events()).containsExactly("abandon(PT1S) 1", "abandon(PT1S) 2");
  }

  @Test
  void unreadableMessagesAreDeadLetteredAndTheHandlerGetsTheRest() {
    record Order(int lines) {}
    List<Order> orders = Collections.synchronizedList(new ArrayList<>());
    for (String body : List.of("{\"lines\":1}", "{", "{\"lines\":3}")) {
      fixture.send(
          "s",
          OutgoingMessage.of(ListenerFixture.bytes(body))
              .messageId("m" + body.length() + orders.size() + body.hashCode())
              .sessionId(SessionId.of("a")));
    }
    fixture.add(
        ListenerEndpoint.ofBatches(
            "typed",
            List.of(fixture.queue("s")),
            ListenerFixture.CONVERTER,
            Order.class,
            (List<ReceivedMessage<Order>> messages, Delivery delivery) -> {
              messages.forEach(message -> orders.add(message.payload()));
              return null;
            },
            ListenerOptions.builder().batchSize(10).build()));
    fixture.provider.awaitEmpty("s");
    assertThat(orders).containsExactly(new Order(1), new Order(3));
    assertThat(fixture.deadLetters("s")).hasSize(1).allMatch(m -> m.body().length == 1);
  }

  @Test
  void unreadableMessageIsDeadLetteredAtOnceAlsoWhenTheRestFails() {
    fixture.send(
        "q",
        OutgoingMessage.of(ListenerFixture.bytes("{"))
            .messageId("bad")
            .contentType("application/json"));
    fixture.send(
        "q",
        OutgoingMessage.of(ListenerFixture.bytes("{}"))
            .messageId("good")
            .contentType("application/json"));
    fixture.add(
        ListenerEndpoint.ofBatches(
            "typed",
            List.of(fixture.queue("q")),
            ListenerFixture.CONVERTER,
            java.util.Map.class,
            (messages, delivery) -> {
              throw new IOException();
            },
            ListenerOptions.builder().batchSize(10).build()));
    fixture.provider.awaitEvent("abandon(PT1S) good");
    assertThat(fixture.provider.events())
        .containsExactly("dead-letter(SerializationFailed) bad", "abandon(PT1S) good");
  }

  @Test
  void manualBatchIsSettledMessageByMessageAndTheRestAsAWhole() {
    fixture.send("q", "1", "2", "3");
    CountDownLatch done = new CountDownLatch(1);
    fixture.listenToBatches(
        "q",
        o -> o.batchSize(10).ackMode(AckMode.MANUAL),
        (messages, delivery) -> {
          messages.get(1).deadLetter("Bad", null);
          delivery.acknowledgment().complete();
          done.countDown();
          return null;
        });
    ListenerFixture.await(done);
    fixture.provider.awaitEvent("complete 3");
    assertThat(fixture.provider.events())
        .containsExactly("dead-letter(Bad) 2", "complete 1", "complete 3");
  }

  @Test
  void manualBatchIsDoneWhenEachOfItsMessagesIsSettled() {
    fixture.sendInSessions("a1", "a2", "a3");
    fixture.listenToBatches(
        "s",
        o -> o.batchSize(2).ackMode(AckMode.MANUAL),
        (messages, delivery) -> {
          note(messages);
          messages.forEach(ReceivedMessage::complete);
          return null;
        });
    fixture.provider.awaitEmpty("s");
    assertThat(batches).containsExactly(List.of("a1", "a2"), List.of("a3"));
  }

  @Test
  void batchesNeedAHandlerThatTakesThem() {
    assertThatThrownBy(
            () ->
                ListenerEndpoint.of(
                    "x",
                    List.of(fixture.queue("q")),
                    (message, delivery) -> null,
                    ListenerOptions.builder().batchSize(2).build()))
        .isInstanceOf(ConfigurationInvalid.class);
  }

  @Test
  void batchThatWouldWaitLongerThanItsLocksAllowIsRefused() {
    assertThatThrownBy(
            () ->
                fixture.listenToBatches(
                    "q",
                    o -> o.batchSize(2).batchTimeout(Duration.ofSeconds(31)),
                    (messages, delivery) -> null))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("batch-timeout");
  }
}
