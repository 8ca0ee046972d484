package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.NioStorage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the simulated disk shows holds on real files too: through ends in good and bad order, and
 * from the first force that fails on nothing is acknowledged, and a reopen reads the disk.
 */
class PowerLossOnFilesTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final int SEEDS = 12;
  private static final int STEPS = 120;

  @TempDir Path directory;

  @Test
  void engineOnRealFilesAnswersAsTheModelDoes() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Path data = directory.resolve("seed" + seed);
      ModelRun.run(seed, STEPS, () -> NioStorage.open(data));
    }
  }

  @Test
  void afterTheFirstForceThatFailsNothingIsAcknowledgedAndAReopenReadsTheDisk() {
    SteppedEngine.Clock clock = new SteppedEngine.Clock();
    EngineOptions options = SteppedEngine.options(clock, 64 * 1024, 1000);
    for (int nth = 2; nth <= 12; nth++) {
      Path data = directory.resolve("force" + nth);
      FaultyStorage disk =
          new FaultyStorage(NioStorage.open(data), Operation.FORCE, nth, Effect.ERROR);
      SteppedEngine engine = SteppedEngine.open(disk, options, nth);
      List<String> acknowledged = new ArrayList<>();
      boolean failed =
          engine
              .answered(engine.engine().createQueue(ORDERS, QueueOptions.DEFAULTS))
              .isCompletedExceptionally();
      for (int i = 0; i < 16; i++) {
        String body = "m" + i;
        CompletableFuture<SendReceipt> sent =
            engine.answered(engine.engine().send(ORDERS, message(body)));
        assertThat(failed && !sent.isCompletedExceptionally())
            .as("acknowledged after force %d had failed", nth)
            .isFalse();
        failed = sent.isCompletedExceptionally();
        if (!failed) {
          acknowledged.add(body);
        }
      }
      assertThat(disk.hasFailed()).isTrue();
      assertThat(engine.engine().failure()).isPresent();
      disk.close();
      SteppedEngine again = SteppedEngine.open(NioStorage.open(data), options, 100 + nth);
      // The one that failed may be there or not; whoever sent it was told that nobody knows.
      assertThat(peek(again).stream().limit(acknowledged.size()))
          .containsExactlyElementsOf(acknowledged);
      assertThat(again.answered(again.engine().send(ORDERS, message("later")))).isCompleted();
      again.engine().close();
    }
  }

  @Test
  void engineWithThreadsOfItsOwnComesBackWithWhatItAcknowledged() throws Exception {
    for (Durability durability : new Durability[] {Durability.FSYNC, Durability.OS}) {
      EngineOptions options =
          EngineOptions.in(directory.resolve(durability.name())).withDurability(durability);
      try (QueueEngine engine = QueueEngine.open(options)) {
        engine.createQueue(ORDERS, QueueOptions.DEFAULTS).get(30, TimeUnit.SECONDS);
        engine.send(ORDERS, message("kept")).get(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> QueueEngine.open(options)).isInstanceOf(StorageFailed.class);
      }
      try (QueueEngine engine = QueueEngine.open(options)) {
        List<ReceivedMessage<byte[]>> found =
            engine
                .peek(ORDERS, SubQueue.MAIN, null, SequenceNumber.START, 10)
                .get(30, TimeUnit.SECONDS);
        assertThat(found)
            .singleElement()
            .satisfies(m -> assertThat(m.body()).asString().isEqualTo("kept"));
      }
    }
  }

  @Test
  void directoryThatCannotBeReadIsGivenUpAndIsNotChanged() throws Exception {
    EngineOptions options = EngineOptions.in(directory.resolve("data")).withSegmentSize(64 * 1024);
    try (QueueEngine engine = QueueEngine.open(options)) {
      engine.createQueue(ORDERS, QueueOptions.DEFAULTS).get(30, TimeUnit.SECONDS);
      for (int i = 0; i < 5; i++) {
        engine.send(ORDERS, message("m" + i)).get(30, TimeUnit.SECONDS);
      }
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(directory.resolve("data"))) {
      files = all.filter(file -> file.toString().matches(".*\\.q[js]")).toList();
    }
    for (Path file : files) {
      byte[] before = Files.readAllBytes(file);
      byte[] damaged = before.clone();
      for (int at = 8; at < 200; at += 3) {
        damaged[at] ^= 0x55;
      }
      Files.write(file, damaged);
      for (int attempt = 0; attempt < 2; attempt++) {
        try (QueueEngine engine = QueueEngine.open(options)) {
          // A snapshot can be done without; then all is there.
          assertThat(engine.statistics(ORDERS).get(30, TimeUnit.SECONDS).active()).isEqualTo(5);
        } catch (StorageFailed refused) {
          assertThat(refused).hasMessageContaining(file.getFileName().toString());
          assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
        }
      }
      Files.write(file, before);
    }
  }

  @Test
  void messageWhoseReceiverGaveUpAfterTheAnswerGoesBackUncounted() throws Exception {
    ExecutorService callbacks = Executors.newSingleThreadExecutor();
    CountDownLatch busy = new CountDownLatch(1);
    EngineOptions options = EngineOptions.in(directory.resolve("given-up"));
    try (QueueEngine engine = QueueEngine.open(options, callbacks)) {
      engine.createQueue(ORDERS, QueueOptions.DEFAULTS).join();
      engine.send(ORDERS, List.of(message("goes back"))).join();
      callbacks.execute(() -> await(busy));
      CompletableFuture<List<ReceivedMessage<byte[]>>> received =
          engine.receive(ORDERS, SubQueue.MAIN, 1, Duration.ZERO);
      // Whoever waits takes his answer himself; by then the other one is there, too.
      assertThat(engine.statistics(ORDERS).join().locked()).isEqualTo(1);
      assertThat(received.cancel(false)).isTrue();
      busy.countDown();
      ReceivedMessage<byte[]> again =
          engine.receive(ORDERS, SubQueue.MAIN, 1, Duration.ofSeconds(30)).join().get(0);
      assertThat(again.deliveryCount()).isEqualTo(1);
    } finally {
      callbacks.shutdown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static OutgoingMessage message(String body) {
    return OutgoingMessage.of(body.getBytes(StandardCharsets.UTF_8)).build();
  }

  private static List<String> peek(SteppedEngine engine) {
    if (engine.answered(engine.engine().listQueues()).join().isEmpty()) {
      return List.of();
    }
    return engine
        .answered(engine.engine().peek(ORDERS, SubQueue.MAIN, null, SequenceNumber.START, 100))
        .join()
        .stream()
        .map(message -> new String(message.body(), StandardCharsets.UTF_8))
        .toList();
  }
}
