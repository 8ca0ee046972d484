package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.journal.Journal;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.Storage;
import io.queueruntime.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callers who do the engine's work while they wait. */
@Timeout(120)
class TurnsTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final OutgoingMessage MESSAGE = OutgoingMessage.of(new byte[8]).build();

  private final ExecutorService callbacks = Executors.newSingleThreadExecutor();
  private final AtomicLong clock = new AtomicLong();
  private final AtomicReference<Runnable> whileForcing = new AtomicReference<>(() -> {});

  @AfterEach
  void end() {
    callbacks.shutdown();
  }

  /** An engine that has no thread of its own. */
  private EngineRun withoutThread() {
    EngineOptions options =
        EngineOptions.inMemory()
            .withDurability(Durability.FSYNC)
            .withSegmentSize(64 * 1024)
            .withTime(
                new EngineTime(() -> Instant.ofEpochMilli(clock.get() / 1_000_000), clock::get));
    EngineRun run =
        new EngineRun(
            Journal.open(new Forced(), EngineRun.journalOptions(options), Runnable::run),
            options,
            1,
            callbacks,
            null,
            EngineLoop.COMMANDS_PER_TURN,
            false);
    run.<Boolean>submit(
            reply -> reply.value(run.parts.queues().create(ORDERS, QueueOptions.DEFAULTS)))
        .join();
    return run;
  }

  private static CompletableFuture<SendReceipt> send(EngineRun run) {
    return run.submit(new Command.Send(run.replies, ORDERS, Draft.of(MESSAGE, run.nextId())));
  }

  private static CompletableFuture<List<ReceivedMessage<byte[]>>> receive(EngineRun run) {
    return run.submit(new Command.Receive(run.replies, ORDERS, SubQueue.MAIN, 1, 0));
  }

  @Test
  void aCallerWhoWaitsDoesWhatHeAsked() throws Exception {
    EngineRun run = withoutThread();
    CompletableFuture<SendReceipt> before = send(run);
    assertThat(before).isNotDone();

    assertThat(send(run).join().sequenceNumber().value()).isEqualTo(2);
    assertThat(before.get(1, TimeUnit.MINUTES).sequenceNumber().value()).isEqualTo(1);
    run.close();
  }

  @Test
  void whoeverComesWhileTheDiskIsForcedIsServedMeanwhile() {
    EngineRun run = withoutThread();
    send(run).join();
    AtomicReference<List<ReceivedMessage<byte[]>>> received = new AtomicReference<>(List.of());
    AtomicReference<CompletableFuture<SendReceipt>> sent = new AtomicReference<>();
    whileForcing.set(
        () -> {
          whileForcing.set(() -> {});
          received.set(CompletableFuture.supplyAsync(() -> receive(run).join()).join());
          sent.set(send(run));
          CompletableFuture.runAsync(run.loop::turn).join();
        });

    send(run).join();

    assertThat(received.get()).hasSize(1);
    assertThat(sent.get()).as("what the next force has to cover").isNotDone();
    send(run).join();
    assertThat(sent.get().join().sequenceNumber().value()).isEqualTo(3);
    run.close();
  }

  @Test
  void whatOnlyTheNextForceCanAnswerIsLeftToWhoeverForces() {
    EngineRun run = withoutThread();
    send(run).join();
    AtomicReference<CompletableFuture<SendReceipt>> sent = new AtomicReference<>();
    AtomicReference<Boolean> left = new AtomicReference<>();
    whileForcing.set(
        () -> {
          whileForcing.set(() -> {});
          sent.set(send(run));
          CompletableFuture.runAsync(() -> run.replies.waiting((Reply<?>) sent.get())).join();
          left.set(run.loop.isAsked());
        });

    send(run).join();

    assertThat(left.get()).as("still asked when its caller had come to wait").isTrue();
    assertThat(sent.get().join().sequenceNumber().value()).isEqualTo(3);
    run.close();
  }

  @Test
  void whatCameWhileTheDiskWasForcedIsHandedOutAfterTheNextForceOnly() {
    EngineRun run = withoutThread();
    AtomicReference<CompletableFuture<SendReceipt>> sent = new AtomicReference<>();
    whileForcing.set(
        () -> {
          whileForcing.set(() -> {});
          sent.set(send(run));
          CompletableFuture.runAsync(run.loop::turn).join();
        });
    send(run).join();
    Reply<?> first = (Reply<?>) receive(run);
    Reply<?> second = (Reply<?>) receive(run);
    List<Boolean> answered = new ArrayList<>();
    whileForcing.set(
        () -> {
          answered.add(first.isSettled());
          answered.add(second.isSettled());
        });

    run.loop.turn();

    assertThat(answered).as("answered before the force: the first, the second").hasSize(2);
    assertThat(answered).containsExactly(true, false);
    assertThat(second.isSettled()).isTrue();
    assertThat(sent.get().join().sequenceNumber().value()).isEqualTo(2);
    run.close();
  }

  @Test
  void aCallerWhoIsInterruptedDoesNotHarmTheJournal(@TempDir Path directory) throws Exception {
    try (QueueEngine engine = QueueEngine.open(EngineOptions.in(directory), callbacks)) {
      engine.createQueue(ORDERS, QueueOptions.DEFAULTS).join();
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger sent = new AtomicInteger();
      Thread caller =
          new Thread(
              () -> {
                while (!over.get()) {
                  engine.send(ORDERS, MESSAGE).join();
                  sent.incrementAndGet();
                }
              });
      caller.start();
      while (sent.get() < 1_000 && caller.isAlive()) {
        caller.interrupt();
        Thread.onSpinWait();
      }
      over.set(true);
      caller.join();

      assertThat(engine.failure()).isEmpty();
      assertThat(engine.statistics(ORDERS).join().pending()).isEqualTo(sent.get());
    }
  }

  @Test
  void nothingIsDoneByClocksThatAreLongPastWhileTheDiskIsForced() {
    EngineRun run = withoutThread();
    AtomicReference<CompletableFuture<SendReceipt>> sent = new AtomicReference<>();
    whileForcing.set(
        () -> {
          whileForcing.set(() -> {});
          clock.addAndGet(Duration.ofSeconds(1).toNanos());
          sent.set(send(run));
          CompletableFuture.runAsync(run.loop::turn).join();
        });

    send(run).join();

    assertThat(sent.get()).isNotDone();
    assertThat(run.loop.isUnfinished()).as("nothing was done by clocks that had stopped").isFalse();
    sent.get().join();
    receive(run).join();
    assertThat(receive(run).join().get(0).enqueuedTime().toEpochMilli()).isEqualTo(1_000);
    run.close();
  }

  /** Callers of all kinds: each answer comes, and nothing is lost that was answered. */
  @Test
  void callersOfAllKindsAreAnswered(@TempDir Path directory) throws Exception {
    int each = 300;
    try (QueueEngine engine = QueueEngine.open(EngineOptions.in(directory), callbacks)) {
      engine.createQueue(ORDERS, QueueOptions.DEFAULTS).join();
      AtomicInteger sent = new AtomicInteger();
      List<Callable<Void>> callers = new ArrayList<>();
      callers.add(() -> repeat(each, () -> engine.send(ORDERS, MESSAGE).join(), sent));
      callers.add(() -> repeat(each, () -> engine.send(ORDERS, MESSAGE).get(), sent));
      callers.add(
          () -> repeat(each, () -> engine.send(ORDERS, MESSAGE).get(1, TimeUnit.MINUTES), sent));
      callers.add(
          () ->
              repeat(
                  each,
                  () -> {
                    CompletableFuture<SendReceipt> answer = engine.send(ORDERS, MESSAGE);
                    try {
                      answer.get(1, TimeUnit.NANOSECONDS);
                    } catch (TimeoutException soon) {
                      answer.join();
                    }
                  },
                  sent));
      callers.add(
          () ->
              repeat(
                  each,
                  () -> {
                    CountDownLatch told = new CountDownLatch(1);
                    engine.send(ORDERS, MESSAGE).thenRun(told::countDown);
                    told.await();
                  },
                  sent));
      callers.add(
          () ->
              repeat(
                  each,
                  () -> {
                    Thread.currentThread().interrupt();
                    engine.send(ORDERS, MESSAGE).join();
                    assertThat(Thread.interrupted()).isTrue();
                  },
                  sent));
      callers.add(
          () ->
              repeat(
                  each,
                  () -> engine.receive(ORDERS, SubQueue.MAIN, 1, Duration.ofMillis(1)).cancel(true),
                  new AtomicInteger()));
      ExecutorService threads = Executors.newFixedThreadPool(callers.size());
      try {
        for (Future<Void> caller : threads.invokeAll(callers)) {
          caller.get();
        }
      } finally {
        threads.shutdown();
      }

      assertThat(engine.failure()).isEmpty();
      assertThat(sent).hasValue(6 * each);
      assertThat(engine.statistics(ORDERS).join().pending()).isEqualTo(sent.get());
    }
  }

  private interface Call {
    void make() throws Exception;
  }

  private static Void repeat(int times, Call call, AtomicInteger made) throws Exception {
    for (int i = 0; i < times; i++) {
      call.make();
      made.incrementAndGet();
    }
    return null;
  }

  /** Files in memory that do something while they are forced. */
  private final class Forced implements Storage {
    private final Storage files = new MemoryStorage();

    @Override
    public List<String> list() throws IOException {
      return files.list();
    }

    @Override
    public StorageFile open(String name) throws IOException {
      return new ForcedFile(files.open(name));
    }

    @Override
    public StorageFile create(String name) throws IOException {
      return new ForcedFile(files.create(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
      files.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
      files.delete(name);
    }

    @Override
    public void forceDirectory() throws IOException {
      files.forceDirectory();
    }

    @Override
    public String describe() {
      return "memory";
    }

    @Override
    public void close() {}
  }

  private final class ForcedFile implements StorageFile {
    private final StorageFile file;

    ForcedFile(StorageFile file) {
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force(boolean metadata) {
      whileForcing.get().run();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
