/** A Kafka broker of one's own, started on the loopback interface for a test or a sample. */
@NullMarked
package io.queueruntime.kafka.local;

import org.jspecify.annotations.NullMarked;
