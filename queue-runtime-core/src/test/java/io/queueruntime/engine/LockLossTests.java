package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Locks that are taken away end as if their time were over. */
class LockLossTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName OTHERS = QueueName.of("others");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");

  private final ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);
  private final QueueEngine engine = manual.engine();

  @BeforeEach
  void createQueues() {
    manual.done(engine.createQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(2)));
    manual.done(engine.createQueue(OTHERS, QueueOptions.DEFAULTS));
    manual.done(engine.createQueue(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true)));
  }

  @Test
  void itsHolderHearsThatAndTheDeliveryCounts() {
    manual.send(ORDERS, "x");
    manual.send(OTHERS, "y");
    ReceivedMessage<byte[]> held = manual.receive(ORDERS, 1).get(0);
    ReceivedMessage<byte[]> other = manual.receive(OTHERS, 1).get(0);

    assertThat(manual.done(engine.loseLocks(ORDERS))).isEqualTo(1);

    assertThatThrownBy(() -> manual.complete(held)).isInstanceOf(LockLost.class);
    manual.complete(other);
    assertThat(manual.receive(ORDERS, 1).get(0).deliveryCount()).isEqualTo(2);
  }

  @Test
  void theLastDeliveryDeadLetters() {
    manual.send(ORDERS, "x");
    manual.receive(ORDERS, 1);
    manual.done(engine.loseLocks(ORDERS));
    manual.receive(ORDERS, 1);

    manual.done(engine.loseLocks(ORDERS));

    assertThat(manual.receive(ORDERS, 1)).isEmpty();
    assertThat(manual.done(engine.statistics(ORDERS)).deadLetter()).isEqualTo(1);
  }

  @Test
  void deadLettersAreFreedUncounted() {
    manual.send(ORDERS, "x");
    ReceivedMessage<byte[]> held = manual.receive(ORDERS, 1).get(0);
    manual.done(engine.deadLetter(ORDERS, held.lockToken().orElseThrow(), "reason", null, null));
    manual.done(engine.receive(ORDERS, SubQueue.DEAD_LETTER, 1, Duration.ZERO));

    assertThat(manual.done(engine.loseLocks(ORDERS))).isEqualTo(1);

    assertThat(manual.done(engine.receive(ORDERS, SubQueue.DEAD_LETTER, 1, Duration.ZERO)))
        .hasSize(1);
  }

  @Test
  void sessionsAreFreeWithWhatWasHeldInThem() {
    manual.done(
        engine.send(ACCOUNTS, ManualEngine.message("x").sessionId(SessionId.of("a")).build()));
    SessionHold hold =
        manual.done(engine.acceptSession(ACCOUNTS, SessionId.of("a"), Duration.ZERO));
    manual.done(engine.receive(hold, 1, Duration.ZERO));
    var waiting = engine.receive(hold, 1, Duration.ofMinutes(1));
    manual.run();

    assertThat(manual.done(engine.loseLocks(ACCOUNTS))).isEqualTo(2);

    assertThatThrownBy(() -> manual.done(engine.renewSession(hold)))
        .isInstanceOf(SessionLockLost.class);
    assertThat(waiting).isCompletedExceptionally();
    SessionHold next =
        manual.done(engine.acceptSession(ACCOUNTS, SessionId.of("a"), Duration.ZERO));
    List<ReceivedMessage<byte[]>> again = manual.done(engine.receive(next, 1, Duration.ZERO));
    assertThat(again.get(0).deliveryCount()).isEqualTo(2);
  }

  @Test
  void aQueueThatIsNotThereIsToldSo() {
    assertThatThrownBy(() -> manual.done(engine.loseLocks(QueueName.of("none"))))
        .isInstanceOf(QueueNotFound.class);
  }
}
