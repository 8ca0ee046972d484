package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.store.QueueStateStore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Opens a broker whose version says what it can do, and that keeps no duplicate window of its own.
 * Thread-safe.
 *
 * @param <O> how such a provider is configured
 */
public abstract class VersionedBrokerFactory<O> implements QueueProviderFactory {

  private final ObjectProvider<QueueStateStores> stores;

  /**
   * For adapters.
   *
   * @param stores of the application, which opens them when a client needs one
   */
  protected VersionedBrokerFactory(ObjectProvider<QueueStateStores> stores) {
    this.stores = stores;
  }

  /**
   * What is configured, without any I/O.
   *
   * @throws ConfigurationInvalid when it cannot be meant
   */
  protected abstract O options(ProviderSettings settings);

  /**
   * The provider, which need not have connected yet.
   *
   * @param store keeps what the broker does not, where one is configured; not to be closed
   */
  protected abstract QueueProvider provider(O options, @Nullable QueueStateStore store);

  /** What to tell a user. */
  protected abstract OpeningAdvice advice(ProviderSettings settings);

  /** As everywhere, but for what needs a state store. */
  @Override
  public QueueOptions queueDefaults(ProviderSettings settings) {
    return QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null);
  }

  @Override
  public List<StartupProblem> check(ProviderSettings settings) {
    try {
      options(settings);
      return List.of();
    } catch (ConfigurationInvalid e) {
      return List.of(explain(settings, e));
    }
  }

  /** Connects, as what can be done depends on the broker's version. */
  @Override
  public QueueProvider open(ProviderSettings settings) {
    QueueProvider provider = provider(options(settings), store(settings.client()));
    try {
      provider.capabilities();
    } catch (RuntimeException e) {
      provider.close();
      throw e;
    }
    return provider;
  }

  private @Nullable QueueStateStore store(String client) {
    QueueStateStores known = stores.getIfAvailable();
    return known == null ? null : known.of(client).orElse(null);
  }

  @Override
  public StartupProblem explain(ProviderSettings settings, RuntimeException failure) {
    return advice(settings)
        .problem(name(), settings, failure)
        .orElseGet(() -> QueueProviderFactory.super.explain(settings, failure));
  }
}
