package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.front.CopyMark;
import io.queueruntime.provider.front.FrontQueue;
import io.queueruntime.provider.front.FrontSender;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends to one queue. Thread-safe. */
final class KafkaSender extends FrontSender<Definition> {

  private final ProviderParts parts;

  KafkaSender(QueueName queue, ProviderParts parts) {
    super(queue, parts);
    this.parts = parts;
  }

  @Override
  protected Definition target() {
    return parts.definitions().of(queue());
  }

  @Override
  protected FrontQueue queue(Definition target) {
    return target;
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
      if (Wire.isReserved(name)) {
        throw new ValidationFailed(
            queue().value(),
            "A message to queue '%s' has the header '%s'; %s and names with x-qr- are not the sender's."
                .formatted(queue(), name, Wire.CONTENT_TYPE));
      }
    }
    if (isLater(message) && parts.store().isEmpty()) {
      throw parts.unsupported(queue(), Capability.SCHEDULE);
    }
  }

  private boolean isLater(OutgoingMessage message) {
    Instant now = parts.time().now();
    return message.scheduledEnqueueTime().filter(due -> due.isAfter(now)).isPresent();
  }

  @Override
  protected CompletableFuture<SendReceipt> publish(
      OutgoingMessage message, Definition to, @Nullable CopyMark mark) {
    SequenceNumber number = parts.numbers().next();
    String id = message.messageId().orElseGet(() -> "qr-" + number);
    if (isLater(message)) {
      return parts.fronts().schedule(queue(), message, mark, id, number);
    }
    CompletableFuture<SendReceipt> sent = new CompletableFuture<>();
    parts
        .clients()
        .send(Outgoing.of(message, id, mark, to, number, parts.time().now()))
        .whenComplete(
            (done, failure) ->
                parts
                    .callbacks()
                    .execute(
                        () -> {
                          if (failure == null) {
                            sent.complete(new SendReceipt(id, SendOutcome.ENQUEUED, number));
                          } else {
                            parts.definitions().forget(queue()); // it may be gone
                            sent.completeExceptionally(
                                Failures.of(
                                    queue().value(),
                                    "send to queue '%s'".formatted(queue()),
                                    failure));
                          }
                        }));
    return sent;
  }

  @Override
  public CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber) {
    return parts.fronts().cancelScheduled(queue(), sequenceNumber);
  }
}
