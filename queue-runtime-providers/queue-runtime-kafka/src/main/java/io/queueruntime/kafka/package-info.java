/** The provider for Kafka. */
@NullMarked
package io.queueruntime.kafka;

import org.jspecify.annotations.NullMarked;
