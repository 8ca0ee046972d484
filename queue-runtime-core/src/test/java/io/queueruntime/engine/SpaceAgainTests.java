package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QuotaExceeded;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.storage.FaultyStorage;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that was full and has room again, or room for exactly what is asked of it. */
class SpaceAgainTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final int SEGMENT = 64 * 1024;
  private static final Duration STEP = Duration.ofMillis(50);
  private static final Duration WITHIN = Duration.ofSeconds(2);

  private final FaultyStorage storage = new FaultyStorage(new MemoryStorage(), Long.MAX_VALUE);

  /** What is left over is too small for a segment, but large enough for a snapshot. */
  @BeforeEach
  void startSmall() {
    storage.setCapacity(6 * SEGMENT + SEGMENT / 2);
  }

  /** One that takes no snapshots of its own accord. */
  private ManualEngine engine(int snapshotsKept) {
    return new ManualEngine(
        storage,
        options ->
            options
                .withSegmentSize(SEGMENT)
                .withSnapshots(Duration.ofDays(1), 1_000_000, snapshotsKept));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void sendsGoOnSoonAfterWhatFilledTheDiskWasTaken(int snapshotsKept) {
    ManualEngine manual = engine(snapshotsKept);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    for (int round = 0; round < 3; round++) {
      assertThat(sendUntilRefused(manual)).isGreaterThan(40);
      for (List<ReceivedMessage<byte[]>> some = manual.receive(ORDERS, 100);
          !some.isEmpty();
          some = manual.receive(ORDERS, 100)) {
        some.forEach(manual::complete);
      }
      Duration waited = Duration.ZERO;
      while (!send(manual)) {
        manual.advance(STEP);
        waited = waited.plus(STEP);
        assertThat(waited).isLessThanOrEqualTo(WITHIN);
      }
    }
    assertThat(manual.engine().failure()).isEmpty();
  }

  @Test
  void snapshotsAreNotTakenOverAndOverWhileNothingIsTaken() {
    ManualEngine manual = engine(2);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    sendUntilRefused(manual);
    advance(manual, 20);
    long created = storage.count(FaultyStorage.Operation.CREATE);

    advance(manual, 200);

    assertThat(storage.count(FaultyStorage.Operation.CREATE)).isEqualTo(created);
  }

  @Test
  void forwardedMessageAsksForNoMoreRoomThanItsPlacesTake() {
    QueueName target = QueueName.of("target");
    ManualEngine manual = engine(1);
    manual.done(manual.engine().createQueue(target, QueueOptions.DEFAULTS));
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withForwardTo(target)));
    // There is no room but the rest of the first segment; a quarter of one is for settlements.
    storage.setCapacity(0);

    manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(new byte[9_000]).build()));

    assertThat(manual.receive(target, 10)).hasSize(1);
    assertThatThrownBy(
            () ->
                manual.done(
                    manual.engine().send(ORDERS, OutgoingMessage.of(new byte[9_000]).build())))
        .isInstanceOf(QuotaExceeded.class);
    assertThat(manual.engine().failure()).isEmpty();
  }

  private static void advance(ManualEngine manual, int steps) {
    for (int i = 0; i < steps; i++) {
      manual.advance(STEP);
    }
  }

  private static int sendUntilRefused(ManualEngine manual) {
    int sent = 0;
    while (send(manual)) {
      sent++;
    }
    return sent;
  }

  private static boolean send(ManualEngine manual) {
    try {
      manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(new byte[4_000]).build()));
      return true;
    } catch (QuotaExceeded full) {
      return false;
    }
  }
}
