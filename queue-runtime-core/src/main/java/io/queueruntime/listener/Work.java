package io.queueruntime.listener;

import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.observation.Observed;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler, from its messages being handed out to their settlement being durable.
 *
 * <p>Several may want to decide how it ends: the handler's result, its {@link Acknowledgment}, the
 * time limit, the loss of the lock, a stop. The first to {@link #close} it does; whatever comes
 * later finds it closed and changes nothing. That a handler has ended and that its delivery is
 * decided are two things: a handler that outlives its time limit keeps its permit until it ends.
 *
 * <p>Thread-safe; attended by the {@link LockRenewer}.
 */
final class Work implements Delivery, Acknowledgment, Watched {

  /** How a delivery ended, as far as its pump has to know. */
  enum End {
    /** Every message is settled and out of the way. */
    FINISHED,
    /** Every message is settled, and at least one is back in its place. */
    GIVEN_BACK,
    /** At least one message could not be settled, or its lock was lost. */
    UNSETTLED
  }

  private final PumpSetting setting;
  private final QueueReceiver receiver;
  private final List<ReceivedMessage<byte[]>> messages;
  private final @Nullable SessionHold session;
  private final HeldLock lock;
  private final Runnable onEnded;
  private final Runnable onSettled;
  private final ItemClaims claims;
  private final CompletableFuture<End> settled = new CompletableFuture<>();
  private volatile @Nullable CompletableFuture<Void> settling;
  private Observed observation = Observed.BY_NOBODY;

  private @Nullable Thread runner;
  private @Nullable Future<?> pending;
  private boolean handlerEnded;
  private boolean dispatched;
  private boolean givesBack;
  private boolean releasedPermit;
  private boolean stopping;
  private @Nullable Throwable fencedBy;
  private long deadline = Watched.NEVER;
  private long startedAt;

  /**
   * @param session what holds the messages' session, on a session queue
   * @param onEnded run once, when the handler has ended and its outcome is decided
   * @param onSettled run once, when nothing more will be done for these messages
   */
  Work(
      PumpSetting setting,
      QueueReceiver receiver,
      List<ReceivedMessage<byte[]>> messages,
      @Nullable SessionHold session,
      Runnable onEnded,
      Runnable onSettled) {
    this.setting = setting;
    this.receiver = receiver;
    this.messages = messages;
    this.session = session;
    this.lock = session == null ? lockOn(messages) : session.lock();
    this.onEnded = onEnded;
    this.onSettled = onSettled;
    this.claims = new ItemClaims(messages.size());
  }

  private HeldLock lockOn(List<ReceivedMessage<byte[]>> messages) {
    HeldLock held =
        new HeldLock(
            messages.get(0),
            setting.lockNanos(),
            messages.get(0).lockedUntil().orElse(null),
            setting.timings(),
            this::renewMessages,
            this::lost,
            () -> setting.renewer().wakeFor(this),
            setting.userThreads());
    held.renewUntil(
        setting.timings().now() + setting.endpoint().options().maxLockRenewal().toNanos());
    return held;
  }

  private CompletableFuture<Instant> renewMessages() {
    CompletableFuture<Instant> first = receiver.renewLock(messages.get(0));
    for (ReceivedMessage<byte[]> other : messages.subList(1, messages.size())) {
      first =
          first.thenCombine(receiver.renewLock(other), (one, two) -> one.isBefore(two) ? one : two);
    }
    return first;
  }

  List<ReceivedMessage<byte[]>> messages() {
    return messages;
  }

  boolean inSession() {
    return session != null;
  }

  Observed observation() {
    return observation;
  }

  void observedBy(Observed started) {
    observation = started;
  }

  /** Calls the handler. */
  void start() {
    setting.holdings().add(this);
    setting.renewer().watch(this);
    if (!setting.invoker().invoke(this)) {
      // It would come back at once, and be turned away again.
      setting.state().rest(setting.timings().rejectedRest());
    }
  }

  /** Waits until nothing more will be done for these messages. */
  End awaitSettled() {
    CompletableFuture<Void> answer = settling;
    if (answer != null) {
      try {
        answer.join();
      } catch (CompletionException | CancellationException e) {
        // told by the settler; what it means for the pump is in our own outcome
      }
    }
    return settled.join();
  }

  // ---- the handler's side

  /**
   * The handler is about to be called on this thread; false: it must not be, somebody decided
   * already.
   */
  boolean begin(long now, long timeoutNanos) {
    synchronized (this) {
      startedAt = now;
      if (claims.isClosed()) {
        return false;
      }
      runner = Thread.currentThread();
      deadline = timeoutNanos == 0 ? Watched.NEVER : now + timeoutNanos;
    }
    setting.renewer().wakeFor(this);
    return true;
  }

  /**
   * The handler has left this thread, with or without a result; an interrupt meant for it ends
   * here.
   */
  synchronized void leave() {
    runner = null;
    Thread.interrupted();
  }

  /**
   * The handler's result is still to come; true: it came too late and has to be cancelled at once.
   */
  synchronized boolean await(Future<?> result) {
    pending = result;
    return claims.isClosed() || stopping;
  }

  long startedAt() {
    return startedAt;
  }

  /** The handler has ended for good. */
  void handlerEnded() {
    synchronized (this) {
      if (!handlerEnded) {
        handlerEnded = true;
        pending = null;
        if (!dispatched && fencedBy == null) {
          deadline = Watched.NEVER;
        }
      }
    }
    releasePermit();
  }

  private void releasePermit() {
    synchronized (this) {
      if (!handlerEnded || !dispatched || releasedPermit) {
        return;
      }
      releasedPermit = true;
    }
    onEnded.run();
    leaveRegistry();
  }

  // ---- deciding

  /**
   * Claims all messages that nobody has settled; false: there are none left, the outcome is
   * decided.
   */
  boolean close() {
    return claims.close();
  }

  boolean isOpen() {
    return !claims.isClosed();
  }

  /**
   * Closes because of {@code failure}, which is acted on when the handler has ended, or at {@code
   * graceEnd}.
   */
  synchronized boolean fence(Throwable failure, long graceEnd) {
    if (!claims.close()) {
      return false;
    }
    fencedBy = failure;
    deadline = graceEnd;
    return true;
  }

  /** Why this was closed and is still to be acted on; null for all but the first who asks. */
  synchronized @Nullable Throwable takeFenced() {
    Throwable taken = fencedBy;
    fencedBy = null;
    return taken;
  }

  /**
   * The container stops and cannot wait longer: the handler is interrupted, and its failure will
   * not be held against it.
   */
  void interruptForStop() {
    synchronized (this) {
      stopping = true;
    }
    interrupt();
  }

  /** The container stops and will not wait any longer. */
  void abandonForStop() {
    setting.invoker().abandonForStop(this);
  }

  synchronized boolean isStopping() {
    return stopping;
  }

  /** Interrupts or cancels the handler, whichever it is in. */
  void interrupt() {
    Future<?> cancelled;
    synchronized (this) {
      if (runner != null) {
        runner.interrupt();
      }
      cancelled = pending;
    }
    if (cancelled != null) {
      cancelled.cancel(true);
    }
  }

  /** The lock is gone: nothing is settled, the handler is told. */
  void lost(Throwable cause) {
    if (claims.close()) {
      messages.forEach(message -> setting.settler().lockLost(message, cause));
      synchronized (this) {
        dispatched = true;
        givesBack = true;
        deadline = Watched.NEVER;
      }
      finish(End.UNSETTLED);
    }
    interrupt();
    releasePermit();
  }

  /** Sends the settlements of all messages that were open when this was closed. */
  CompletableFuture<Void> dispatch(SettlementPlan plan) {
    observation.outcome(Settler.nameOf(plan.settlements().get(0)));
    CompletableFuture<?>[] each = new CompletableFuture<?>[messages.size()];
    for (int i = 0; i < each.length; i++) {
      each[i] = claims.claimedAlone(i);
      if (each[i] == null) {
        each[i] =
            setting
                .settler()
                .settle(receiver, messages.get(i), plan.settlements().get(i), observation);
      }
    }
    Duration held =
        plan.settlements().stream()
            .map(setting.settler()::holdsFor)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    return dispatched(each, plan.givesBack() ? End.GIVEN_BACK : End.FINISHED, held);
  }

  @SuppressWarnings("unchecked") // a settlement's future is one of Void
  private CompletableFuture<Void> dispatched(
      CompletableFuture<?>[] each, End end, Duration heldBack) {
    CompletableFuture<Void> all =
        each.length == 1 ? (CompletableFuture<Void>) each[0] : CompletableFuture.allOf(each);
    settling = all;
    long limit = setting.timings().now() + heldBack.plus(setting.timings().settleLimit()).toNanos();
    synchronized (this) {
      dispatched = true;
      givesBack = end != End.FINISHED;
      deadline = limit;
    }
    if (!heldBack.isZero()) {
      lock.renewUntil(limit);
    }
    all.whenComplete((value, error) -> finish(error == null ? end : End.UNSETTLED));
    if (!all.isDone()) {
      setting.renewer().wakeFor(this);
    }
    releasePermit();
    return all;
  }

  private void finish(End end) {
    if (session == null) {
      lock.end();
    }
    setting.renewer().unwatch(this);
    if (settled.complete(end)) {
      onSettled.run();
      leaveRegistry();
    }
  }

  private void leaveRegistry() {
    if (settled.isDone() && isOver()) {
      setting.holdings().remove(this);
    }
  }

  /** Whether the handler has ended and its outcome is decided, though perhaps not durable yet. */
  synchronized boolean isOver() {
    return releasedPermit;
  }

  /**
   * Whether the handler has ended and every message is on its way to be settled for good, none back
   * to its place.
   */
  synchronized boolean isFinishing() {
    return releasedPermit && !givesBack;
  }

  /** Whether the handler runs on that thread now. */
  synchronized boolean runsOn(Thread thread) {
    return runner == thread;
  }

  // ---- what a handler may ask

  @Override
  public Acknowledgment acknowledgment() {
    return this;
  }

  @Override
  public MessageLock lock() {
    return lock;
  }

  @Override
  public Optional<QueueSession> session() {
    return Optional.ofNullable(session).map(SessionHold::forHandler);
  }

  @Override
  public CompletableFuture<Void> settle(Settlement settlement) {
    if (!claims.close()) {
      return CompletableFuture.failedFuture(ItemClaims.alreadyEnded(messages.get(0)));
    }
    return dispatch(SettlementPlan.all(messages.size(), settlement, inSession()));
  }

  /** Settles one message of several. */
  CompletableFuture<Void> settleOne(int index, Settlement settlement) {
    CompletableFuture<Void> own = new CompletableFuture<>();
    if (!claims.claim(index, own)) {
      return CompletableFuture.failedFuture(ItemClaims.alreadyEnded(messages.get(index)));
    }
    setting
        .settler()
        .settle(receiver, messages.get(index), settlement, observation)
        .whenComplete(
            (value, error) -> {
              if (error == null) {
                own.complete(null);
              } else {
                own.completeExceptionally(error);
              }
            });
    if (claims.allClaimedAlone() && claims.close()) {
      dispatched(claims.claimedAlone(), End.FINISHED, Duration.ZERO);
    }
    return own;
  }

  @Override
  public boolean isSettled() {
    return claims.isClosed();
  }

  // ---- the renewer's side

  @Override
  public long due() {
    long own;
    synchronized (this) {
      own = deadline;
    }
    return session == null ? Math.min(own, lock.due()) : own;
  }

  @Override
  public void attend(long now) {
    if (session == null) {
      lock.attend(now);
    }
    boolean overdueSettlement;
    boolean graceOver;
    synchronized (this) {
      if (deadline > now) {
        return;
      }
      deadline = Watched.NEVER;
      overdueSettlement = dispatched;
      graceOver = fencedBy != null;
    }
    if (overdueSettlement) {
      setting.settler().overdue(messages.get(0), setting.timings().settleLimit());
      finish(End.UNSETTLED);
      CompletableFuture<Void> unanswered = settling;
      if (unanswered != null) {
        unanswered.cancel(true);
      }
    } else if (graceOver) {
      setting.invoker().graceOver(this);
    } else {
      setting
          .invoker()
          .timedOut(
              this,
              new TimeoutException(
                  "The handler took longer than its timeout of "
                      + setting.endpoint().options().timeout()
                      + "."),
              now);
    }
  }

  /** The session cannot go on with this handler still running: others may have it. */
  void giveUpSession() {
    if (session != null) {
      settled.whenComplete((end, error) -> session.release());
    }
  }

  @Override
  public String toString() {
    return messages.size() == 1
        ? messages.get(0).toString()
        : messages.size() + " messages from " + messages.get(0);
  }
}
