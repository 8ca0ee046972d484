package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.Support;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A provider of another name that keeps queues in memory, as an adapter of a broker would plug in.
 */
final class FakeProvider implements QueueProviderFactory {

  private final String name;
  private final List<String> opened = new ArrayList<>();
  private final Set<Capability> missing = new HashSet<>();
  private final Set<Capability> needingStore = new HashSet<>();
  private @Nullable QueueRuntimeException failure;
  private Consumer<QueueProvider> existing = provider -> {};

  FakeProvider(String name) {
    this.name = name;
  }

  FakeProvider failingWith(QueueRuntimeException failure) {
    this.failure = failure;
    return this;
  }

  /** What the broker has before the application comes. */
  FakeProvider with(Consumer<QueueProvider> existing) {
    this.existing = existing;
    return this;
  }

  FakeProvider without(Capability capability) {
    missing.add(capability);
    return this;
  }

  /** Admits that it would do it with a state store, which it has none of. */
  FakeProvider withoutStoreFor(Capability capability) {
    needingStore.add(capability);
    return this;
  }

  /** Settings of the fake. */
  record Settings(@Nullable String bootstrapServers) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public QueueProvider open(ProviderSettings settings) {
    if (failure != null) {
      throw failure;
    }
    opened.add(settings.client() + "=" + settings.as(Settings.class).bootstrapServers());
    QueueProvider provider = new EmbeddedQueueProvider(EmbeddedOptions.inMemory());
    existing.accept(provider);
    return missing.isEmpty() && needingStore.isEmpty() ? provider : lesser(provider);
  }

  /** The same provider, admitting to less. */
  private QueueProvider lesser(QueueProvider provider) {
    Capabilities fewer = fewer(provider);
    return (QueueProvider)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {QueueProvider.class},
            (proxy, method, arguments) ->
                method.getName().equals("capabilities")
                    ? fewer
                    : method.invoke(provider, arguments));
  }

  private Capabilities fewer(QueueProvider provider) {
    Capabilities fewer =
        provider.capabilities().without(missing, "A broker for tests that lacks it on purpose.");
    for (Capability capability : needingStore) {
      fewer =
          fewer.with(
              capability, Support.withoutStore("A broker for tests that has none of its own."));
    }
    return fewer;
  }

  /** Clients that were opened, and where each of them looks. */
  List<String> opened() {
    return opened;
  }
}
