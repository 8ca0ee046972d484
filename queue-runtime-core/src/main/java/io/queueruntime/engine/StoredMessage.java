package io.queueruntime.engine;

import org.jspecify.annotations.Nullable;

/**
 * What is kept in memory of one message: where its record stands in the journal and where the
 * message stands in its life; 72 bytes with compressed references, whatever the size of the body.
 *
 * <p>There may be ten million of these, so what needs a few bits shares bytes: one field more makes
 * every message 8 bytes larger. Confined to the engine thread.
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

  private static final Home[] HOMES = Home.values();
  private static final int HOME = 7;
  private static final int LOCKED = 8;
  private static final int SUPERSEDED = 16;
  private static final int LINKED = 32;

  /** From that count on, the queue knows it. */
  private static final char MANY = Character.MAX_VALUE;

  /** Number of the home, and flags above it. */
  private byte standing;

  private char deliveries;

  final Lane lane;
  final long sequence;

  /** Where the record with its content stands. */
  long position;

  /** Payload bytes of that record. */
  int size;

  /**
   * Wall-clock milliseconds; {@link #NEVER} without a limit. While scheduled: the time to live once
   * it is due.
   */
  long expiresAt;

  @Nullable StoredMessage nextFresh;

  /** The record's payload while it is cached. */
  byte @Nullable [] cached;

  StoredMessage(long sequence, Lane lane, Home home, long position, int size, long expiresAt) {
    this.sequence = sequence;
    this.lane = lane;
    this.standing = (byte) home.ordinal();
    this.position = position;
    this.size = size;
    this.expiresAt = expiresAt;
  }

  QueueState queue() {
    return lane.queue;
  }

  Home home() {
    return HOMES[standing & HOME];
  }

  void home(Home home) {
    standing = (byte) (standing & ~HOME | home.ordinal());
  }

  /** Held by a receiver. */
  boolean isLocked() {
    return (standing & LOCKED) != 0;
  }

  void locked(boolean value) {
    set(LOCKED, value);
  }

  /**
   * A newer message with its key took over while this one was held: its outcome does not matter any
   * more.
   */
  boolean isSuperseded() {
    return (standing & SUPERSEDED) != 0;
  }

  void superseded(boolean value) {
    set(SUPERSEDED, value);
  }

  /** Its lane links to it as fresh. */
  boolean isLinked() {
    return (standing & LINKED) != 0;
  }

  void linked(boolean value) {
    set(LINKED, value);
  }

  private void set(int flag, boolean value) {
    standing = (byte) (value ? standing | flag : standing & ~flag);
  }

  int deliveryCount() {
    return deliveries < MANY ? deliveries : queue().often.getOrDefault(this, (int) MANY);
  }

  void deliveryCount(int count) {
    deliveries = (char) Math.min(count, MANY);
    if (count >= MANY) {
      queue().often.put(this, count);
    }
  }

  /** Not there any more, alone or with its whole queue. */
  boolean isGone() {
    return home() == Home.GONE || queue().isDeleted();
  }

  /** Deferred messages wait for whoever knows their number, also beyond their time to live. */
  boolean hasExpired(long wallMillis) {
    if (expiresAt > wallMillis) {
      return false;
    }
    Home home = home();
    return home == Home.ACTIVE || home == Home.DELAYED;
  }
}
