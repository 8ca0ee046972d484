package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.journal.ForcePolicy;
import io.queueruntime.journal.Journal;
import io.queueruntime.journal.JournalOptions;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.FaultyStorage.Effect;
import io.queueruntime.storage.FaultyStorage.Operation;
import io.queueruntime.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the engine says and keeps when its disk fails or is full. */
class EngineStorageFailureTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"WRITE", "FORCE"})
  void afterAFailedWriteOrForceNothingIsAcknowledgedAndNothingAcknowledgedIsLost(
      Operation failing) {
    for (int nth = 1; nth < 60; nth++) {
      MemoryStorage disk = new MemoryStorage();
      FaultyStorage storage = new FaultyStorage(disk, failing, nth, Effect.ERROR);
      List<String> acknowledged = new ArrayList<>();
      boolean failed = false;
      try {
        ManualEngine manual = new ManualEngine(storage, options -> options);
        CompletableFuture<List<ReceivedMessage<byte[]>>> waiting = null;
        try {
          manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
          for (int i = 0; i < 40; i++) {
            manual.send(ORDERS, "m" + i);
            acknowledged.add("m" + i);
          }
        } catch (StorageFailed expected) {
          failed = true;
          waiting = manual.engine().receive(ORDERS, SubQueue.MAIN, 1, Duration.ofHours(1));
          CompletableFuture<List<ReceivedMessage<byte[]>>> waits = waiting;
          assertThatThrownBy(() -> manual.send(ORDERS, "after")).isInstanceOf(StorageFailed.class);
          assertThatThrownBy(() -> manual.done(waits)).isInstanceOf(StorageFailed.class);
          assertThat(manual.engine().failure()).isPresent();
        }
        manual.engine().close();
      } catch (StorageFailed atOpen) {
        failed = true;
      }
      if (!failed) {
        assertThat(nth).as("the fault was met at least once").isGreaterThan(1);
      }
      ManualEngine after = new ManualEngine(disk, options -> options);
      if (!acknowledged.isEmpty()) {
        assertThat(after.receive(ORDERS, 100))
            .extracting(ManualEngine::text)
            .containsAll(acknowledged);
      }
    }
  }

  @Test
  void anEngineToldToDegradeGoesOnInMemoryAndSaysSo() {
    MemoryStorage disk = new MemoryStorage();
    FaultyStorage storage = new FaultyStorage(disk, Operation.FORCE, 12, Effect.ERROR_FOR_GOOD);
    ManualEngine manual =
        new ManualEngine(
            storage,
            options -> options.withOnStorageFailure(EngineOptions.OnStorageFailure.DEGRADE));
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    for (int i = 0; i < 300; i++) {
      manual.send(ORDERS, "m" + i);
    }
    assertThat(manual.engine().failure()).isPresent();
    List<ReceivedMessage<byte[]>> all = manual.receive(ORDERS, 1000);
    assertThat(all).hasSize(300);
    all.forEach(manual::complete);
    assertThat(manual.done(manual.engine().statistics(ORDERS)).pending()).isZero();
    assertThatThrownBy(() -> manual.done(manual.engine().snapshot()))
        .hasMessageContaining("durable");
    manual.engine().close();
  }

  @Test
  void aFullDiskRefusesSendsLetsSettlementsThroughAndTakesSendsAgainOnceThereIsRoom() {
    MemoryStorage disk = new MemoryStorage();
    FaultyStorage storage = new FaultyStorage(disk, 400 * 1024);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    int sent = 0;
    try {
      while (sent < 10_000) {
        manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(new byte[1000]).build()));
        sent++;
      }
    } catch (QuotaExceeded full) {
      assertThat(full).hasMessageContaining("full").hasMessageContaining("orders");
    }
    assertThat(sent).isBetween(100, 400);

    List<ReceivedMessage<byte[]>> held = manual.receive(ORDERS, 60);
    assertThat(held).hasSize(60);
    held.subList(0, 40).forEach(manual::complete);
    held.subList(40, 60)
        .forEach(
            message ->
                manual.done(
                    manual
                        .engine()
                        .deadLetter(
                            ORDERS, message.lockToken().orElseThrow(), "reason", null, null)));
    assertThat(manual.engine().failure()).isEmpty();

    storage.setCapacity(4 * 1024 * 1024);
    manual.send(ORDERS, "room again");
    manual.engine().close();

    manual.reopen(disk);
    assertThat(manual.done(manual.engine().statistics(ORDERS)).pending()).isEqualTo(sent - 60 + 1);
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(20);
  }

  @Test
  void aSnapshotThatCannotBeWrittenSaysSoAndIsNotTriedAgainAtOnce() {
    FaultyStorage storage = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    for (int i = 0; i < 490; i++) {
      manual.send(ORDERS, "m" + i);
    }
    storage.setCapacity(0);
    assertThatThrownBy(() -> manual.done(manual.engine().snapshot()))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("snapshot");
    long tried = storage.count(Operation.CREATE);
    for (int i = 0; i < 20; i++) {
      manual.engine().complete(ORDERS, manual.receive(ORDERS, 1).get(0).lockToken().orElseThrow());
      manual.run();
    }
    assertThat(storage.count(Operation.CREATE) - tried).isLessThan(5);
    assertThat(manual.engine().failure()).isEmpty();

    storage.setCapacity(Long.MAX_VALUE);
    manual.done(manual.engine().snapshot());
  }

  @Test
  void onADiskFullToTheLastByteDeferredMessagesStayWhereTheyAre() {
    FaultyStorage storage = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    manual.done(
        manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(1_000_000)));
    List<SequenceNumber> deferred = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      manual.send(ORDERS, "deferred");
      ReceivedMessage<byte[]> message = manual.receive(ORDERS, 1).get(0);
      manual.done(manual.engine().defer(ORDERS, message.lockToken().orElseThrow()));
      deferred.add(message.sequenceNumber());
    }
    manual.send(ORDERS, "last");
    storage.setCapacity(0);
    fillUp(manual);

    assertThat(manual.done(manual.engine().receiveDeferred(ORDERS, SubQueue.MAIN, null, deferred)))
        .hasSizeLessThan(5);
    assertThat(manual.engine().failure()).isEmpty();

    storage.setCapacity(Long.MAX_VALUE);
    for (int i = 0; i < 3; i++) { // what was refused once is tried in the background
      manual.done(manual.engine().receiveDeferred(ORDERS, SubQueue.MAIN, null, deferred));
    }
    assertThat(manual.done(manual.engine().statistics(ORDERS)).locked())
        .isGreaterThanOrEqualTo(100);
  }

  @Test
  void aFullDiskDoesNotKeepAnEngineWithFailedLastDeliveriesFromOpening() {
    MemoryStorage disk = new MemoryStorage();
    FaultyStorage storage = new FaultyStorage(disk, Long.MAX_VALUE);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    QueueName others = QueueName.of("others");
    manual.done(manual.engine().createQueue(others, QueueOptions.DEFAULTS.withMaxDeliveryCount(1)));
    manual.done(
        manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(1_000_000)));
    for (int i = 0; i < 50; i++) {
      manual.send(others, "m" + i);
    }
    manual.send(ORDERS, "last");
    assertThat(manual.receive(others, 50)).hasSize(50);
    storage.setCapacity(0);
    fillUp(manual);

    manual.reopen(new FaultyStorage(disk, 0));
    assertThat(manual.engine().failure()).isEmpty();
    manual.reopen(disk);
    assertThat(manual.receive(others, 50)).isEmpty();
    assertThat(manual.done(manual.engine().statistics(others)).deadLetter()).isEqualTo(50);
  }

  @Test
  void whatAFullDiskMakesStayIsStillReplacedByItsKey() {
    MemoryStorage disk = new MemoryStorage();
    FaultyStorage storage = new FaultyStorage(disk, Long.MAX_VALUE);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    QueueName others = QueueName.of("others");
    manual.done(manual.engine().createQueue(others, QueueOptions.DEFAULTS.withMaxDeliveryCount(1)));
    manual.done(
        manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(1_000_000)));
    sendKeyed(manual, others, "old");
    manual.send(ORDERS, "last");
    assertThat(manual.receive(others, 1)).hasSize(1);
    storage.setCapacity(0);
    fillUp(manual);
    FaultyStorage full = new FaultyStorage(disk, 0);
    manual.reopen(full);
    assertThat(manual.done(manual.engine().statistics(others)).deadLetter()).isZero();

    full.setCapacity(Long.MAX_VALUE);
    manual.advance(Duration.ofSeconds(2));
    sendKeyed(manual, others, "new");

    assertThat(manual.receive(others, 10)).extracting(ManualEngine::text).containsExactly("new");
    assertThat(manual.done(manual.engine().statistics(others)).deadLetter()).isZero();
  }

  private static void sendKeyed(ManualEngine manual, QueueName queue, String text) {
    manual.done(
        manual.engine().send(queue, ManualEngine.message(text).deduplicationKey("k").build()));
  }

  @Test
  void cleaningLeavesAFullDiskAlone() {
    for (int kilobytes = 320; kilobytes <= 512; kilobytes += 8) {
      FaultyStorage storage = new FaultyStorage(new MemoryStorage(), kilobytes * 1024L);
      ManualEngine manual = new ManualEngine(storage, options -> options);
      manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
      try {
        for (int i = 0; i < 100; i++) {
          manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(new byte[9_000]).build()));
        }
      } catch (QuotaExceeded full) {
        // as meant
      }
      List<ReceivedMessage<byte[]>> all = manual.receive(ORDERS, 100);
      for (int i = 0; i < all.size(); i++) {
        if (i % 7 > 2) {
          manual.complete(all.get(i));
        }
      }
      for (int i = 0; i < 3; i++) {
        manual.engine().snapshot();
        manual.run();
      }
      for (int i = 0; i < 50; i++) {
        manual.advance(Duration.ofMillis(100));
      }
      assertThat(manual.engine().failure()).as("%d KiB", kilobytes).isEmpty();
    }
  }

  @Test
  void aLargeRecordWhoseWriteFailsHalfwayIsWholeInMemory() {
    int segment = 8 * 1024 * 1024;
    byte[] payload = new byte[6 * 1024 * 1024];
    new Random(1).nextBytes(payload);
    int failed = 0;
    for (int nth = 1; nth < 50; nth++) {
      FaultyStorage storage =
          new FaultyStorage(new MemoryStorage(), Operation.WRITE, nth, Effect.ERROR_FOR_GOOD);
      Journal journal =
          Journal.open(storage, new JournalOptions(segment, ForcePolicy.FORCE, 1), Runnable::run);
      RecordStore records = new RecordStore(journal, () -> Journal.inMemory(segment), true);
      try {
        records.recover(new Recovery(new EngineState(records)));
      } catch (StorageFailed noFirstSegment) {
        continue;
      }
      long position = records.append((byte) 1, false, ByteBuffer.wrap(payload));
      if (records.failure() != null) {
        failed++;
      }
      assertThat(records.read(position)).isEqualTo(ByteBuffer.wrap(payload));
    }
    assertThat(failed).as("writes that failed halfway").isPositive();
  }

  /** Takes all that is left of the journal's last segment. */
  @Test
  void everyCallerHearsOfAFailedDiskByAnExceptionOfHisOwn() {
    FaultyStorage storage =
        new FaultyStorage(new MemoryStorage(), Operation.FORCE, 10, Effect.ERROR);
    ManualEngine manual = new ManualEngine(storage, options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; failures.size() < 3; i++) {
      try {
        manual.send(ORDERS, "m" + i);
      } catch (StorageFailed failed) {
        failures.add(failed.during("send", "m" + i));
      }
    }

    assertThat(failures).doesNotHaveDuplicates();
    assertThat(failures)
        .extracting(failure -> ((StorageFailed) failure).messageId().orElseThrow())
        .doesNotHaveDuplicates();
    assertThat(failures)
        .extracting(Throwable::getMessage)
        .containsOnly(failures.get(0).getMessage());
    manual.engine().close();
  }

  private static void fillUp(ManualEngine manual) {
    for (int i = 0; i < 10_000; i++) {
      List<ReceivedMessage<byte[]>> one = manual.receive(ORDERS, 1);
      if (one.isEmpty()) {
        return;
      }
      try {
        manual.done(manual.engine().release(ORDERS, one.get(0).lockToken().orElseThrow()));
      } catch (QuotaExceeded full) {
        return;
      }
    }
    throw new AssertionError("The disk never was full.");
  }
}
