package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A queue as a listener needs to know it.
 *
 * <p>Immutable.
 *
 * @param name which queue
 * @param options what it was created with: sessions, lock length, deliveries
 * @param sessionIds the only sessions to take (partitioned mode); empty: whichever has messages
 * @param sessionIdleTimeout after how long without a message a session is released; zero: only when
 *     the listener stops
 */
public record ListenedQueue(
    QueueName name, QueueOptions options, List<SessionId> sessionIds, Duration sessionIdleTimeout) {

  /** How long an idle session is held where nothing else is said. */
  public static final Duration DEFAULT_SESSION_IDLE_TIMEOUT = Duration.ofSeconds(60);

  public ListenedQueue {
    sessionIds = List.copyOf(sessionIds);
    if (!sessionIds.isEmpty() && !options.sessions()) {
      throw new ValidationFailed(
          name.value(),
          "Queue '%s' has session ids but no sessions; set session: required.".formatted(name));
    }
    if (new HashSet<>(sessionIds).size() != sessionIds.size()) {
      throw new ValidationFailed(
          name.value(), "Queue '%s' names a session id twice: %s.".formatted(name, sessionIds));
    }
    if (sessionIdleTimeout.isNegative()) {
      throw new ValidationFailed(
          name.value(),
          "The session-idle-timeout of queue '%s' is not negative, found %s."
              .formatted(name, sessionIdleTimeout));
    }
  }

  /** A queue of which all sessions, if it has them, are taken. */
  public static ListenedQueue of(QueueName name, QueueOptions options) {
    return new ListenedQueue(name, options, List.of(), DEFAULT_SESSION_IDLE_TIMEOUT);
  }
}
