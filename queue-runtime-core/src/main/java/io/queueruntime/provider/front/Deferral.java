package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoreArguments;
import io.queueruntime.store.StoreLimits;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a queue that were set aside: they are in the state store, and who asks for them
 * by number has them under a lease there. A message is in the store before it is acknowledged at
 * the broker, so that a crash in between leaves both, with one number.
 *
 * <p>Confined to its front's mutex, but for the methods that say otherwise.
 */
final class Deferral {

  /** Most deferred messages that receivers of one front have at once. */
  private static final int HELD_MAX = 10_000;

  private final Front front;
  private final FrontHost host;
  private final StoredMessages deferred;
  private final StoreLimits limits;
  private final DeferredEnds ends;
  private final DeferredHolds holds;

  Deferral(Front front, FrontHost host, QueueStateStore store) {
    this.front = front;
    this.host = host;
    this.deferred = store.deferred();
    this.limits = store.limits();
    this.ends = new DeferredEnds(front, host, deferred);
    this.holds = new DeferredHolds(front, host, deferred, ends);
  }

  /** Those that receivers have. */
  DeferredHolds holds() {
    return holds;
  }

  // Setting aside

  /**
   * A message as it will be kept.
   *
   * @throws QueueRuntimeException {@code MessageTooLarge} when it cannot be
   */
  StoredMessage formOf(Holding holding) {
    FoundMessage message = holding.message();
    StoredMessage stored =
        StoredForm.of(
            KeptMessage.of(message, holding.deliveries, holding.firstFailure), message.expires());
    StoreArguments.checkMessage(stored, limits);
    return stored;
  }

  /** Completes once the message is kept. Needs no mutex. */
  CompletableFuture<Boolean> put(StoredMessage stored) {
    return deferred.put(stored);
  }

  // Taking

  /** Takes messages by their numbers. Takes the front's mutex itself. */
  void receive(
      @Nullable SessionHold session,
      Collection<SequenceNumber> numbers,
      CompletableFuture<List<ReceivedMessage<byte[]>>> received) {
    List<SequenceNumber> wanted = numbers.stream().distinct().sorted().toList();
    front.locked(
        () -> {
          try {
            holds.check(session);
            if (holds.size() + wanted.size() > HELD_MAX) {
              throw new Throttled(
                  name().value(),
                  "Cannot receive %d deferred messages of queue '%s': %d of them are not settled here, and at most %d may be. Settle some first."
                      .formatted(wanted.size(), name(), holds.size(), HELD_MAX),
                  null,
                  null);
            }
            long asked = host.time().nanos();
            front.tell(
                () ->
                    ends.settled(wanted)
                        .thenCompose(settled -> take(wanted, 0, new ArrayList<>()))
                        .whenCompleteAsync(
                            (leases, failure) -> taken(session, leases, failure, asked, received),
                            host.callbacks()));
          } catch (QueueRuntimeException e) {
            front.fail(received, e);
          }
        });
  }

  private CompletableFuture<List<LeasedMessage>> take(
      List<SequenceNumber> wanted, int from, List<LeasedMessage> found) {
    if (from >= wanted.size()) {
      return CompletableFuture.completedFuture(found);
    }
    int to = Math.min(wanted.size(), from + StoredMessages.MAX_BATCH);
    return deferred
        .take(name(), wanted.subList(from, to), holds.lease())
        .handle(
            (leases, failure) -> {
              if (failure != null) {
                found.forEach(ends::release);
                return CompletableFuture.<List<LeasedMessage>>failedFuture(failure);
              }
              found.addAll(leases);
              return take(wanted, to, found);
            })
        .thenCompose(rest -> rest);
  }

  private void taken(
      @Nullable SessionHold session,
      @Nullable List<LeasedMessage> leases,
      @Nullable Throwable failure,
      long asked,
      CompletableFuture<List<ReceivedMessage<byte[]>>> received) {
    front.locked(
        () -> {
          if (leases == null) {
            front.fail(received, holds.failureOf(failure, "receive deferred messages"));
            return;
          }
          try {
            holds.check(session);
            handOut(session, leases, leases.stream().map(this::read).toList(), asked, received);
          } catch (QueueRuntimeException e) {
            front.tell(() -> leases.forEach(ends::release));
            front.fail(received, e);
          }
        });
  }

  private KeptMessage read(LeasedMessage lease) {
    return StoredForm.read(lease.message());
  }

  private void handOut(
      @Nullable SessionHold session,
      List<LeasedMessage> leases,
      List<KeptMessage> messages,
      long asked,
      CompletableFuture<List<ReceivedMessage<byte[]>>> received) {
    List<DeferredHold> handed = new ArrayList<>(leases.size());
    Instant now = host.time().now();
    for (int i = 0; i < leases.size(); i++) {
      LeasedMessage lease = leases.get(i);
      KeptMessage message = messages.get(i);
      DeferredHold hold =
          new DeferredHold(
              lease,
              message,
              session,
              host.history().take(DeferredEnds.historyOf(name()), message.sequenceNumber()));
      Instant expires = message.expires();
      if (session != null && !Arrivals.sessionOf(message).equals(session.session)) {
        front.tell(() -> ends.letGo(hold, false));
      } else if (expires != null && !expires.isAfter(now)) {
        front.tell(() -> ends.expire(lease, message));
      } else if (ends.isTooMany(hold)) {
        front.tell(() -> ends.buryAsFailed(hold));
      } else {
        holds.add(hold, asked);
        handed.add(hold);
      }
    }
    List<ReceivedMessage<byte[]>> given = handed.stream().map(DeferredHold::toMessage).toList();
    front.tell(
        () -> {
          if (!received.complete(given)) {
            front.locked(() -> handed.forEach(holds::takeBack));
          }
        });
  }

  private QueueName name() {
    return front.queue().name();
  }
}
