package io.queueruntime.contract;

import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The messages of a {@link PlainQueue} that were given up. Confined to the store's lock. */
final class PlainDeadLetters {

  private final PlainQueue queue;
  private final PlainStore store;
  private final List<PlainMessage> former = new ArrayList<>();

  PlainDeadLetters(PlainQueue queue) {
    this.queue = queue;
    this.store = queue.store;
  }

  private boolean has(Flaw flaw) {
    return store.has(flaw);
  }

  void tooManyDeliveries(PlainMessage message) {
    String reason =
        has(Flaw.REASONS_ARE_ALL_THE_SAME)
            ? "Failed"
            : DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED;
    add(message, reason, message.count + " deliveries failed.", null);
  }

  void expired(PlainMessage message) {
    boolean keep =
        queue.options.deadLetterOnExpiration() != has(Flaw.EXPIRED_MESSAGES_GO_THE_OTHER_WAY);
    if (has(Flaw.WHAT_EXPIRED_WHILE_HELD_IS_LOST) && message.count > 0) {
      keep = false;
    }
    store.stir(Flaw.NO_ROOM_AFTER_EXPIRY);
    if (keep) {
      String reason =
          has(Flaw.REASONS_ARE_ALL_THE_SAME) ? "Failed" : DeadLetterDetails.TIME_TO_LIVE_EXPIRED;
      add(message, reason, "Its time to live was over.", null);
    } else {
      queue.deliveries.remove(message);
    }
  }

  void add(
      PlainMessage message,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    check(reason, description);
    if (!has(Flaw.DEAD_LETTERS_STAY_IN_THE_QUEUE)) {
      queue.deliveries.remove(message);
    }
    store.stir(Flaw.NO_ROOM_AFTER_A_DEAD_LETTER);
    if (has(Flaw.DEAD_LETTERS_ARE_DELETED)) {
      return;
    }
    OutgoingMessage content = message.content;
    if (has(Flaw.DEAD_LETTERS_LOSE_WHAT_WAS_SAID)) {
      content = OutgoingMessage.of(content.body()).build();
    } else if (has(Flaw.DEAD_LETTERS_LOSE_THEIR_SESSION)) {
      content = content.toBuilder().sessionId(null).build();
    } else if (has(Flaw.DEAD_LETTERS_ARE_TEXT)) {
      content =
          content.toBuilder()
              .body(
                  new String(content.body(), StandardCharsets.UTF_8)
                      .getBytes(StandardCharsets.UTF_8))
              .build();
    }
    PlainMessage letter =
        new PlainMessage(
            SubQueue.DEAD_LETTER, queue.nextNumber(), content, message.id, message.enqueued);
    letter.deadLetter = details(message, reason, description, exceptionClass);
    queue.dead.put(letter.number, letter);
    if (has(Flaw.QUEUES_SHARE_DEAD_LETTERS)) {
      store.queues.values().stream()
          .filter(other -> other != queue)
          .forEach(other -> other.dead.put(letter.number, letter));
    }
    store.stir(Flaw.NO_WAKE_UP_AFTER_A_DEAD_LETTER);
  }

  private void check(String reason, @Nullable String description) {
    if (has(Flaw.LONG_REASONS_ARE_REFUSED) && reason.length() > 1000
        || has(Flaw.DESCRIPTIONS_ARE_NEEDED) && description == null) {
      throw new ValidationFailed(queue.name.value(), "Give a shorter reason, and a description.");
    }
  }

  private DeadLetterDetails details(
      PlainMessage message,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass) {
    boolean lost = has(Flaw.DETAILS_ARE_LOST);
    boolean traced = has(Flaw.STACK_TRACES_ARE_KEPT) && exceptionClass != null;
    return new DeadLetterDetails(
        lost ? "Unknown" : cut(reason),
        description == null || lost
            ? null
            : cut(traced ? description + "\n\tat Secret.java" : description),
        has(Flaw.SOURCES_ARE_LOST) ? "?" : queue.name.value(),
        SequenceNumber.of(has(Flaw.FORMER_PLACES_ARE_LOST) ? 0 : message.number),
        has(Flaw.FORMER_COUNTS_ARE_LOST) ? 1 : message.count,
        has(Flaw.EXCEPTIONS_ARE_LOST)
            ? null
            : has(Flaw.EXCEPTIONS_ARE_INVENTED) ? "java.lang.Exception" : exceptionClass,
        message.firstFailure == null || has(Flaw.FIRST_FAILURES_ARE_LOST)
            ? store.now
            : message.firstFailure,
        has(Flaw.LAST_FAILURES_ARE_LOST) && message.firstFailure != null
            ? message.firstFailure
            : store.now);
  }

