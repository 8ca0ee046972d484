package io.queueruntime.autoconfigure;

import io.queueruntime.provider.QueueProvider;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;

/**
 * The connections of an application by client name. Closed after everything that uses them.
 *
 * <p>Thread-safe.
 */
final class QueueClients implements DisposableBean {

  private final ClientSelection selection;
  private final Map<String, OnDemandQueueProvider> providers = new LinkedHashMap<>();

  QueueClients(ClientSelection selection) {
    this.selection = selection;
    selection
        .clients()
        .forEach(
            (name, client) ->
                providers.put(
                    name,
                    new OnDemandQueueProvider(
                        client.settings().provider(),
                        () -> client.factory().open(client.settings()))));
  }

  /** What is wrong with the choice of providers. */
  List<StartupProblem> problems() {
    return selection.problems();
  }

  Collection<ClientDefinition> definitions() {
    return selection.clients().values();
  }

  /** Every client that is configured, whether or not its provider can be had. */
  Collection<String> names() {
    return selection.names();
  }

  /** Whether it makes sense to open the client. */
  boolean isUsable(ClientDefinition client) {
    return selection.isUsable(client);
  }

  /** The client that is meant where none is named; null when the configuration does not say. */
  @Nullable String primary() {
    return selection.primary();
  }

  @Nullable ClientDefinition definition(String client) {
    return selection.clients().get(client);
  }

  /**
   * The connection, which opens when it is used; one that only fails for a client that cannot be
   * had.
   */
  QueueProvider provider(@Nullable String client) {
    OnDemandQueueProvider provider = client == null ? null : providers.get(client);
    return provider == null ? unusable() : provider;
  }

  /** Opens the connection; fails as the provider does. */
  QueueProvider open(ClientDefinition client) {
    OnDemandQueueProvider provider = providers.get(client.name());
    return provider == null ? unusable().open() : provider.open();
  }

  /**
   * Why a client that is open takes no more work, or keeps nothing of it; empty while all is well.
   */
  Optional<Throwable> failure(ClientDefinition client) {
    OnDemandQueueProvider provider = providers.get(client.name());
    QueueProvider opened = provider == null ? null : provider.opened();
    return opened == null ? Optional.empty() : client.factory().failure(opened);
  }

  private OnDemandQueueProvider unusable() {
    return new OnDemandQueueProvider(
        "unusable",
        () -> {
          throw new QueueStartupException(problems());
        });
  }

  @Override
  public void destroy() {
    RuntimeException failure = null;
    for (OnDemandQueueProvider provider : providers.values()) {
      try {
        provider.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
