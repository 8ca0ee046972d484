package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.fake.FakeProvider.Operation;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Capability;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LifecycleTests {

  private final ListenerFixture fixture = new ListenerFixture();
  private final CountDownLatch forever = new CountDownLatch(1);

  @AfterEach
  void closeAndLookForThreadsLeftBehind() throws InterruptedException {
    forever.countDown();
    fixture.close();
    for (Thread thread : ours()) {
      thread.join(10_000);
    }
    assertThat(ours()).isEmpty();
  }

  private static List<Thread> ours() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("queue-runtime"))
        .toList();
  }

  @Test
  void threadsAreNamedAfterTheirQueueAndEndWithTheContainer() {
    QueueListenerContainer container =
        fixture.listen("q", o -> o.concurrency(Concurrency.of(3)), (message, delivery) -> null);
    fixture.provider.awaitWaiting("q", 3);
    assertThat(ours())
        .extracting(Thread::getName)
        .containsExactlyInAnyOrder(
            "queue-runtime-pump-q-1",
            "queue-runtime-pump-q-2",
            "queue-runtime-pump-q-3",
            "queue-runtime-lock-renewer");
    container.stop();
    assertThat(container.isRunning()).isFalse();
    assertThat(container.state()).isEqualTo(ContainerState.STOPPED);
  }

  @Test
  void startingAndStoppingCanBeRepeated() {
    AtomicInteger calls = new AtomicInteger();
    QueueListenerContainer container =
        fixture.listen("q", (message, delivery) -> calls.incrementAndGet());
    container.start();
    for (int round = 1; round <= 20; round++) {
      fixture.send("q", "m" + round);
      fixture.provider.awaitEmpty("q");
      container.stop();
      container.stop();
      assertThat(container.inWork()).isZero();
      container.start();
      container.start();
    }
    assertThat(calls).hasValue(20);
    assertThat(ours()).hasSize(2);
  }

  @Test
  void stopWaitsForWhatIsRunningAndTakesNothingNew() {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              running.countDown();
              ListenerFixture.await(go);
              return null;
            });
    fixture.send("q", "m", "n");
    ListenerFixture.await(running);
    CompletableFuture<Void> stop =
        CompletableFuture.runAsync(() -> container.stop(Duration.ofSeconds(20)));
    while (container.state() != ContainerState.STOPPING) {
      Thread.onSpinWait();
    }
    go.countDown();
    stop.join();
    assertThat(fixture.provider.events()).containsExactly("complete m");
    assertThat(fixture.messages("q")).extracting(ReceivedMessage::messageId).containsExactly("n");
  }

  @Test
  void handlerThatOutlastsTheDrainIsInterruptedAndItsMessageGivenBackUncounted() {
    CountDownLatch running = new CountDownLatch(1);
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              running.countDown();
              forever.await();
              return null;
            });
    fixture.send("q", "m");
    ListenerFixture.await(running);
    container.stop(Duration.ofMillis(20));
    assertThat(fixture.provider.events()).containsExactly("release m");
    assertThat(fixture.messages("q").get(0).deliveryCount()).isZero();
  }

  @Test
  void futureThatOutlastsTheDrainIsCancelledAndItsMessageGivenBack() {
    CompletableFuture<Object> future = new CompletableFuture<>();
    CountDownLatch running = new CountDownLatch(1);
    QueueListenerContainer container =
        fixture.listen(
            "s",
            (message, delivery) -> {
              running.countDown();
              return future;
            });
    fixture.sendInSessions("a1");
    ListenerFixture.await(running);
    container.stop(Duration.ofMillis(20));
    assertThat(future).isCancelled();
    assertThat(fixture.provider.events()).containsExactly("accept a", "release a1", "close a");
  }

  @Test
  void stopReturnsAlthoughAHandlerIgnoresEverything() {
    fixture.drain = Duration.ofMillis(20);
    CountDownLatch running = new CountDownLatch(2);
    for (String queue : List.of("q", "s")) {
      fixture.listen(
          queue,
          (message, delivery) -> {
            running.countDown();
            ListenerFixture.awaitUninterruptibly(forever);
            return null;
          });
    }
    QueueListenerContainer stubborn =
        fixture.listen(
            "s",
            (message, delivery) ->
                new CompletableFuture<Object>() {
                  @Override
                  public boolean cancel(boolean mayInterrupt) {
                    return false;
                  }
                });
    fixture.send("q", "m");
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("accept a");
    stubborn.stop(Duration.ofMillis(20));
    fixture.sendInSessions("b1");
    fixture.provider.awaitEvent("accept b");
    ListenerFixture.await(running);
    fixture.close();
    assertThat(fixture.provider.events()).contains("release m", "release b1");
  }

  @Test
  void whatWasNotStartedIsGivenBackUncounted() {
    fixture.stall = Duration.ofHours(1);
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    fixture.send("q", IntStream.range(0, 50).mapToObj(i -> "m" + i).toArray(String[]::new));
    QueueListenerContainer container =
        fixture.listenToBatches(
            "q",
            o -> o.batchSize(50),
            (messages, delivery) -> {
              if (messages.size() > 1) {
                return java.util.Collections.nCopies(
                    messages.size(), io.queueruntime.provider.Settlement.abandon());
              }
              running.countDown();
              ListenerFixture.await(go);
              return null;
            });
    ListenerFixture.await(running);
    CompletableFuture<Void> stop =
        CompletableFuture.runAsync(() -> container.stop(Duration.ofSeconds(20)));
    while (container.state() != ContainerState.STOPPING) {
      Thread.onSpinWait();
    }
    go.countDown();
    stop.join();
    assertThat(fixture.provider.events(e -> e.startsWith("release"))).hasSize(49);
    assertThat(fixture.messages("q")).hasSize(49).allMatch(m -> m.deliveryCount() == 1);
  }

  @Test
  void stopReleasesIdleSessions() {
    QueueListenerContainer container = fixture.listen("s", (message, delivery) -> null);
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    container.stop();
    assertThat(fixture.provider.events()).containsExactly("accept a", "complete a1", "close a");
  }

  @Test
  void stopFromTheHandlerItselfDoesNotWaitForItself() {
    CompletableFuture<QueueListenerContainer> self = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              self.join().stop();
              return null;
            });
    self.complete(container);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("complete m");
    while (container.isRunning()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void pausedListenerTakesNothingUntilItIsResumed() {
    CompletableFuture<Integer> deliveryCount = new CompletableFuture<>();
    QueueListenerContainer container =
        fixture.listen("q", (message, delivery) -> deliveryCount.complete(message.deliveryCount()));
    fixture.provider.awaitWaiting("q", 1);
    container.pause();
    assertThat(container.isPaused()).isTrue();
    assertThat(container.isRunning()).isTrue();
    fixture.send("q", "m");
    assertThat(fixture.provider.events()).doesNotContain("complete m");
    container.resume();
    // Uncounted, should the receive have got it in the moment of the pause.
    assertThat(deliveryCount.join()).isEqualTo(1);
    fixture.provider.awaitEvent("complete m");
    assertThat(container.state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void pausedSessionListenerKeepsItsSessionForAWhile() {
    QueueListenerContainer container = fixture.listen("s", (message, delivery) -> null);
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
    container.pause();
    fixture.sendInSessions("a2");
    assertThat(fixture.provider.events()).doesNotContain("complete a2", "close a");
    container.resume();
    fixture.provider.awaitEvent("complete a2");
    assertThat(fixture.provider.events(e -> e.startsWith("accept"))).hasSize(1);
  }

  @Test
  void pausedListenerCanBeStopped() {
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    container.pause();
    container.stop();
    assertThat(container.state()).isEqualTo(ContainerState.STOPPED);
  }

  @Test
  void transientErrorsOfReceivesAreWaitedOut() {
    fixture.provider.failNext(
        Operation.RECEIVE,
        new ConnectionFailed("q", "planned", null),
        new IllegalStateException("planned"));
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("complete m");
    assertThat(container.state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void transientErrorsOfAcceptsAreWaitedOut() {
    fixture.provider.failNext(Operation.ACCEPT, new ConnectionFailed("s", "planned", null));
    fixture.listen("s", o -> o.concurrency(Concurrency.of(1)), (message, delivery) -> null);
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete a1");
  }

  @Test
  void loopThatCanNeverReceiveEndsAndTheContainerSaysSo() {
    fixture.provider.failNext(Operation.RECEIVE, new QueueNotFound("q", "planned"));
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    while (container.state() != ContainerState.FAILED) {
      Thread.onSpinWait();
    }
    assertThat(container.failure()).get().isInstanceOf(QueueNotFound.class);
    assertThat(container.isRunning()).isTrue();
    container.stop();
    container.start();
    fixture.send("q", "m");
    fixture.provider.awaitEvent("complete m");
    assertThat(container.state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void closedProviderEndsTheLoops() {
    QueueListenerContainer container = fixture.listen("s", (message, delivery) -> null);
    fixture.provider.close();
    while (container.state() != ContainerState.FAILED) {
      Thread.onSpinWait();
    }
  }

  @Test
  void missingCapabilitiesAreSaidAtStart() {
    fixture.provider.without(Capability.SESSIONS);
    assertThatThrownBy(() -> fixture.listen("s", (message, delivery) -> null))
        .isInstanceOf(UnsupportedCapability.class);
    fixture.provider.without(Capability.ACCEPT_NEXT_SESSION);
    assertThatThrownBy(() -> fixture.listen("s", (message, delivery) -> null))
        .isInstanceOf(UnsupportedCapability.class)
        .hasMessageContaining("session-ids");
  }

  @Test
  void oneContainerListensToSeveralQueues() {
    QueueListenerContainer container =
        fixture.add(
            ListenerEndpoint.of(
                "both",
                List.of(fixture.queue("q"), fixture.queue("s")),
                (message, delivery) -> null,
                ListenerOptions.DEFAULTS));
    fixture.send("q", "m");
    fixture.sendInSessions("a1");
    fixture.provider.awaitEvent("complete m");
    fixture.provider.awaitEvent("complete a1");
    assertThat(container.endpoint().queues())
        .extracting(ListenedQueue::name)
        .contains(QueueName.of("q"));
  }

  @Test
  void concurrencyIsReachedUnderLoadAndKeptTo() {
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch four = new CountDownLatch(4);
    fixture.listen(
        "q",
        o -> o.concurrency(new Concurrency(1, 4)),
        (message, delivery) -> {
          most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
          four.countDown();
          ListenerFixture.await(four);
          atOnce.decrementAndGet();
          return null;
        });
    fixture.send("q", IntStream.range(0, 40).mapToObj(i -> "m" + i).toArray(String[]::new));
    fixture.provider.awaitEmpty("q");
    assertThat(most).hasValue(4);
  }

  @Test
  void pumpsBeyondTheMinimumEndWhenNothingComes() {
    CountDownLatch four = new CountDownLatch(4);
    fixture.listen(
        "q",
        o -> o.concurrency(new Concurrency(1, 4)),
        (message, delivery) -> {
          four.countDown();
          ListenerFixture.await(four);
          return null;
        });
    fixture.send("q", "1", "2", "3", "4");
    fixture.provider.awaitEmpty("q");
    fixture.provider.awaitWaiting("q", 4);
    fixture.provider.advance(Duration.ofSeconds(60));
    fixture.provider.awaitWaiting("q", 1);
    fixture.send("q", "5");
    fixture.provider.awaitEmpty("q");
  }

  @Test
  void asynchronousHandlersAreInWorkUpToTheConcurrency() {
    List<CompletableFuture<Object>> futures = new java.util.concurrent.CopyOnWriteArrayList<>();
    CountDownLatch three = new CountDownLatch(3);
    QueueListenerContainer container =
        fixture.listen(
            "q",
            o -> o.concurrency(new Concurrency(1, 3)),
            (message, delivery) -> {
              CompletableFuture<Object> future = new CompletableFuture<>();
              futures.add(future);
              three.countDown();
              return future;
            });
    fixture.send("q", IntStream.range(0, 10).mapToObj(i -> "m" + i).toArray(String[]::new));
    ListenerFixture.await(three);
    assertThat(container.inWork()).isEqualTo(3);
    int done = 0;
    while (done < 10) {
      if (futures.size() > done) {
        futures.get(done++).complete(null);
      }
      Thread.onSpinWait();
    }
    fixture.provider.awaitEmpty("q");
  }

  @Test
  void handlersRunOnTheExecutorThatIsGiven() {
    ExecutorService executor = Executors.newFixedThreadPool(3, task -> new Thread(task, "mine"));
    fixture.executor = executor;
    CompletableFuture<String> thread = new CompletableFuture<>();
    CountDownLatch three = new CountDownLatch(3);
    fixture.listen(
        "q",
        o -> o.concurrency(Concurrency.of(3)),
        (message, delivery) -> {
          thread.complete(Thread.currentThread().getName());
          three.countDown();
          ListenerFixture.await(three);
          return null;
        });
    fixture.send("q", "1", "2", "3", "4");
    fixture.provider.awaitEmpty("q");
    assertThat(thread.join()).isEqualTo("mine");
    executor.shutdown();
  }

  @Test
  void executorThatTakesNoMoreGivesMessagesBack() {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    executor.shutdown();
    fixture.executor = executor;
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("release m");
    container.stop();
  }

  @Test
  void slowSettlementsDoNotHoldUpAPlainQueue() {
    fixture.provider.holdSettlements();
    CountDownLatch ten = new CountDownLatch(10);
    QueueListenerContainer container =
        fixture.listen(
            "q",
            (message, delivery) -> {
              ten.countDown();
              return null;
            });
    fixture.send("q", IntStream.range(0, 10).mapToObj(i -> "m" + i).toArray(String[]::new));
    ListenerFixture.await(ten);
    fixture.provider.awaitEvent("complete m9");
    assertThat(container.inWork()).isEqualTo(10);
    fixture.provider.answerSettlements();
    container.stop();
    assertThat(container.inWork()).isZero();
  }

  @Test
  void messagesThatWaitBehindASlowHandlerAreGivenBackToOthers() {
    fixture.stall = Duration.ofMillis(30);
    CountDownLatch running = new CountDownLatch(1);
    fixture.send("q", IntStream.range(0, 400).mapToObj(i -> "m" + i).toArray(String[]::new));
    AtomicInteger calls = new AtomicInteger();
    fixture.listen(
        "q",
        (message, delivery) -> {
          if (calls.incrementAndGet() == 300) {
            running.countDown();
            ListenerFixture.await(forever);
          }
          return null;
        });
    ListenerFixture.await(running);
    // The slow handler has one; another listener gets all the others at once.
    fixture.listen("q", (message, delivery) -> null);
    fixture.provider.awaitEvent("complete m399");
    forever.countDown();
    fixture.provider.awaitEmpty("q");
    assertThat(fixture.provider.events(e -> e.startsWith("complete"))).hasSize(400);
  }

  @Test
  void failureOfOneHandlerDoesNotEndTheLoop() {
    fixture.listen(
        "q",
        (message, delivery) -> {
          if (message.messageId().equals("bad")) {
            throw new IOException();
          }
          return null;
        });
    fixture.send("q", "bad", "good");
    fixture.provider.awaitEvent("complete good");
  }

  @Test
  void virtualThreadsAreUsedWhereTheJdkHasThem() {
    fixture.virtual = true;
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    fixture.listen(
        "q",
        (message, delivery) -> {
          thread.complete(Thread.currentThread());
          return null;
        });
    fixture.send("q", "m");
    assertThat(thread.join().getName()).isEqualTo("queue-runtime-pump-q-1");
    boolean virtual =
        thread.join().getThreadGroup() != null
            && thread.join().getThreadGroup().getName().equals("VirtualThreads");
    assertThat(virtual).isEqualTo(Runtime.version().feature() >= 21);
  }

  @Test
  void pumpRestsWhenTheExecutorForHandlersTakesNoMore() {
    AtomicInteger attempts = new AtomicInteger();
    CompletableFuture<Void> again = new CompletableFuture<>();
    fixture.rejectedRest = Duration.ofDays(1);
    fixture.executor =
        task -> {
          if (attempts.incrementAndGet() > 1) {
            again.complete(null);
          }
          throw new RejectedExecutionException("full");
        };
    QueueListenerContainer container = fixture.listen("q", (message, delivery) -> null);
    fixture.send("q", "m");
    fixture.provider.awaitEvent("release m");
    assertThatThrownBy(() -> again.get(200, TimeUnit.MILLISECONDS))
        .as("the next attempt")
        .isInstanceOf(TimeoutException.class);
    container.stop();
    assertThat(attempts).hasValue(1);
    assertThat(fixture.messages("q")).extracting(ReceivedMessage::deliveryCount).containsExactly(0);
  }
}
