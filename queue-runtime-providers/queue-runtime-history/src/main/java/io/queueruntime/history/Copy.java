package io.queueruntime.history;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One message as it was sent, and everything the history says about it.
 *
 * <p>Changed by {@link Ledger} only, while it reads the history.
 */
final class Copy {

  /** What makes a message this one: two sends with all three alike are retries of one send. */
  record Key(String queue, String messageId, String payload) {}

  /** One attempt to send it. */
  record Send(Call call, HistoryEvent question, @Nullable HistoryEvent answer) {

    boolean enqueued() {
      return call.certain() && answer != null && !"DUPLICATE".equals(answer.text(Field.OUTCOME));
    }

    boolean duplicate() {
      return call.certain() && answer != null && "DUPLICATE".equals(answer.text(Field.OUTCOME));
    }

    /** Whether it may have put the message into the queue. */
    boolean possible() {
      return call.possible() && !duplicate();
    }
  }

  /** An operation on the message by its sequence number: cancel, discard, replay. */
  record Touch(Call call, HistoryEvent question, boolean certain, boolean possible) {}

  /** The message was seen by a peek. */
  record Sight(Call call, HistoryEvent answer, int index) {
    boolean dead() {
      return answer.flag(Field.DEAD);
    }
  }

  final Key key;
  final List<Send> sends = new ArrayList<>(1);
  final List<Delivery> deliveries = new ArrayList<>(2);
  final List<Touch> removals = new ArrayList<>(0);
  final List<Touch> replays = new ArrayList<>(0);
  final List<Sight> sights = new ArrayList<>(0);

  Copy(Key key) {
    this.key = key;
  }

  String name() {
    return "message '" + key.messageId() + "' of queue '" + key.queue() + "'";
  }

  /** Whether it certainly was in the queue at some time. */
  boolean existed() {
    return sends.stream().anyMatch(Send::enqueued) || !deliveries.isEmpty() || !sights.isEmpty();
  }

  @Nullable Delivery lastDelivery() {
    return deliveries.isEmpty() ? null : deliveries.get(deliveries.size() - 1);
  }

  /** Index of the first event at which it may have been in the queue. */
  int born() {
    return sends.stream()
        .filter(Send::possible)
        .mapToInt(send -> send.call().first)
        .min()
        .orElse(Integer.MAX_VALUE);
  }

  /** The earliest time at which it may have been enqueued. */
  long bornTime() {
    return sends.stream()
        .filter(Send::possible)
        .mapToLong(send -> send.call().startTime())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** A field of its send; all sends of one message say the same. */
  @Nullable String sent(Field field) {
    return sends.isEmpty() ? null : sends.get(0).question().get(field);
  }

  long sentNumber(Field field, long otherwise) {
    return sends.isEmpty() ? otherwise : sends.get(0).question().number(field, otherwise);
  }

  /** Whether a replay may have taken place between those two events. */
  boolean mayBeReplayed(int from, int to) {
    return replays.stream()
        .anyMatch(r -> r.possible() && r.call().latest > from && r.call().first < to);
  }

  /** Whether a replay certainly took place between those two events. */
  boolean wasReplayed(int from, int to) {
    return replays.stream()
        .anyMatch(r -> r.certain() && r.call().first > from && r.call().latest < to);
  }

  /** The sequence numbers under which its queue, not its dead-letter queue, delivered it. */
  Set<Long> sequences() {
    Set<Long> found = new LinkedHashSet<>();
    for (Delivery delivery : deliveries) {
      if (!delivery.dead() && delivery.sequence() >= 0) {
        found.add(delivery.sequence());
      }
    }
    return found;
  }
}
