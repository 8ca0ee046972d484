package io.queueruntime.samples.deadletters;

/** An order as it travels. Immutable. */
record Order(String id, int pieces, int cents) {}
