package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pump's life on a session queue.
 *
 * <p>The next message of a session is started only when the previous one is settled, durably; what
 * is not completed holds the session up, never the other sessions. While handlers are fast a few
 * messages are taken at once. That nobody has a session to give, or that somebody else holds the
 * one that is listed, is normal and waited out in silence.
 *
 * <p>A session is kept until it has been idle for its timeout. Where more sessions wait than there
 * are loops that would be unfair, so an idle loop also waits for any other session, and takes it
 * when it comes first; and one whose session never runs dry looks for others every {@value
 * #ROTATE_AFTER} messages.
 *
 * <p>Confined to its pump.
 */
final class SessionLoop {

  static final int ROTATE_AFTER = 100;

  private static final Logger log = LoggerFactory.getLogger(SessionLoop.class);

  private final PumpSetting setting;
  private final QueueProvider provider;
  private final @Nullable SessionId listed;
  private final PumpGroup group;
  private final QueueName queue;
  private final boolean batches;
  private final Portions portions;
  private final Linger linger;
  private final ReceiveErrors errors;
  private final NextInSession next;
  private Prefetch prefetch = Prefetch.inSession();

  /** Messages of the session since it was accepted, or since others were last looked for. */
  private int inARow;

  SessionLoop(
      PumpSetting setting, QueueProvider provider, @Nullable SessionId listed, PumpGroup group) {
    this.setting = setting;
    this.provider = provider;
    this.listed = listed;
    this.group = group;
    this.queue = setting.queue().name();
    this.batches = setting.endpoint().isBatch();
    this.portions = new Portions(batches ? setting.endpoint().options().batchSize() : 1);
    this.linger = new Linger(setting.endpoint().options(), setting.timings(), setting.state());
    this.errors = new ReceiveErrors(setting.endpoint().id(), setting.queue());
    this.next = new NextInSession(setting, provider, listed == null);
  }

  void run() {
    SessionReceiver accepted = null;
    try {
      while (setting.state().awaitRunning()) {
        if (accepted == null) {
          accepted = accept();
        }
        if (accepted == null) {
          if (group.leaveIfSpare()) {
            return;
          }
          continue;
        }
        group.working();
        try {
          SessionReceiver serving = accepted;
          accepted = null;
          accepted = serve(serving);
        } finally {
          group.idle();
        }
      }
    } finally {
      if (accepted != null) {
        accepted.closeAsync();
      }
    }
  }

  private @Nullable SessionReceiver accept() {
    long begun = setting.timings().now();
    Duration maxWait = setting.timings().receiveWait();
    try {
      SessionReceiver accepted = null;
      if (listed != null) {
        accepted = setting.state().take(provider.acceptSession(queue, listed, maxWait));
      } else {
        Optional<SessionReceiver> found =
            setting.state().take(provider.acceptNextSession(queue, maxWait));
        accepted = found == null ? null : found.orElse(null);
      }
      errors.succeeded();
      return accepted;
    } catch (ExecutionException e) {
      acceptFailed(TransientRetry.unwrap(e), setting.timings().now() - begun);
    } catch (RuntimeException e) {
      acceptFailed(e, setting.timings().now() - begun);
    }
    return null;
  }

  private void acceptFailed(Throwable failure, long waitedNanos) {
    if (!(failure instanceof SessionLocked)) {
      errors.failed(failure, setting.state());
      return;
    }
    // Somebody else holds it. A provider that says so at once instead of waiting must not be asked
    // in a circle.
    Duration shortest = Duration.ofSeconds(1);
    if (waitedNanos < shortest.toNanos()) {
      setting.state().rest(shortest);
    }
  }

  /**
   * Works on one session until it is to be released; returns the next one if that has been accepted
   * already.
   */
  private @Nullable SessionReceiver serve(SessionReceiver receiver) {
    SessionHold hold = new SessionHold(receiver, setting);
    setting.holdings().add(hold);
    log.debug(
        "Listener '{}' holds session '{}' of queue '{}'.",
        setting.endpoint().id(),
        hold.id(),
        queue);
    try {
      return drain(hold);
    } finally {
      next.stopLooking();
      release(hold);
      setting.holdings().remove(hold);
    }
  }

  private void release(SessionHold hold) {
    try {
      hold.release().get(setting.timings().settleLimit().toNanos(), TimeUnit.NANOSECONDS);
      log.debug(
          "Listener '{}' released session '{}' of queue '{}'.",
          setting.endpoint().id(),
          hold.id(),
          queue);
    } catch (ExecutionException | TimeoutException e) {
      log.warn(
          "Listener '{}' could not release session '{}' of queue '{}'; it is free once its lock has run out.",
          setting.endpoint().id(),
          hold.id(),
          queue,
          e);
    } catch (InterruptedException e) {
      // Loops end through stop() only; the release goes on by itself.
      log.debug("Interrupted while session '{}' of queue '{}' was released.", hold.id(), queue);
    }
  }

  private @Nullable SessionReceiver drain(SessionHold hold) {
    inARow = 0;
    prefetch = Prefetch.inSession();
    next.forget();
    while (hold.isUsable() && awaitRunning(hold)) {
      NextInSession.Found found;
      try {
        found = next.await(hold, wanted());
        errors.succeeded();
      } catch (ExecutionException e) {
        receiveFailed(hold, TransientRetry.unwrap(e));
        continue;
      } catch (RuntimeException e) {
        receiveFailed(hold, e);
        continue;
      }
      if (found.messages().isEmpty()) {
        if (found.isOver()) {
          return found.other();
        }
        continue;
      }
      List<ReceivedMessage<byte[]>> messages = linger.fill(hold.receiver(), found.messages());
      setting.meters().received(messages.size());
      inARow += messages.size();
      if (!work(hold, messages)) {
        return null;
      }
      if (listed == null && inARow >= ROTATE_AFTER && !group.hasWaiting()) {
        NextInSession.Other other = next.lookForOther();
        if (other.session() != null) {
          return other.session();
        }
        inARow = other.isKnown() ? 0 : inARow;
      }
    }
    return null;
  }

  /** Whether to go on; a paused listener keeps its session for as long as an idle one does. */
  private boolean awaitRunning(SessionHold hold) {
    if (setting.state().isRunning()) {
      return true;
    }
    next.giveBackEarly(hold);
    Duration idle = setting.queue().sessionIdleTimeout();
    return idle.isZero() ? setting.state().awaitRunning() : setting.state().awaitRunning(idle);
  }

  private void receiveFailed(SessionHold hold, Throwable failure) {
    if (failure instanceof SessionLockLost) {
      hold.lock().lose(failure);
      log.warn(
          "Listener '{}' lost session '{}' of queue '{}'; it accepts another. {}",
          setting.endpoint().id(),
          hold.id(),
          queue,
          failure.getMessage());
      return;
    }
    errors.failed(failure, setting.state());
  }

  /** Works on messages in their order; false when the session must not be gone on with. */
  private boolean work(SessionHold hold, List<ReceivedMessage<byte[]>> messages) {
    int started = 0;
    Work.End end = Work.End.FINISHED;
    for (List<ReceivedMessage<byte[]>> portion : portions.of(messages)) {
      if (!setting.state().isRunning() || !hold.isUsable()) {
        break;
      }
      started += portion.size();
      end = workOn(hold, portion, started == messages.size());
      if (end != Work.End.FINISHED) {
        // What comes after it would come again with it, each time it is tried.
        prefetch = Prefetch.inSession();
        break;
      }
    }
    if (end == Work.End.UNSETTLED) {
      return false;
    }
    return giveBack(hold, messages.subList(started, messages.size()));
  }

  /**
   * How many messages to take at once. They are worked on one after the other all the same, and
   * what was not started is given back, uncounted.
   */
  private int wanted() {
    return batches ? portions.batchSize() : prefetch.size();
  }

  private Work.End workOn(SessionHold hold, List<ReceivedMessage<byte[]>> portion, boolean last) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    Work work =
        new Work(setting, hold.receiver(), portion, hold, () -> over.complete(null), () -> {});
    hold.begin(work);
    long begun = setting.timings().now();
    try {
      work.start();
      boolean atOnce = work.isOver();
      if (atOnce) {
        prefetch.observed(setting.timings().now() - begun, true);
      }
      if (last && work.isFinishing()) {
        // Asked for together with the settlement, but not looked at before that is durable.
        next.lookEarly(hold, wanted());
      }
      Work.End end = work.awaitSettled();
      over.join();
      if (!atOnce) {
        prefetch.observed(setting.timings().now() - begun, false);
      }
      return end;
    } finally {
      hold.end();
    }
  }

  /** Gives back what was not started, uncounted; false when that failed, or was not answered. */
  private boolean giveBack(SessionHold hold, List<ReceivedMessage<byte[]>> notStarted) {
    if (notStarted.isEmpty()) {
      return true;
    }
    CompletableFuture<?>[] each =
        notStarted.stream()
            .map(
                message ->
                    setting.settler().settle(hold.receiver(), message, Settlement.release(), null))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(each)
        .handle((value, error) -> error == null)
        .completeOnTimeout(
            Boolean.FALSE, setting.timings().settleLimit().toNanos(), TimeUnit.NANOSECONDS)
        .join();
  }
}
