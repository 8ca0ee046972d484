package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.contract.PlainWait.For;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What goes into a {@link PlainQueue}, now or later. Confined to the store's lock. */
final class PlainSending {

  private final PlainQueue queue;
  private final PlainStore store;
  private long sent;

  PlainSending(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  /** Refuses what no state of the queue could take. */
  void check(OutgoingMessage message) {
    String name = queue.name.value();
    if (!has(Flaw.SESSION_IDS_ARE_NOT_CHECKED)) {
      if (queue.options.sessions() && message.sessionId().isEmpty()) {
        throw new ValidationFailed(
            name, "Queue '" + name + "' has sessions: the message needs a session id.");
      } else if (!queue.options.sessions() && message.sessionId().isPresent()) {
        throw new ValidationFailed(
            name, "Queue '" + name + "' has no sessions: the message must have none.");
      }
    }
    long max =
        queue.options.maxMessageSize() == null
            ? PlainProvider.MAX_SIZE
            : queue.options.maxMessageSize();
    long size = has(Flaw.HEADERS_HAVE_NO_SIZE) ? message.body().length : size(message);
    if (has(Flaw.ONLY_THE_PROVIDERS_LIMIT_COUNTS)) {
      max = PlainProvider.MAX_SIZE;
    } else if (has(Flaw.ONLY_THE_QUEUES_LIMIT_COUNTS) && queue.options.maxMessageSize() == null) {
      max = Long.MAX_VALUE;
    } else if (has(Flaw.LIMITS_ARE_HALVED)) {
      max = max / 2;
    }
    if (has(Flaw.EMPTY_BODIES_ARE_REFUSED) && message.body().length == 0) {
      throw new ValidationFailed(name, "A message has a body.");
    }
    if (size > max) {
      if (has(Flaw.REFUSED_MESSAGES_ARE_REMEMBERED)) {
        message.messageId().ifPresent(id -> remember(id, message));
      }
      throw new MessageTooLarge(
          name,
          "A message of "
              + size
              + " bytes is too large for '"
              + name
              + "', which takes "
              + max
              + ".",
          has(Flaw.ERRORS_TELL_LITTLE) ? 0 : size,
          has(Flaw.ERRORS_TELL_LITTLE) ? 0 : max);
    }
    message
        .deduplicationKey()
        .flatMap(this::pending)
        .filter(old -> !old.content.sessionId().equals(message.sessionId()))
        .filter(old -> !has(Flaw.KEYS_MOVE_BETWEEN_SESSIONS))
        .ifPresent(
            old -> {
              throw new ValidationFailed(name, "The key belongs to a message of another session.");
            });
  }

  static long size(OutgoingMessage message) {
    long size = message.body().length;
    for (Map.Entry<String, Object> header : message.headers().entrySet()) {
      size +=
          header.getKey().length()
              + header.getValue().toString().getBytes(StandardCharsets.UTF_8).length;
    }
    return size;
  }

  private Optional<PlainMessage> pending(String key) {
    return queue.main.values().stream()
        .filter(m -> !m.superseded && m.content.deduplicationKey().equals(Optional.of(key)))
        .findFirst();
  }

  /** Takes all messages, when there is room for them and nobody waits longer. */
  Optional<List<SendReceipt>> send(List<OutgoingMessage> messages, CompletableFuture<?> mine) {
    long needed = messages.stream().filter(this::needsRoom).count();
    long room =
        has(Flaw.CAPACITY_IS_ONE_MORE) ? queue.options.capacity() + 1 : queue.options.capacity();
    boolean full = queue.options.capacity() > 0 && needed > 0 && inTheQueue() + needed > room;
    if (full && has(Flaw.A_FULL_QUEUE_DROPS_THE_OLDEST)) {
      queue.main.pollFirstEntry();
      full = false;
    } else if (full && has(Flaw.A_FULL_QUEUE_DROPS_THE_NEWEST)) {
      return Optional.of(
          messages.stream()
              .map(m -> new SendReceipt("dropped", SendOutcome.ENQUEUED, null))
              .toList());
    } else if (full && has(Flaw.BATCHES_GO_IN_PIECES) && messages.size() > 1) {
      messages.stream().limit(room - inTheQueue()).forEach(this::enqueue);
    }
    if (full || needed > 0 && othersWait(mine)) {
      return Optional.empty();
    }
    return Optional.of(enqueue(messages));
  }

  private long inTheQueue() {
    if (has(Flaw.FULL_COUNTS_ALL_QUEUES)) {
      return store.queues.values().stream().mapToLong(PlainQueue::pendingCount).sum();
    } else if (has(Flaw.FULL_COUNTS_ONLY_READY_MESSAGES)) {
      return queue.main.values().stream().filter(m -> m.state == State.READY).count();
    } else if (has(Flaw.FULL_COUNTS_DEAD_LETTERS)) {
      return queue.pendingCount() + queue.dead.size();
    }
    return queue.pendingCount();
  }

  private boolean othersWait(CompletableFuture<?> mine) {
    boolean newestFirst = has(Flaw.THE_LAST_SENDER_IS_SERVED_FIRST);
    List<PlainWait<?>> waits = new ArrayList<>(queue.waits);
    if (newestFirst) {
      Collections.reverse(waits);
    }
    return waits.stream()
        .takeWhile(before -> before.future != mine)
        .anyMatch(before -> before.what == For.ROOM && !before.future.isDone());
  }

  private boolean needsRoom(OutgoingMessage message) {
    boolean replaces =
        message
            .deduplicationKey()
            .flatMap(this::pending)
            .filter(m -> m.state != State.HELD)
            .isPresent();
    return has(Flaw.EVERY_SEND_NEEDS_ROOM) || !isDuplicate(message) && !replaces;
  }

  private List<SendReceipt> enqueue(List<OutgoingMessage> messages) {
    List<OutgoingMessage> batch = new ArrayList<>(messages);
    if (has(Flaw.BATCHES_ARE_REVERSED)) {
      Collections.reverse(batch);
    } else if (has(Flaw.BATCHES_ARE_CUT) && batch.size() > 100) {
      batch = batch.subList(0, 100);
    } else if (has(Flaw.BATCHES_HAVE_ONE_SESSION)) {
      Optional<SessionId> first = batch.get(0).sessionId();
      batch.replaceAll(m -> m.toBuilder().sessionId(first.orElse(null)).build());
    } else if (has(Flaw.BATCHES_ARE_NOT_SCHEDULED) && batch.size() > 1) {
      batch.replaceAll(m -> m.toBuilder().scheduledEnqueueTime(null).build());
    }
    if (batch.size() > 1) {
      store.stir(Flaw.NO_WAKE_UP_AFTER_A_BATCH);
    }
    List<SendReceipt> receipts = new ArrayList<>();
    for (OutgoingMessage message : batch) {
      if (has(Flaw.DUPLICATES_WITHIN_A_BATCH_PASS) && messages.size() > 1) {
        message = message.toBuilder().messageId(null).build();
      }
      receipts.add(enqueue(message));
    }
    if (has(Flaw.RECEIPTS_ARE_REVERSED)) {
      Collections.reverse(receipts);
    }
    return receipts;
  }

  private boolean isDuplicate(OutgoingMessage message) {
    if (has(Flaw.IDS_MUST_BE_UNIQUE)) {
      return queue.main.values().stream()
          .anyMatch(m -> message.messageId().equals(Optional.of(m.id)));
    } else if (queue.options.duplicateDetectionWindow() == null
        && !has(Flaw.DUPLICATES_ARE_ALWAYS_DETECTED)) {
      return false;
    } else if (has(Flaw.IDS_ARE_REMEMBERED_BY_ALL_QUEUES)) {
      return store.queues.values().stream().anyMatch(q -> remembers(q, message));
    } else if (has(Flaw.ONLY_READY_IDS_ARE_REMEMBERED)) {
      return queue.main.values().stream()
          .anyMatch(m -> m.state == State.READY && message.messageId().equals(Optional.of(m.id)));
    }
    return remembers(queue, message) && !has(Flaw.DUPLICATES_PASS);
  }

  private boolean remembers(PlainQueue other, OutgoingMessage message) {
    return message.messageId().map(this::key).filter(other.remembered::containsKey).isPresent();
  }

  private String key(String id) {
    return has(Flaw.IDS_ARE_TRIMMED) ? id.strip() : id;
  }

  private void remember(String id, OutgoingMessage message) {
    Duration window = queue.options.duplicateDetectionWindow();
    if (window == null) {
      window = Duration.ofDays(1);
    }
    boolean scheduled = message.scheduledEnqueueTime().isPresent();
    boolean inSession = message.sessionId().isPresent();
    if (!(has(Flaw.SCHEDULED_IDS_ARE_NOT_REMEMBERED) && scheduled)
        && !(has(Flaw.IDS_IN_SESSIONS_ARE_NOT_REMEMBERED) && inSession)) {
      queue.remembered.put(
          key(id), store.now.plus(has(Flaw.THE_WINDOW_IS_SHORT) ? window.dividedBy(2) : window));
    }
  }

  private SendReceipt enqueue(OutgoingMessage message) {
    String id = message.messageId().orElseGet(this::newId);
    if (isDuplicate(message)) {
      if (has(Flaw.THE_OLD_COPY_IS_DISCARDED)) {
        queue.main.values().removeIf(m -> m.id.equals(id));
        add(message, id);
      }
      return new SendReceipt(
          id,
          has(Flaw.DUPLICATES_ARE_NOT_TOLD) ? SendOutcome.ENQUEUED : SendOutcome.DUPLICATE,
          null);
    }
    boolean detects =
        queue.options.duplicateDetectionWindow() != null
            || has(Flaw.DUPLICATES_ARE_ALWAYS_DETECTED);
    boolean given = message.messageId().isPresent() && !message.hasGeneratedId();
    if (detects
        && (given || has(Flaw.IDS_OF_THE_RUNTIME_ARE_REMEMBERED))
        && !(has(Flaw.THE_WINDOW_OPENS_ONCE)
            && message.messageId().filter(queue.sending::seen).isPresent())) {
      remember(id, message);
      everSeen.add(id);
    }
    Optional<PlainMessage> old = message.deduplicationKey().flatMap(this::replaceable);
    if (old.isPresent() && old.get().state != State.HELD && !has(Flaw.REPLACEMENTS_GO_TO_THE_END)) {
      return replace(old.get(), message, id);
    }
    old.ifPresent(this::supersede);
    PlainMessage added = add(message, id);
    return receipt(id, old.isPresent() ? SendOutcome.REPLACED : SendOutcome.ENQUEUED, added);
  }

  private final java.util.Set<String> everSeen = new java.util.HashSet<>();

  private boolean seen(String id) {
    return everSeen.contains(id);
  }

  private Optional<PlainMessage> replaceable(String key) {
    if (has(Flaw.KEYS_ARE_IGNORED)) {
      return Optional.empty();
    } else if (has(Flaw.KEYS_ARE_SHARED_BY_QUEUES)) {
      return store.queues.values().stream()
          .map(q -> q.sending.pending(key))
          .flatMap(Optional::stream)
          .findFirst();
    } else if (has(Flaw.KEYS_ARE_ALL_THE_SAME)) {
      return queue.main.values().stream().filter(m -> !m.superseded).findFirst();
    } else if (has(Flaw.KEYS_COUNT_UNTIL_THE_FIRST_DELIVERY)) {
      return pending(key).filter(m -> m.count == 0);
    } else if (has(Flaw.KEYS_OF_A_BATCH_ARE_ALL_KEPT)) {
      return pending(key).filter(m -> m.call != store.call);
    }
    return pending(key);
  }

  /** Whether the flaw keeps a key taken after its message has gone. */
  void gone(PlainMessage message) {
    if (has(Flaw.KEYS_STAY_TAKEN)) {
      message.content.deduplicationKey().ifPresent(key -> takenForEver.add(key));
    }
  }

  private final java.util.Set<String> takenForEver = new java.util.HashSet<>();

  private String newId() {
    return has(Flaw.IDS_MADE_ARE_ALL_THE_SAME) ? "same" : UUID.randomUUID().toString();
  }

  private SendReceipt receipt(String id, SendOutcome outcome, PlainMessage message) {
    String told =
        has(Flaw.IDS_MADE_ARE_NOT_TOLD) && message.content.messageId().isEmpty() ? "untold" : id;
    boolean taken = message.content.deduplicationKey().filter(takenForEver::contains).isPresent();
    SendOutcome said = taken ? SendOutcome.REPLACED : outcome;
    return new SendReceipt(
        told,
        has(Flaw.OUTCOMES_ARE_ALL_REPLACED) ? SendOutcome.REPLACED : said,
        SequenceNumber.of(message.number));
  }

  private SendReceipt replace(PlainMessage replaced, OutgoingMessage message, String id) {
    Instant expires = replaced.expires;
    boolean onlyTheBody = has(Flaw.REPLACING_CHANGES_ONLY_THE_BODY);
    replaced.content =
        onlyTheBody ? replaced.content.toBuilder().body(message.body()).build() : message;
    replaced.id = onlyTheBody ? replaced.id : id;
    if (!has(Flaw.REPLACING_KEEPS_THE_COUNT)) {
      replaced.count = 0;
    }
    replaced.firstFailure = null;
    if (!has(Flaw.REPLACING_KEEPS_THE_BACK_OFF)) {
      replaced.notBefore = Instant.MIN;
    }
    queue.schedule.activate(replaced);
    if (has(Flaw.REPLACING_KEEPS_THE_TIME_TO_LIVE)) {
      replaced.expires = expires;
    }
    store.stir(Flaw.NO_WAKE_UP_AFTER_A_REPLACEMENT);
    return receipt(
        has(Flaw.REPLACING_CHANGES_ONLY_THE_BODY) ? replaced.id : id,
        SendOutcome.REPLACED,
        replaced);
  }

  private void supersede(PlainMessage old) {
    if (old.state != State.HELD) {
      queue.main.remove(old.number);
    } else if (!has(Flaw.NOTHING_IS_SUPERSEDED)) {
      old.superseded = true;
      store.stir(Flaw.NO_WAKE_UP_AFTER_A_SUCCESSOR);
    }
  }

  private PlainMessage add(OutgoingMessage message, String id) {
    PlainMessage added =
        new PlainMessage(SubQueue.MAIN, queue.nextNumber(), message, id, store.now);
    added.call = store.call;
    added.count = queue.firstCount(added.number);
    queue.schedule.activate(added);
    sent++;
    boolean lost = has(Flaw.EVERY_TENTH_MESSAGE_IS_LOST) && sent % 10 == 0;
    if (!lost) {
      queue.main.put(added.number, added);
    }
    if (has(Flaw.QUEUES_ARE_MIXED)) {
      store.queues.values().stream()
          .filter(other -> other != queue && other.options.sessions() == queue.options.sessions())
          .forEach(other -> other.main.put(added.number + 1000, added));
    }
    store.stir(Flaw.NO_WAKE_UP_AFTER_A_SEND);
    queue.sentSinceReceive = true;
    return added;
  }
}
