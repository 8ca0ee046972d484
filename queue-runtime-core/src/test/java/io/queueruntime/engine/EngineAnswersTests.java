package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Whoever asked is answered: as soon as it can be, and at the latest when the engine closes. */
class EngineAnswersTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  private final ManualEngine manual = new ManualEngine(new MemoryStorage(), options -> options);

  @Test
  void aSmallSendIsLetInOnceTheLargeOneThatWaitedBeforeItHasTimedOut() {
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withCapacity(10)));
    for (int i = 0; i < 9; i++) {
      manual.send(ORDERS, "m" + i);
    }
    CompletableFuture<List<SendReceipt>> large =
        manual
            .engine()
            .send(
                ORDERS,
                List.of(ManualEngine.message("a").build(), ManualEngine.message("b").build()));
    manual.run();
    manual.advance(Duration.ofSeconds(10));
    CompletableFuture<SendReceipt> small =
        manual.engine().send(ORDERS, ManualEngine.message("c").build());
    manual.run();
    manual.advance(Duration.ofSeconds(19));
    assertThat(large).isNotDone();
    assertThat(small).isNotDone();

    manual.advance(Duration.ofSeconds(1));
    assertThatThrownBy(() -> manual.done(large)).isInstanceOf(QueueFull.class);
    assertThat(small).isCompleted();
  }

  @Test
  void closingEndsThoseWhoWaitForTheEngineItself() {
    CompletableFuture<Void> caughtUp = manual.engine().catchUp();
    CompletableFuture<Void> snapshot = manual.engine().snapshot();
    manual.engine().close();
    assertThatThrownBy(() -> manual.done(caughtUp)).isInstanceOf(Closed.class);
    assertThatThrownBy(() -> manual.done(snapshot)).isInstanceOf(Closed.class);
  }
}
