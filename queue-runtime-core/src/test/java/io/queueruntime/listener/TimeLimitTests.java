package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.fake.FakeProvider.Operation;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time limits of handlers, locks that are renewed and locks that are lost. */
class TimeLimitTests {

  private static final Duration SHORT = Duration.ofMillis(40);
  private final ListenerFixture fixture = new ListenerFixture();
  private final CountDownLatch forever = new CountDownLatch(1);

  @AfterEach
  void close() {
    forever.countDown();
    fixture.close();
  }

  /**
   * Locks that are renewed every few tenths of a second of real time; the fake broker's own time
   * stands still.
   */
  private void withShortLocks() {
    fixture.plain = fixture.plain.withLockDuration(Duration.ofMillis(300));
    fixture.sessions = fixture.sessions.withLockDuration(Duration.ofMillis(300));
  }

  @Test
  void slowHandlerIsInterruptedAndHasFailed() {
    CountDownLatch interrupted = new CountDownLatch(1);
    fixture.listen(
        "q",
        o -> o.timeout(SHORT),
        (message, delivery) -> {
          try {
            forever.await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return null;
        });
    fixture.send("q", "m");
    ListenerFixture.await(interrupted);
    fixture.provider.awaitEvent("abandon(PT1S) m");
    assertThat(fixture.provider.events()).doesNotContain("complete m");
  }

  @Test
  void whatAnInterruptedHandlerStillAcknowledgesDoesNotCount() throws Exception {
    CompletableFuture<CompletableFuture<Void>> acknowledged = new CompletableFuture<>();
    fixture.listen(
        "q",
        o -> o.timeout(SHORT).ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          try {
            forever.await();
          } catch (InterruptedException e) {
            acknowledged.complete(delivery.acknowledgment().complete());
          }
          return null;
        });
    fixture.send("q", "m");
    CompletableFuture<Void> late = acknowledged.get(5, TimeUnit.SECONDS);
    assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InvalidReceipt.class);
    fixture.provider.awaitEvent("abandon(PT1S) m");
    assertThat(fixture.provider.events()).doesNotContain("complete m");
  }

  @Test
  void interruptDoesNotReachTheNextMessage() {
    CompletableFuture<Boolean> second = new CompletableFuture<>();
    fixture.listen(
        "q",
        o -> o.timeout(SHORT),
        (message, delivery) -> {
          if (message.messageId().equals("first")) {
            ListenerFixture.awaitUninterruptibly(interruptedOnce());
          } else {
            second.complete(Thread.currentThread().isInterrupted());
          }
          return null;
        });
    fixture.send("q", "first", "second");
    assertThat(second.join()).isFalse();
  }

  private static CountDownLatch interruptedOnce() {
    CountDownLatch latch = new CountDownLatch(1);
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      latch.countDown();
    }
    return latch;
  }

  @Test
  void slowFutureIsCancelledAndHasFailed() {
    CompletableFuture<Object> future = new CompletableFuture<>();
    fixture.listen("q", o -> o.timeout(SHORT), (message, delivery) -> future);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("abandon(PT1S) m");
    assertThat(future).isCancelled();
  }

  @Test
  void zombieIsFencedOffAndCountsAsInWorkUntilItEnds() throws Exception {
    CompletableFuture<Delivery> zombies = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            o -> o.timeout(SHORT),
            (message, delivery) -> {
              if (message.messageId().equals("zombie")) {
                zombies.complete(delivery);
                ListenerFixture.awaitUninterruptibly(forever);
              }
              return null;
            });
    fixture.send("q", "zombie");
    Delivery delivery = zombies.join();
    fixture.provider.awaitEvent("abandon(PT1S) zombie");
    assertThat(container.inWork()).isEqualTo(1);
    assertThatThrownBy(() -> delivery.acknowledgment().complete().get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InvalidReceipt.class);
    // One permit, and the zombie has it.
    fixture.send("q", "next");
    fixture.provider.awaitWaiting("q", 0);
    assertThat(fixture.provider.events()).doesNotContain("complete next");
    forever.countDown();
    fixture.provider.awaitEvent("complete next");
    assertThat(fixture.provider.events()).doesNotContain("complete zombie");
  }

  @Test
  void sessionOfAZombieIsGivenToOthers() {
    fixture.listen(
        "s",
        o -> o.timeout(SHORT).concurrency(Concurrency.of(1)),
        (message, delivery) -> {
          ListenerFixture.awaitUninterruptibly(forever);
          return null;
        });
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("abandon(PT1S) a1");
    fixture.provider.awaitEvent("close a");
    fixture.listen("s", (message, delivery) -> null);
    fixture.provider.advance(Duration.ofSeconds(1));
    fixture.provider.awaitEvent("complete a1");
  }

  @Test
  void timeoutOfTheLastAllowedDeliveryDeadLetters() {
    fixture.listen(
        "q",
        o -> o.timeout(SHORT).maxRetries(0),
        (message, delivery) -> {
          forever.await();
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvent("dead-letter(MaxDeliveryCountExceeded) m");
    assertThat(fixture.deadLetters("q").get(0).deadLetter().orElseThrow().description())
        .startsWith("java.util.concurrent.TimeoutException: The handler took longer");
  }

  @Test
  void lockIsRenewedWhileTheHandlerRuns() {
    withShortLocks();
    CountDownLatch go = new CountDownLatch(1);
    fixture.listen(
        "q",
        (message, delivery) -> {
          ListenerFixture.await(go);
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvents("renew m", 3);
    go.countDown();
    fixture.provider.awaitEvent("complete m");
  }

  @Test
  void sessionIsRenewedWhileItIsIdle() {
    withShortLocks();
    fixture.listen("s", (message, delivery) -> null);
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    fixture.provider.awaitEvents("renew a", 3);
  }

  @Test
  void sessionIsRenewedWhileItsHeadWaitsOutABackOffLongerThanTheLock() {
    withShortLocks();
    fixture.provider.without(io.queueruntime.provider.Capability.ABANDON_WITH_DELAY);
    Duration delay = fixture.sessions.lockDuration().multipliedBy(3);
    AtomicInteger failures = new AtomicInteger(1);
    CompletableFuture<Long> second = new CompletableFuture<>();
    long begun = System.nanoTime();
    fixture.listen(
        "s",
        o -> o.backoff(new BackoffPolicy(delay, 1, delay, 0)),
        (message, delivery) -> {
          if (failures.getAndDecrement() > 0) {
            throw new java.io.IOException("not yet");
          }
          second.complete(System.nanoTime() - begun);
          return null;
        });
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    assertThat(Duration.ofNanos(second.join())).isGreaterThanOrEqualTo(delay);
    assertThat(fixture.provider.events())
        .contains("renew a", "abandon a1")
        .containsOnlyOnce("accept a");
  }

  @Test
  void transientErrorOfARenewalIsTriedAgain() {
    withShortLocks();
    CountDownLatch go = new CountDownLatch(1);
    fixture.provider.failNext(
        Operation.RENEW,
        new io.queueruntime.QueueRuntimeException.ConnectionFailed("q", "planned", null));
    fixture.listen(
        "q",
        (message, delivery) -> {
          ListenerFixture.await(go);
          assertThat(delivery.lock().isLost()).isFalse();
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvent("RENEW failed");
    fixture.provider.awaitEvent("renew m");
    go.countDown();
    fixture.provider.awaitEvent("complete m");
  }

  @Test
  void failureOfARenewalThatIsAnsweredLaterIsTriedAgainBeforeTheLockRunsOut() {
    fixture.plain = fixture.plain.withLockDuration(Duration.ofMillis(1500));
    fixture.provider.answerRenewalsLater();
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Boolean> lost = new CompletableFuture<>();
    fixture.provider.failNext(
        Operation.RENEW,
        new io.queueruntime.QueueRuntimeException.ConnectionFailed("q", "planned", null));
    fixture.listen(
        "q",
        (message, delivery) -> {
          ListenerFixture.await(go);
          lost.complete(delivery.lock().isLost());
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvent("RENEW failed");
    fixture.provider.awaitEvent("renew m");
    go.countDown();
    assertThat(lost.join()).isFalse();
    fixture.provider.awaitEvent("complete m");
  }

  @Test
  void sessionThatItsHandlerRenewsItselfIsNotTakenForLost() {
    fixture.sessions = fixture.sessions.withLockDuration(Duration.ofMillis(600));
    CompletableFuture<Boolean> lost = new CompletableFuture<>();
    fixture.listen(
        "s",
        o -> o.maxLockRenewal(Duration.ZERO),
        (message, delivery) -> {
          CountDownLatch told = new CountDownLatch(1);
          delivery.lock().onLost(told::countDown);
          delivery.lock().onLost(() -> lost.complete(true));
          told.await(400, TimeUnit.MILLISECONDS);
          delivery.session().orElseThrow().renewLockAsync().join();
          told.await(400, TimeUnit.MILLISECONDS);
          lost.complete(delivery.lock().isLost());
          return null;
        });
    fixture.sendInSessions("a1");
    assertThat(lost.join()).isFalse();
    fixture.provider.awaitEvent("complete a1");
  }

  @Test
  void lostLockTellsTheHandlerAndSettlesNothing() throws Exception {
    withShortLocks();
    fixture.provider.failNext(Operation.RENEW, new LockLost("q", "planned"));
    CountDownLatch told = new CountDownLatch(1);
    CompletableFuture<Delivery> interrupted = new CompletableFuture<>();
    fixture.listen(
        "q",
        (message, delivery) -> {
          delivery.lock().onLost(told::countDown);
          try {
            forever.await();
          } catch (InterruptedException e) {
            interrupted.complete(delivery);
          }
          return null;
        });
    fixture.send("q", "m");
    ListenerFixture.await(told);
    Delivery delivery = interrupted.get(20, TimeUnit.SECONDS);
    assertThat(delivery.lock().isLost()).isTrue();
    assertThat(delivery.acknowledgment().isSettled()).isTrue();
    assertThatThrownBy(() -> delivery.lock().renew()).isInstanceOf(LockLost.class);
    CountDownLatch toldLate = new CountDownLatch(1);
    delivery.lock().onLost(toldLate::countDown);
    ListenerFixture.await(toldLate);
    assertThat(fixture.provider.events()).containsExactly("RENEW failed");
  }

  @Test
  void lockIsLostWhenItIsNotRenewedAnyMore() {
    withShortLocks();
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch interrupted = new CountDownLatch(1);
    fixture.listen(
        "q",
        o -> o.maxLockRenewal(Duration.ofMillis(250)),
        (message, delivery) -> {
          calls.incrementAndGet();
          try {
            forever.await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return null;
        });
    fixture.send("q", "m");
    ListenerFixture.await(interrupted);
    assertThat(fixture.provider.events()).containsExactly("renew m", "renew m");
  }

  @Test
  void lostSessionTellsTheHandlerAndIsAcceptedAnew() {
    withShortLocks();
    fixture.provider.failNext(Operation.RENEW, new SessionLockLost("s", "planned"));
    AtomicInteger calls = new AtomicInteger();
    fixture.listen(
        "s",
        (message, delivery) -> {
          if (calls.incrementAndGet() == 1) {
            forever.await();
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2");
    fixture.provider.awaitEvent("complete a2");
    assertThat(fixture.provider.events(e -> !e.startsWith("renew")))
        .containsExactly(
            "accept a", "RENEW failed", "close a", "accept a", "complete a1", "complete a2");
  }

  @Test
  void settlementWithALostLockIsNoErrorOfTheListener() {
    fixture.provider.failNext(Operation.SETTLE, new LockLost("q", "planned"));
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    fixture.send("q", "m", "n");
    fixture.provider.awaitEvent("complete n");
    fixture.provider.advance(Duration.ofSeconds(60));
    fixture.provider.awaitEvent("complete m");
    assertThat(container.state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void unacknowledgedMessageStaysLockedAndRenewedUntilItIsAcknowledged() {
    withShortLocks();
    CompletableFuture<Acknowledgment> later = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            o -> o.ackMode(AckMode.MANUAL),
            (message, delivery) -> {
              later.complete(delivery.acknowledgment());
              return null;
            });
    fixture.send("q", "m");
    fixture.provider.awaitEvents("renew m", 2);
    assertThat(container.inWork()).isEqualTo(1);
    later.join().complete().join();
    assertThat(later.join().isSettled()).isTrue();
    fixture.provider.awaitEmpty("q");
  }

  @Test
  void manualHandlerThatThrowsHasFailed() {
    fixture.listen(
        "q",
        o -> o.ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          if (message.messageId().equals("acknowledged")) {
            delivery.acknowledgment().complete();
          }
          throw new IllegalStateException();
        });
    fixture.send("q", "acknowledged", "not");
    fixture.provider.awaitEvent("abandon(PT1S) not");
    assertThat(fixture.provider.events())
        .containsExactly("complete acknowledged", "abandon(PT1S) not");
  }

  @Test
  void manualHandlerSettlesThroughTheMessageToo() {
    fixture.listen(
        "q",
        o -> o.ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          message.renewLock();
          message.deadLetter("Mine", "by hand");
          return null;
        });
    fixture.send("q", "m");
    fixture.provider.awaitEvent("dead-letter(Mine) m");
    assertThat(fixture.provider.events()).containsExactly("renew m", "dead-letter(Mine) m");
  }

  @Test
  void messageOfAnAutomaticListenerCannotBeSettledThroughItself() {
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    fixture.listen(
        "q",
        (message, delivery) -> {
          try {
            message.complete();
          } catch (InvalidReceipt e) {
            refused.complete(e);
          }
          return null;
        });
    fixture.send("q", "m");
    assertThat(refused.join()).hasMessageContaining("outcome of the handler");
    fixture.provider.awaitEvent("complete m");
  }

  @Test
  void manualSessionGoesOnOnlyWhenItsMessageIsAcknowledged() {
    CompletableFuture<Acknowledgment> first = new CompletableFuture<>();
    fixture.listen(
        "s",
        o -> o.ackMode(AckMode.MANUAL),
        (message, delivery) -> {
          if (message.messageId().equals("a1")) {
            first.complete(delivery.acknowledgment());
          } else {
            delivery.acknowledgment().complete();
          }
          return null;
        });
    fixture.sendInSessions("a1", "a2", "b1");
    fixture.provider.awaitEvent("complete b1");
    first.join().complete();
    fixture.provider.awaitEvent("complete a2");
    assertThat(fixture.provider.events(e -> e.endsWith("a1") || e.endsWith("a2")))
        .containsExactly("complete a1", "complete a2");
    assertThat(fixture.queue("s").name()).isEqualTo(QueueName.of("s"));
  }
}
