package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.fake.FakeProvider.Operation;
import io.queueruntime.message.SessionId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionOrderTests {

  private final ListenerFixture fixture = new ListenerFixture();
  private final List<String> handled = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void messagesOfASessionAreHandledInOrderOneAtATime() {
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    fixture.sendInSessions("a1", "a2", "a3", "a4", "a5");
    fixture.listen(
        "s",
        (message, delivery) -> {
          most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
          handled.add(message.messageId());
          atOnce.decrementAndGet();
          return null;
        });
    fixture.provider.awaitEmpty("s");
    assertThat(handled).containsExactly("a1", "a2", "a3", "a4", "a5");
    assertThat(most).hasValue(1);
  }

  @Test
  void sessionsAreHandledBesideEachOther() {
    CountDownLatch both = new CountDownLatch(2);
    fixture.listen(
        "s",
        (message, delivery) -> {
          both.countDown();
          ListenerFixture.await(both);
          return null;
        });
    fixture.sendInSessions("a1", "b1");
    fixture.provider.awaitEmpty("s");
  }

  @Test
  void nextMessageStartsOnlyWhenThePreviousOneIsSettledDurably() {
    fixture.provider.holdSettlements();
    CountDownLatch second = new CountDownLatch(1);
    fixture.listen(
        "s",
        (message, delivery) -> {
          handled.add(message.messageId());
          if (message.messageId().equals("a2")) {
            second.countDown();
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2", "b1");
    fixture.provider.awaitEvent("complete a1");
    fixture.provider.awaitEvent("complete b1");
    assertThat(handled).containsExactlyInAnyOrder("a1", "b1");
    fixture.provider.answerSettlements();
    ListenerFixture.await(second);
  }

  @Test
  void asynchronousHandlerKeepsTheOrder() {
    CompletableFuture<Object> first = new CompletableFuture<>();
    CountDownLatch called = new CountDownLatch(1);
    fixture.listen(
        "s",
        (message, delivery) -> {
          handled.add(message.messageId());
          called.countDown();
          return message.messageId().equals("a1") ? first : null;
        });
    fixture.sendInSessions("a1", "a2", "b1");
    ListenerFixture.await(called);
    fixture.provider.awaitEvent("complete b1");
    assertThat(handled).doesNotContain("a2");
    first.complete(null);
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled.indexOf("a1")).isLessThan(handled.indexOf("a2"));
  }

  @Test
  void failedMessageHoldsItsOwnSessionUpAndNoOther() {
    AtomicInteger failures = new AtomicInteger(2);
    fixture.listen(
        "s",
        (message, delivery) -> {
          handled.add(message.messageId());
          if (message.messageId().equals("a1") && failures.getAndDecrement() > 0) {
            throw new IOException("not yet");
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2", "b1", "b2");
    fixture.provider.awaitEvent("abandon(PT1S) a1");
    fixture.provider.awaitEvent("complete b2");
    assertThat(handled).doesNotContain("a2");
    fixture.provider.advance(Duration.ofSeconds(1));
    fixture.provider.awaitEvent("abandon(PT2S) a1");
    fixture.provider.advance(Duration.ofSeconds(2));
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled.stream().filter(id -> id.startsWith("a")))
        .containsExactly("a1", "a1", "a1", "a2");
  }

  @Test
  void messagesTakenTogetherAreHandledOneByOneAndGivenBackUncountedBehindOneThatFails() {
    fixture.ticker = () -> 0; // every handler is fast
    AtomicInteger failures = new AtomicInteger(1);
    List<Integer> deliveries = Collections.synchronizedList(new ArrayList<>());
    List<String> ids = IntStream.rangeClosed(1, 60).mapToObj(i -> "a" + i).toList();
    fixture.sendInSessions(ids.toArray(String[]::new));
    fixture.listen(
        "s",
        (message, delivery) -> {
          handled.add(message.messageId());
          deliveries.add(message.deliveryCount());
          if (message.messageId().equals("a50") && failures.getAndDecrement() > 0) {
            throw new IOException("not yet");
          }
          return null;
        });
    fixture.provider.awaitEvent("abandon(PT1S) a50");
    assertThat(handled).doesNotContain("a51");
    fixture.provider.advance(Duration.ofSeconds(1));
    fixture.provider.awaitEvent("complete a60");
    List<String> expected = new ArrayList<>(ids);
    expected.add(50, "a50");
    assertThat(handled).containsExactlyElementsOf(expected);
    assertThat(deliveries.stream().filter(count -> count > 1)).containsExactly(2);
    assertThat(fixture.provider.events(event -> event.startsWith("release"))).isNotEmpty();
  }

  @Test
  void deadLetteredMessageLetsTheNextOnePass() {
    fixture.listen(
        "s",
        (message, delivery) -> {
          if (message.messageId().equals("a1")) {
            throw new DeadLetterException("Bad", null);
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(fixture.provider.events(e -> e.endsWith("a1") || e.endsWith("a2")))
        .containsExactly("dead-letter(Bad) a1", "complete a2");
  }

  @Test
  void settlementThatFailsGivesTheSessionBackBeforeItsNextMessage() {
    fixture.provider.failNext(Operation.SETTLE, new IllegalStateException("planned"));
    fixture.listen(
        "s",
        (message, delivery) -> {
          handled.add(message.messageId());
          return null;
        });
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled).containsExactly("a1", "a1", "a2");
    assertThat(fixture.provider.events())
        .containsSubsequence("accept a", "SETTLE failed", "close a", "accept a");
  }

  @Test
  void transientErrorOfASettlementIsTriedAgain() {
    fixture.provider.failNext(Operation.SETTLE, new ConnectionFailed("s", "planned", null));
    fixture.listen("s", (message, delivery) -> handled.add(message.messageId()));
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled).containsExactly("a1", "a2");
  }

  /**
   * The whole of it: many sessions, random failures, two containers, and each session's order kept
   * to the end.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void orderOfEverySessionSurvivesRandomFailuresAndTwoConsumers(long seed) {
    fixture.plain = fixture.plain.withMaxDeliveryCount(1_000);
    fixture.sessions = fixture.sessions.withMaxDeliveryCount(1_000);
    fixture.provider.admin().delete(io.queueruntime.message.QueueName.of("s"));
    fixture.provider.create("s", fixture.sessions);
    Map<String, List<Integer>> applied = new ConcurrentHashMap<>();
    java.util.Random random = new java.util.Random(seed);
    MessageHandler<byte[]> handler =
        (message, delivery) -> {
          String session = message.sessionId().orElseThrow().value();
          int number =
              Integer.parseInt(message.messageId().substring(message.messageId().indexOf('-') + 1));
          int dice;
          synchronized (random) {
            dice = random.nextInt(10);
          }
          if (dice == 0) {
            throw new IOException("before");
          }
          if (dice == 1) {
            return CompletableFuture.failedFuture(new AbandonException("later"));
          }
          List<Integer> numbers =
              applied.computeIfAbsent(
                  session, any -> Collections.synchronizedList(new ArrayList<>()));
          numbers.add(number);
          if (dice == 2) {
            numbers.remove(numbers.size() - 1);
            return io.queueruntime.provider.Settlement.abandon();
          }
          return null;
        };
    int sessions = 30;
    int each = 20;
    for (int n = 0; n < each; n++) {
      for (int s = 0; s < sessions; s++) {
        fixture.send(
            "s",
            io.queueruntime.message.OutgoingMessage.of(new byte[0])
                .messageId("s" + s + "-" + n)
                .sessionId(SessionId.of("s" + s)));
      }
    }
    for (int container = 0; container < 2; container++) {
      fixture.listen(
          "s",
          o ->
              o.concurrency(Concurrency.of(4))
                  .backoff(new BackoffPolicy(Duration.ZERO, 1, Duration.ZERO, 0)),
          handler);
    }
    fixture.provider.awaitEmpty("s");
    assertThat(applied).hasSize(sessions);
    Map<String, List<Integer>> expected = new HashMap<>();
    applied.keySet().forEach(s -> expected.put(s, IntStream.range(0, each).boxed().toList()));
    assertThat(applied).isEqualTo(expected);
  }

  @Test
  void manySessionsAreServedByFewLoopsWithoutWaitingForIdleTimeouts() {
    fixture.listen(
        "s",
        o -> o.concurrency(Concurrency.of(2)),
        (message, delivery) -> {
          handled.add(message.messageId());
          return null;
        });
    for (char session = 'a'; session <= 'z'; session++) {
      fixture.sendInSessions(session + "1");
    }
    // Nobody moves time: no idle timeout can have passed.
    fixture.provider.awaitEmpty("s");
    assertThat(handled).hasSize(26);
  }

  @Test
  void sessionThatNeverRunsDryDoesNotStarveTheOthers() {
    for (int i = 0; i < 3 * SessionLoop.ROTATE_AFTER; i++) {
      fixture.sendInSessions("a" + i);
    }
    fixture.sendInSessions("b1");
    fixture.listen(
        "s",
        o -> o.concurrency(Concurrency.of(1)),
        (message, delivery) -> handled.add(message.messageId()));
    fixture.provider.awaitEmpty("s");
    // a busy machine's answer may come while a few more are worked on
    assertThat(handled.indexOf("b1")).isLessThan(2 * SessionLoop.ROTATE_AFTER);
    assertThat(handled.stream().filter(id -> id.startsWith("a")))
        .containsExactlyElementsOf(
            IntStream.range(0, 3 * SessionLoop.ROTATE_AFTER).mapToObj(i -> "a" + i).toList());
  }

  @Test
  void sessionGoesOnWhileItsBrokerTakesItsTimeToSayWhetherOthersWait() {
    fixture.provider.silentAboutSessions();
    for (int i = 0; i < 3 * SessionLoop.ROTATE_AFTER; i++) {
      fixture.sendInSessions("a" + i);
    }
    fixture.listen(
        "s",
        o -> o.concurrency(Concurrency.of(1)),
        (message, delivery) -> handled.add(message.messageId()));
    fixture.provider.awaitEmpty("s");
    assertThat(handled).hasSize(3 * SessionLoop.ROTATE_AFTER);
    assertThat(fixture.provider.looksForSessions()).isEqualTo(1);
  }

  @Test
  void sessionIsKeptWhileIdleAndReleasedAfterItsIdleTimeout() {
    fixture.provider.without(io.queueruntime.provider.Capability.RENEW_LOCK);
    fixture.sessions = fixture.sessions.withLockDuration(Duration.ofHours(1));
    fixture.provider.admin().delete(io.queueruntime.message.QueueName.of("s"));
    fixture.provider.create("s", fixture.sessions);
    fixture.listen(
        "s",
        o -> o.concurrency(Concurrency.of(1)),
        (message, delivery) -> handled.add(message.messageId()));
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    fixture.sendInSessions("a2");
    fixture.provider.awaitEvent("complete a2");
    // The one loop waits for a message of its session, and for any other session.
    fixture.provider.awaitWaiting("s", 2);
    assertThat(fixture.provider.events()).doesNotContain("close a");
    fixture.provider.advance(Duration.ofSeconds(60));
    fixture.provider.awaitEvent("close a");
    fixture.sendInSessions("a3");
    fixture.provider.awaitEvents("accept a", 2);
    fixture.provider.awaitEvent("complete a3");
  }

  @Test
  void lostSessionIsAcceptedAgainAndItsMessagesKeepTheirOrder() {
    fixture.provider.failNext(Operation.RECEIVE, new SessionLockLost("s", "planned"));
    fixture.listen("s", (message, delivery) -> handled.add(message.messageId()));
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled).containsExactly("a1", "a2");
  }

  @Test
  void listedSessionsAreTheOnlyOnesTaken() {
    fixture.sessionIds = List.of(SessionId.of("a"), SessionId.of("b"));
    fixture.listen("s", (message, delivery) -> handled.add(message.messageId()));
    fixture.provider.awaitEvent("accept a");
    fixture.provider.awaitEvent("accept b");
    fixture.sendInSessions("a1", "b1", "c1", "a2");
    fixture.provider.awaitEvent("complete a2");
    fixture.provider.awaitEvent("complete b1");
    assertThat(handled).containsExactlyInAnyOrder("a1", "b1", "a2");
    assertThat(fixture.provider.events()).doesNotContain("accept c");
  }

  @Test
  void listedSessionThatSomebodyElseHoldsIsWaitedForInSilence() {
    fixture.sessionIds = List.of(SessionId.of("a"));
    QueueListenerContainer first =
        fixture.listen("s", (message, delivery) -> handled.add("first " + message.messageId()));
    fixture.provider.awaitEvent("accept a");
    QueueListenerContainer second =
        fixture.listen("s", (message, delivery) -> handled.add("second " + message.messageId()));
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    first.stop();
    fixture.sendInSessions("a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled).containsExactly("first a1", "second a2");
    assertThat(second.state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void listedSessionIsAcceptedAgainAfterItHasIdledOut() {
    fixture.provider.without(io.queueruntime.provider.Capability.RENEW_LOCK);
    fixture.sessionIds = List.of(SessionId.of("a"));
    fixture.sessions = fixture.sessions.withLockDuration(Duration.ofHours(1));
    fixture.provider.admin().delete(io.queueruntime.message.QueueName.of("s"));
    fixture.provider.create("s", fixture.sessions);
    fixture.listen("s", (message, delivery) -> handled.add(message.messageId()));
    fixture.provider.awaitEvent("accept a");
    fixture.provider.awaitWaiting("s", 1);
    fixture.provider.advance(Duration.ofSeconds(60));
    fixture.provider.awaitEvents("accept a", 2);
    assertThat(fixture.provider.events()).containsExactly("accept a", "close a", "accept a");
  }

  @Test
  void handlerReadsAndWritesTheStateOfItsSession() {
    CompletableFuture<String> seen = new CompletableFuture<>();
    fixture.listen(
        "s",
        (message, delivery) -> {
          io.queueruntime.message.QueueSession session = delivery.session().orElseThrow();
          if (message.messageId().equals("a1")) {
            session.setState("noted".getBytes());
          } else {
            seen.complete(session.id() + " " + new String(session.state().orElseThrow()));
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2");
    assertThat(seen.join()).isEqualTo("a noted");
  }

  @Test
  void handlerCanGiveItsSessionBack() {
    fixture.listen(
        "s",
        (message, delivery) -> {
          delivery.session().orElseThrow().close();
          return null;
        });
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("close a");
    assertThat(fixture.provider.events()).containsExactly("accept a", "complete a1", "close a");
  }

  @Test
  void backOffIsWaitedOutUnderTheSessionsLockWhereTheBrokerKnowsNoDelays() {
    fixture.provider.without(io.queueruntime.provider.Capability.ABANDON_WITH_DELAY);
    AtomicInteger failures = new AtomicInteger(1);
    fixture.listen(
        "s",
        o -> o.backoff(new BackoffPolicy(Duration.ofMillis(30), 1, Duration.ofMillis(30), 0)),
        (message, delivery) -> {
          handled.add(message.messageId());
          if (failures.getAndDecrement() > 0) {
            throw new IOException("not yet");
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(handled).containsExactly("a1", "a1", "a2");
    assertThat(fixture.provider.events()).contains("abandon a1");
  }

  @Test
  void executorForHandlersKeepsTheOrderToo() {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    fixture.executor = executor;
    for (int i = 0; i < 50; i++) {
      fixture.sendInSessions("a" + i, "b" + i);
    }
    fixture.listen("s", (message, delivery) -> handled.add(message.messageId()));
    fixture.provider.awaitEmpty("s");
    for (String session : List.of("a", "b")) {
      assertThat(handled.stream().filter(id -> id.startsWith(session)))
          .containsExactlyElementsOf(IntStream.range(0, 50).mapToObj(i -> session + i).toList());
    }
    executor.shutdown();
  }
}
