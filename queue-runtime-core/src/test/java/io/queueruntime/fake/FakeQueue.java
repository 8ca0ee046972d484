package io.queueruntime.fake;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One fake queue. Every method is called with the provider's mutex held. */
final class FakeQueue {

  static final class Entry {
    final long sequence;
    final OutgoingMessage message;
    final Instant enqueued;
    Instant notBefore;
    int deliveries;
    @Nullable UUID token;
    Instant lockedUntil = Instant.MIN;
    @Nullable Object holder;
    boolean deferred;
    @Nullable DeadLetterDetails dead;

    Entry(long sequence, OutgoingMessage message, Instant enqueued) {
      this.sequence = sequence;
      this.message = message;
      this.enqueued = enqueued;
      this.notBefore = message.scheduledEnqueueTime().orElse(Instant.MIN);
    }
  }

  private record WaitingReceive(
      FakeReceiver receiver,
      int max,
      Instant deadline,
      CompletableFuture<List<ReceivedMessage<byte[]>>> future) {}

  private record WaitingAccept(
      @Nullable SessionId session,
      Instant deadline,
      CompletableFuture<Optional<SessionReceiver>> future) {}

  final FakeProvider provider;
  final QueueName name;
  final QueueOptions options;
  final TreeMap<Long, Entry> messages = new TreeMap<>();
  final TreeMap<Long, Entry> deadLetters = new TreeMap<>();
  final Map<SessionId, FakeSession> held = new HashMap<>();
  final Map<SessionId, byte[]> states = new HashMap<>();
  private final Set<String> ids = new HashSet<>();
  private final List<WaitingReceive> receives = new ArrayList<>();
  private final List<WaitingAccept> accepts = new ArrayList<>();
  private long lastSequence;

  FakeQueue(FakeProvider provider, QueueName name, QueueOptions options) {
    this.provider = provider;
    this.name = name;
    this.options = options;
  }

  int waiting() {
    return (int) receives.stream().filter(each -> !each.future.isDone()).count()
        + (int) accepts.stream().filter(each -> !each.future.isDone()).count();
  }

  SendReceipt send(OutgoingMessage message) {
    if (options.sessions() != message.sessionId().isPresent()) {
      throw new ValidationFailed(
          name.value(),
          "Queue '" + name + (options.sessions() ? "' needs" : "' takes no") + " session id.");
    }
    String id = message.messageId().orElseGet(() -> UUID.randomUUID().toString());
    if (message.messageId().isPresent() && !ids.add(id)) {
      return new SendReceipt(id, SendOutcome.DUPLICATE, null);
    }
    Entry entry =
        new Entry(++lastSequence, message.toBuilder().messageId(id).build(), provider.now);
    messages.put(entry.sequence, entry);
    return new SendReceipt(id, SendOutcome.ENQUEUED, SequenceNumber.of(entry.sequence));
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      FakeReceiver receiver, int max, Duration maxWait) {
    List<ReceivedMessage<byte[]>> ready = take(receiver, max);
    if (!ready.isEmpty() || maxWait.isZero()) {
      return CompletableFuture.completedFuture(ready);
    }
    WaitingReceive waiting =
        new WaitingReceive(receiver, max, provider.now.plus(maxWait), new CompletableFuture<>());
    receives.add(waiting);
    return waiting.future;
  }

