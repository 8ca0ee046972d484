package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.storage.DiskFaults.Kind;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every call to the disk fails once, in each of twelve lives: whatever was acknowledged before is
 * there afterwards, nothing is acknowledged that is not, and an engine that goes on goes on
 * rightly.
 *
 * <p>{@code -Dqueue-runtime.disk-errors.seeds=n} tries more lives, {@code
 * -Dqueue-runtime.disk-errors.from=n} begins with that one.
 */
class DiskErrorSweepTests {

  private static final int SEEDS = Integer.getInteger("queue-runtime.disk-errors.seeds", 12);
  private static final long FROM = Long.getLong("queue-runtime.disk-errors.from", 1);
  private static final int MOST_CALLS = 100_000;
  private static final QueueName ORDERS = QueueName.of("orders");

  @ParameterizedTest
  @EnumSource(Kind.class)
  void callThatFailsOnceLosesNothingAndAcknowledgesNothingWrongly(Kind kind) {
    long calls = 0;
    for (long seed = FROM; seed < FROM + SEEDS; seed++) {
      int n = 1;
      while (PowerLossRun.sweep(seed, kind, n)) {
        n++;
        assertThat(n).isLessThan(MOST_CALLS);
      }
      calls += n - 1;
    }
    assertThat(calls).as("calls that failed").isPositive();
    System.out.printf("RIG disk-errors kind=%s cycles=%d violations=0%n", kind, calls);
  }

  @Test
  void onAFullDiskThousandCompletesHundredRenewalsAndHundredDeadLettersSucceed() {
    FaultyStorage storage = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);
    ManualEngine manual =
        new ManualEngine(storage, options -> options.withSegmentSize(1024 * 1024));
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    storage.setCapacity(3 * 1024 * 1024);
    int sent = 0;
    try {
      for (; sent < 10_000; sent++) {
        manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(new byte[900]).build()));
      }
    } catch (QuotaExceeded full) {
      storage.setCapacity(0);
    }
    assertThat(sent).isBetween(1_300, 9_999);

    List<ReceivedMessage<byte[]>> held = new ArrayList<>(manual.receive(ORDERS, 600));
    held.addAll(manual.receive(ORDERS, 600));
    assertThat(held).hasSize(1_200);
    for (ReceivedMessage<byte[]> message : held.subList(0, 100)) {
      manual.done(manual.engine().renewLock(ORDERS, message.lockToken().orElseThrow()));
    }
    held.subList(0, 1_000).forEach(manual::complete);
    for (ReceivedMessage<byte[]> message : held.subList(1_000, 1_100)) {
      manual.done(
          manual
              .engine()
              .deadLetter(ORDERS, message.lockToken().orElseThrow(), "reason", "words", "E"));
    }
    assertThat(manual.engine().failure()).isEmpty();
    assertThat(manual.done(manual.engine().statistics(ORDERS)).deadLetter()).isEqualTo(100);

    storage.setCapacity(Long.MAX_VALUE);
    // One attempt may still hear of the one before; no clock has to move for the next.
    assertThatCode(
            () -> {
              try {
                manual.send(ORDERS, "first after the space came back");
              } catch (QuotaExceeded stillFull) {
                manual.send(ORDERS, "second after the space came back");
              }
            })
        .doesNotThrowAnyException();
    manual.engine().close();
  }
}
