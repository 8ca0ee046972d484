package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.time.Duration;

/**
 * How the client behaves when a link fails in a way that may pass, or an operation is not answered.
 * Immutable.
 *
 * <p>Sends and settlements are tried again by the runtime that calls the provider, with the same
 * message id; here only what waits is kept waiting over a fault.
 *
 * @param retries how often a link is opened anew, and a request to the management API made again
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
