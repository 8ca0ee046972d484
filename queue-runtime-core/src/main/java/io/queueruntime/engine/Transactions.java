package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.TransactionRefused;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.SendReceipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several sends and settlements, of any queues, as one: every part is checked before the first one
 * is done, and all of them are one group of the journal.
 *
 * <p>Confined to the engine thread.
 */
final class Transactions {

  /** Most parts of one transaction. */
  static final int MAX_PARTS = 1000;

  private final EngineContext context;
  private final Sending sending;
  private final Settling settling;

  Transactions(EngineContext context, Sending sending, Settling settling) {
    this.context = context;
    this.sending = sending;
    this.settling = settling;
  }

  /**
   * A part, and what its sender's thread has made of the message.
   *
   * @param draft there when the part is a send
   */
  record Part(Work work, @Nullable Draft draft) {}

  /** Receipts of the sends, in the places of their parts. */
  List<Optional<SendReceipt>> perform(List<Part> parts) {
    Checked checked = new Checked();
    for (int i = 0; i < parts.size(); i++) {
      try {
        checked.add(parts.get(i));
      } catch (QueueRuntimeException refused) {
        throw new TransactionRefused(i, parts.size(), refused);
      }
    }
    List<Optional<SendReceipt>> receipts = new ArrayList<>(parts.size());
    QueueState any = checked.requireRoom();
    if (any != null) {
      context.log.group(any.id, () -> checked.doing.forEach(part -> receipts.add(part.perform())));
    }
    return receipts;
  }

  /** A part that was found valid. */
  @FunctionalInterface
  private interface Doing {
    Optional<SendReceipt> perform();
  }

  /** The parts so far, each of which was checked with regard to those before it. */
  private final class Checked {
    final List<Doing> doing = new ArrayList<>();
    private final Set<LockToken> settled = new HashSet<>();
    private final Set<Place> places = new HashSet<>();
    private final Map<QueueState, Map<String, @Nullable String>> sessionsByKey = new HashMap<>();

    /** By how many messages the queue is fuller than it is now. */
    private final Map<QueueState, Long> growth = new HashMap<>();

    private @Nullable QueueState first;
    private long bytes;
    private int records = 1;
    private boolean sends;

    void add(Part part) {
      if (part.work() instanceof Work.Settlement settlement) {
        settle(settlement);
      } else if (part.draft() != null) {
        send(part.work(), part.draft());
      }
    }

    /** Fails when the disk is full; returns one of the queues, if there is any. */
    @Nullable QueueState requireRoom() {
      if (first != null && sends) {
        context.log.requireRoomForMessages(first, bytes, records);
      } else if (first != null) {
        context.log.requireRoom(first, bytes, records);
      }
      return first;
    }

    private void send(Work work, Draft draft) {
      QueueState queue = context.require(work.queue(), "send to");
      sending.check(queue, draft, sessionsByKey.computeIfAbsent(queue, any -> new HashMap<>()));
      Place place = draft.terms().place();
      if (place != null && !places.add(place)) {
        throw new ValidationFailed(
            work.queue().value(),
            "Cannot send message '%s' to queue '%s' at %s: an earlier part of the same transaction does."
                .formatted(draft.messageId(), work.queue(), place));
      }
      long capacity = queue.options().capacity();
      long pending = queue.pending() + growth.getOrDefault(queue, 0L);
      if (capacity > 0 && pending >= capacity && sending.needsRoom(queue, List.of(draft))) {
        throw new QueueFull(
            queue.name.value(),
            "Cannot send message '%s' to queue '%s' in a transaction: the queue holds %d messages by then and takes at most %d. Try again later, add consumers or raise its capacity."
                .formatted(draft.messageId(), queue.name, pending, capacity));
      }
      growth.merge(queue, 1L, Long::sum);
      sends = true;
      take(
          queue,
          sending.bytesOf(queue, draft),
          sending.recordsOf(queue),
          () -> Optional.of(sending.let(queue, draft)));
    }

    private void settle(Work.Settlement work) {
      if (!settled.add(work.token())) {
        throw new InvalidReceipt(
            work.queue().value(),
            "Cannot settle a message of queue '%s' with token %s: an earlier part of the same transaction does."
                .formatted(work.queue(), work.token()));
      }
      Step step = step(work);
      if (work instanceof Work.Complete || work instanceof Work.DeadLetter) {
        growth.merge(step.queue(), -1L, Long::sum);
      }
      take(
          step.queue(),
          step.bytes(),
          step.records(),
          () -> {
            step.doing().run();
            return Optional.empty();
          });
    }

    private void take(QueueState queue, long moreBytes, int moreRecords, Doing part) {
      first = first == null ? queue : first;
      bytes += moreBytes;
      records += moreRecords;
      doing.add(part);
    }
  }

  private Step step(Work.Settlement work) {
    if (work instanceof Work.Complete part) {
      return settling.complete(part.queue(), part.token());
    } else if (work instanceof Work.Abandon part) {
      return settling.abandon(part.queue(), part.token(), 0, part.edits());
    } else if (work instanceof Work.Defer part) {
      return settling.defer(part.queue(), part.token(), part.edits());
    } else if (work instanceof Work.DeadLetter part) {
      return settling.deadLetter(
          part.queue(),
          part.token(),
          part.reason(),
          part.description(),
          part.exceptionClass(),
          part.edits());
    } else {
      return settling.release(work.queue(), work.token());
    }
  }
}
