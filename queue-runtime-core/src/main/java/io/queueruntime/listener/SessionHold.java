package io.queueruntime.listener;

import io.queueruntime.message.QueueSession;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One session while a pump holds it: its lock is renewed whether or not a message is in work, but
 * no longer than {@code max-lock-renewal} for one call of the handler.
 *
 * <p>Thread-safe; attended by the {@link LockRenewer}.
 */
final class SessionHold implements Watched {

  private final SessionReceiver receiver;
  private final PumpSetting setting;
  private final HeldLock lock;
  private final ForHandler forHandler = new ForHandler();
  private volatile @Nullable Work current;
  private volatile boolean closeAsked;
  private @Nullable CompletableFuture<Void> released;

  SessionHold(SessionReceiver receiver, PumpSetting setting) {
    this.receiver = receiver;
    this.setting = setting;
    this.lock =
        new HeldLock(
            "session '" + receiver.sessionId() + "' of queue '" + receiver.queue() + "'",
            setting.lockNanos(),
            receiver.lockedUntil(),
            setting.timings(),
            receiver::renewSessionLock,
            this::lost,
            () -> setting.renewer().wakeFor(this),
            setting.userThreads());
    setting.renewer().watch(this);
  }

  SessionReceiver receiver() {
    return receiver;
  }

  SessionId id() {
    return receiver.sessionId();
  }

  HeldLock lock() {
    return lock;
  }

  QueueSession forHandler() {
    return forHandler;
  }

  /** Whether the pump should go on with this session. */
  boolean isUsable() {
    return !lock.isLost() && !closeAsked && !isReleased();
  }

  boolean isLost() {
    return lock.isLost();
  }

  void begin(Work work) {
    current = work;
    lock.renewUntil(
        setting.timings().now() + setting.endpoint().options().maxLockRenewal().toNanos());
  }

  void end() {
    current = null;
    lock.renewUntil(Watched.NEVER);
    setting.renewer().wakeFor(this);
  }

  private void lost(Throwable cause) {
    Work working = current;
    if (working != null) {
      working.lost(cause);
    }
  }

  private synchronized boolean isReleased() {
    return released != null;
  }

  /** Gives the session back, once; what is unsettled returns to its place. */
  CompletableFuture<Void> release() {
    setting.renewer().unwatch(this);
    lock.end();
    synchronized (this) {
      if (released == null) {
        released = receiver.closeAsync();
      }
      return released;
    }
  }

  @Override
  public long due() {
    return lock.due();
  }

  @Override
  public void attend(long now) {
    lock.attend(now);
  }

  @Override
  public String toString() {
    return lock.toString();
  }

  /** The session as a handler sees it. */
  private final class ForHandler implements QueueSession {

    @Override
    public SessionId id() {
      return receiver.sessionId();
    }

    @Override
    public Instant lockedUntil() {
      return receiver.lockedUntil();
    }

    @Override
    public Instant renewLock() {
      return lock.renew();
    }

    @Override
    public Optional<byte[]> state() {
      return join(receiver.state());
    }

    @Override
    public void setState(byte @Nullable [] state) {
      join(receiver.setState(state));
    }

    @Override
    public CompletableFuture<Instant> renewLockAsync() {
      return lock.renewAsync();
    }

    @Override
    public CompletableFuture<Optional<byte[]>> stateAsync() {
      return receiver.state();
    }

    @Override
    public CompletableFuture<Void> setStateAsync(byte @Nullable [] state) {
      return receiver.setState(state);
    }

    @Override
    public void close() {
      closeAsked = true;
    }

    private static <T> T join(CompletableFuture<T> future) {
      try {
        return future.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException known ? known : e;
      }
    }
  }
}
