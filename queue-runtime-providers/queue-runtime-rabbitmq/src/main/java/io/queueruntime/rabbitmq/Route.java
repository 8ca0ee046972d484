package io.queueruntime.rabbitmq;

import io.queueruntime.message.QueueName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where messages of a name go: into a queue, or, where there is no such queue and the name has a
 * slash, to the exchange before the first slash with the routing key after it, e.g. {@code
 * events/user.created}. Immutable.
 *
 * @param exchange empty for a queue
 * @param key the routing key of an exchange; for a queue its definition says it
 */
record Route(Definition definition, String exchange, String key) {

  static Route find(QueueName name, ProviderParts parts) {
    String text = name.value();
    int slash = text.indexOf('/');
    if (slash > 0) {
      Optional<Definition> queue = parts.definitions().find(name);
      if (queue.isPresent()) {
        return new Route(queue.get(), "", "");
      }
      String exchange = text.substring(0, slash);
      parts
          .connections()
          .with(
              text,
              "send to exchange '%s'".formatted(exchange),
              channel -> channel.exchangeDeclarePassive(exchange));
      Definition foreign = Definition.foreign(name);
      parts.definitions().put(foreign);
      return new Route(foreign, exchange, text.substring(slash + 1));
    }
    return new Route(parts.definitions().of(name), "", "");
  }

  Route with(Definition changed) {
    return new Route(changed, exchange, key);
  }

  String routingKey(@Nullable String sessionId) {
    return exchange.isEmpty() ? definition.target(sessionId) : key;
  }
}
