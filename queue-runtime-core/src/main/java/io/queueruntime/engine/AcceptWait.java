package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A receiver that waits for a session: a certain one, or any. Confined to the engine thread. */
final class AcceptWait<R> extends Waiting<R> {

  final QueueState queue;

  /** The session waited for; null for any. */
  final @Nullable Session session;

  /** What the caller calls the session that he gets, or that there is none. */
  final Function<Optional<SessionHold>, R> words;

  AcceptWait(
      Reply<R> reply,
      Function<Optional<SessionHold>, R> words,
      QueueState queue,
      @Nullable Session session) {
    super(reply);
    this.words = words;
    this.queue = queue;
    this.session = session;
  }

  @Override
  void timeOut() {
    if (session == null) {
      reply.value(words.apply(Optional.empty()));
      return;
    }
    SessionLock lock = session.lock;
    Instant until = lock == null ? null : lock.hold.lockedUntil();
    reply.failure(
        new SessionLocked(
            queue.name.value(),
            "Cannot accept session '%s' of queue '%s': another receiver holds it%s. Try again after that, or accept the next free session."
                .formatted(session.sessionId(), queue.name, until == null ? "" : " until " + until),
            until));
  }

  @Override
  void closed() {
    if (session == null) {
      reply.value(words.apply(Optional.empty()));
    } else {
      reply.failure(
          new Closed(
              queue.name.value(),
              "Cannot accept session '%s' of queue '%s': the engine was closed."
                  .formatted(session.sessionId(), queue.name)));
    }
  }
}
