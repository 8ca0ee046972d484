package io.queueruntime.servicebus.emulator.entity;

import io.queueruntime.message.QueueName;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A queue as it was when asked for: its name as created, what it is like, and its times by the
 * queue's clock (see {@link VirtualTime}). Immutable but for {@link #accessedAt()} and {@link
 * #occupancy()}, which all entities of one queue share. Thread-safe.
 */
public final class Entity {

  private final QueueName queue;
  private final EntityDescription description;
  private final Instant createdAt;
  private final Instant updatedAt;
  private final AtomicReference<@Nullable Instant> accessedAt;
  private final Occupancy occupancy;

  Entity(QueueName queue, EntityDescription description, Instant createdAt, Instant updatedAt) {
    this(queue, description, createdAt, updatedAt, new AtomicReference<>(), new Occupancy());
  }

  private Entity(
      QueueName queue,
      EntityDescription description,
      Instant createdAt,
      Instant updatedAt,
      AtomicReference<@Nullable Instant> accessedAt,
      Occupancy occupancy) {
    this.queue = queue;
    this.description = description;
    this.createdAt = createdAt;
    this.updatedAt = updatedAt;
    this.accessedAt = accessedAt;
    this.occupancy = occupancy;
  }

  Entity changed(StoredProperties to) {
    return new Entity(queue, to.description(), createdAt, to.updatedAt(), accessedAt, occupancy);
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

  /**
   * Whether both are one queue, before and after changes of it: not one that was deleted and one
   * that was created later under its name.
   */
  public boolean isSameQueueAs(Entity other) {
    return occupancy == other.occupancy;
  }

  /** How full the queue is; the same for all entities of it. */
  public Occupancy occupancy() {
    return occupancy;
  }

  @Override
  public String toString() {
    return queue + " " + description;
  }
}
