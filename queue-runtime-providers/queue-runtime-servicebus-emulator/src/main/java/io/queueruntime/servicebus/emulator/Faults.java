package io.queueruntime.servicebus.emulator;

import io.queueruntime.servicebus.emulator.amqp.FaultPoints;
import io.queueruntime.servicebus.emulator.amqp.FaultPoints.Point;
import io.queueruntime.servicebus.emulator.amqp.LiveConnections;
import io.queueruntime.servicebus.emulator.amqp.PlantedFault;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ways to make the broker fail as a real one does. A fault is for all queues and lasts until it is
 * lifted, unless {@link #queue} and {@link #times} say otherwise:
 *
 * <pre>{@code
 * emulator.faults().queue("orders").times(1).loseSendAcknowledgements();
 * emulator.faults().rejectSends("com.microsoft:server-busy");
 * emulator.faults().liftAll();
 * }</pre>
 *
 * <p>Immutable; what was planted is shared. Thread-safe.
 */
public final class Faults {

  private static final String TEXT = "A fault that a test asked for.";

  private final FaultPoints points;
  private final LiveConnections live;
  private final @Nullable String queue;
  private final int times;

  Faults(FaultPoints points, LiveConnections live) {
    this(points, live, null, 0);
  }

  private Faults(FaultPoints points, LiveConnections live, @Nullable String queue, int times) {
    this.points = points;
    this.live = live;
    this.queue = queue;
    this.times = times;
  }

  /** Faults of that queue alone. */
  public Faults queue(String name) {
    return new Faults(points, live, name, times);
  }

  /** Faults that take effect so often; at least once. */
  public Faults times(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A fault takes effect at least once, found %d times.".formatted(count));
    }
    return new Faults(points, live, queue, count);
  }

  /** Stores what is sent and never answers. */
  public Fault loseSendAcknowledgements() {
    return plant(Point.SEND_ANSWER, null, null);
  }

  /** Carries out settlements and never answers. */
  public Fault loseSettleAcknowledgements() {
    return plant(Point.SETTLE_ANSWER, null, null);
  }

  /** Stores what is sent and answers later, by the machine's clock. */
  public Fault delaySendAcknowledgements(Duration delay) {
    return plant(Point.SEND_ANSWER, delay, null);
  }

  /** Carries out settlements and answers later, by the machine's clock. */
  public Fault delaySettleAcknowledgements(Duration delay) {
    return plant(Point.SETTLE_ANSWER, delay, null);
  }

  /**
   * Stores nothing and rejects sends with that condition, e.g. {@code com.microsoft:server-busy}.
   */
  public Fault rejectSends(String condition) {
    return plant(Point.SEND, null, condition);
  }

  /**
   * Carries no settlement out and rejects it with that condition. After one that may pass, such as
   * {@code com.microsoft:server-busy}, the client can decide about the message again.
   */
  public Fault rejectSettles(String condition) {
    return plant(Point.SETTLE, null, condition);
  }

  /** Refuses links to queues with that condition, e.g. {@code amqp:unauthorized-access}. */
  public Fault refuseAttaches(String condition) {
    return plant(Point.ATTACH, null, condition);
  }

  /** Gives senders no further credit, so that their sends wait. */
  public Fault withholdCredit() {
    return plant(Point.CREDIT, null, null);
  }

  /** Neither reads from nor writes to any connection, and keeps the sockets open. */
  public Fault freezeConnections() {
    live.freeze(true);
    return new Fault() {
      @Override
      public int used() {
        return live.count();
      }

      @Override
      public void lift() {
        live.freeze(false);
      }
    };
  }

  /** Ends the links there are now with that condition, e.g. {@code amqp:link:detach-forced}. */
  public void detachLinks(String condition) {
    live.detachLinks(queue, condition, TEXT);
  }

  /**
   * Takes away all locks, as if they had run out: of messages, and of sessions with their links.
   */
  public void loseLocks() {
    live.loseLocks(queue);
  }

  /** Closes the connections there are now with that condition. */
  public void closeConnections(String condition) {
    live.close(condition, TEXT);
  }

  /** Resets the sockets there are now, without a word of AMQP. */
  public void cutConnections() {
    live.cut();
  }

  /** Takes all faults away, of all queues. */
  public void liftAll() {
    points.liftAll();
    live.freeze(false);
    live.recheck(null);
  }

  private Fault plant(Point point, @Nullable Duration delay, @Nullable String condition) {
    PlantedFault planted = new PlantedFault(point, queue, times, delay, condition, TEXT);
    points.plant(planted);
    return new Fault() {
      @Override
      public int used() {
        return planted.used();
      }

      @Override
      public void lift() {
        points.lift(planted);
        live.recheck(queue);
      }
    };
  }
}
