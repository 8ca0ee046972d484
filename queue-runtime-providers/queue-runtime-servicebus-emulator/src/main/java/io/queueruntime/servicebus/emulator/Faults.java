package io.queueruntime.servicebus.emulator;

import io.queueruntime.servicebus.emulator.amqp.FaultPoints;
import io.queueruntime.servicebus.emulator.amqp.FaultPoints.Point;
import io.queueruntime.servicebus.emulator.amqp.LiveConnections;
import io.queueruntime.servicebus.emulator.amqp.PlantedFault;
import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityException;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ways to make the broker fail as a real one does. A fault is for all queues and lasts until it is
 * lifted, unless {@link #queue} and {@link #times} say otherwise; what cannot be limited so refuses
 * to be.
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
  private final Namespace namespace;
  private final LiveConnections live;
  private final @Nullable String queue;
  private final int times;

  Faults(FaultPoints points, Namespace namespace, LiveConnections live) {
    this(points, namespace, live, null, 0);
  }

  private Faults(
      FaultPoints points,
      Namespace namespace,
      LiveConnections live,
      @Nullable String queue,
      int times) {
    this.points = points;
    this.namespace = namespace;
    this.live = live;
    this.queue = queue;
    this.times = times;
  }

  /** Faults of that queue alone. */
  public Faults queue(String name) {
    return new Faults(points, namespace, live, name, times);
  }

  /** Faults that take effect so often; at least once. */
  public Faults times(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A fault takes effect at least once, found %d times.".formatted(count));
    }
    return new Faults(points, namespace, live, queue, count);
  }

  /** Stores what is sent and never answers. */
  public Fault loseSendAcknowledgements() {
    return plant(Point.SEND_ANSWER, null, null);
  }

  /** Carries out settlements that are made on links, and never answers. */
  public Fault loseSettleAcknowledgements() {
    return plant(Point.SETTLE_ANSWER, null, null);
  }

  /** Stores what is sent and answers later, by the machine's clock. */
  public Fault delaySendAcknowledgements(Duration delay) {
    return plant(Point.SEND_ANSWER, delay, null);
  }

  /** Carries out settlements that are made on links, and answers later, by the machine's clock. */
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
   * {@code com.microsoft:server-busy}, the client can decide about the message again. It does not
   * matter whether the client settles on a link or by a request.
   */
  public Fault rejectSettles(String condition) {
    return plant(Point.SETTLE, null, condition);
  }

  /** Refuses links to queues with that condition, e.g. {@code amqp:unauthorized-access}. */
  public Fault refuseAttaches(String condition) {
    return plant(Point.ATTACH, null, condition);
  }

  /** Answers attaches of links to queues later, by the machine's clock. */
  public Fault delayAttaches(Duration delay) {
    return plant(Point.ATTACH_ANSWER, delay, null);
  }

  /**
   * Carries out no request to a queue's {@code $management} and answers it with that condition,
   * e.g. {@code com.microsoft:server-busy}, and the status that goes with it.
   */
  public Fault rejectRequests(String condition) {
    return plant(Point.REQUEST, null, condition);
  }

  /**
   * Takes no token that is put for a queue and answers with that condition, e.g. {@code
   * amqp:unauthorized-access}, and the status that goes with it.
   */
  public Fault rejectTokens(String condition) {
    return plant(Point.TOKEN, null, condition);
  }

  /** Gives senders no further credit, so that their sends wait. */
  public Fault withholdCredit() {
    requireUnlimitedTimes("withholdCredit");
    return plant(Point.CREDIT, null, null);
  }

  /** Neither reads from nor writes to any connection, and keeps the sockets open. */
  public Fault freezeConnections() {
    requireAllQueues("freezeConnections");
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
    requireUnlimitedTimes("detachLinks");
    live.detachLinks(queue, condition, TEXT);
  }

  /** Ends the links there are now without an error, as a service does that is being updated. */
  public void detachLinks() {
    requireUnlimitedTimes("detachLinks");
    live.detachLinks(queue, null, TEXT);
  }

  /**
   * Takes away all locks, as if they had run out: of messages, whether the link they came on is
   * open or not, and of sessions with their links.
   *
   * @throws io.queueruntime.servicebus.emulator.entity.EntityException when {@link #queue} names
   *     none that exists
   */
  public void loseLocks() {
    requireUnlimitedTimes("loseLocks");
    if (queue != null) {
      namespace.loseLocks(queue);
    } else {
      namespace.list(0, Integer.MAX_VALUE).forEach(this::loseLocksUnlessGone);
    }
    live.recheck(queue);
  }

  private void loseLocksUnlessGone(Entity one) {
    try {
      namespace.loseLocks(one.queue().value());
    } catch (EntityException failed) {
      if (failed.kind() != EntityException.Kind.NOT_FOUND) {
        throw failed;
      }
    }
  }

  /** Closes the connections there are now with that condition. */
  public void closeConnections(String condition) {
    requireAllQueues("closeConnections");
    live.close(condition, TEXT);
  }

  /** Resets the sockets there are now, without a word of AMQP. */
  public void cutConnections() {
    requireAllQueues("cutConnections");
    live.cut();
  }

  /** Takes all faults away, of all queues. */
  public void liftAll() {
    points.liftAll();
    live.freeze(false);
    live.recheck(null);
  }

  private void requireAllQueues(String fault) {
    if (queue != null) {
      throw new IllegalStateException(
          "%s concerns whole connections, which serve many queues; ask for it without queue(\"%s\")."
              .formatted(fault, queue));
    }
    requireUnlimitedTimes(fault);
  }

  private void requireUnlimitedTimes(String fault) {
    if (times > 0) {
      throw new IllegalStateException(
          "%s takes effect on all there is at once, and cannot be counted; ask for it without times(%d)."
              .formatted(fault, times));
    }
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
