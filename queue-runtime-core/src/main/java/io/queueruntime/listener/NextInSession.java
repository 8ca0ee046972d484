package io.queueruntime.listener;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
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
 * What a loop that holds a session does next: the session's next messages, or another session that
 * waits while this one has nothing.
 *
 * <p>Looking for another one costs the broker something, so it is put off a little longer each time
 * there was none, up to a second, and done at once again when there was.
 *
 * <p>Confined to its pump.
 */
final class NextInSession {

  /**
   * What was found: messages, or the end of the session, perhaps with another one to go on with.
   */
  record Found(
      List<ReceivedMessage<byte[]>> messages, boolean isOver, @Nullable SessionReceiver other) {

    static final Found NOTHING = new Found(List.of(), false, null);
    static final Found IDLE = new Found(List.of(), true, null);
  }

  /** Whether another session waits, as far as is known, and if it does, its holder. */
  record Other(boolean isKnown, @Nullable SessionReceiver session) {

    static final Other UNKNOWN = new Other(false, null);
    static final Other NONE = new Other(true, null);
  }

  private static final Logger log = LoggerFactory.getLogger(NextInSession.class);
  private static final long PATIENCE_FIRST = TimeUnit.MILLISECONDS.toNanos(16);
  private static final long PATIENCE_MAX = TimeUnit.SECONDS.toNanos(1);
  private static final long ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final PumpSetting setting;
  private final QueueProvider provider;
  private final QueueName queue;
  private final boolean looksForOthers;
  private long patienceNanos;
  private boolean answersSlowly;
  private @Nullable CompletableFuture<Optional<SessionReceiver>> looking;
  private @Nullable CompletableFuture<List<ReceivedMessage<byte[]>>> early;

  NextInSession(PumpSetting setting, QueueProvider provider, boolean looksForOthers) {
    this.setting = setting;
    this.provider = provider;
    this.queue = setting.queue().name();
    this.looksForOthers = looksForOthers;
  }

  /**
   * Asks for the next messages that are there, for {@link #await} to return, without waiting for
   * the answer.
   */
  void lookEarly(SessionHold hold, int max) {
    early = hold.receiver().receive(max, Duration.ZERO);
  }

  /** Another session begins: what was asked of the one before went back with it. */
  void forget() {
    early = null;
  }

  /** The listener does not go on for now. */
  void giveBackEarly(SessionHold hold) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> asked = early;
    early = null;
    if (asked != null) {
      asked.thenAccept(messages -> giveBack(hold, messages));
    }
  }

  private void giveBack(SessionHold hold, List<ReceivedMessage<byte[]>> messages) {
    messages.forEach(
        message -> setting.settler().settle(hold.receiver(), message, Settlement.release(), null));
  }

  /**
   * Waits for whichever comes first; nothing at all when the listener was paused or stopped
   * meanwhile.
   */
  Found await(SessionHold hold, int max) throws ExecutionException {
    Duration idle = setting.queue().sessionIdleTimeout();
    boolean forever = idle.isZero();
    CompletableFuture<List<ReceivedMessage<byte[]>>> asked = early;
    early = null;
    if (asked != null) {
      List<ReceivedMessage<byte[]>> came = setting.state().take(asked);
      if (came != null && !came.isEmpty()) {
        return found(hold, came, forever);
      }
    }
    Duration maxWait = forever ? setting.timings().receiveWait() : idle;
    CompletableFuture<List<ReceivedMessage<byte[]>>> messages =
        hold.receiver().receive(max, maxWait);
    if (looksForOthers && !messages.isDone()) {
      try {
        return found(hold, setting.state().take(messages, patienceNanos), forever);
      } catch (TimeoutException e) {
        SessionReceiver other = otherBefore(messages, maxWait);
        if (other != null) {
          patienceNanos = 0;
          return new Found(List.of(), true, other);
        }
        patienceNanos = Math.min(PATIENCE_MAX, Math.max(PATIENCE_FIRST, patienceNanos * 2));
      }
    }
    return found(hold, setting.state().take(messages), forever);
  }

  private Found found(
      SessionHold hold, @Nullable List<ReceivedMessage<byte[]>> messages, boolean forever) {
    if (messages == null) {
      return Found.NOTHING;
    }
    if (messages.isEmpty()) {
      return forever ? Found.NOTHING : Found.IDLE;
    }
    if (!setting.state().isRunning()) {
      // They came in the moment the listener was told to take no more.
      giveBack(hold, messages);
      return Found.NOTHING;
    }
    return new Found(messages, false, null);
  }

  /** Another session, if one comes before the messages do; their receive is cancelled then. */
  private @Nullable SessionReceiver otherBefore(
      CompletableFuture<List<ReceivedMessage<byte[]>>> messages, Duration maxWait) {
    stopLooking();
    CompletableFuture<Optional<SessionReceiver>> others;
    try {
      others = provider.acceptNextSession(queue, maxWait);
    } catch (RuntimeException e) {
      others = CompletableFuture.failedFuture(e);
    }
    try {
      setting.state().take(CompletableFuture.anyOf(messages, others));
    } catch (ExecutionException e) {
      log.debug("Waiting for a message or another session of queue '{}' failed.", queue, e);
    }
    if (!setting.state().isRunning()) {
      messages.cancel(true);
    } else if (!messages.isDone() && isAccepted(others) && messages.cancel(true)) {
      return others.join().orElseThrow();
    }
    refuse(others);
    return null;
  }

  /**
   * Looks for a session that waits, for a loop whose own has had its share. A broker may take a
   * while to say that there is none: it is waited for once, and when that was too long, the answer
   * is fetched by a later call, while the loop goes on with its own session.
   */
  Other lookForOther() {
    try {
      CompletableFuture<Optional<SessionReceiver>> asked = looking;
      boolean again = asked != null;
      if (asked == null) {
        asked = provider.acceptNextSession(queue, Duration.ZERO);
        looking = asked;
      }
      if (again || answersSlowly) {
        if (!asked.isDone()) {
          return Other.UNKNOWN;
        }
      }
      Optional<SessionReceiver> found = setting.state().take(asked, ANSWER_NANOS);
      looking = null;
      return found == null ? Other.NONE : new Other(true, found.orElse(null));
    } catch (TimeoutException e) {
      answersSlowly = true;
      return Other.UNKNOWN;
    } catch (ExecutionException | RuntimeException e) {
      looking = null;
      log.debug(
          "Looking for another session of queue '{}' failed.", queue, TransientRetry.unwrap(e));
      return Other.NONE;
    }
  }

  /** Whatever was looked for is not wanted any more. */
  void stopLooking() {
    CompletableFuture<Optional<SessionReceiver>> asked = looking;
    looking = null;
    if (asked != null) {
      refuse(asked);
    }
  }

  private static boolean isAccepted(CompletableFuture<Optional<SessionReceiver>> others) {
    return others.isDone() && !others.isCompletedExceptionally() && others.join().isPresent();
  }

  private static void refuse(CompletableFuture<Optional<SessionReceiver>> others) {
    if (!others.cancel(true) && isAccepted(others)) {
      others.join().orElseThrow().closeAsync();
    }
  }
}
