package io.queueruntime.servicebus.emulator.amqp;

import java.time.Duration;
import org.apache.qpid.proton.engine.Transport;
import org.jspecify.annotations.Nullable;

/**
 * What a connection does by its loop's clock: it ends when the client does not say who it is, says
 * something before the client takes it for dead, and notices when nothing comes any more.
 *
 * <p>Confined to the loop of its connection.
 */
final class Heartbeats {

  /** Announced to the client is half of it: four minutes, as the service does. */
  static final int IDLE_TIMEOUT_MILLIS = 480_000;

  /** How long a socket may be open before it has said who it is. */
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(60);

  /** The engine is asked at least so often, and not much more often than it wants. */
  private static final long LONGEST_WAIT_MILLIS = 60_000;

  private static final long SHORTEST_WAIT_MILLIS = 100;

  private final SelectorLoop loop;
  private final Transport transport;
  private final SocketPump pump;
  private SelectorLoop.@Nullable Timer timer;

  Heartbeats(SelectorLoop loop, Transport transport, SocketPump pump) {
    this.loop = loop;
    this.transport = transport;
    this.pump = pump;
  }

  /** The client has its socket and is to say who it is. */
  void awaitOpen() {
    timer = loop.after(OPEN_TIMEOUT, pump::cut);
  }

  /** It has; from now on it may not be silent, and hears from us. */
  void beat() {
    stop();
    long now = loop.nanoTime() / 1_000_000;
    long deadline = transport.tick(now);
    pump.touch();
    long wait =
        deadline == 0 ? LONGEST_WAIT_MILLIS : Math.max(SHORTEST_WAIT_MILLIS, deadline - now);
    timer = loop.after(Duration.ofMillis(wait), this::beat);
  }

  /** Nothing happens by time any more. */
  void stop() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
