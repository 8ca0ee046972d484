package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.engine.QueueEngine;
import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityProperty;
import io.queueruntime.servicebus.emulator.entity.EntityStatus;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.Occupancy;
import io.queueruntime.servicebus.emulator.management.Management;
import io.queueruntime.servicebus.emulator.management.Refusal;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of one server share: the queues, the limits, the planted faults.
 *
 * <p>Thread-safe.
 */
final class Served {

  /** After that a queue that is being emptied is looked for again. */
  static final Duration EMPTYING = Duration.ofMillis(20);

  /** The largest message of the premium tier, in bytes. */
  private static final int LARGEST_MESSAGE = 100 * 1024 * 1024;

  private final Namespace namespace;
  private final AmqpSettings settings;
  private final FaultPoints faults;
  private final Management management;

  Served(Namespace namespace, AmqpSettings settings, FaultPoints faults) {
    this.namespace = namespace;
    this.settings = settings;
    this.faults = faults;
    this.management = new Management(namespace.engine(), this::offset, settings.messages());
  }

  QueueEngine engine() {
    return namespace.engine();
  }

  AmqpSettings settings() {
    return settings;
  }

  AmqpLimits limits() {
    return settings.limits();
  }

  MessageLimits messageLimits() {
    return settings.messages();
  }

  FaultPoints faults() {
    return faults;
  }

  Management management() {
    return management;
  }

  /** How far the queues' time is ahead of the clients'. */
  Duration offset() {
    return namespace.time().moved();
  }

  /** What queues take for now. */
  Instant now() {
    return namespace.time().now();
  }

  /**
   * Whether a queue that the engine did not find is one that is being emptied: it is back at once.
   */
  boolean isBeingEmptied(ServedQueue queue, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof QueueNotFound && isThere(queue);
  }

  /** Whether the queue is there still: it itself, not a later one of its name. */
  boolean isThere(ServedQueue queue) {
    return current(queue).isPresent();
  }

  /**
   * The queue as it is now; empty when it was deleted, also when there is a new one of its name.
   */
  private Optional<Entity> current(ServedQueue queue) {
    return namespace
        .find(queue.name().value())
        .filter(entity -> entity.isSameQueueAs(queue.entity()));
  }

  Optional<ServedQueue> find(String name) {
    return namespace
        .find(name)
        .map(entity -> new ServedQueue(entity, maxMessageSize(entity.description())));
  }

  private int maxMessageSize(EntityDescription description) {
    return description.isSet(EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES)
        ? (int) Math.min(description.maxMessageSizeInBytes(), LARGEST_MESSAGE)
        : settings.messages().maxMessageBytes();
  }

  /** Why nothing can be sent to the queue now, if so. */
  @Nullable ErrorCondition refusalOfSend(ServedQueue queue) {
    ErrorCondition planted = faults.refusal(FaultPoints.Point.SEND, queue.name().value());
    if (planted != null) {
      return planted;
    }
    ErrorCondition why = refusalOfAttach(queue, true);
    if (why == null) {
      accessed(queue);
    }
    return why;
  }

  /** Remembers that messages of the queue were sent or received. */
  void accessed(ServedQueue queue) {
    queue.entity().accessed(namespace.time().now());
  }

  /** How full the queue is. */
  Occupancy occupancy(ServedQueue queue) {
    return queue.entity().occupancy();
  }

  /**
   * Comes to why the queue takes nothing more for now, if so.
   *
   * @param nanoTime thread-safe
   */
  CompletableFuture<Optional<ErrorCondition>> refusalOfFull(
      ServedQueue queue, LongSupplier nanoTime) {
    Entity entity = current(queue).orElse(null);
    if (entity == null) {
      return CompletableFuture.completedFuture(
          Optional.of(AmqpErrors.notFound(queue.name().value())));
    }
    long before = entity.occupancy().sent(0);
    long most = entity.description().maxSizeInBytes();
    return engine()
        .statistics(queue.name())
        .thenApply(
            found ->
                entity.occupancy().told(found.sizeInBytes(), before, most, nanoTime.getAsLong())
                    ? Optional.empty()
                    : Optional.of(
                        AmqpErrors.of(
                            AmqpErrors.RESOURCE_LIMIT,
                            "The maximum entity size has been reached or exceeded for Queue: '%s'. Size of entity in bytes: %d, max entity size in bytes: %d."
                                .formatted(queue.name(), found.sizeInBytes(), most))));
  }

  /** Why there can be no link to that queue now, if so. */
  @Nullable ErrorCondition refusalOfAttach(ServedQueue queue, boolean sends) {
    Entity entity = current(queue).orElse(null);
    if (entity == null) {
      return AmqpErrors.notFound(queue.name().value());
    }
    Refusal disabled = disabled(entity, sends);
    return disabled == null ? null : AmqpErrors.of(disabled);
  }

  /** A queue that forwards has no messages of its own to receive. */
  @Nullable ErrorCondition refusalOfReceive(ServedQueue queue) {
    return current(queue)
        .flatMap(entity -> entity.description().forwardTo())
        .map(
            to ->
                AmqpErrors.of(
                    AmqpErrors.NOT_ALLOWED,
                    "Cannot create a message receiver on an entity with auto-forwarding enabled: '%s' forwards to '%s'."
                        .formatted(queue.name(), to)))
        .orElse(null);
  }

  /** Why a request that sends to that queue, or receives from it, is not answered, if so. */
  @Nullable Refusal refusalOfRequest(ServedQueue queue, boolean sends) {
    Entity entity = current(queue).orElse(null);
    return entity == null ? Refusal.notFound(queue.name().value()) : disabled(entity, sends);
  }

  private static @Nullable Refusal disabled(Entity entity, boolean sends) {
    EntityStatus status = entity.description().status();
    return (sends ? status.allowsSend() : status.allowsReceive())
        ? null
        : Refusal.disabled(entity.queue().value(), sends ? "sending" : "receiving");
  }
}
