package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.time.Duration;

/**
 * How the client behaves when an operation fails in a way that may pass, or is not answered.
 * Immutable.
 *
 * <p>The delay is the same before each retry: the SDK's growing delays begin at several seconds,
 * whatever is configured, which is longer than most faults last.
 *
 * @param retries further tries of one operation, and of opening a link anew
 * @param delay wait before each of them
 * @param tryTimeout how long one try may take
 */
public record ServiceBusRetry(int retries, Duration delay, Duration tryTimeout) {

  /** Three retries 500 ms apart, each given 30 s. */
  public static final ServiceBusRetry DEFAULTS =
      new ServiceBusRetry(3, Duration.ofMillis(500), Duration.ofSeconds(30));

  public ServiceBusRetry {
    if (retries < 0) {
      throw new ConfigurationInvalid(
          null, "queue-runtime.servicebus.retry.retries is not negative, found " + retries + ".");
    }
    ServiceBusOptions.positive("retry.delay", delay);
    ServiceBusOptions.positive("retry.try-timeout", tryTimeout);
  }
}
