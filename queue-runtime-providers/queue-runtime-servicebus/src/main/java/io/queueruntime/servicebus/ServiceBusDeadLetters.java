package io.queueruntime.servicebus;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.Settlement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The dead letters of one queue.
 *
 * <p>Service Bus gives them out in order only: to get at some of them, those before them are locked
 * for a moment too, and given back. Thread-safe.
 */
final class ServiceBusDeadLetters implements DeadLetterQueue {

  private final QueueName queue;
  private final Links links;
  private final Replay replay;
  private final ProviderTime time;

  ServiceBusDeadLetters(QueueName queue, Links links, Senders senders, ProviderTime time) {
    this.queue = queue;
    this.links = links;
    this.replay = new Replay(queue, links, senders);
    this.time = time;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return links.use(queue, SubQueue.DEAD_LETTER, link -> link.peek(from, maxMessages));
  }

  @Override
  public CompletableFuture<Integer> replay(
      List<SequenceNumber> sequenceNumbers, MessageEdits edits) {
    return picked(sequenceNumbers, message -> replay.send(message, edits));
  }

  @Override
  public CompletableFuture<Integer> discard(List<SequenceNumber> sequenceNumbers) {
    return picked(
        sequenceNumbers,
        message ->
            links.use(
                queue, SubQueue.DEAD_LETTER, link -> link.settle(message, Settlement.complete())));
  }

  private CompletableFuture<Integer> picked(
      List<SequenceNumber> numbers,
      Function<ReceivedMessage<byte[]>, CompletableFuture<Void>> work) {
    return links.use(
        queue, SubQueue.DEAD_LETTER, link -> new Picking(queue, link, numbers).each(work));
  }

  @Override
  public CompletableFuture<Long> purge() {
    ServiceBusReceiver receiver = new ServiceBusReceiver(queue, SubQueue.DEAD_LETTER, links);
    return Purge.of(receiver, time.now()).whenComplete((removed, error) -> receiver.close());
  }
}
