package io.queueruntime.template;

import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A session that a caller of {@link QueueTemplate} holds: its messages come in order, under the
 * session's lock, and are settled through the message. Close it, so that others can take it.
 *
 * <p>Implementations are thread-safe.
 */
public interface AcceptedSession extends QueueSession {

  /** The session's next message; empty when none came within {@code maxWait}. */
  <T> Optional<ReceivedMessage<T>> receive(Class<T> type, Duration maxWait);

  /**
   * The session's next messages, in order, as soon as there is one; empty when none came within
   * {@code maxWait}.
   */
  <T> List<ReceivedMessage<T>> receive(Class<T> type, int maxMessages, Duration maxWait);

  /** {@link #receive(Class, int, Duration)} for types with generic parameters, without waiting. */
  CompletableFuture<List<ReceivedMessage<Object>>> receiveAsync(
      Type type, int maxMessages, Duration maxWait);

  /**
   * Takes deferred messages of the session under its lock, in the order of the numbers; those that
   * are not there, or not deferred, are left out.
   */
  <T> List<ReceivedMessage<T>> receiveDeferred(
      Class<T> type, Collection<SequenceNumber> sequenceNumbers);

  /** {@link #receiveDeferred} without waiting. */
  <T> CompletableFuture<List<ReceivedMessage<T>>> receiveDeferredAsync(
      Class<T> type, Collection<SequenceNumber> sequenceNumbers);

  /** {@link #close()} without waiting. */
  CompletableFuture<Void> closeAsync();
}
