package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers that wait for their batch to become durable.
 *
 * <p>Confined to the engine thread.
 */
final class Replies {

  private final List<Reply<?>> pending = new ArrayList<>();
  private final List<Reply<?>> delivering = new ArrayList<>();

  void add(Reply<?> reply) {
    pending.add(reply);
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  /** Hands all answers over, and takes back those that nobody took. */
  void deliver() {
    delivering.addAll(pending);
    pending.clear();
    for (Reply<?> reply : delivering) {
      Runnable undo = reply.deliver();
      if (undo != null) {
        undo.run();
      }
    }
    delivering.clear();
  }

  /** What was decided is not durable and never will be. */
  void fail(QueueRuntimeException why) {
    List<Reply<?>> failed = List.copyOf(pending);
    pending.clear();
    failed.forEach(reply -> reply.fail(why));
  }
}
