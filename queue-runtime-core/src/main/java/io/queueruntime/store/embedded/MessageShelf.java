package io.queueruntime.store.embedded;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.embedded.Change.MessageHeld;
import io.queueruntime.store.embedded.Change.MessagePut;
import io.queueruntime.store.embedded.Change.Shelf;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one kind of one queue, by number and by when they can be taken because they are
 * due.
 *
 * <p>Confined to the store's thread.
 */
final class MessageShelf {

  private final TreeMap<Long, Kept> byNumber = new TreeMap<>();
  private final TreeSet<Kept> byReady =
      new TreeSet<>(Comparator.comparingLong(Kept::ready).thenComparingLong(Kept::number));
  private long contentBytes;

  /**
   * A message and who holds it. Immutable.
   *
   * @param token its holder's; {@code null}: nobody's
   * @param until when it can be taken by others
   */
  record Kept(StoredMessage message, @Nullable UUID token, long until, int count) {

    long number() {
      return message.number().value();
    }

    boolean isFree(long now) {
      return token == null || until <= now;
    }

    boolean isHeldBy(LockToken other) {
      return other.value().equals(token);
    }

    /** When it is due and nobody holds it. */
    long ready() {
      Instant due = message.dueAt();
      long dueAt = due == null ? Long.MAX_VALUE : due.toEpochMilli();
      return token == null ? dueAt : Math.max(dueAt, until);
    }

    LeasedMessage leased() {
      if (token == null) {
        throw new IllegalStateException(message + " is held by nobody.");
      }
      return new LeasedMessage(message, LockToken.of(token), Instant.ofEpochMilli(until), count);
    }
  }

  @Nullable Kept find(SequenceNumber number) {
    return byNumber.get(number.value());
  }

  /** Those due and free at that time. */
  List<Kept> ready(long now, int max) {
    return byReady.stream().takeWhile(kept -> kept.ready() <= now).limit(max).toList();
  }

  /** {@code Long.MAX_VALUE}: never. */
  long nextReady() {
    return byReady.isEmpty() ? Long.MAX_VALUE : byReady.first().ready();
  }

  List<StoredMessage> from(SequenceNumber from, int max) {
    return byNumber.tailMap(from.value(), true).values().stream()
        .limit(max)
        .map(Kept::message)
        .toList();
  }

  int count() {
    return byNumber.size();
  }

  /** Bytes of all of them, each with so many more. */
  long cost(int perEntry) {
    return contentBytes + (long) perEntry * byNumber.size();
  }

  /** False when it was there and is replaced. */
  boolean put(StoredMessage message) {
    boolean isNew = remove(message.number().value()) == null;
    add(new Kept(message, null, 0, 0));
    return isNew;
  }

  /** Does nothing when there is no such message. */
  void hold(long number, @Nullable UUID token, long until, int count) {
    Kept kept = byNumber.get(number);
    if (kept != null) {
      remove(number);
      add(new Kept(kept.message(), token, until, count));
    }
  }

  /** Its content; null when there is none. */
  byte @Nullable [] remove(long number) {
    Kept kept = byNumber.remove(number);
    if (kept == null) {
      return null;
    }
    byReady.remove(kept);
    contentBytes -= kept.message().content().length;
    return kept.message().content();
  }

  private void add(Kept kept) {
    byNumber.put(kept.number(), kept);
    byReady.add(kept);
    contentBytes += kept.message().content().length;
  }

  void write(Shelf shelf, Consumer<Change> to) {
    for (Kept kept : byNumber.values()) {
      to.accept(new MessagePut(shelf, kept.message()));
      to.accept(
          new MessageHeld(
              shelf,
              kept.message().queue(),
              kept.number(),
              kept.token(),
              kept.until(),
              kept.count()));
    }
  }
}
