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

  /** Those that rest on the force that is running. */
  private List<Reply<?>> held = new ArrayList<>();

  /** Those that are handed over after a force, by whoever forced; empty before. */
  private List<Reply<?>> handed = new ArrayList<>();

  private volatile Consumer<Reply<?>> waiting = reply -> {};

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

  /** Says who is told, on the thread of a caller, that he is about to wait for that answer. */
  void onWaiting(Consumer<Reply<?>> told) {
    waiting = told;
  }

  /** A caller is about to wait: perhaps he can do the work himself. Thread-safe. */
  void waiting(Reply<?> reply) {
    waiting.accept(reply);
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

  /** Whether answers wait for the next force. */
  boolean hasPending() {
    return !pending.isEmpty() || !durable.isEmpty();
  }

  /** Hands over, once all is written, what need not wait for a force. */
  void deliverDurable() {
    List<Reply<?>> now = durable;
    durable = delivering;
    undo(handOver(now));
    delivering = now;
  }

  /** Hands all answers over, and takes back those that nobody took. */
  void deliver() {
    if (!durable.isEmpty()) {
      deliverDurable();
    }
    if (!pending.isEmpty()) {
      List<Reply<?>> now = pending;
      pending = delivering;
      undo(handOver(now));
      delivering = now;
    }
  }

  /** A force begins: the answers that wait for it are those that there are now. */
  void hold() {
    List<Reply<?>> none = held;
    held = pending;
    pending = none;
  }

  /** The force is over: those that waited for it, to be handed over. */
  List<Reply<?>> takeHeld() {
    List<Reply<?>> now = held;
    held = handed;
    handed = now;
    return now;
  }

  /**
   * Hands these over and clears the list; returns how to take back those that nobody took, on the
   * engine thread. Thread-safe.
   */
  List<Runnable> handOver(List<Reply<?>> now) {
    List<Runnable> undos = List.of();
    int left = 0;
    for (int i = 0; i < now.size(); i++) {
      Reply<?> reply = now.get(i);
      switch (reply.deliver()) {
        case LEFT -> now.set(left++, reply);
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
    leave(now, left);
    now.clear();
    return undos;
  }

  private static void undo(List<Runnable> undos) {
    for (int i = 0; i < undos.size(); i++) {
      undos.get(i).run();
    }
  }

  /** Leaves the first so many, which nobody waits for, to the callback threads, in their order. */
  private void leave(List<Reply<?>> answers, int count) {
    if (callbacks != null && count >= TOGETHER) {
      callbacks.execute(
          new LeftAnswers(answers.subList(0, count).toArray(new Reply<?>[0]), callbacks));
    } else {
      for (int i = 0; i < count; i++) {
        leave(answers.get(i));
      }
    }
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
    failed.addAll(held);
    pending.clear();
    durable.clear();
    held.clear();
    failed.forEach(reply -> reply.fail(why));
  }
}
