package io.queueruntime.autoconfigure.rabbitmq;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is read of {@code spring.rabbitmq} where Spring AMQP is not there to read it. Immutable.
 *
 * @param addresses each {@code host:port}; they take the place of host and port
 */
record SpringRabbitProperties(
    @DefaultValue("localhost") String host,
    @Nullable Integer port,
    @DefaultValue("guest") String username,
    @DefaultValue("guest") String password,
    @Nullable String virtualHost,
    @DefaultValue List<String> addresses,
    @DefaultValue Ssl ssl) {

  /**
   * TLS.
   *
   * @param bundle name of an SSL bundle; naming one switches TLS on
   */
  record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {

    boolean isOn() {
      return enabled == null ? bundle != null : enabled;
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "SpringRabbitProperties[host=%s, port=%s, addresses=%s]"
        .formatted(host, port, addresses);
  }
}
