package io.queueruntime.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler while it runs: what conventions and handlers can look at. Trace context
 * comes from the headers of the message, of a batch: of its first one.
 *
 * <p>Confined to the call, which may change threads.
 */
public final class QueueProcessContext extends ReceiverContext<ReceivedMessage<byte[]>> {

  private final String system;
  private final String client;
  private final String listener;
  private final ReceivedMessage<byte[]> message;
  private final int count;
  private volatile @Nullable String outcome;

  QueueProcessContext(
      String system, String client, String listener, ReceivedMessage<byte[]> message, int count) {
    super(
        (carrier, key) -> carrier.headers().get(key) instanceof String text ? text : null,
        Kind.CONSUMER);
    this.system = system;
    this.client = client;
    this.listener = listener;
    this.message = message;
    this.count = count;
    setCarrier(message);
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

  public QueueName queue() {
    return message.queue();
  }

  /** The message, of a batch: its first one. */
  public ReceivedMessage<byte[]> message() {
    return message;
  }

  /** How many messages are worked on at once. */
  public int count() {
    return count;
  }

  /** How the delivery was ended, e.g. {@code complete}; null while that is not known. */
  public @Nullable String outcome() {
    return outcome;
  }

  /** Says how the delivery was ended; called by the listener. */
  public void setOutcome(String outcome) {
    this.outcome = outcome;
  }
}
