package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import io.queueruntime.store.embedded.Change.MessageHeld;
import io.queueruntime.store.embedded.Change.MessagePut;
import io.queueruntime.store.embedded.Change.MessageRemoved;
import io.queueruntime.store.embedded.Change.Shelf;
import io.queueruntime.store.embedded.MessageShelf.Kept;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Decides who holds which message of one kind. Thread-safe. */
final class EmbeddedStoredMessages implements StoredMessages {

  private final StoreLoop loop;
  private final Shelf shelf;
  private final StoreLimits limits;

  EmbeddedStoredMessages(StoreLoop loop, Shelf shelf, StoreLimits limits) {
    this.loop = loop;
    this.shelf = shelf;
    this.limits = limits;
  }

  private MessageShelf of(QueueName queue) {
    return loop.state().shelf(shelf, queue);
  }

  @Override
  public CompletableFuture<Boolean> put(StoredMessage message) {
    Instant due = message.dueAt();
    StoredMessage own =
        new StoredMessage(
            message.queue(),
            message.number(),
            message.messageId(),
            due == null ? null : due.truncatedTo(ChronoUnit.MILLIS),
            message.content().clone());
    return loop.submit(
        () -> {
          StoreArguments.checkMessage(own, limits);
          Kept there = of(own.queue()).find(own.number());
          if (there != null) {
            if (!there.message().messageId().equals(own.messageId())) {
              throw StoreArguments.numberTaken(own);
            }
            return false;
          }
          MessagePut put = new MessagePut(shelf, own);
          loop.requireRoom(put, StoreState.cost(own.content()));
          loop.apply(put);
          return true;
        });
  }

  @Override
  public CompletableFuture<Boolean> cancel(QueueName queue, SequenceNumber number) {
    return loop.submit(
        () -> {
          Kept kept = of(queue).find(number);
          if (kept == null || !kept.isFree(loop.now())) {
            return false;
          }
          loop.apply(new MessageRemoved(shelf, queue, number.value()));
          return true;
        });
  }

  @Override
  public CompletableFuture<List<LeasedMessage>> take(
      QueueName queue, Collection<SequenceNumber> numbers, Duration lease) {
    return loop.submit(
        () -> {
          StoreArguments.checkBatch(queue, numbers);
          StoreArguments.checkLease(queue, lease);
          List<Kept> free = new ArrayList<>();
          for (SequenceNumber number : new TreeSet<>(numbers)) {
            Kept kept = of(queue).find(number);
            if (kept != null && kept.isFree(loop.now())) {
              free.add(kept);
            }
          }
          return hold(queue, free, lease);
        });
  }

  @Override
  public CompletableFuture<List<LeasedMessage>> takeDue(QueueName queue, int max, Duration lease) {
    return loop.submit(
        () -> {
          StoreArguments.checkBatch(queue, max);
          StoreArguments.checkLease(queue, lease);
          return hold(queue, of(queue).ready(loop.now(), max), lease);
        });
  }

  private List<LeasedMessage> hold(QueueName queue, List<Kept> free, Duration lease) {
    List<LeasedMessage> held = new ArrayList<>(free.size());
    for (Kept kept : free) {
      LeasedMessage leased =
          hold(queue, kept.message().number(), UUID.randomUUID(), lease, kept.count() + 1);
      held.add(leased);
    }
    return List.copyOf(held);
  }

  private LeasedMessage hold(
      QueueName queue, SequenceNumber number, UUID token, Duration lease, int count) {
    long until = loop.now() + Math.max(1, lease.toMillis());
    loop.apply(new MessageHeld(shelf, queue, number.value(), token, until, count));
    Kept kept = of(queue).find(number);
    if (kept == null) {
      throw new IllegalStateException("Message " + number + " of " + queue + " is gone.");
    }
    return kept.leased();
  }

  @Override
  public CompletableFuture<Optional<Instant>> nextDue(QueueName queue) {
    return loop.submit(
        () -> {
          long next = of(queue).nextReady();
          return next == Long.MAX_VALUE
              ? Optional.empty()
              : Optional.of(Instant.ofEpochMilli(next));
        });
  }

  @Override
  public CompletableFuture<List<StoredMessage>> list(
      QueueName queue, SequenceNumber from, int max) {
    return loop.submit(
        () -> {
          StoreArguments.checkBatch(queue, max);
          return of(queue).from(from, max);
        });
  }

  @Override
  public CompletableFuture<Integer> count(QueueName queue) {
    return loop.submit(() -> Math.min(MAX_COUNT, of(queue).count()));
  }

  @Override
  public CompletableFuture<Optional<LeasedMessage>> renew(LeasedMessage held, Duration lease) {
    return loop.submit(
        () -> {
          QueueName queue = held.message().queue();
          StoreArguments.checkLease(queue, lease);
          Kept kept = heldBy(held);
          return kept == null
              ? Optional.empty()
              : Optional.of(
                  hold(queue, held.message().number(), held.token().value(), lease, kept.count()));
        });
  }

  @Override
  public CompletableFuture<Boolean> release(LeasedMessage held) {
    return loop.submit(
        () -> {
          Kept kept = heldBy(held);
          if (kept == null) {
            return false;
          }
          loop.apply(
              new MessageHeld(shelf, held.message().queue(), kept.number(), null, 0, kept.count()));
          return true;
        });
  }

  @Override
  public CompletableFuture<Boolean> remove(LeasedMessage held) {
    return loop.submit(
        () -> {
          Kept kept = heldBy(held);
          if (kept == null) {
            return false;
          }
          loop.apply(new MessageRemoved(shelf, held.message().queue(), kept.number()));
          return true;
        });
  }

  private @Nullable Kept heldBy(LeasedMessage held) {
    Kept kept = of(held.message().queue()).find(held.message().number());
    return kept != null && kept.isHeldBy(held.token()) ? kept : null;
  }
}
