package io.queueruntime.autoconfigure.rabbitmq;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where RabbitMQ is, for an application that starts one itself. Takes the place of what is
 * configured but for {@code queue-runtime.rabbitmq.uri}. Implementations are thread-safe.
 */
public interface RabbitMqConnectionDetails extends ConnectionDetails {

  /** With user and password, e.g. {@code amqp://guest:guest@127.0.0.1:5672}. */
  String getUri();
}
