package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionNotFound;
import io.queueruntime.provider.TransientRetry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lock on the messages of one delivery, or on a session: when to renew it, and whether it still
 * holds.
 *
 * <p>It is renewed at a third of its length, and counts as lost when the broker says so, or when
 * its length has passed since the last renewal that was confirmed began: by then the broker may
 * have given the message to somebody else.
 *
 * <p>Thread-safe; attended by the {@link LockRenewer}.
 */
final class HeldLock implements MessageLock {

  private static final int ACTIONS_MAX = 16;
  private static final int RENEWALS_PER_LOCK = 3;
  private static final int RETRIES_PER_LOCK = 15;

  private final Object what;
  private final Supplier<CompletableFuture<Instant>> renewal;
  private final long lockNanos;
  private final Timings timings;
  private final Executor actionThreads;
  private final Consumer<Throwable> whenLost;
  private final Runnable whenAnswered;

  private long confirmed;
  private long nextRenewal;
  private long renewUntil;
  private boolean renewing;
  private boolean lost;
  private boolean ended;
  private Instant lockedUntil;
  private @Nullable List<Runnable> actions;

  /**
   * @param what what is locked; its text is for messages to people, and made only then
   * @param lockNanos length of the lock; 0: it does not run out
   * @param renewal asks the broker for another full length
   * @param whenLost told once, on the thread that found out; must not block
   * @param whenAnswered told when a renewal was answered, after which another one is due earlier
   *     than the lock runs out; must not block
   * @param actionThreads where actions of users run that wait for the loss
   */
  HeldLock(
      Object what,
      long lockNanos,
      @Nullable Instant lockedUntil,
      Timings timings,
      Supplier<CompletableFuture<Instant>> renewal,
      Consumer<Throwable> whenLost,
      Runnable whenAnswered,
      Executor actionThreads) {
    this.what = what;
    this.lockNanos = lockNanos;
    this.lockedUntil = lockedUntil == null ? Instant.MAX : lockedUntil;
    this.timings = timings;
    this.renewal = renewal;
    this.whenLost = whenLost;
    this.whenAnswered = whenAnswered;
    this.actionThreads = actionThreads;
    this.confirmed = timings.now();
    this.nextRenewal = confirmed + lockNanos / RENEWALS_PER_LOCK;
    this.renewUntil = Watched.NEVER;
  }

  /** No automatic renewal begins after that tick. */
  synchronized void renewUntil(long tick) {
    renewUntil = tick;
  }

  /** The lock is of no interest any more: whatever is under way is ignored. */
  synchronized void end() {
    ended = true;
  }

  synchronized long due() {
    if (ended || lost || lockNanos == 0) {
      return Watched.NEVER;
    }
    long expiry = confirmed + lockNanos;
    return !renewing && nextRenewal <= renewUntil ? Math.min(nextRenewal, expiry) : expiry;
  }

  void attend(long now) {
    boolean expired;
    synchronized (this) {
      if (due() > now) {
        return;
      }
      expired = now >= confirmed + lockNanos;
      renewing = !expired;
    }
    if (expired) {
      lose(new LockLost("", "The lock on " + what + " ran out before it was renewed.", null));
      return;
    }
    ask(now);
  }

  private CompletableFuture<Instant> ask(long begun) {
    CompletableFuture<Instant> answer;
    try {
      answer = renewal.get();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.whenComplete((until, error) -> answered(begun, until, error));
  }

  private void answered(long begun, @Nullable Instant until, @Nullable Throwable error) {
    Throwable failure = error == null ? null : TransientRetry.unwrap(error);
    note(begun, until, failure);
    if (failure != null && isLoss(failure)) {
      lose(failure);
    } else {
      whenAnswered.run();
    }
  }

  private synchronized void note(long begun, @Nullable Instant until, @Nullable Throwable failure) {
    renewing = false;
    if (failure != null) {
      nextRenewal = timings.now() + lockNanos / RETRIES_PER_LOCK;
      return;
    }
    confirmed = Math.max(confirmed, begun);
    nextRenewal = confirmed + lockNanos / RENEWALS_PER_LOCK;
    if (until != null) {
      lockedUntil = until;
    }
  }

  private static boolean isLoss(Throwable failure) {
    return failure instanceof LockLost
        || failure instanceof SessionLockLost
        || failure instanceof InvalidReceipt
        || failure instanceof MessageNotFound
        || failure instanceof SessionNotFound
        || failure instanceof Closed;
  }

  /** The lock is known to be lost. */
  void lose(Throwable cause) {
    List<Runnable> waiting;
    synchronized (this) {
      if (lost || ended) {
        return;
      }
      lost = true;
      waiting = actions;
      actions = null;
    }
    whenLost.accept(cause);
    if (waiting != null) {
      waiting.forEach(actionThreads::execute);
    }
  }

  @Override
  public synchronized Instant lockedUntil() {
    return lockedUntil;
  }

  @Override
  public Instant renew() {
    try {
      return renewAsync().join();
    } catch (CompletionException e) {
      throw TransientRetry.unwrap(e) instanceof QueueRuntimeException known ? known : e;
    }
  }

  /** {@link #renew} without waiting. */
  CompletableFuture<Instant> renewAsync() {
    return isLost()
        ? CompletableFuture.failedFuture(
            new LockLost("", "The lock on " + what + " is lost; it is delivered again.", null))
        : ask(timings.now());
  }

  @Override
  public synchronized boolean isLost() {
    return lost;
  }

  @Override
  public void onLost(Runnable action) {
    synchronized (this) {
      if (!lost) {
        if (actions == null) {
          actions = new ArrayList<>(1);
        }
        if (actions.size() == ACTIONS_MAX) {
          throw new IllegalStateException(
              "Already " + ACTIONS_MAX + " actions wait for the loss of the lock on " + what + ".");
        }
        actions.add(action);
        return;
      }
    }
    actionThreads.execute(action);
  }

  @Override
  public String toString() {
    return "lock on " + what;
  }
}
