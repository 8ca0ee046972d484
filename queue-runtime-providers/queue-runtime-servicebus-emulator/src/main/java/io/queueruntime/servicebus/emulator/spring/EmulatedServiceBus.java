package io.queueruntime.servicebus.emulator.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives the application context of a Spring test an emulator of its own to talk to.
 *
 * <pre>{@code
 * @SpringBootTest
 * @EmulatedServiceBus(queues = "orders", sessionQueues = "accounts")
 * class OrdersTests {
 *   @Autowired ServiceBusEmulator emulator;
 * }
 * }</pre>
 *
 * <p>It starts before the context does and ends after it, so that tests which share a cached
 * context share the emulator and what is in it: {@code emulator.reset()} in a {@code @BeforeEach}
 * method empties it.
 *
 * <p>The properties {@code queue-runtime.servicebus.connection-string}, {@code
 * queue-runtime.servicebus.management-endpoint} and {@code
 * spring.cloud.azure.servicebus.connection-string} point to it, and come before all others. What
 * the application's own configuration says of namespace, credential and transport is without
 * effect. The same goes for each of {@code queue-runtime.clients} that has settings of Service Bus.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface EmulatedServiceBus {

  /** Queues that are there when the context starts. */
  String[] queues() default {};

  /** Queues with sessions that are there when the context starts. */
  String[] sessionQueues() default {};
}
