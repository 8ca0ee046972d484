package io.queueruntime.provider;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the messages: a product and, where it tells, its version, which decides what it can
 * do. Immutable.
 *
 * @param product as its makers write it, e.g. {@code RabbitMQ}
 * @param version as the server told it, e.g. {@code 3.10.8}; {@code null} where there is only one
 */
public record Server(String product, @Nullable String version) {

  /** A product of which only one version is in use at a time, e.g. a cloud service. */
  public static Server of(String product) {
    return new Server(product, null);
  }

  /** The version, where the server told one. */
  public Optional<String> versionIfTold() {
    return Optional.ofNullable(version);
  }

  /** As a text for people, e.g. {@code RabbitMQ 3.10.8}. */
  @Override
  public String toString() {
    return version == null ? product : product + " " + version;
  }
}
