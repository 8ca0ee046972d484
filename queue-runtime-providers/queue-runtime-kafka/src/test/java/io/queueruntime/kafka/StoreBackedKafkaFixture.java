package io.queueruntime.kafka;

/** The provider with a state store beside the broker. Used by one thread. */
final class StoreBackedKafkaFixture extends KafkaFixture {

  StoreBackedKafkaFixture() {
    super(true);
  }
}
