package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.CopyMark;
import io.queueruntime.provider.front.FrontQueue;
import io.queueruntime.provider.front.FrontSender;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends to one queue, or to an exchange: see {@link Route}. Thread-safe. */
final class RabbitMqSender extends FrontSender<Route> {

  private final ProviderParts parts;
  private volatile @Nullable Route route;

  RabbitMqSender(QueueName queue, ProviderParts parts) {
    super(queue, parts);
    this.parts = parts;
  }

  @Override
  protected Route target() {
    Route known = route;
    if (known == null || !parts.definitions().isFresh(queue())) {
      known = Route.find(queue(), parts);
      route = known;
    }
    return known.with(parts.definitions().last(known.definition()));
  }

  @Override
  protected FrontQueue queue(Route target) {
    return target.definition();
  }

  @Override
  protected long size(OutgoingMessage message) {
    return Outgoing.size(message);
  }

  @Override
  protected long sizeMax() {
    return parts.options().maxMessageSize();
  }

  @Override
  protected void check(OutgoingMessage message) {
    for (String name : message.headers().keySet()) {
      if (Wire.isReserved(name)
          || name.getBytes(StandardCharsets.UTF_8).length > Wire.SHORT_BYTES) {
        throw new ValidationFailed(
            queue().value(),
            "A message to queue '%s' has the header '%s'; RabbitMQ takes names of at most %d bytes, and those with x-qr-, x-death, x-session-id and x-delivery-count are not the sender's."
                .formatted(queue(), name, Wire.SHORT_BYTES));
      }
    }
  }

  @Override
  protected CompletableFuture<SendReceipt> publish(
      OutgoingMessage message, Route to, @Nullable CopyMark mark) {
    Outgoing outgoing =
        Outgoing.of(message, mark, to.definition(), parts.numbers().next(), parts.time().now());
    String session = message.sessionId().map(SessionId::value).orElse(null);
    String routingKey = to.routingKey(session);
    CompletableFuture<Void> confirmed;
    if (outgoing.delay().isZero()) {
      confirmed = post(to.exchange(), routingKey, outgoing);
    } else if (to.exchange().isEmpty() && parts.store().isPresent()) {
      return parts
          .fronts()
          .schedule(queue(), message, mark, outgoing.messageId(), outgoing.sequenceNumber());
    } else if (to.exchange().isEmpty()) {
      Duration delay = parts.time().atBroker(outgoing.delay());
      parts.ladder().reach(routingKey);
      confirmed =
          post(parts.ladder().exchange(), parts.ladder().routingKey(delay, routingKey), outgoing);
    } else {
      throw new UnsupportedCapability(
          queue().value(),
          "Cannot schedule a message to '%s': through an exchange it goes at once; send it to a queue, or without a delay."
              .formatted(queue()));
    }
    return confirmed.thenApply(
        done ->
            new SendReceipt(outgoing.messageId(), SendOutcome.ENQUEUED, outgoing.sequenceNumber()));
  }

  private CompletableFuture<Void> post(String exchange, String routingKey, Outgoing outgoing) {
    CompletableFuture<Void> confirmed =
        parts
            .publisher()
            .publish(queue().value(), exchange, routingKey, outgoing.properties(), outgoing.body());
    confirmed.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            parts.definitions().forget(queue()); // it may be gone
            parts.ladder().forget(routingKey);
          }
        });
    return confirmed;
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return parts.fronts().cancelScheduled(queue(), sequenceNumber);
  }
}
