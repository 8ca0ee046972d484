package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers at the end of their stacks. */
@Timeout(120)
class StackRoomTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final OutgoingMessage MESSAGE = OutgoingMessage.of(new byte[8]).build();

  @Test
  void thereIsRoomOrTheErrorOfAStackWithout() {
    assertThatCode(() -> StackRoom.require(100)).doesNotThrowAnyException();
    assertThatThrownBy(() -> StackRoom.require(Integer.MAX_VALUE))
        .isInstanceOf(StackOverflowError.class);
  }

  @Test
  void callersOutOfDeepRecursionsDoNotStopTheEngine() throws Exception {
    ExecutorService callbacks = Executors.newSingleThreadExecutor();
    try (QueueEngine engine =
        QueueEngine.open(EngineOptions.inMemory().withSegmentSize(1024 * 1024), callbacks)) {
      engine.createQueue(ORDERS, QueueOptions.DEFAULTS).join();
      AtomicInteger sent = new AtomicInteger();
      AtomicBoolean overflown = new AtomicBoolean();
      for (int size = 200; size < 216; size++) {
        Thread caller =
            new Thread(null, () -> overflown.set(dig(engine, sent)), "deep", size * 1024L);
        caller.start();
        caller.join();
        assertThat(overflown).isTrue();
      }

      assertThat(engine.failure()).isEmpty();
      assertThat(engine.send(ORDERS, MESSAGE).join().sequenceNumber().value())
          .isGreaterThan(sent.get());
    } finally {
      callbacks.shutdown();
    }
  }

  /** Calls the engine ever deeper, until there is no more room. */
  private static boolean dig(QueueEngine engine, AtomicInteger sent) {
    try {
      engine.send(ORDERS, MESSAGE).join();
      sent.incrementAndGet();
      return dig(engine, sent);
    } catch (StackOverflowError e) {
      return true;
    }
  }
}
