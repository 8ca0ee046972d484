package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.observation.Observed;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.TransientRetry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a handler returned to whoever asked for it.
 *
 * <p>A reply carries the question's session and correlation id, and an id that follows from the
 * question's own: should the question be delivered again after its reply was sent, the second reply
 * is a duplicate. A session that was merely carried over is dropped where the reply's queue has no
 * sessions.
 *
 * <p>Thread-safe; never blocks.
 */
final class ReplySender {

  private static final int REMEMBERED_MAX = 1_000;

  private final QueueProvider provider;
  private final MessageConverter converter;
  private final QueueObservations observations;
  private final TransientRetry retry;
  private final @Nullable QueueName fallback;
  private final Set<QueueName> withoutSessions = ConcurrentHashMap.newKeySet();

  /**
   * @param fallback where replies go when the question names no queue; null: nowhere
   */
  ReplySender(
      QueueProvider provider,
      MessageConverter converter,
      QueueObservations observations,
      TransientRetry retry,
      @Nullable QueueName fallback) {
    this.provider = provider;
    this.converter = converter;
    this.observations = observations;
    this.retry = retry;
    this.fallback = fallback;
  }

  /**
   * Sends the reply; null when nobody wants one. Fails as the send does, or when the value cannot
   * be written.
   */
  @Nullable CompletableFuture<SendReceipt> reply(ReceivedMessage<byte[]> question, Object value) {
    String asked = question.replyTo().orElse(null);
    if (asked == null && fallback == null) {
      return null;
    }
    try {
      QueueName queue = asked != null ? QueueName.of(asked) : Objects.requireNonNull(fallback);
      OutgoingMessage.Builder message = write(value);
      boolean inherited =
          message.build().sessionId().isEmpty()
              && question.replyToSessionId().isEmpty()
              && question.sessionId().isPresent();
      carryOver(question, message);
      if (inherited && withoutSessions.contains(queue)) {
        message.sessionId(null);
        inherited = false;
      }
      CompletableFuture<SendReceipt> sent = send(queue, message);
      return inherited ? againWithoutSession(queue, message, sent) : sent;
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private OutgoingMessage.Builder write(Object value) {
    return value instanceof OutgoingMessage ready
        ? ready.toBuilder()
        : converter.toMessage(value, null);
  }

  private static void carryOver(ReceivedMessage<byte[]> question, OutgoingMessage.Builder message) {
    OutgoingMessage own = message.build();
    own.headers().keySet().stream().filter(QueueHeaders::isReserved).forEach(message::removeHeader);
    if (own.sessionId().isEmpty()) {
      message.sessionId(
          question.replyToSessionId().map(SessionId::of).or(question::sessionId).orElse(null));
    }
    if (own.correlationId().isEmpty()) {
      message.correlationId(question.correlationId().orElseGet(question::messageId));
    }
    if (own.messageId().isEmpty()) {
      String origin =
          question.queue() + "\n" + question.sequenceNumber() + "\n" + question.messageId();
      message.messageId(UUID.nameUUIDFromBytes(origin.getBytes(StandardCharsets.UTF_8)).toString());
    }
  }

  private CompletableFuture<SendReceipt> againWithoutSession(
      QueueName queue, OutgoingMessage.Builder message, CompletableFuture<SendReceipt> first) {
    return first
        .handle(
            (receipt, error) -> {
              if (error == null) {
                return CompletableFuture.completedFuture(receipt);
              }
              Throwable failure = TransientRetry.unwrap(error);
              if (!(failure instanceof ValidationFailed)) {
                return CompletableFuture.<SendReceipt>failedFuture(failure);
              }
              return send(queue, message.sessionId(null))
                  .thenApply(
                      sent -> {
                        if (withoutSessions.size() < REMEMBERED_MAX) {
                          withoutSessions.add(queue);
                        }
                        return sent;
                      });
            })
        .thenCompose(result -> result);
  }

  private CompletableFuture<SendReceipt> send(QueueName queue, OutgoingMessage.Builder message) {
    Observed observation = observations.send(queue, List.of(message));
    OutgoingMessage built = message.build();
    return retry
        .call(
            () -> provider.sender(queue).send(built),
            failure -> observations.senderMeters(queue).retried())
        .whenComplete(
            (receipt, error) -> {
              if (error == null) {
                observations.senderMeters(queue).sent(receipt.outcome());
              } else {
                observations.senderMeters(queue).failed(1);
                observation.error(TransientRetry.unwrap(error));
              }
              observation.stop();
            });
  }
}
