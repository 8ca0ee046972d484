package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capability;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All queues of the reference in plain collections, their clock, and what is wrong with them on
 * purpose. What is in here outlives the provider that works on it.
 *
 * <p>Confined to its own lock.
 */
final class PlainStore {

  final @Nullable Flaw flaw;
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  final TreeMap<QueueName, PlainQueue> queues = new TreeMap<>();
  final TreeMap<QueueName, PlainQueue> deleted = new TreeMap<>();

  /** All capabilities that were made use of. */
  final Set<Capability> asked = Collections.synchronizedSet(EnumSet.noneOf(Capability.class));

  /** Number of the call that is being answered. */
  long call;

  /** Nobody who waits is served until the next call. */
  private boolean asleep;

  PlainStore(@Nullable Flaw flaw) {
    this.flaw = flaw;
  }

  boolean has(Flaw wrong) {
    return flaw == wrong;
  }

  boolean hasAny(Flaw... wrong) {
    return flaw != null && List.of(wrong).contains(flaw);
  }

  /** Something happened that must wake who waits, unless the flaw is that it does not. */
  void stir(Flaw missedWakeUp) {
    asleep |= has(missedWakeUp);
  }

  boolean isAsleep() {
    return asleep;
  }

  void newCall() {
    call++;
    asleep = false;
  }

  PlainQueue queue(QueueName name) {
    PlainQueue queue = queues.get(name);
    if (queue == null && has(Flaw.UNKNOWN_QUEUE_IS_CREATED)) {
      queue = new PlainQueue(this, name, QueueOptions.DEFAULTS);
      queues.put(name, queue);
    }
    if (queue == null) {
      throw new QueueNotFound(name.value(), "There is no queue '" + name + "'; create it first.");
    }
    return queue;
  }

  /** Moves the clock from one thing that happens to the next, so that all happens in its order. */
  synchronized void advance(Duration duration) {
    Instant target = now.plus(duration);
    call++; // whoever waits by now was there before
    catchUp();
    while (true) {
      Optional<Instant> next =
          queues.values().stream()
              .flatMap(PlainQueue::times)
              .filter(time -> time.isAfter(now) && !time.isAfter(target))
              .min(Instant::compareTo);
      if (next.isEmpty()) {
        break;
      }
      now = next.get();
      catchUp();
    }
    now = target;
    catchUp();
  }

  void catchUp() {
    for (PlainQueue queue : List.copyOf(queues.values())) {
      queue.catchUp();
      if (queue.isIdle()) {
        queues.remove(queue.name);
      }
    }
  }
}
