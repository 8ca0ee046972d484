package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.message.SendReceipt;
import java.util.List;

/** Messages whose sender is held back because the queue is full. Confined to the engine thread. */
final class SendWait extends Waiting<List<SendReceipt>> {

  final QueueState queue;
  final List<Draft> drafts;
  private final long timeoutMillis;

  SendWait(
      Reply<List<SendReceipt>> reply, QueueState queue, List<Draft> drafts, long timeoutMillis) {
    super(reply);
    this.queue = queue;
    this.drafts = drafts;
    this.timeoutMillis = timeoutMillis;
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
