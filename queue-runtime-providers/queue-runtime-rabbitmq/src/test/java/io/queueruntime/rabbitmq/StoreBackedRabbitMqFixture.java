package io.queueruntime.rabbitmq;

/** The provider with a state store beside the broker. Used by one thread. */
final class StoreBackedRabbitMqFixture extends RabbitMqFixture {

  StoreBackedRabbitMqFixture() {
    super(true);
  }
}