  private String cut(String text) {
    String cut = text;
    while (cut.getBytes(StandardCharsets.UTF_8).length > DeadLetterDetails.MAX_BYTES
        && !has(Flaw.LONG_REASONS_ARE_KEPT)) {
      cut = cut.substring(0, cut.length() - 1);
    }
    return cut;
  }

  int replay(Collection<SequenceNumber> numbers, MessageEdits edits) {
    List<PlainMessage> letters = free(numbers, !has(Flaw.REPLAYS_COME_AS_ASKED_FOR));
    if (has(Flaw.REPLAYING_ONE_REPLAYS_ALL)) {
      letters = List.copyOf(queue.dead.values());
    } else if (has(Flaw.REPLAYING_FAILS_ON_UNKNOWN_NUMBERS) && letters.size() < numbers.size()) {
      throw new MessageNotFound(queue.name.value(), "Not all are there.");
    }
    letters.forEach(letter -> replay(letter, edits));
    return has(Flaw.REPLAYS_COUNT_WHAT_WAS_ASKED_FOR) ? numbers.size() : letters.size();
  }

  private void replay(PlainMessage letter, MessageEdits edits) {
    if (!has(Flaw.REPLAYED_MESSAGES_STAY_DEAD_TOO)) {
      queue.dead.remove(letter.number);
      former.add(letter);
    }
    if (has(Flaw.REPLAYED_MESSAGES_ARE_LOST)
        || has(Flaw.REPLAYS_ARE_TAKEN_FOR_DUPLICATES) && queue.remembered.containsKey(letter.id)) {
      return;
    }
    Map<String, Object> headers = new LinkedHashMap<>(letter.content.headers());
    if (!has(Flaw.EDITS_ARE_IGNORED)) {
      edits.remove().forEach(headers::remove);
      headers.putAll(edits.set());
    }
    OutgoingMessage.Builder content = letter.content.toBuilder().scheduledEnqueueTime(null);
    letter.content.headers().keySet().forEach(content::removeHeader);
    content.headers(headers);
    if (has(Flaw.REPLAYS_LOSE_WHAT_WAS_SAID)) {
      content =
          OutgoingMessage.of(letter.content.body())
              .sessionId(letter.content.sessionId().orElse(null));
    } else if (has(Flaw.REPLAYS_MOVE_TO_ANOTHER_SESSION)) {
      content.sessionId(
          letter
              .content
              .sessionId()
              .map(id -> io.queueruntime.message.SessionId.of("x"))
              .orElse(null));
    }
    long number =
        has(Flaw.REPLAYS_RETURN_TO_THEIR_OLD_PLACE)
            ? letter.deadLetter.originalSequenceNumber().value()
            : queue.nextNumber();
    PlainMessage back =
        new PlainMessage(SubQueue.MAIN, number, content.build(), letter.id, store.now);
    back.count = has(Flaw.REPLAYS_KEEP_THEIR_COUNT) ? letter.deadLetter.deliveryCount() : 0;
    back.deadLetter = has(Flaw.REPLAYS_STAY_MARKED) ? letter.deadLetter : null;
    back.expires =
        has(Flaw.REPLAYS_ARE_STILL_EXPIRED) && letter.deadLetter.reason().startsWith("TTL")
            ? store.now
            : queue.schedule.expiry(back);
    queue.main.put(back.number, back);
    store.stir(Flaw.NO_WAKE_UP_AFTER_A_REPLAY);
  }

  /** What was replayed, for flaws that bring it back. */
  List<PlainMessage> former() {
    return former;
  }

  int discard(Collection<SequenceNumber> numbers) {
    if (has(Flaw.DISCARDING_DISCARDS_ALL)) {
      int all = queue.dead.size();
      queue.dead.clear();
      return all;
    }
    List<PlainMessage> letters = free(numbers, true);
    if (!has(Flaw.DISCARDING_DOES_NOTHING)) {
      letters.forEach(letter -> queue.dead.remove(letter.number));
    }
    return has(Flaw.DISCARDS_COUNT_WHAT_WAS_ASKED_FOR) ? numbers.size() : letters.size();
  }

  private List<PlainMessage> free(Collection<SequenceNumber> numbers, boolean inOrder) {
    return (inOrder ? numbers.stream().sorted() : numbers.stream())
        .distinct()
        .map(number -> queue.dead.get(number.value()))
        .filter(Objects::nonNull)
        .filter(letter -> letter.state != State.HELD || has(Flaw.HELD_DEAD_LETTERS_ARE_MOVED))
        .toList();
  }
}
