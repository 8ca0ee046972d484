package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.contract.ProviderFixture;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.front.Schedules;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The provider on the broker that all tests share, with a catalog of its own. Its time is the
 * machine's, moved forward by what a case asks for; the broker, whose time cannot be moved, is told
 * shorter delays, and what comes from it too early waits for the provider's time. Used by one
 * thread.
 */
class RabbitMqFixture implements ProviderFixture {

  private static final int FASTER = 200;
  private static final int RUNGS = 6;

  /** A case on a slow machine is not to lose what it has given back to the broker's order. */
  private static final Pace PACE = new Pace(RUNGS, Duration.ofMinutes(1));

  /** Twice as many as a message has queues to pass. */
  private static final int PROBES = 2 * (RUNGS + 1);

  private final AtomicLong moved = new AtomicLong();
  private final ScheduledSends scheduled = new ScheduledSends();
  private final RabbitMqOptions options;
  private final @Nullable QueueStateStore store;
  private @Nullable RabbitMqQueueProvider provider;
  private @Nullable ProviderTime time;
  private @Nullable Probe probe;

  RabbitMqFixture() {
    this(false);
  }

  /** With a state store, or without. */
  RabbitMqFixture(boolean stored) {
    store =
        stored
            ? EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory().withClock(this::now))
            : null;
    ConnectionFactory factory = SharedBroker.connections();
    options =
        RabbitMqOptions.of(factory).withSessionPartitions(2).withNames("test-" + UUID.randomUUID());
  }

  @Override
  public Capabilities capabilities() {
    return RabbitMqQueueProvider.capabilities(SharedBroker.version(), options, store);
  }

  @Override
  public QueueProvider open() {
    time =
        new ProviderTime(
            "queue-runtime-rabbitmq-time",
            () -> System.nanoTime() + moved.get(),
            () -> System.currentTimeMillis() + moved.get() / 1_000_000,
            delay -> delay.dividedBy(FASTER));
    provider = new RabbitMqQueueProvider(options, store, time, PACE);
    return scheduled.watching(provider);
  }

  @Override
  public void advance(Duration duration) {
    moved.addAndGet(duration.toNanos());
    if (time != null) {
      time.jumped();
    }
    if (provider != null && !provider.parts().ladder().queues().isEmpty()) {
      awaitLadder(provider.parts().ladder());
    }
    awaitDue();
    // what has become due is done on other threads, which give no signal
    LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
  }

  /**
   * Waits until all that is due has left the ladder. A message between two queues is counted in
   * none, and nobody tells when it has arrived; so probes go the same kind of way meanwhile, one
   * after the other: while the broker is slow, they are.
   */
  private void awaitLadder(DelayLadder ladder) {
    try {
      Channel channel = probing().channel();
      int probes = 0;
      while (probes < PROBES) {
        long waiting = 0;
        for (String rung : ladder.queues()) {
          waiting += channel.messageCount(rung);
        }
        probes = waiting > scheduled.after(now()) ? 0 : probes + 1;
        probing().hop();
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Probe probing() throws IOException {
    if (probe == null) {
      probe = Probe.on(SharedBroker.connections());
    }
    return probe;
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

  /** The broker hands over in a few milliseconds what there is. */
  @Override
  public Duration glance() {
    return Duration.ofMillis(250);
  }

  @Override
  public void close() {
    if (provider != null) {
      try {
        provider.parts().ladder().delete();
      } catch (QueueRuntimeException e) {
        // the case closed the provider: few rungs stay
      }
      provider.close();
    }
    try (RabbitMqQueueProvider cleaning = new RabbitMqQueueProvider(options, store)) {
      List<QueueName> queues = cleaning.admin().list();
      queues.forEach(cleaning.admin()::delete);
      cleaning.parts().declarations().catalog().delete();
    }
    if (store != null) {
      store.close();
    }
    if (probe != null) {
      probe.close();
    }
  }
}
