package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.message.QueueName;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A queue as it was when asked for: its name as created, what it is like, and its times by the
 * queue's clock (see {@link VirtualTime}). Immutable but for {@link #accessedAt()}, which all
 * entities of one queue share. Thread-safe.
 */
public final class Entity {

  private final QueueName queue;
  private final EntityDescription description;
  private final Instant createdAt;
  private final Instant updatedAt;
  private final AtomicReference<@Nullable Instant> accessedAt;

  Entity(QueueName queue, EntityDescription description, Instant createdAt, Instant updatedAt) {
    this(queue, description, createdAt, updatedAt, new AtomicReference<>());
  }

  private Entity(
      QueueName queue,
      EntityDescription description,
      Instant createdAt,
      Instant updatedAt,
      AtomicReference<@Nullable Instant> accessedAt) {
    this.queue = queue;
    this.description = description;
    this.createdAt = createdAt;
    this.updatedAt = updatedAt;
    this.accessedAt = accessedAt;
  }

  Entity changed(StoredProperties to) {
    return new Entity(queue, to.description(), createdAt, to.updatedAt(), accessedAt);
  }

  /** The engine's queue; its value is the name as it was written at creation. */
  public QueueName queue() {
    return queue;
  }

  public EntityDescription description() {
    return description;
  }

  public Instant createdAt() {
    return createdAt;
  }

  public Instant updatedAt() {
    return updatedAt;
  }

  /** When messages were last sent or received; empty when never since the start. */
  public Optional<Instant> accessedAt() {
    return Optional.ofNullable(accessedAt.get());
  }

  /** Remembers, in memory, that messages were sent or received. Costs next to nothing. */
  public void accessed(Instant at) {
    accessedAt.set(at);
  }

  @Override
  public String toString() {
    return queue + " " + description;
  }
}
