package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * What is kept in memory of one message: where its record stands in the journal and where the
 * message stands in its life; about 80 bytes, whatever the size of the body.
 *
 * <p>Confined to the engine thread.
 */
final class StoredMessage extends Due {

  /**
   * Where a message is when nobody holds it. What happens to a held message on its return depends
   * on it.
   */
  enum Home {
    ACTIVE,
    /** Given back with a delay that has not passed: {@link Due#dueAt} is its end. */
    DELAYED,
    /** {@link Due#dueAt} is when it becomes active. */
    SCHEDULED,
    DEFERRED,
    DEAD,
    /** No longer there; links to it may linger. */
    GONE
  }

  static final long NEVER = Long.MAX_VALUE;

  final long sequence;
  final Lane lane;

  /** Where the record with its content stands. */
  long position;

  /** Payload bytes of that record. */
  int size;

  /**
   * Wall-clock milliseconds; {@link #NEVER} without a limit. While scheduled: the time to live once
   * it is due.
   */
  long expiresAt;

  int deliveryCount;
  Home home;

  /** Held by a receiver. */
  boolean locked;

  /**
   * A newer message with its key took over while this one was held: its outcome does not matter any
   * more.
   */
  boolean superseded;

  /** Its lane links to it as fresh. */
  boolean linked;

  @Nullable StoredMessage nextFresh;

  /** The record's payload while it is cached. */
  byte @Nullable [] cached;

  /** Bytes that the cache has counted for it. */
  int cacheCharge;

  StoredMessage(long sequence, Lane lane, Home home, long position, int size, long expiresAt) {
    this.sequence = sequence;
    this.lane = lane;
    this.home = home;
    this.position = position;
    this.size = size;
    this.expiresAt = expiresAt;
  }

  QueueState queue() {
    return lane.queue;
  }

  boolean isGone() {
    return home == Home.GONE;
  }

  /** Deferred messages wait for whoever knows their number, also beyond their time to live. */
  boolean hasExpired(long wallMillis) {
    return (home == Home.ACTIVE || home == Home.DELAYED) && expiresAt <= wallMillis;
  }
}
