package io.queueruntime.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A send while it runs: what conventions and handlers can look at. Trace context goes into the
 * headers of every message sent with it.
 *
 * <p>Confined to the send, which may change threads.
 */
public final class QueueSendContext extends SenderContext<List<OutgoingMessage.Builder>> {

  private final String system;
  private final String client;
  private final QueueName queue;
  private final @Nullable OutgoingMessage single;
  private final int count;

  QueueSendContext(
      String system, String client, QueueName queue, List<OutgoingMessage.Builder> messages) {
    super(
        (carrier, key, value) -> {
          if (carrier != null) {
            carrier.forEach(message -> message.header(key, value));
          }
        },
        Kind.PRODUCER);
    this.system = system;
    this.client = client;
    this.queue = queue;
    this.count = messages.size();
    this.single = count == 1 ? messages.get(0).build() : null;
    setCarrier(messages);
  }

  /** The provider's name, e.g. {@code embedded}. */
  public String system() {
    return system;
  }

  /** The client's name, e.g. {@code primary}. */
  public String client() {
    return client;
  }

  public QueueName queue() {
    return queue;
  }

  /** How many messages are sent at once. */
  public int count() {
    return count;
  }

  /** The message as it was when the observation started; null when several are sent at once. */
  public @Nullable OutgoingMessage message() {
    return single;
  }
}
