package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusMessageBatch;
import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import com.azure.messaging.servicebus.models.CreateMessageBatchOptions;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.QueueName;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * The batches in which messages go to one queue, as full as the SDK's own measure allows.
 *
 * <p>The SDK makes each of them by a look at its link. Making one ready for the next send while a
 * send is under way takes that off the sender's way, but the work competes with what brings his
 * answer: measured, it made lone senders slower.
 *
 * <p>Thread-safe.
 */
final class Batches {

  /** What takes less than this part of the largest batch is small. */
  private static final int SMALL = 4;

  private final QueueName queue;
  private final ServiceBusSenderAsyncClient client;
  private final LinkWatch watch;

  /** Bytes that the link allows a batch to have; 0 before the first one tells. */
  private volatile int largest;

  Batches(QueueName queue, ServiceBusSenderAsyncClient client, LinkWatch watch) {
    this.queue = queue;
    this.client = client;
    this.watch = watch;
  }

  /**
   * A batch that may be sent.
   *
   * @param count how many messages are in it: from the first on as many as fitted
   */
  record Filled(ServiceBusMessageBatch batch, int count) {

    boolean isEmpty() {
      return count == 0;
    }
  }

  /**
   * A batch with as many of them as fit; none when the first is too large by itself.
   *
   * @param message what of each goes into the batch, asked as far as needed
   */
  <T> Mono<Filled> filled(List<T> each, Function<? super T, ServiceBusMessage> message) {
    return watch
        .batch(new CreateMessageBatchOptions())
        .map(
            batch -> {
              largest = batch.getMaxSizeInBytes();
              return fill(batch, each, message);
            });
  }

  /**
   * Whether a message of about that size is far smaller than the link allows: the SDK takes some
   * that are a little smaller for sent, without sending them. None is before the first batch.
   */
  boolean isSmall(long size) {
    return size <= largest / SMALL;
  }

  /** Sends a small message by itself, which saves a lone sender a look at the link. */
  Mono<Void> sendAlone(ServiceBusMessage message) {
    return watch.send(client.sendMessage(message));
  }

  private static <T> Filled fill(
      ServiceBusMessageBatch batch, List<T> each, Function<? super T, ServiceBusMessage> message) {
    int count = 0;
    while (count < each.size() && fits(batch, message.apply(each.get(count)))) {
      count++;
    }
    return new Filled(batch, count);
  }

  private static boolean fits(ServiceBusMessageBatch batch, ServiceBusMessage message) {
    try {
      return batch.tryAddMessage(message);
    } catch (ServiceBusException e) {
      if (ServiceBusFailureReason.MESSAGE_SIZE_EXCEEDED.equals(e.getReason())) {
        return false; // larger than a batch may be at all
      }
      throw e;
    }
  }

  /** Sends a batch that is not empty. */
  Mono<Void> send(Filled filled) {
    return watch.send(client.sendMessages(filled.batch));
  }

  /**
   * What the sender of a message is told that does not fit.
   *
   * @param size about how many bytes it takes
   * @param batch in which it did not fit, although there was nothing else in it
   */
  MessageTooLarge tooLarge(long size, Filled batch) {
    int limit = batch.batch.getMaxSizeInBytes();
    return new MessageTooLarge(
        queue.value(),
        "Cannot send to queue '%s': the message takes about %d bytes with its headers, Service Bus takes %d."
            .formatted(queue, size, limit),
        size,
        limit);
  }
}
