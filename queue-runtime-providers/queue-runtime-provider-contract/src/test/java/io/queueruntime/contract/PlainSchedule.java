package io.queueruntime.contract;

import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * When messages of a {@link PlainQueue} become ready, and until when they live. Confined to the
 * store's lock.
 */
final class PlainSchedule {

  private final PlainQueue queue;
  private final PlainStore store;

  PlainSchedule(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  void activate(PlainMessage message) {
    Optional<Instant> due =
        message
            .content
            .scheduledEnqueueTime()
            .filter(at -> at.isAfter(store.now) || has(Flaw.PAST_TIMES_ARE_NEVER_DUE));
    if (has(Flaw.PAST_TIMES_ARE_NEVER_DUE)) {
      due = due.map(at -> at.isAfter(store.now) ? at : Instant.MAX);
    }
    if (has(Flaw.SCHEDULES_ARE_IGNORED)) {
      due = Optional.empty();
    }
    message.enqueued = store.now;
    message.due = due.orElse(null);
    message.state = due.isPresent() ? State.SCHEDULED : State.READY;
    message.expires =
        due.isPresent() && !has(Flaw.A_SCHEDULED_LIFE_BEGINS_AT_SENDING) ? null : expiry(message);
  }

  @Nullable Instant expiry(PlainMessage message) {
    Optional<Duration> own = message.content.timeToLive();
    Optional<Duration> limit = queue.options.timeToLiveLimit();
    if (has(Flaw.ONLY_THE_QUEUES_TIME_TO_LIVE_COUNTS)) {
      own = Optional.empty();
    } else if (has(Flaw.ONLY_THE_MESSAGES_TIME_TO_LIVE_COUNTS) && own.isPresent()) {
      limit = Optional.empty();
    } else if (has(Flaw.TIMES_TO_LIVE_ARE_CUT_TO_SECONDS)) {
      own = own.map(life -> Duration.ofSeconds(life.toSeconds()));
    } else if (has(Flaw.EVERYTHING_LIVES_A_MINUTE) && limit.isEmpty()) {
      limit = Optional.of(Duration.ofMinutes(1));
    } else if (has(Flaw.TIMES_TO_LIVE_ARE_HALVED)) {
      own = own.map(life -> life.dividedBy(3));
      limit = limit.map(life -> life.dividedBy(3));
    } else if (has(Flaw.NOTHING_EXPIRES)) {
      return null;
    }
    return Stream.of(own, limit)
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder())
        .map(store.now::plus)
        .orElse(null);
  }

  boolean cancelScheduled(SequenceNumber number) {
    PlainMessage message = queue.main.get(number.value());
    boolean scheduled = message != null && message.state == State.SCHEDULED;
    if (has(Flaw.CANCELLING_DOES_NOTHING)) {
      return scheduled;
    } else if (has(Flaw.CANCELLING_CANCELS_ALL) && scheduled) {
      queue.main.values().removeIf(m -> m.state == State.SCHEDULED);
      return true;
    } else if (has(Flaw.CANCELLING_ALWAYS_SAYS_YES)) {
      queue.main.remove(number.value());
      return true;
    }
    return scheduled && queue.main.remove(number.value()) != null;
  }

  void activateDue() {
    Comparator<PlainMessage> order =
        Comparator.comparing((PlainMessage m) -> m.due).thenComparing(m -> m.number);
    if (has(Flaw.WHAT_IS_DUE_AT_ONCE_IS_REVERSED)) {
      order = Comparator.comparing((PlainMessage m) -> m.due).thenComparing(m -> -m.number);
    }
    queue.main.values().stream()
        .filter(m -> m.state == State.SCHEDULED && !m.due.isAfter(store.now))
        .sorted(order)
        .toList()
        .forEach(this::fallDue);
  }

  private void fallDue(PlainMessage message) {
    if (has(Flaw.SCHEDULED_MESSAGES_NEVER_FALL_DUE)) {
      message.due = Instant.MAX;
      return;
    }
    queue.main.remove(message.number);
    if (!has(Flaw.WHAT_IS_DUE_TAKES_THE_PLACE_OF_ITS_SENDING)) {
      message.number = queue.nextNumber();
    }
    message.state = State.READY;
    if (!has(Flaw.WHAT_IS_DUE_KEEPS_THE_TIME_OF_ITS_SENDING)) {
      message.enqueued = store.now;
    }
    message.due = null;
    if (!has(Flaw.A_SCHEDULED_LIFE_BEGINS_AT_SENDING)) {
      message.expires = has(Flaw.SCHEDULED_MESSAGES_NEVER_EXPIRE) ? null : expiry(message);
    }
    if (has(Flaw.WHAT_IS_DUE_IS_DELIVERED_ALREADY)) {
      message.count++;
    }
    queue.main.put(message.number, message);
    store.stir(Flaw.NO_WAKE_UP_WHEN_DUE);
  }
}
