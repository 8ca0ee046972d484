package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one command: decided on the engine thread, given only after what it rests on is
 * durable.
 *
 * <p>It is the caller's future itself. Completing it runs whatever the caller made depend on it,
 * which must not happen on the engine thread; so with callback threads the engine thread only says
 * that there is an answer, and another thread <em>takes</em> it, which completes the future:
 *
 * <pre>
 *   nothing ◄──────► the thread that waits           by compare-and-set, of callers
 *      └───────┬──────────┘
 *          ANSWERED                                  once, by the engine thread
 *            TAKEN                                   by compare-and-set, by whoever is first
 * </pre>
 *
 * <p>Where a thread waited when it was answered, that thread takes the answer, however its wait
 * ends; otherwise a callback thread does, unless somebody who comes to wait is faster. Without
 * callback threads the engine thread takes it, too.
 *
 * <p>A caller who gives up (cancels, times out, completes it himself) completes the future first.
 * The answer is then taken back, exactly once, on the engine thread: by whoever has it delivered
 * when the future is completed by then, else by whoever takes the answer and cannot complete it any
 * more.
 *
 * <p>Thread-safe as a future; the rest is confined to the engine thread.
 */
class Reply<R> extends CompletableFuture<R> implements Runnable {

  /** There is an answer for whoever takes it. */
  private static final Object ANSWERED = new Object();

  /** Somebody has taken the answer. */
  private static final Object TAKEN = new Object();

  /** Who waits a shorter time may not do the engine's work meanwhile, which ends when it ends. */
  private static final long LEAST_LEADING_NANOS = 1_000_000_000L;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Reply.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Replies replies;

  /**
   * While the caller waits for something to happen, who is told when he gives up; once it is
   * decided, the answer. One field for both: there is one of these objects for each message.
   */
  private volatile @Nullable Object held;

  /** Nothing, the thread that waits, {@link #ANSWERED} or {@link #TAKEN}. */
  private volatile @Nullable Object state;

  Reply(Replies replies) {
    this.replies = replies;
  }

  /** An answer that gives something away. */
  private record Given(@Nullable Object value, Runnable undo) {}

  /** An answer that says why not. */
  private record Refused(Throwable why) {}

  /** What became of an answer that was handed over. */
  enum Delivery {
    /** Whoever waits takes it, or it is taken already. */
    DONE,
    /** Nobody waits: a callback thread has to take it. */
    LEFT,
    /** The caller has given up. */
    UNWANTED
  }

  // ---- the engine thread's side

  final void value(R answer) {
    held = answer;
    replies.add(this);
  }

  /** An answer that must be taken back when the caller is no longer there to take it. */
  final void value(R answer, Runnable ifNotTaken) {
    held = new Given(answer, ifNotTaken);
    replies.add(this);
  }

  /**
   * The same for an answer that rests on nothing which is not durable yet: it waits for its records
   * to be written, not for them to be forced.
   */
  final void durableValue(R answer, Runnable ifNotTaken) {
    held = new Given(answer, ifNotTaken);
    replies.addDurable(this);
  }

  /** The answer of what has none but its being done. */
  final void done() {
    held = null;
    replies.add(this);
  }

  final void failure(Throwable why) {
    held = new Refused(why);
    replies.add(this);
  }

  /** Whether the caller gave up. Thread-safe. */
  final boolean isAbandoned() {
    return isDone();
  }

  /** Says what is told, on whatever thread, when the caller gives up before it is decided. */
  final void whenGivenUp(GivingUp told) {
    held = told;
    if (isDone()) {
      told.run();
    }
  }

  /** Who would be told of that; null once it is decided, and where nothing is waited for. */
  final @Nullable GivingUp toldWhenGivenUp() {
    return held instanceof GivingUp told ? told : null;
  }

  /** What is told that a caller has given up. */
  @FunctionalInterface
  interface GivingUp extends Runnable {}

  /** Hands the answer over. */
  final Delivery deliver() {
    if (isAnswered()) {
      return Delivery.DONE;
    }
    if (isDone()) {
      return Delivery.UNWANTED;
    }
    Object waiter = STATE.getAndSet(this, ANSWERED);
    if (waiter instanceof Thread thread) {
      if (thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
      }
    } else if (replies.callbacks() != null) {
      return Delivery.LEFT;
    } else {
      run();
    }
    return Delivery.DONE;
  }

  /** What takes the answer back, where it gives something away. */
  final @Nullable Runnable undo() {
    return held instanceof Given given ? given.undo : null;
  }

  /** What was decided is not durable and never will be. */
  final void fail(QueueRuntimeException why) {
    if (!isAnswered()) {
      held = new Refused(ownOf(why));
      if (deliver() == Delivery.LEFT) {
        replies.leave(this);
      }
    }
  }

