package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of a delay where the broker knows none. */
class SettlerTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final Duration WEEK = Duration.ofDays(7);

  private final BlockingQueue<Settlement> asked = new LinkedBlockingQueue<>();
  private final QueueReceiver receiver =
      (QueueReceiver)
          Proxy.newProxyInstance(
              QueueReceiver.class.getClassLoader(),
              new Class<?>[] {QueueReceiver.class},
              (proxy, method, arguments) -> {
                asked.add((Settlement) arguments[1]);
                return CompletableFuture.completedFuture(null);
              });

  private static Settler settler(boolean delaysAtBroker, Duration longestOwnDelay) {
    return new Settler(
        "listener",
        QueueObservations.NONE.listenerMeters("listener", QUEUE),
        QueueObservations.NONE,
        TransientRetry.DEFAULT,
        delaysAtBroker,
        longestOwnDelay);
  }

  private static ReceivedMessage<byte[]> message() {
    return ReceivedMessage.of(QUEUE, SequenceNumber.of(1), "1", new byte[0])
        .lock(LockToken.of(new UUID(0, 1)), Instant.MAX)
        .build();
  }

  @Test
  void aDelayIsCutToWhatTheLockAllows() throws Exception {
    Settler settler = settler(false, Duration.ofMillis(1));

    settler
        .settle(receiver, message(), Settlement.abandonAfter(WEEK), null)
        .get(60, TimeUnit.SECONDS);

    assertThat(asked).containsExactly(Settlement.abandon());
    assertThat(settler.holdsFor(Settlement.abandonAfter(WEEK))).isEqualTo(Duration.ofMillis(1));
  }

  @Test
  void aShorterDelayIsHeldBackAsItIsUntilTheListenerStops() {
    Settler settler = settler(false, WEEK);
    Settlement hour = Settlement.abandonAfter(Duration.ofHours(1));

    CompletableFuture<Void> settled = settler.settle(receiver, message(), hour, null);

    assertThat(settler.holdsFor(hour)).isEqualTo(Duration.ofHours(1));
    assertThat(asked).isEmpty();
    settler.holdNothingBack();
    assertThat(settled).isCompleted();
    assertThat(asked).containsExactly(Settlement.abandon());
  }

  @Test
  void aBrokerThatKnowsDelaysGetsThemWhole() {
    Settler settler = settler(true, Duration.ZERO);

    settler.settle(receiver, message(), Settlement.abandonAfter(WEEK), null).join();

    assertThat(asked).containsExactly(Settlement.abandonAfter(WEEK));
    assertThat(settler.holdsFor(Settlement.abandonAfter(WEEK))).isEqualTo(Duration.ZERO);
  }
}
