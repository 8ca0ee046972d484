package io.queueruntime.observation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one listener does on one queue: {@code queue.received}, {@code queue.redelivered},
 * {@code queue.settled} by settlement, {@code queue.settle.failures}, {@code queue.failures},
 * {@code queue.lock.lost}, the gauge {@code queue.in.work}, and the timers {@code
 * queue.delivery.age} (from enqueued to handler) and {@code queue.processing} (the handler's own
 * time).
 *
 * <p>Thread-safe.
 */
public final class ListenerMeters {

  /** Counts nothing. */
  public static final ListenerMeters NONE = new ListenerMeters();

  private final @Nullable Registered on;

  private ListenerMeters() {
    this.on = null;
  }

  ListenerMeters(
      MeterRegistry registry, String system, String client, String listener, String queue) {
    this.on =
        new Registered(
            registry,
            Tags.of("system", system, "client", client, "listener", listener, "queue", queue));
  }

  /** Messages came. */
  public void received(int messages) {
    if (on != null) {
      on.received.increment(messages);
    }
  }

  /**
   * A message is given to the handler.
   *
   * @param deliveryCount 1 on the first delivery
   * @param age since it was enqueued; null where the broker does not tell
   */
  public void started(int deliveryCount, @Nullable Duration age) {
    if (on != null) {
      on.inWork.increment();
      if (deliveryCount > 1) {
        on.redelivered.increment();
      }
      if (age != null && !age.isNegative()) {
        on.age.record(age);
      }
    }
  }

  /** The handler has ended, for so many messages of one call. */
  public void ended(int messages, long nanos) {
    if (on != null) {
      on.inWork.add(-messages);
      on.processing.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** The handler failed or timed out. */
  public void failed() {
    if (on != null) {
      on.failures.increment();
    }
  }

  /** A settlement is durable. */
  public void settled(String settlement) {
    if (on != null) {
      on.settled(settlement).increment();
    }
  }

  /** A settlement could not be made. */
  public void settleFailed() {
    if (on != null) {
      on.settleFailures.increment();
    }
  }

  /** A lock was lost before the settlement. */
  public void lockLost() {
    if (on != null) {
      on.lockLost.increment();
    }
  }

  private static final class Registered {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Counter received;
    private final Counter redelivered;
    private final Counter failures;
    private final Counter settleFailures;
    private final Counter lockLost;
    private final Timer age;
    private final Timer processing;
    private final LongAdder inWork = new LongAdder();
    private final Map<String, Counter> settled = new ConcurrentHashMap<>();

    Registered(MeterRegistry registry, Tags tags) {
      this.registry = registry;
      this.tags = tags;
      this.received = counter("queue.received", "Messages received");
      this.redelivered = counter("queue.redelivered", "Messages given to the handler again");
      this.failures = counter("queue.failures", "Calls of the handler that failed or timed out");
      this.settleFailures = counter("queue.settle.failures", "Settlements that could not be made");
      this.lockLost =
          counter("queue.lock.lost", "Messages whose lock was lost before they were settled");
      this.age =
          Timer.builder("queue.delivery.age")
              .description("From a message being enqueued to its handler being called")
              .tags(tags)
              .register(registry);
      this.processing =
          Timer.builder("queue.processing")
              .description("From a handler being called to its result")
              .tags(tags)
              .register(registry);
      Gauge.builder("queue.in.work", inWork, LongAdder::sum)
          .description("Messages whose handler runs now")
          .baseUnit("messages")
          .strongReference(true)
          .tags(tags)
          .register(registry);
    }

    private Counter counter(String name, String description) {
      return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    Counter settled(String settlement) {
      Counter known = settled.get(settlement);
      return known != null ? known : settled.computeIfAbsent(settlement, this::register);
    }

    private Counter register(String settlement) {
      return Counter.builder("queue.settled")
          .description("Messages settled, by how")
          .baseUnit("messages")
          .tags(tags.and("settlement", settlement))
          .register(registry);
    }
  }
}
