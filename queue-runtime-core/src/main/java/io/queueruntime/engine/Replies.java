package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers that wait for their batch to become durable, or for its being written where they rest on
 * nothing that is not durable yet.
 *
 * <p>Confined to the engine thread, but for what answered callers need of it.
 */
final class Replies {

  /** Fewer answers that nobody waits for are cheaper one by one than together. */
  private static final int TOGETHER = 8;

  private final @Nullable Executor callbacks;
  private volatile Consumer<Runnable> takingBack = undo -> {};
  private List<Reply<?>> pending = new ArrayList<>();
  private List<Reply<?>> durable = new ArrayList<>();
  private List<Reply<?>> delivering = new ArrayList<>();

  /** Of those that are delivered, the ones that nobody waits for. */
  private final List<Reply<?>> left = new ArrayList<>();

  /**
   * @param callbacks run what depends on an answer that nobody waits for; null: the engine thread
   *     does
   */
  Replies(@Nullable Executor callbacks) {
    this.callbacks = callbacks;
  }

  /** What runs whatever depends on answers, if not the engine thread. Thread-safe. */
  @Nullable Executor callbacks() {
    return callbacks;
  }

  /** Says who takes answers back, on the engine thread, that were given to nobody. */
  void onTakingBack(Consumer<Runnable> taker) {
    takingBack = taker;
  }

  /** An answer was given but its caller had given up. Thread-safe. */
  void takeBack(Runnable undo) {
    takingBack.accept(undo);
  }

  void add(Reply<?> reply) {
    pending.add(reply);
  }

  /** One that rests on nothing which is not durable yet. */
  void addDurable(Reply<?> reply) {
    durable.add(reply);
  }

  /** Whether there are answers that need not wait for a force. */
  boolean hasDurable() {
    return !durable.isEmpty();
  }

  /** Hands over, once all is written, what need not wait for a force. */
  void deliverDurable() {
    List<Reply<?>> now = durable;
    durable = delivering;
    deliver(now);
  }

  /** Hands all answers over, and takes back those that nobody took. */
  void deliver() {
    if (!durable.isEmpty()) {
      deliverDurable();
    }
    if (!pending.isEmpty()) {
      List<Reply<?>> now = pending;
      pending = delivering;
      deliver(now);
    }
  }

  private void deliver(List<Reply<?>> now) {
    List<Runnable> undos = List.of();
    for (int i = 0; i < now.size(); i++) {
      Reply<?> reply = now.get(i);
      switch (reply.deliver()) {
        case LEFT -> left.add(reply);
        case UNWANTED -> {
          Runnable undo = reply.undo();
          if (undo != null) {
            undos = undos.isEmpty() ? new ArrayList<>() : undos;
            undos.add(undo);
          }
        }
        case DONE -> {}
      }
    }
    now.clear();
    delivering = now;
    leave();
    for (int i = 0; i < undos.size(); i++) {
      undos.get(i).run();
    }
  }

  /** Leaves answers that nobody waits for to the callback threads, in their order. */
  private void leave() {
    if (callbacks != null && left.size() >= TOGETHER) {
      callbacks.execute(new LeftAnswers(left.toArray(new Reply<?>[0]), callbacks));
    } else {
      for (int i = 0; i < left.size(); i++) {
        leave(left.get(i));
      }
    }
    left.clear();
  }

  /** Leaves an answer that nobody waits for to the callback threads. */
  void leave(Reply<?> reply) {
    if (callbacks != null) {
      callbacks.execute(reply);
    }
  }

  /** What was decided is not durable and never will be. */
  void fail(QueueRuntimeException why) {
    List<Reply<?>> failed = new ArrayList<>(pending);
    failed.addAll(durable);
    pending.clear();
    durable.clear();
    failed.forEach(reply -> reply.fail(why));
  }
}
