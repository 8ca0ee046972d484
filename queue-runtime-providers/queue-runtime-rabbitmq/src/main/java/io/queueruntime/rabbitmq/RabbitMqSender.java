package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueSender;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends to one queue, or to an exchange: see {@link Route}. The first send to a queue looks it up
 * and blocks for it; later ones do not wait.
 *
 * <p>Thread-safe.
 */
final class RabbitMqSender implements QueueSender {

  private final QueueName queue;
  private final ProviderParts parts;
  private volatile @Nullable Route route;

  RabbitMqSender(QueueName queue, ProviderParts parts) {
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
      Route to = route();
      check(message, to.definition());
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
      Route to = route();
      messages.forEach(message -> check(message, to.definition()));
      List<CompletableFuture<SendReceipt>> sends = new ArrayList<>(messages.size());
      messages.forEach(message -> sends.add(publish(message, to)));
      return CompletableFuture.allOf(sends.toArray(CompletableFuture[]::new))
          .thenApply(done -> sends.stream().map(CompletableFuture::join).toList());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          Failures.of(queue.value(), "send to queue '%s'".formatted(queue), e));
    }
  }

  private Route route() {
    Route known = route;
    if (known == null || !parts.definitions().isFresh(queue)) {
      known = Route.find(queue, parts);
      route = known;
    }
    return known.with(parts.definitions().last(known.definition()));
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
      if (Wire.isReserved(name)
          || name.getBytes(StandardCharsets.UTF_8).length > Wire.SHORT_BYTES) {
        throw new ValidationFailed(
            queue.value(),
            "A message to queue '%s' has the header '%s'; RabbitMQ takes names of at most %d bytes, and those with x-qr-, x-death, x-session-id and x-delivery-count are not the sender's."
                .formatted(queue, name, Wire.SHORT_BYTES));
      }
    }
    if (message.deduplicationKey().isPresent()) {
      throw parts.unsupported(queue, Capability.DEDUPLICATION_KEY);
    }
  }

  private CompletableFuture<SendReceipt> publish(OutgoingMessage message, Route to) {
    Outgoing outgoing =
        Outgoing.of(message, to.definition(), parts.numbers().next(), parts.time().now());
    String session = message.sessionId().map(SessionId::value).orElse(null);
    String routingKey = to.routingKey(session);
    CompletableFuture<Void> confirmed;
    if (outgoing.delay().isZero()) {
      confirmed = post(to.exchange(), routingKey, outgoing);
    } else if (to.exchange().isEmpty()) {
      Duration delay = parts.time().atBroker(outgoing.delay());
      parts.ladder().reach(routingKey);
      confirmed =
          post(parts.ladder().exchange(), parts.ladder().routingKey(delay, routingKey), outgoing);
    } else {
      throw new UnsupportedCapability(
          queue.value(),
          "Cannot schedule a message to '%s': through an exchange it goes at once; send it to a queue, or without a delay."
              .formatted(queue));
    }
    return confirmed.thenApply(
        done ->
            new SendReceipt(outgoing.messageId(), SendOutcome.ENQUEUED, outgoing.sequenceNumber()));
  }

  private CompletableFuture<Void> post(String exchange, String routingKey, Outgoing outgoing) {
    CompletableFuture<Void> confirmed =
        parts
            .publisher()
            .publish(queue.value(), exchange, routingKey, outgoing.properties(), outgoing.body());
    confirmed.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            parts.definitions().forget(queue); // it may be gone
            parts.ladder().forget(routingKey);
          }
        });
    return confirmed;
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return CompletableFuture.failedFuture(parts.unsupported(queue, Capability.CANCEL_SCHEDULED));
  }
}
