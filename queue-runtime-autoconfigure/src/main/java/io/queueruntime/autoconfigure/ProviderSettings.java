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

  /** Whether somebody set it, or anything below it. */
  public boolean isSet(String name) {
    String property = property(name);
    return configured.find(property).isPresent() || configured.anyBelow(property);
  }

  /** The same client's settings in another place, e.g. those of a library that it falls back to. */
  public ProviderSettings elsewhere(String otherPrefix) {
    return new ProviderSettings(client, provider, otherPrefix, configured);
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
