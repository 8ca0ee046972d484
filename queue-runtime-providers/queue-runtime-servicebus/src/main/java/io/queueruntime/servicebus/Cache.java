package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Things that are opened when they are first needed, in the order of their last use: what is idle
 * and beyond the bound, or unused for the idle time, is put to rest and forgotten. What is in use
 * stays, so the bound is exceeded when everything is: what a call is under way on, and what says
 * itself that it is not idle.
 *
 * <p>Opening must do no I/O. Thread-safe.
 */
final class Cache<K, V> {

  private final int max;
  private final Duration idleTime;
  private final ProviderTime time;
  private final Function<K, V> open;
  private final Predicate<V> idle;
  private final Consumer<V> rest;
  private final Map<K, Entry<V>> entries = new LinkedHashMap<>(16, 0.75f, true);
  private boolean sweeping;
  private boolean closed;

  private static final class Entry<V> {
    private final V value;

    /**
     * Calls under way: raised under the cache's lock only, so that none begins on what is taken.
     */
    private final AtomicInteger calls = new AtomicInteger();

    private long usedAt;

    Entry(V value) {
      this.value = value;
    }
  }

  Cache(
      int max,
      Duration idleTime,
      ProviderTime time,
      Function<K, V> open,
      Predicate<V> idle,
      Consumer<V> rest) {
    this.max = max;
    this.idleTime = idleTime;
    this.time = time;
    this.open = open;
    this.idle = idle;
    this.rest = rest;
  }

  /**
   * Makes a call, until whose end the thing stays; the future is the call's own.
   *
   * @throws Closed when this is closed
   */
  <T> CompletableFuture<T> use(QueueName queue, K key, Function<V, CompletableFuture<T>> call) {
    List<V> tired;
    Entry<V> entry;
    synchronized (this) {
      if (closed) {
        throw new Closed(
            queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
      }
      entry = entries.get(key);
      if (entry == null) {
        entry = new Entry<>(open.apply(key));
        entries.put(key, entry);
      }
      entry.usedAt = time.nanos();
      entry.calls.incrementAndGet();
      tired = entries.size() > max ? takeIdle(entries.size() - max, key) : List.of();
      if (!sweeping) {
        sweeping = true;
        time.after(idleTime, this::sweep);
      }
    }
    tired.forEach(rest);
    return call(entry, call);
  }

  private static <V, T> CompletableFuture<T> call(
      Entry<V> entry, Function<V, CompletableFuture<T>> call) {
    CompletableFuture<T> called;
    try {
      called = call.apply(entry.value);
    } catch (RuntimeException | Error failed) {
      entry.calls.decrementAndGet();
      throw failed;
    }
    called.whenComplete((value, error) -> entry.calls.decrementAndGet());
    return called;
  }

  private boolean isIdle(Entry<V> entry) {
    return entry.calls.get() == 0 && idle.test(entry.value);
  }

  private List<V> takeIdle(int count, K needed) {
    List<V> taken = new ArrayList<>();
    var each = entries.entrySet().iterator();
    while (each.hasNext() && taken.size() < count) {
      var entry = each.next();
      if (!entry.getKey().equals(needed) && isIdle(entry.getValue())) {
        taken.add(entry.getValue().value);
        each.remove();
      }
    }
    return taken;
  }

  private void sweep() {
    List<V> tired = new ArrayList<>();
    synchronized (this) {
      long before = time.nanos() - idleTime.toNanos();
      entries
          .values()
          .removeIf(
              entry -> {
                boolean unused = entry.usedAt - before <= 0 && isIdle(entry);
                if (unused) {
                  tired.add(entry.value);
                }
                return unused;
              });
      sweeping = !entries.isEmpty() && !closed;
      if (sweeping) {
        time.after(idleTime, this::sweep);
      }
    }
    tired.forEach(rest);
  }

  synchronized Optional<V> find(K key) {
    return Optional.ofNullable(entries.get(key)).map(entry -> entry.value);
  }

  /** Forgets one; it is the caller's to put to rest. */
  synchronized Optional<V> remove(K key) {
    return Optional.ofNullable(entries.remove(key)).map(entry -> entry.value);
  }

  /** Opens nothing any more; all there are, for the caller to close. */
  synchronized List<V> close() {
    closed = true;
    List<V> all = entries.values().stream().map(entry -> entry.value).toList();
    entries.clear();
    return all;
  }

  synchronized int size() {
    return entries.size();
  }
}