  /** Many hear of one failed disk, and each notes on his exception what it kept him from. */
  private static QueueRuntimeException ownOf(QueueRuntimeException why) {
    return why instanceof StorageFailed stored
        ? new StorageFailed(stored.reason(), String.valueOf(stored.getMessage()), stored)
        : why;
  }

  // ---- the side of those who are answered

  private boolean isAnswered() {
    Object now = state;
    return now == ANSWERED || now == TAKEN;
  }

  /**
   * Whether only the next force can answer it, in any case: to do what was asked while another one
   * is running brings nobody an answer.
   */
  boolean needsForce() {
    return false;
  }

  /** Whether nobody needs to wait any more. */
  final boolean isSettled() {
    return isAnswered() || isDone();
  }

  /** Takes the answer; the first of all threads that call it does so. */
  @Override
  public final void run() {
    if (!STATE.compareAndSet(this, ANSWERED, TAKEN)) {
      return;
    }
    Object answer = held;
    if (answer instanceof Refused refused) {
      super.completeExceptionally(refused.why);
    } else if (answer instanceof Given given) {
      if (!super.complete(valueOf(given.value))) {
        replies.takeBack(given.undo);
      }
    } else {
      super.complete(valueOf(answer));
    }
  }

  @Override
  public R join() {
    if (!isDone()) {
      boolean interrupted = false;
      while (!awaited(Long.MAX_VALUE)) {
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return super.join();
  }

  @Override
  public R get() throws InterruptedException, ExecutionException {
    if (!isDone() && !awaited(Long.MAX_VALUE)) {
      throw interrupted();
    }
    return super.get();
  }

  @Override
  public R get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!isDone()) {
      long nanos = unit.toNanos(timeout);
      long end = System.nanoTime() + nanos;
      if (!awaited(nanos)) {
        if (Thread.currentThread().isInterrupted()) {
          throw interrupted();
        }
        return super.get(0, TimeUnit.NANOSECONDS);
      }
      return super.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    return super.get();
  }

  private static InterruptedException interrupted() {
    Thread.interrupted();
    return new InterruptedException("Interrupted while waiting for an answer of the engine.");
  }

  /**
   * Waits to be answered, as the one who takes the answer; false when interrupted or out of time.
   * Returns at once where there is an answer to take, or where somebody else takes it (the engine
   * thread, or another one who waits): then the future itself is waited for.
   */
  private boolean awaited(long nanos) {
    if (replies.callbacks() == null || isDone()) {
      return true;
    }
    Thread me = Thread.currentThread();
    long end = nanos == Long.MAX_VALUE ? 0 : System.nanoTime() + nanos;
    if (!STATE.compareAndSet(this, null, me)) {
      run();
      return true;
    }
    try {
      if (nanos >= LEAST_LEADING_NANOS) {
        replies.waiting(this);
      }
      if (me instanceof ForkJoinWorkerThread) {
        Blocker blocker = new Blocker(nanos, end);
        ForkJoinPool.managedBlock(blocker);
        return blocker.answered;
      }
      return parked(nanos, end);
    } catch (InterruptedException e) {
      me.interrupt();
      return false;
    } finally {
      STATE.compareAndSet(this, me, null);
      run();
    }
  }

  private boolean parked(long nanos, long end) {
    while (!isSettled()) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
    }
    return true;
  }

  /** The wait of a thread of a pool, which puts another one in its place meanwhile. */
  private final class Blocker implements ForkJoinPool.ManagedBlocker {
    private final long nanos;
    private final long end;
    private boolean answered;

    Blocker(long nanos, long end) {
      this.nanos = nanos;
      this.end = end;
    }

    @Override
    public boolean block() {
      answered = parked(nanos, end);
      return true;
    }

    @Override
    public boolean isReleasable() {
      answered = isSettled();
      return answered;
    }
  }

  @Override
  public boolean complete(R own) {
    return gaveUp(super.complete(own));
  }

  @Override
  public boolean completeExceptionally(Throwable own) {
    return gaveUp(super.completeExceptionally(own));
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return gaveUp(super.cancel(mayInterruptIfRunning));
  }

  private boolean gaveUp(boolean first) {
    if (first) {
      if (state instanceof Thread waiter) {
        LockSupport.unpark(waiter);
      }
      if (held instanceof GivingUp told && !isAnswered()) {
        told.run();
      }
    }
    return first;
  }

  /** Only values of this reply are held, and null where R is Void. */
  @SuppressWarnings({"unchecked", "NullAway"})
  private R valueOf(@Nullable Object answer) {
    return (R) answer;
  }
}
