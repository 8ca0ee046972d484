/** Kafka in a Spring Boot application: where it is, and how its provider is opened. */
@NullMarked
package io.queueruntime.autoconfigure.kafka;

import org.jspecify.annotations.NullMarked;
