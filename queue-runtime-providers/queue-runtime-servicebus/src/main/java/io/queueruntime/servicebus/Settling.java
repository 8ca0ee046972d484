package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.models.AbandonOptions;
import com.azure.messaging.servicebus.models.DeadLetterOptions;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Ends deliveries of one link. The SDK settles on the link that brought the message and, when that
 * is gone, through the queue's {@code $management}.
 *
 * <p>Thread-safe.
 */
final class Settling {

  private final QueueName queue;
  private final Supplier<ServiceBusReceiverAsyncClient> client;
  private final Requests requests;
  private final Deliveries deliveries;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final boolean ofSession;
  private final Consumer<SessionLockLost> sessionLost;

  /** Settles what came from a queue without sessions. */
  Settling(
      QueueName queue,
      Supplier<ServiceBusReceiverAsyncClient> client,
      Requests requests,
      Deliveries deliveries,
      ProviderTime time,
      CallbackThreads callbacks) {
    this(queue, client, requests, deliveries, time, callbacks, false, lost -> {});
  }

  /**
   * @param ofSession whether locks are the session's
   * @param sessionLost told before the caller is
   */
  Settling(
      QueueName queue,
      Supplier<ServiceBusReceiverAsyncClient> client,
      Requests requests,
      Deliveries deliveries,
      ProviderTime time,
      CallbackThreads callbacks,
      boolean ofSession,
      Consumer<SessionLockLost> sessionLost) {
    this.queue = queue;
    this.client = client;
    this.requests = requests;
    this.deliveries = deliveries;
    this.time = time;
    this.callbacks = callbacks;
    this.ofSession = ofSession;
    this.sessionLost = sessionLost;
  }

  CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    if (settlement instanceof Settlement.Abandon abandon && !abandon.delay().isZero()) {
      return CompletableFuture.failedFuture(
          new UnsupportedCapability(
              queue.value(),
              "Cannot abandon message '%s' of queue '%s' for %s: Service Bus gives a message back at once or not at all. A listener's backoff works, it holds the message meanwhile."
                  .formatted(message.messageId(), queue, abandon.delay())));
    }
    Optional<LockToken> token = message.lockToken().filter(held -> message.queue().equals(queue));
    Optional<Deliveries.Held> held = token.flatMap(deliveries::take);
    if (held.isEmpty()) {
      return CompletableFuture.failedFuture(invalid(message));
    }
    return Answer.of(
        callbacks,
        requests.bounded(Mono.defer(() -> apply(held.get(), settlement))),
        error -> {
          if (isRefusedForNow(error)) {
            held.get().refused();
          }
          deliveries.putBack(token.get(), held.get());
          return told(failure(message, "settle", error));
        });
  }

  /** Or may stay under way for ever, for all the SDK knows. */
  private static boolean isRefusedForNow(Throwable error) {
    FailureKind kind = FailureKind.of(error);
    return kind == FailureKind.BUSY || kind == FailureKind.PASSING || kind == FailureKind.TIMED_OUT;
  }

  /**
   * On the link that brought it. But a settlement that the broker rejects for now, without settling
   * the delivery itself, stays under way for the SDK, which does not try it again and refuses every
   * other one there: the next one goes by a request.
   */
  private Mono<Void> apply(Deliveries.Held held, Settlement settlement) {
    if (held.isRefused()) {
      return aside(held.wire(), settlement);
    }
    ServiceBusReceiverAsyncClient receiver = client.get();
    Mono<Void> settled = apply(receiver, held.wire(), settlement);
    return settlement instanceof Settlement.DeadLetter
        ? checkLock(receiver, held.wire()).then(settled)
        : settled;
  }

  /** Settles by a request, which is what the SDK makes of it where there is no link. */
  private Mono<Void> aside(ServiceBusReceivedMessage wire, Settlement settlement) {
    return requests.call(receiver -> apply(receiver, wire, settlement), callbacks);
  }

  private Mono<Void> apply(
      ServiceBusReceiverAsyncClient receiver,
      ServiceBusReceivedMessage wire,
      Settlement settlement) {
    if (settlement instanceof Settlement.Complete) {
      return receiver.complete(wire);
    } else if (settlement instanceof Settlement.Abandon) {
      Map<String, Object> edits = failureTimes(wire);
      return edits.isEmpty()
          ? receiver.abandon(wire)
          : receiver.abandon(wire, new AbandonOptions().setPropertiesToModify(edits));
    } else if (settlement instanceof Settlement.Defer) {
      return receiver.defer(wire);
    } else if (settlement instanceof Settlement.DeadLetter letter) {
      return receiver.deadLetter(wire, options(wire, letter));
    }
    return Release.of(receiver, wire); // sealed: Release is the only one left
  }

  /**
   * Of all refusals only that of a dead-lettering is lost on the way: it looks like AMQP's own
   * answer to it, and the SDK takes it for one. So the lock is looked at before.
   */
  private Mono<OffsetDateTime> checkLock(
      ServiceBusReceiverAsyncClient receiver, ServiceBusReceivedMessage wire) {
    return ofSession ? receiver.renewSessionLock() : receiver.renewMessageLock(wire);
  }

  private Map<String, Object> failureTimes(ServiceBusReceivedMessage wire) {
    Map<String, Object> edits = new HashMap<>();
    if (!wire.getApplicationProperties().containsKey(WireProperties.FIRST_FAILURE)) {
      edits.put(WireProperties.FIRST_FAILURE, Date.from(time.now()));
    }
    return edits;
  }

  private DeadLetterOptions options(ServiceBusReceivedMessage wire, Settlement.DeadLetter letter) {
    Map<String, Object> edits = failureTimes(wire);
    edits.put(WireProperties.LAST_FAILURE, Date.from(time.now()));
    edits.put(WireProperties.DELIVERIES, wire.getDeliveryCount() + 1);
    if (letter.exceptionClass() != null) {
      edits.put(WireProperties.EXCEPTION_CLASS, cut(letter.exceptionClass()));
    }
    DeadLetterOptions options =
        new DeadLetterOptions()
            .setDeadLetterReason(cut(letter.reason()))
            .setPropertiesToModify(edits);
    if (letter.description() != null) {
      options.setDeadLetterErrorDescription(cut(letter.description()));
    }
    return options;
  }

  /** As much of a text as a dead letter keeps, without half a character at its end. */
  static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= DeadLetterDetails.MAX_BYTES) {
      return text;
    }
    int end = DeadLetterDetails.MAX_BYTES;
    while ((bytes[end] & 0xc0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    Optional<Deliveries.Held> held =
        message
            .lockToken()
            .filter(token -> message.queue().equals(queue))
            .flatMap(deliveries::find);
    if (held.isEmpty()) {
      return CompletableFuture.failedFuture(invalid(message));
    }
    return Answer.of(
        callbacks,
        Mono.defer(() -> checkLock(client.get(), held.get().wire()))
            .map(until -> time.fromBroker(until.toInstant()))
            .doOnNext(held.get()::renewed),
        error -> told(failure(message, "renew the lock of", error)));
  }

  private InvalidReceipt invalid(ReceivedMessage<?> message) {
    return new InvalidReceipt(
        queue.value(),
        "Cannot settle message '%s' of queue '%s' here: its delivery has ended, or was not received from this receiver of queue '%s'."
            .formatted(message.messageId(), message.queue(), queue));
  }

  private QueueRuntimeException told(QueueRuntimeException failure) {
    if (failure instanceof SessionLockLost lost) {
      sessionLost.accept(lost);
    }
    return failure;
  }

  private QueueRuntimeException failure(
      ReceivedMessage<?> message, String attempt, Throwable error) {
    Failures failures = Failures.of(queue, attempt + " message '" + message.messageId() + "' of");
    QueueRuntimeException failure = failures.of(error);
    if (ofSession && failure instanceof LockLost) {
      return new SessionLockLost(queue.value(), String.valueOf(failure.getMessage()), error);
    }
    return failure;
  }
}
