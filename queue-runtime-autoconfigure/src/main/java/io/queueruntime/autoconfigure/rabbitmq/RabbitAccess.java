package io.queueruntime.autoconfigure.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.RabbitMq;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundles;

/**
 * Finds out how RabbitMQ is reached: by the client's own {@code uri}, by a bean of the
 * application's, by Spring AMQP, or by {@code spring.rabbitmq.*} as it stands, in this order.
 * Thread-safe.
 */
final class RabbitAccess {

  private static final int PORT = 5672;
  private static final int TLS_PORT = 5671;

  private final @Nullable RabbitMqConnectionDetails details;
  private final SpringRabbit spring;
  private final ObjectProvider<SslBundles> bundles;

  RabbitAccess(
      @Nullable RabbitMqConnectionDetails details,
      SpringRabbit spring,
      ObjectProvider<SslBundles> bundles) {
    this.details = details;
    this.spring = spring;
    this.bundles = bundles;
  }

  FoundRabbit find(ProviderSettings settings) {
    RabbitMq own = settings.as(RabbitMq.class);
    if (own.uri() != null) {
      return ofUri(own.uri(), own.sslBundle(), settings.property("uri"));
    }
    if (details != null) {
      return ofUri(details.getUri(), null, "the bean of type RabbitMqConnectionDetails");
    }
    return spring.find().orElseGet(() -> ofProperties(settings.elsewhere("spring.rabbitmq")));
  }

  private FoundRabbit ofUri(String uri, @Nullable String bundle, String where) {
    ConnectionFactory factory = new ConnectionFactory();
    try {
      factory.setUri(uri);
      // The client's own way to understand amqps trusts every certificate.
      if (uri.startsWith("amqps") || bundle != null) {
        secure(factory, bundle);
      }
    } catch (URISyntaxException | GeneralSecurityException | IllegalArgumentException e) {
      throw new ConfigurationInvalid(
          null,
          "%s is no URI of RabbitMQ; write amqp://user:password@host:5672/virtual-host, or amqps for TLS."
              .formatted(where)); // without the cause, which shows the password
    }
    return new FoundRabbit(factory, List.of(), where);
  }

  private FoundRabbit ofProperties(ProviderSettings settings) {
    SpringRabbitProperties found = settings.as(SpringRabbitProperties.class);
    boolean tls = found.ssl().isOn();
    int port = Optional.ofNullable(found.port()).orElse(tls ? TLS_PORT : PORT);
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(found.host());
    factory.setPort(port);
    factory.setUsername(found.username());
    factory.setPassword(found.password());
    if (found.virtualHost() != null) {
      factory.setVirtualHost(found.virtualHost());
    }
    if (tls) {
      try {
        secure(factory, found.ssl().bundle());
      } catch (NoSuchAlgorithmException e) {
        throw new ConfigurationInvalid(
            null, "TLS to RabbitMQ cannot be set up: " + e.getMessage(), e);
      }
    }
    List<Address> addresses = found.addresses().stream().map(Address::parseAddress).toList();
    return new FoundRabbit(factory, addresses, "spring.rabbitmq.*");
  }

  private void secure(ConnectionFactory factory, @Nullable String bundle)
      throws NoSuchAlgorithmException {
    SSLContext context =
        bundle == null
            ? SSLContext.getDefault()
            : bundles.getObject().getBundle(bundle).createSslContext();
    factory.useSslProtocol(context);
    factory.enableHostnameVerification();
  }
}
