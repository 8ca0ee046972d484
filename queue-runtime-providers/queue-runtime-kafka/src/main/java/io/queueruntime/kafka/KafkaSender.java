package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueSender;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Sends to one queue. The first send looks it up and blocks for it; later ones do not wait.
 *
 * <p>Thread-safe.
 */
final class KafkaSender implements QueueSender {

  private final QueueName queue;
  private final ProviderParts parts;

  KafkaSender(QueueName queue, ProviderParts parts) {
    this.queue = queue;
    this.parts = parts;
  }

  @Override
  public QueueName queue() {
    return queue;
  }

  @Override
  public CompletableFuture<SendReceipt> send(OutgoingMessage message) {
    try {
      parts.open(queue);
      Definition to = parts.definitions().of(queue);
      check(message, to);
      return publish(message, to);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          Failures.of(queue.value(), "send to queue '%s'".formatted(queue), e));
    }
  }

  @Override
  public CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages) {
    try {
      parts.open(queue);
      Definition to = parts.definitions().of(queue);
      messages.forEach(message -> check(message, to));
      List<CompletableFuture<SendReceipt>> sends = new ArrayList<>(messages.size());
      messages.forEach(message -> sends.add(publish(message, to)));
      return CompletableFuture.allOf(sends.toArray(CompletableFuture[]::new))
          .thenApply(done -> sends.stream().map(CompletableFuture::join).toList());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          Failures.of(queue.value(), "send to queue '%s'".formatted(queue), e));
    }
  }

  private void check(OutgoingMessage message, Definition to) {
    long limit = parts.options().maxMessageSize();
    Long own = to.options().maxMessageSize();
    if (own != null) {
      limit = Math.min(limit, own);
    }
    long size = Outgoing.size(message);
    if (size > limit) {
      throw new MessageTooLarge(
          queue.value(),
          "A message to queue '%s' has %d bytes with its headers; at most %d are allowed. Send a reference to the content instead, or raise max-message-size."
              .formatted(queue, size, limit),
          size,
          limit);
    }
    if (to.options().sessions() && message.sessionId().isEmpty()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has sessions, and the message has no session id; give it one."
              .formatted(queue));
    }
    if (to.known() && !to.options().sessions() && message.sessionId().isPresent()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has no sessions, and the message has session id '%s'; send it without, or to a queue with session: required."
              .formatted(queue, message.sessionId().get()));
    }
    for (String name : message.headers().keySet()) {
      if (Wire.isReserved(name)) {
        throw new ValidationFailed(
            queue.value(),
            "A message to queue '%s' has the header '%s'; %s and names with x-qr- are not the sender's."
                .formatted(queue, name, Wire.CONTENT_TYPE));
      }
    }
    if (message.deduplicationKey().isPresent()) {
      throw parts.unsupported(queue, Capability.DEDUPLICATION_KEY);
    }
    Instant now = parts.time().now();
    if (message.scheduledEnqueueTime().filter(due -> due.isAfter(now)).isPresent()) {
      throw parts.unsupported(queue, Capability.SCHEDULE);
    }
  }

  private CompletableFuture<SendReceipt> publish(OutgoingMessage message, Definition to) {
    SequenceNumber number = parts.numbers().next();
    String id = message.messageId().orElseGet(() -> "qr-" + number);
    CompletableFuture<SendReceipt> sent = new CompletableFuture<>();
    parts
        .clients()
        .send(Outgoing.of(message, id, to, number, parts.time().now()))
        .whenComplete(
            (done, failure) ->
                parts
                    .callbacks()
                    .execute(
                        () -> {
                          if (failure == null) {
                            sent.complete(new SendReceipt(id, SendOutcome.ENQUEUED, number));
                          } else {
                            parts.definitions().forget(queue); // it may be gone
                            sent.completeExceptionally(
                                Failures.of(
                                    queue.value(), "send to queue '%s'".formatted(queue), failure));
                          }
                        }));
    return sent;
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return CompletableFuture.failedFuture(
        parts.isClosed()
            ? parts.closed(queue)
            : parts.unsupported(queue, Capability.CANCEL_SCHEDULED));
  }
}
