package io.queueruntime.kafka;

import io.queueruntime.contract.ProviderFixture;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.front.Schedules;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The provider on the broker that all tests share, with a catalog of its own. Its time is the
 * machine's, moved forward by what a case asks for. Used by one thread.
 */
class KafkaFixture implements ProviderFixture {

  /** Cases move time by days, in which nobody asks. */
  private static final Duration NEVER = Duration.ofDays(10_000);

  private final AtomicLong moved = new AtomicLong();
  private final KafkaOptions options =
      SharedBroker.options()
          .withPartitions(1)
          .withSessionPartitions(2)
          .withNames("test-" + UUID.randomUUID());
  private final @Nullable QueueStateStore store;
  private @Nullable KafkaQueueProvider provider;
  private @Nullable ProviderTime time;

  KafkaFixture() {
    this(false);
  }

  /** With a state store, or without. */
  KafkaFixture(boolean stored) {
    store =
        stored
            ? EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory().withClock(this::now))
            : null;
  }

  @Override
  public Capabilities capabilities() {
    return KafkaCapabilities.of(SharedBroker.version(), options, store);
  }

  @Override
  public QueueProvider open() {
    time =
        new ProviderTime(
            "queue-runtime-kafka-time",
            () -> System.nanoTime() + moved.get(),
            () -> System.currentTimeMillis() + moved.get() / 1_000_000,
            UnaryOperator.identity());
    provider = new KafkaQueueProvider(options, store, time, NEVER);
    return provider;
  }

  @Override
  public void advance(Duration duration) {
    moved.addAndGet(duration.toNanos());
    if (time != null) {
      time.jumped();
      awaitAlarms(time);
    }
    awaitDue();
    // what has become due is done on other threads, which give no signal
    LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
  }

  /** Alarms ring one after the other, so that this one is behind all that are due. */
  private static void awaitAlarms(ProviderTime time) {
    CountDownLatch rung = new CountDownLatch(1);
    time.after(Duration.ZERO, rung::countDown);
    try {
      rung.await(2, TimeUnit.SECONDS); // never, when the case has closed its provider
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until what is due in the state store is published. */
  private void awaitDue() {
    Schedules schedules = provider == null ? null : provider.parts().fronts().schedules();
    if (schedules != null) {
      schedules.publishDue().orTimeout(60, TimeUnit.SECONDS).join();
    }
  }

  @Override
  public Instant now() {
    return Instant.ofEpochMilli(System.currentTimeMillis() + moved.get() / 1_000_000);
  }

  @Override
  public QueueOptions queueOptions() {
    return ProviderFixture.super.queueOptions().withLockDuration(Duration.ofMinutes(5));
  }

  @Override
  public Duration step() {
    return Duration.ofMinutes(1);
  }

  @Override
  public boolean canReopen() {
    return true;
  }

  @Override
  public QueueProvider reopen() {
    if (provider != null) {
      provider.close();
    }
    return open();
  }

  @Override
  public Duration look() {
    return Duration.ofSeconds(40);
  }

  /** A member of a group is handed in a few milliseconds what there is. */
  @Override
  public Duration glance() {
    return Duration.ofMillis(250);
  }

  @Override
  public void close() {
    if (provider != null) {
      provider.close();
    }
    if (store != null) {
      store.close();
    }
    // Its topics stay: their names are its own, and the broker's data end with the tests.
  }
}
