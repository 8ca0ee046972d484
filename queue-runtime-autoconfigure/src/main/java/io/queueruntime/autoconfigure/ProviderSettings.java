package io.queueruntime.autoconfigure;

/**
 * Where one client's settings of its provider stand, and how to read them.
 *
 * <p>Thread-safe.
 */
public final class ProviderSettings {

  private final String client;
  private final String provider;
  private final String prefix;
  private final ConfiguredProperties configured;

  ProviderSettings(String client, String provider, String prefix, ConfiguredProperties configured) {
    this.client = client;
    this.provider = provider;
    this.prefix = prefix;
    this.configured = configured;
  }

  /** Name of the client. */
  public String client() {
    return client;
  }

  /** Name of the provider. */
  public String provider() {
    return provider;
  }

  /**
   * The settings as a {@code type} that is bound by its constructor, with its defaults where
   * nothing is set.
   */
  public <T> T as(Class<T> type) {
    return configured.binder().bindOrCreate(prefix, type);
  }

  /** Full name of one setting, e.g. {@code queue-runtime.embedded.directory}. */
  public String property(String name) {
    return prefix + "." + name;
  }

  /** Full name of one setting followed by the file and line where it was set, if it was. */
  public String propertyWithOrigin(String name) {
    return configured.withOrigin(property(name));
  }
}
