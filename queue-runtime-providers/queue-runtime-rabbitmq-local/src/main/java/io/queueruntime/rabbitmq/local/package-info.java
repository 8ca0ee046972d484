/** An installed RabbitMQ, started on the loopback interface for a test or a sample. */
@NullMarked
package io.queueruntime.rabbitmq.local;

import org.jspecify.annotations.NullMarked;
