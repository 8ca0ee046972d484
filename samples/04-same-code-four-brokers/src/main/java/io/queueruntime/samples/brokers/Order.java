package io.queueruntime.samples.brokers;

/** An order of a customer, as it travels. Immutable. */
record Order(String customer, int number) {}
