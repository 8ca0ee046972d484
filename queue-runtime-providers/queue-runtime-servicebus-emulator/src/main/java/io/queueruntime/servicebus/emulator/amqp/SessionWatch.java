package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.engine.SessionHold;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Notices that a session's lock has run out on a link that asks for nothing: a link that waits for
 * messages hears it from the engine.
 *
 * <p>Confined to the loop of its connection.
 */
final class SessionWatch {

  private static final Duration SLACK = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofHours(1);

  private final AmqpConnection connection;
  private final Served served;
  private final SessionHold hold;
  private final Runnable onLost;
  private SelectorLoop.Timer timer;
  private boolean ended;

  SessionWatch(AmqpConnection connection, Served served, SessionHold hold, Runnable onLost) {
    this.connection = connection;
    this.served = served;
    this.hold = hold;
    this.onLost = onLost;
    this.timer = connection.loop().after(untilLost(), this::look);
  }

  /** Asks the engine whether the session is still held; completes once that is acted on. */
  CompletableFuture<Void> look() {
    timer.cancel();
    CompletableFuture<Void> looked = new CompletableFuture<>();
    // The cheapest question that only a holder gets an answer to.
    connection.then(
        served.engine().sessionState(hold),
        (state, failure) -> {
          if (!ended && failure != null) {
            onLost.run();
          } else if (!ended) {
            timer.cancel();
            timer = connection.loop().after(untilLost(), this::look);
          }
          looked.complete(null);
        });
    return looked;
  }

  private Duration untilLost() {
    Duration left = Duration.between(served.now(), hold.lockedUntil());
    return (left.compareTo(LONGEST) > 0 ? LONGEST : left.isNegative() ? SLACK : left).plus(SLACK);
  }

  /** Stops watching. */
  void end() {
    ended = true;
    timer.cancel();
  }
}
