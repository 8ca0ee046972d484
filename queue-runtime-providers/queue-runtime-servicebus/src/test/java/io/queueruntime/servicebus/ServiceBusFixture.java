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
final class ServiceBusFixture implements ProviderFixture {

  private final Emulated emulated = new Emulated();
  private @Nullable ServiceBusQueueProvider provider;

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

  /** Service Bus takes at least 5 s; the cases halve it. */
  @Override
  public QueueOptions queueOptions() {
    return ProviderFixture.super.queueOptions();
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
    return Duration.ofMillis(750);
  }

  @Override
  public void close() {
    if (provider != null) {
      provider.close();
    }
    emulated.close();
  }
}
