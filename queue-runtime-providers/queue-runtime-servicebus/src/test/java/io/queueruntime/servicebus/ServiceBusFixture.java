package io.queueruntime.servicebus;

import io.queueruntime.contract.ProviderFixture;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.QueueProvider;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The provider on an emulator of its own, over TCP. Time is the machine's, moved forward by what a
 * case asks for, at the broker and in the provider's waits alike. Used by one thread.
 */
class ServiceBusFixture implements ProviderFixture {

  Emulated emulated;
  @Nullable ServiceBusQueueProvider provider;

  ServiceBusFixture() {
    this(new Emulated());
  }

  ServiceBusFixture(Emulated emulated) {
    this.emulated = emulated;
  }

  @Override
  public Capabilities capabilities() {
    return ServiceBusQueueProvider.capabilities(emulated.options());
  }

  @Override
  public QueueProvider open() {
    provider = emulated.provider();
    return provider;
  }

  @Override
  public void advance(Duration duration) {
    emulated.advance(duration);
  }

  @Override
  public Instant now() {
    return emulated.now();
  }

  /** The longest locks there are: time is moved, and a slow machine stays within what is left. */
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

  /** The emulator hands over in a few milliseconds what there is. */
  @Override
  public Duration glance() {
    return Duration.ofMillis(250);
  }

  @Override
  public void close() {
    if (provider != null) {
      provider.close();
    }
    emulated.close();
  }
}
