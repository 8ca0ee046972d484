package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.journal.Journal;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.PowerLossStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * An engine with all its threads on a disk whose power goes: whatever any of its callers was
 * answered, however he waited for it, survives.
 */
class PowerLossThreadsTests {

  private static final int CALLERS = 4;
  private static final int SENDS = 24;
  private static final QueueName ORDERS = QueueName.of("orders");

  /** The engine that looks afterwards has another clock. */
  private static final QueueOptions LASTING = QueueOptions.DEFAULTS.withDefaultTimeToLive(null);

  private static final Logger SAID = (Logger) LoggerFactory.getLogger("io.queueruntime");
  private static final Level LEVEL = SAID.getLevel();

  private final EngineOptions options =
      EngineOptions.inMemory().withDurability(Durability.FSYNC).withSegmentSize(64 * 1024);
  private final ForkJoinPool callers = new ForkJoinPool(CALLERS);
  private final ExecutorService plain = Executors.newFixedThreadPool(CALLERS);
  private final ExecutorService callbacks = Executors.newSingleThreadExecutor();

  /** Texts that were acknowledged, and those that nobody was told of. */
  private final Set<String> sent = ConcurrentHashMap.newKeySet();

  private final Set<String> unknown = ConcurrentHashMap.newKeySet();

  @BeforeAll
  static void beQuiet() {
    SAID.setLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    SAID.setLevel(LEVEL);
  }

  @AfterEach
  void end() {
    callers.shutdown();
    plain.shutdown();
    callbacks.shutdown();
  }

  @Test
  void whatCallersWereAnsweredSurvivesThePower() throws Exception {
    int cuts = 0;
    for (int changes = 12; changes < 220; changes += 9) {
      sent.clear();
      unknown.clear();
      PowerLossStorage disk = new PowerLossStorage().stopAfter(changes);
      live(disk);
      for (int cut = 0; cut < 3; cut++, cuts++) {
        check(disk.asAfterCut(changes + cut), "power cut at change " + changes);
      }
    }
    System.out.printf("RIG power-loss-threads cycles=%d violations=0%n", cuts);
    assertThat(cuts).isGreaterThan(50);
  }