  CompletableFuture<SessionReceiver> accept(SessionId id, Duration maxWait) {
    WaitingAccept waiting =
        new WaitingAccept(id, provider.now.plus(maxWait), new CompletableFuture<>());
    accepts.add(waiting);
    CompletableFuture<SessionReceiver> result =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean interrupt) {
            waiting.future.cancel(interrupt);
            return super.cancel(interrupt);
          }
        };
    waiting.future.whenComplete(
        (found, error) -> {
          if (error != null) {
            result.completeExceptionally(error);
          } else if (!result.complete(found.orElseThrow())) {
            found.get().close();
          }
        });
    return result;
  }

  CompletableFuture<Optional<SessionReceiver>> acceptNext(Duration maxWait) {
    WaitingAccept waiting =
        new WaitingAccept(null, provider.now.plus(maxWait), new CompletableFuture<>());
    accepts.add(waiting);
    return waiting.future;
  }

  /** Expires what has expired and gives what is ready to whoever waits. */
  void serve(List<Runnable> after) {
    for (FakeSession session : List.copyOf(held.values())) {
      if (!session.until.isAfter(provider.now)) {
        session.lost = true;
        provider.record("lost " + session.id);
        free(session);
      }
    }
    for (Entry entry : List.copyOf(messages.values())) {
      if (entry.holder != null && !options.sessions() && !entry.lockedUntil.isAfter(provider.now)) {
        giveBack(entry, Duration.ZERO, true);
      }
    }
    for (Iterator<WaitingAccept> each = accepts.iterator(); each.hasNext(); ) {
      WaitingAccept waiting = each.next();
      SessionId id = waiting.session != null ? free(waiting.session) : next();
      if (waiting.future.isDone()) {
        each.remove();
      } else if (id != null) {
        FakeSession session =
            new FakeSession(provider, this, id, provider.now.plus(options.lockDuration()));
        held.put(id, session);
        provider.record("accept " + id);
        each.remove();
        after.add(
            () -> {
              if (!waiting.future.complete(Optional.of(session))) {
                session.close();
              }
            });
      } else if (!waiting.deadline.isAfter(provider.now)) {
        each.remove();
        after.add(
            () -> {
              if (waiting.session == null) {
                waiting.future.complete(Optional.empty());
              } else {
                waiting.future.completeExceptionally(
                    new SessionLocked(
                        name.value(), "Session '" + waiting.session + "' is held.", null));
              }
            });
      }
    }
    for (Iterator<WaitingReceive> each = receives.iterator(); each.hasNext(); ) {
      WaitingReceive waiting = each.next();
      if (waiting.future.isDone()) {
        each.remove();
        continue;
      }
      if (waiting.receiver instanceof FakeSession session && session.lost) {
        each.remove();
        after.add(() -> waiting.future.completeExceptionally(sessionLost(session)));
        continue;
      }
      List<ReceivedMessage<byte[]>> ready = take(waiting.receiver, waiting.max);
      if (!ready.isEmpty() || !waiting.deadline.isAfter(provider.now) || waiting.receiver.closed) {
        each.remove();
        after.add(
            () -> {
              if (!waiting.future.complete(ready)) {
                ready.forEach(message -> waiting.receiver.settle(message, Settlement.release()));
              }
            });
      }
    }
  }

  private @Nullable SessionId free(SessionId id) {
    return held.containsKey(id) ? null : id;
  }

  private @Nullable SessionId next() {
    Set<SessionId> seen = new HashSet<>();
    for (Entry entry : messages.values()) {
      SessionId id = entry.message.sessionId().orElseThrow();
      if (!entry.deferred && seen.add(id) && !held.containsKey(id) && isReady(entry)) {
        return id;
      }
    }
    return null;
  }

  private boolean isReady(Entry entry) {
    return entry.holder == null && !entry.deferred && !entry.notBefore.isAfter(provider.now);
  }

  private List<ReceivedMessage<byte[]>> take(FakeReceiver receiver, int max) {
    List<ReceivedMessage<byte[]>> taken = new ArrayList<>();
    if (receiver.closed) {
      return taken;
    }
    boolean dead = receiver.isDeadLetters();
    for (Entry entry : List.copyOf((dead ? deadLetters : messages).values())) {
      if (taken.size() == max) {
        break;
      }
      if (receiver instanceof FakeSession session) {
        if (entry.deferred || !entry.message.sessionId().orElseThrow().equals(session.id)) {
          continue;
        }
        if (entry.holder == session) {
          continue;
        }
        if (!isReady(entry)) {
          break;
        }
      } else if (!isReady(entry)) {
        continue;
      }
      taken.add(lock(entry, receiver));
    }
    return taken;
  }

  ReceivedMessage<byte[]> lock(Entry entry, FakeReceiver receiver) {
    entry.holder = receiver;
    entry.token = UUID.randomUUID();
    entry.deliveries++;
    entry.lockedUntil =
        receiver instanceof FakeSession session
            ? session.until
            : provider.now.plus(options.lockDuration());
    return view(entry, MessageState.ACTIVE);
  }

  ReceivedMessage<byte[]> view(Entry entry, MessageState state) {
    OutgoingMessage m = entry.message;
    ReceivedMessage.Builder<byte[]> builder =
        ReceivedMessage.of(
                name, SequenceNumber.of(entry.sequence), m.messageId().orElseThrow(), m.body())
            .state(state)
            .sessionId(m.sessionId().orElse(null))
            .deliveryCount(entry.deliveries)
            .enqueuedTime(entry.enqueued)
            .correlationId(m.correlationId().orElse(null))
            .replyTo(m.replyTo().orElse(null))
            .replyToSessionId(m.replyToSessionId().orElse(null))
            .contentType(m.contentType().orElse(null))
            .subject(m.subject().orElse(null))
            .payloadType(m.payloadType().orElse(null))
            .headers(m.headers())
            .deadLetter(entry.dead);
    if (entry.token != null) {
      builder.lock(LockToken.of(entry.token), entry.lockedUntil);
    }
    return builder.build();
  }

  private Entry locked(FakeReceiver receiver, ReceivedMessage<?> message) {
    if (receiver instanceof FakeSession session && session.lost) {
      throw sessionLost(session);
    }
    Entry entry =
        (receiver.isDeadLetters() ? deadLetters : messages).get(message.sequenceNumber().value());
    UUID token = message.lockToken().orElseThrow().value();
    if (entry != null && token.equals(entry.token) && entry.holder == receiver) {
      return entry;
    }
    if (receiver.settled.contains(token)) {
      throw new InvalidReceipt(
          name.value(), "Message '" + message.messageId() + "' was settled before.");
    }
    throw new LockLost(name.value(), "The lock on message '" + message.messageId() + "' is lost.");
  }

  SessionLockLost sessionLost(FakeSession session) {
    return new SessionLockLost(name.value(), "The lock on session '" + session.id + "' is lost.");
  }

  void settle(FakeReceiver receiver, ReceivedMessage<?> message, Settlement settlement) {
    Entry entry = locked(receiver, message);
    UUID token = entry.token;
    String id = message.messageId();
    if (settlement instanceof Settlement.Complete) {
      (receiver.isDeadLetters() ? deadLetters : messages).remove(entry.sequence);
      provider.record("complete " + id);
    } else if (settlement instanceof Settlement.Abandon abandon) {
      provider.record(
          abandon.delay().isZero() ? "abandon " + id : "abandon(" + abandon.delay() + ") " + id);
      giveBack(entry, abandon.delay(), true);
    } else if (settlement instanceof Settlement.DeadLetter dead) {
      provider.record("dead-letter(" + dead.reason() + ") " + id);
      bury(entry, dead.reason(), dead.description(), dead.exceptionClass());
    } else if (settlement instanceof Settlement.Defer) {
      provider.record("defer " + id);
      entry.holder = null;
      entry.token = null;
      entry.deferred = true;
    } else {
      provider.record("release " + id);
      giveBack(entry, Duration.ZERO, false);
    }
    receiver.settled.add(token);
  }

  Instant renew(FakeReceiver receiver, ReceivedMessage<?> message) {
    Entry entry = locked(receiver, message);
    entry.lockedUntil = provider.now.plus(options.lockDuration());
    provider.record("renew " + message.messageId());
    return entry.lockedUntil;
  }

  private void giveBack(Entry entry, Duration delay, boolean counted) {
    entry.holder = null;
    entry.token = null;
    entry.notBefore = provider.now.plus(delay);
    if (!counted) {
      entry.deliveries--;
    } else if (entry.dead == null && entry.deliveries >= options.maxDeliveryCount()) {
      bury(entry, DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED, null, null);
    }
  }

  private void bury(
      Entry entry, String reason, @Nullable String description, @Nullable String exceptionClass) {
    messages.remove(entry.sequence);
    Entry dead = new Entry(entry.sequence, entry.message, entry.enqueued);
    dead.notBefore = Instant.MIN;
    dead.deliveries = entry.deliveries;
    dead.dead =
        new DeadLetterDetails(
            reason,
            description,
            name.value(),
            SequenceNumber.of(entry.sequence),
            entry.deliveries,
            exceptionClass,
            null,
            provider.now);
    deadLetters.put(entry.sequence, dead);
  }

  /**
   * Ends a session's hold: its messages go back uncounted after a clean close, counted after a
   * loss.
   */
  void free(FakeSession session) {
    if (held.get(session.id) == session) {
      held.remove(session.id);
      for (Entry entry : List.copyOf(messages.values())) {
        if (entry.holder == session) {
          giveBack(entry, Duration.ZERO, session.lost);
        }
      }
    }
  }

  int replay(List<SequenceNumber> numbers, io.queueruntime.message.MessageEdits edits) {
    int moved = 0;
    for (SequenceNumber number : numbers.stream().sorted().toList()) {
      Entry dead = deadLetters.get(number.value());
      if (dead == null || dead.holder != null) {
        continue;
      }
      deadLetters.remove(number.value());
      OutgoingMessage.Builder builder = dead.message.toBuilder().scheduledEnqueueTime(null);
      edits.remove().forEach(builder::removeHeader);
      builder.headers(edits.set());
      Entry back = new Entry(++lastSequence, builder.build(), provider.now);
      messages.put(back.sequence, back);
      provider.record("replay " + dead.message.messageId().orElseThrow());
      moved++;
    }
    return moved;
  }

  void end(@Nullable RuntimeException failure, List<Runnable> after) {
    for (WaitingReceive waiting : receives) {
      after.add(
          () -> {
            if (failure == null) {
              waiting.future.complete(List.of());
            } else {
              waiting.future.completeExceptionally(failure);
            }
          });
    }
    for (WaitingAccept waiting : accepts) {
      after.add(
          () -> {
            if (failure == null) {
              waiting.future.complete(Optional.empty());
            } else {
              waiting.future.completeExceptionally(failure);
            }
          });
    }
    receives.clear();
    accepts.clear();
  }
}
