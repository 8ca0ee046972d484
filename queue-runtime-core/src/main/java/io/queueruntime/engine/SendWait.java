package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.message.SendReceipt;
import java.util.List;
import java.util.function.Function;

/** Messages whose sender is held back because the queue is full. Confined to the engine thread. */
final class SendWait<R> extends Waiting<R> {

  final QueueState queue;
  final List<Draft> drafts;
  final long timeoutMillis;

  private final Function<List<SendReceipt>, R> words;

  SendWait(
      Reply<R> reply,
      Function<List<SendReceipt>, R> words,
      QueueState queue,
      List<Draft> drafts,
      long timeoutMillis) {
    super(reply);
    this.words = words;
    this.queue = queue;
    this.drafts = drafts;
    this.timeoutMillis = timeoutMillis;
  }

  void sent(List<SendReceipt> receipts) {
    reply.value(words.apply(receipts));
  }

  @Override
  void timeOut() {
    reply.failure(
        new QueueFull(
            queue.name.value(),
            "Cannot send %d message(s) to queue '%s': it holds %d of at most %d messages and none left within %d ms. Nothing was sent; try again later, add consumers or raise its capacity."
                .formatted(
                    drafts.size(),
                    queue.name,
                    queue.pending(),
                    queue.options().capacity(),
                    timeoutMillis)));
  }

  @Override
  void closed() {
    reply.failure(
        new Closed(
            queue.name.value(),
            "Cannot send to queue '%s': the engine was closed while the queue was full. Nothing was sent."
                .formatted(queue.name)));
  }
}