  @Test
  void whoGivesUpWaitingForAnAnswerHearsSoAndTheDiskHearsNothing() throws Exception {
    PowerLossStorage disk = new PowerLossStorage();
    EngineRun run =
        new EngineRun(
            Journal.open(disk, EngineRun.journalOptions(options), Runnable::run),
            options,
            1,
            callbacks,
            null,
            EngineLoop.COMMANDS_PER_TURN,
            true);
    CompletableFuture<String> never = run.submit(reply -> {});
    assertThatThrownBy(() -> never.get(5, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    for (ExecutorService pool : List.of(plain, callers)) {
      CountDownLatch waiting = new CountDownLatch(1);
      AtomicReference<Thread> waiter = new AtomicReference<>();
      Future<?> interrupted =
          pool.submit(
              () -> {
                waiter.set(Thread.currentThread());
                waiting.countDown();
                assertThatThrownBy(never::get).isInstanceOf(InterruptedException.class);
              });
      waiting.await();
      waiter.get().interrupt();
      interrupted.get(60, TimeUnit.SECONDS);
    }
    assertThat(never.complete("own")).isTrue();
    assertThat(never.join()).isEqualTo("own");
    run.close();
    run.close();
    unknown.clear();
    check(disk.asAfterCut(1), "nothing was asked for");
  }

  @Test
  void whoMeetsAFullRingIsHeldBackAndThenRefused() {
    PowerLossStorage disk = new PowerLossStorage();
    EngineOptions impatient = options.withSendTimeout(Duration.ofMillis(5));
    QueueEngine engine =
        QueueEngine.manual(
            Journal.open(disk, EngineRun.journalOptions(impatient), Runnable::run), impatient, 1);
    CompletableFuture<?> last = engine.listQueues();
    for (int i = 0; i < 100_000 && !last.isDone(); i++) {
      last = engine.listQueues();
    }
    assertThatThrownBy(last::join).hasCauseInstanceOf(OperationTimedOut.class);
    while (engine.turn()) {
      // takes them out again
    }
    engine.close();
    assertThatThrownBy(() -> engine.listQueues().join()).hasCauseInstanceOf(Closed.class);
  }

  @Test
  void anEngineOfMemoryNeedsNoDirectoryAndADurableOneDoes() {
    assertThatThrownBy(() -> QueueEngine.open(options)).isInstanceOf(ConfigurationInvalid.class);
    try (QueueEngine engine = QueueEngine.open(EngineOptions.inMemory())) {
      assertThat(engine.createQueue(ORDERS, LASTING).join()).isTrue();
      assertThatThrownBy(() -> engine.snapshot().join())
          .hasCauseInstanceOf(UnsupportedCapability.class);
    }
  }

  private void live(PowerLossStorage disk) throws Exception {
    ExecutorService background = Executors.newSingleThreadExecutor();
    EngineRun run;
    try {
      run =
          new EngineRun(
              Journal.open(disk, EngineRun.journalOptions(options), background),
              options,
              1,
              callbacks,
              background,
              EngineLoop.COMMANDS_PER_TURN,
              true);
    } catch (StorageFailed withoutPower) {
      background.shutdown();
      return;
    }
    List<Future<?>> working = new ArrayList<>();
    try {
      run.<Boolean>submit(reply -> reply.value(run.parts.queues().create(ORDERS, LASTING))).join();
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        Runnable work = () -> call(run, caller);
        working.add(i % 2 == 0 ? callers.submit(work) : plain.submit(work));
      }
    } catch (CompletionException withoutPower) {
      // It goes before anybody calls.
    }
    for (Future<?> caller : working) {
      caller.get(60, TimeUnit.SECONDS);
    }
    try {
      run.close();
    } catch (QueueRuntimeException withoutPower) {
      // as it was ordered
    }
  }

  /** Sends until the power goes, and waits for each answer in another way. */
  private void call(EngineRun run, int caller) {
    for (int n = 0; n < SENDS; n++) {
      String text = "c" + caller + "-" + n;
      unknown.add(text);
      Reply<List<SendReceipt>> reply = send(run, text);
      try {
        switch (n % 4) {
          case 0 -> reply.join();
          case 1 -> reply.get(60, TimeUnit.SECONDS);
          case 2 -> reply.thenApply(List::size).get(60, TimeUnit.SECONDS);
          default -> {
            // Who gives up does not know what became of it.
            if (reply.cancel(false)) {
              continue;
            }
            reply.get();
          }
        }
        sent.add(text);
      } catch (CompletionException | ExecutionException withoutPower) {
        return;
      } catch (CancellationException givenUp) {
        continue;
      } catch (Exception e) {
        throw new AssertionError("no answer to " + text, e);
      }
    }
  }

  private static Reply<List<SendReceipt>> send(EngineRun run, String text) {
    Draft draft = Draft.of(ManualEngine.message(text).build(), run.nextId());
    return (Reply<List<SendReceipt>>)
        run.<List<SendReceipt>>submit(
            reply -> run.parts.sending().send(reply, ORDERS, List.of(draft), Duration.ZERO));
  }

  private void check(PowerLossStorage found, String when) {
    ManualEngine after = new ManualEngine(found, same -> same);
    List<String> seen = new ArrayList<>();
    if (after.done(after.engine().listQueues()).contains(ORDERS)) {
      for (ReceivedMessage<byte[]> message :
          after.done(
              after.engine().peek(ORDERS, SubQueue.MAIN, null, SequenceNumber.START, 1000))) {
        seen.add(ManualEngine.text(message));
      }
    }
    assertThat(seen).as(when).doesNotHaveDuplicates().containsAll(sent);
    assertThat(unknown).as(when).containsAll(seen);
  }
}
