/** RabbitMQ in a Spring Boot application: where it is, and how its provider is opened. */
@NullMarked
package io.queueruntime.autoconfigure.rabbitmq;

import org.jspecify.annotations.NullMarked;
