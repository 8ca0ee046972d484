package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.QueueReceiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for a batch to fill once its first messages are there. Thread-safe. */
final class Linger {

  private static final Logger log = LoggerFactory.getLogger(Linger.class);

  private final int batchSize;
  private final Duration batchTimeout;
  private final Timings timings;
  private final RunState state;

  Linger(ListenerOptions options, Timings timings, RunState state) {
    this.batchSize = options.batchSize();
    this.batchTimeout = options.batchTimeout();
    this.timings = timings;
    this.state = state;
  }

  /** The messages, and those that came within the batch timeout. */
  List<ReceivedMessage<byte[]>> fill(QueueReceiver receiver, List<ReceivedMessage<byte[]>> first) {
    if (batchTimeout.isZero() || first.isEmpty() || first.size() >= batchSize) {
      return first;
    }
    List<ReceivedMessage<byte[]>> batch = new ArrayList<>(first);
    long end = timings.now() + batchTimeout.toNanos();
    long left = batchTimeout.toNanos();
    while (batch.size() < batchSize && left > 0) {
      try {
        CompletableFuture<List<ReceivedMessage<byte[]>>> more =
            receiver.receive(batchSize - batch.size(), Duration.ofNanos(left));
        List<ReceivedMessage<byte[]>> came = state.take(more);
        if (came == null || came.isEmpty()) {
          break;
        }
        batch.addAll(came);
      } catch (ExecutionException | RuntimeException e) {
        // What is there is worked on; the next receive meets the same failure and acts on it.
        log.debug(
            "A batch of queue '{}' is taken as it is: no more could be received.",
            receiver.queue(),
            e);
        break;
      }
      left = end - timings.now();
    }
    return batch;
  }
}
