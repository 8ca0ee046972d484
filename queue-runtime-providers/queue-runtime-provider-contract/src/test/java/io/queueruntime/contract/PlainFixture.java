package io.queueruntime.contract;

import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The reference in plain collections. Used by one thread. */
class PlainFixture implements ProviderFixture {

  final PlainStore store = new PlainStore(flaw());
  private @Nullable PlainProvider provider;

  PlainFixture() {}

  /** What is wrong with the provider, if anything. */
  @Nullable Flaw flaw() {
    return null;
  }

  /** What the provider can do. */
  Set<Capability> features() {
    return EnumSet.allOf(Capability.class);
  }

  @Override
  public Capabilities capabilities() {
    return PlainProvider.capabilities(features());
  }

  @Override
  public QueueProvider open() {
    provider = new PlainProvider(store, features());
    return provider;
  }

  @Override
  public void advance(Duration duration) {
    store.advance(duration);
  }

  @Override
  public Instant now() {
    return store.now;
  }

  @Override
  public QueueProvider reopen() {
    provider.close();
    return open();
  }

  @Override
  public boolean canReopen() {
    return true;
  }

  @Override
  public QueueProvider crash() {
    return reopen();
  }

  @Override
  public boolean canCrash() {
    return true;
  }

  @Override
  public Duration sendTimeout() {
    return PlainProvider.SEND_TIMEOUT;
  }

  @Override
  public void close() {
    if (provider != null) {
      provider.close();
    }
  }
}
