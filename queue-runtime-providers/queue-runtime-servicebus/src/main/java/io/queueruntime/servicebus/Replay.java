package io.queueruntime.servicebus;

import com.azure.core.amqp.models.AmqpMessageHeader;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Puts dead letters back: a copy is sent durably, then the dead letter is completed.
 *
 * <p>The copy has a message id of its own, made out of the dead letter's place: with the old one a
 * queue that detects duplicates would drop it, and with the same one for each attempt such a queue
 * drops the second copy that a crash between the two steps leads to. On other queues that crash
 * delivers the message twice; it is never lost. Receivers of the runtime see the message's first
 * id.
 *
 * <p>No transaction: the SDK has some across a queue and its dead letters ({@code
 * enableCrossEntityTransactions}), but reports a send within one as done whatever the broker's
 * outcome says, a rejection included, so that a commit could complete a dead letter whose copy a
 * full or disabled queue did not take. Twice is better than never. Thread-safe.
 */
final class Replay {

  private final QueueName queue;
  private final Links links;
  private final Senders senders;

  Replay(QueueName queue, Links links, Senders senders) {
    this.queue = queue;
    this.links = links;
    this.senders = senders;
  }

  /** Replays one dead letter that is held. */
  CompletableFuture<Void> send(ReceivedMessage<byte[]> dead, MessageEdits edits) {
    ServiceBusReceivedMessage wire = (ServiceBusReceivedMessage) dead.nativeMessage().orElseThrow();
    ServiceBusMessage copy = copy(dead, wire, edits);
    return links
        .use(queue, SubQueue.DEAD_LETTER, link -> link.renewLock(dead)) // time for both steps
        .thenCompose(until -> senders.send(queue, copy, dead.body().length, true))
        .thenCompose(
            sent ->
                links.use(
                    queue, SubQueue.DEAD_LETTER, link -> link.settle(dead, Settlement.complete())));
  }

  private ServiceBusMessage copy(
      ReceivedMessage<byte[]> dead, ServiceBusReceivedMessage wire, MessageEdits edits) {
    ServiceBusMessage copy = new ServiceBusMessage(wire);
    AmqpMessageHeader header = copy.getRawAmqpMessage().getHeader();
    header.setDeliveryCount(null);
    Map<String, Object> properties = copy.getApplicationProperties();
    properties.remove(WireProperties.DEAD_LETTER_REASON);
    properties.remove(WireProperties.DEAD_LETTER_DESCRIPTION);
    properties.remove(WireProperties.FIRST_FAILURE);
    properties.remove(WireProperties.LAST_FAILURE);
    properties.remove(WireProperties.EXCEPTION_CLASS);
    properties.remove(WireProperties.DELIVERIES);
    edits.remove().forEach(properties::remove);
    edits.set().forEach((name, value) -> properties.put(name, HeaderTypes.toWire(value)));
    properties.put(WireProperties.REPLAYED_ID, dead.messageId());
    copy.setMessageId(replayId(dead));
    return copy;
  }

  private static String replayId(ReceivedMessage<byte[]> dead) {
    String place =
        dead.queue() + "\n" + dead.sequenceNumber() + "\n" + dead.enqueuedTime().toEpochMilli();
    return "replay-" + UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
  }
}
