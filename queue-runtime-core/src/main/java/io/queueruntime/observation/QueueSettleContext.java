package io.queueruntime.observation;

import io.micrometer.observation.Observation;
import io.queueruntime.message.ReceivedMessage;

/**
 * One settlement while it runs: what conventions and handlers can look at.
 *
 * <p>Immutable but for what Micrometer keeps in it.
 */
public final class QueueSettleContext extends Observation.Context {

  private final String system;
  private final String client;
  private final String listener;
  private final ReceivedMessage<?> message;
  private final String settlement;

  QueueSettleContext(
      String system,
      String client,
      String listener,
      ReceivedMessage<?> message,
      String settlement) {
    this.system = system;
    this.client = client;
    this.listener = listener;
    this.message = message;
    this.settlement = settlement;
  }

  /** The provider's name, e.g. {@code embedded}. */
  public String system() {
    return system;
  }

  /** The client's name, e.g. {@code primary}. */
  public String client() {
    return client;
  }

  /** The listener's id. */
  public String listener() {
    return listener;
  }

  public ReceivedMessage<?> message() {
    return message;
  }

  /** {@code complete}, {@code abandon}, {@code defer}, {@code dead-letter} or {@code release}. */
  public String settlement() {
    return settlement;
  }
}
