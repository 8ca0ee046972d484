package io.queueruntime.contract;

import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What comes out of a {@link PlainQueue} without its sessions. Confined to the store's lock. */
final class PlainReceiving {

  private final PlainQueue queue;
  private final PlainStore store;

  PlainReceiving(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  /** Locks what is ready for a plain receiver or a receiver of dead letters. */
  List<PlainMessage> receive(SubQueue subQueue, int max) {
    if (has(Flaw.A_RECEIVE_NEEDS_A_SEND) && subQueue == SubQueue.MAIN) {
      if (!queue.sentSinceReceive) {
        return List.of();
      }
      queue.sentSinceReceive = false;
    }
    Collection<PlainMessage> all = queue.of(subQueue).values();
    if (has(Flaw.THE_NEWEST_COMES_FIRST)) {
      all = queue.of(subQueue).descendingMap().values();
    } else if (has(Flaw.ANY_MESSAGE_HOLDS_UP_A_PLAIN_QUEUE) && subQueue == SubQueue.MAIN) {
      all = all.stream().takeWhile(this::ready).toList();
    } else if (has(Flaw.DEAD_LETTERS_STOP_THE_QUEUE)
        && subQueue == SubQueue.MAIN
        && !queue.dead.isEmpty()) {
      return List.of();
    } else if (has(Flaw.THE_NEWEST_DEAD_LETTER_COMES_FIRST) && subQueue == SubQueue.DEAD_LETTER) {
      all = queue.dead.descendingMap().values();
    }
    List<PlainMessage> ready =
        all.stream()
            .filter(this::ready)
            .limit(has(Flaw.MORE_COMES_THAN_WAS_ASKED_FOR) ? max + 2 : max)
            .toList();
    if (has(Flaw.A_RECEIVE_WAITS_UNTIL_IT_IS_FULL)
        && ready.size() < max
        && max < ProviderContract.ALL) {
      return List.of();
    }
    ready.forEach(m -> queue.deliveries.deliver(m, null));
    return ready;
  }

  private boolean ready(PlainMessage message) {
    boolean returned =
        has(Flaw.DEFERRED_MESSAGES_ARE_RECEIVED_WITH_THE_OTHERS) && message.state == State.DEFERRED;
    return (message.state == State.READY || returned) && !message.notBefore.isAfter(store.now);
  }

  List<PlainMessage> receiveDeferred(
      SubQueue subQueue, @Nullable PlainHold hold, Collection<SequenceNumber> numbers) {
    if (hold != null && !has(Flaw.A_LOST_HOLDER_FETCHES)) {
      queue.sessions.checkHeld(hold);
    }
    List<PlainMessage> found =
        numbers.stream()
            .map(number -> queue.of(subQueue).get(number.value()))
            .filter(Objects::nonNull)
            .filter(m -> m.state == State.DEFERRED || fetchable(m))
            .filter(
                m ->
                    hold == null
                        || has(Flaw.ANY_HOLDER_FETCHES)
                        || m.content.sessionId().equals(Optional.of(hold.sessionId)))
            .toList();
    if (has(Flaw.ONE_UNKNOWN_NUMBER_SPOILS_THE_FETCH) && found.size() < numbers.size()) {
      return List.of();
    } else if (has(Flaw.FETCHING_REMOVES)) {
      found.forEach(m -> queue.of(subQueue).remove(m.number));
    }
    found.forEach(m -> queue.deliveries.deliver(m, hold));
    if (has(Flaw.FETCHING_COUNTS_NOTHING)) {
      found.forEach(m -> m.count--);
    } else if (has(Flaw.FETCHING_LOCKS_NOTHING)) {
      found.forEach(m -> m.state = State.DEFERRED);
    }
    return found;
  }

  private boolean fetchable(PlainMessage message) {
    return has(Flaw.EVERY_NUMBER_IS_FETCHED)
        || has(Flaw.A_HELD_MESSAGE_IS_FETCHED_AGAIN)
            && message.state == State.HELD
            && message.count > 1;
  }
}
