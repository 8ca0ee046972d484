package io.queueruntime.autoconfigure.rabbitmq;

import java.util.List;
import java.util.Optional;
import org.springframework.amqp.rabbit.connection.AbstractConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Takes the client's own factory out of Spring AMQP's: what Boot has made of its properties, of
 * connection details and of SSL bundles is in it, in whatever package of Boot that was done.
 *
 * <p>Thread-safe.
 */
final class SpringRabbitFactory implements SpringRabbit {

  private final ObjectProvider<ConnectionFactory> factories;
  private final ObjectProvider<RabbitAddresses> addresses;

  SpringRabbitFactory(
      ObjectProvider<ConnectionFactory> factories, ObjectProvider<RabbitAddresses> addresses) {
    this.factories = factories;
    this.addresses = addresses;
  }

  @Override
  public Optional<FoundRabbit> find() {
    if (!(factories.getIfUnique() instanceof AbstractConnectionFactory factory)) {
      return Optional.empty();
    }
    RabbitAddresses known = addresses.getIfAvailable();
    return Optional.of(
        new FoundRabbit(
            factory.getRabbitConnectionFactory(),
            known == null ? List.of() : known.all(),
            "Spring AMQP's connection factory"));
  }
}
