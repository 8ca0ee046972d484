package io.queueruntime.contract;

import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * How messages of a {@link PlainQueue} look to those who receive them or look at them. Confined to
 * the store's lock.
 */
final class PlainViews {

  private PlainViews() {}

  static List<ReceivedMessage<byte[]>> delivered(PlainQueue queue, List<PlainMessage> messages) {
    return messages.stream().map(message -> view(queue, message, true)).toList();
  }

  static List<ReceivedMessage<byte[]>> seen(PlainQueue queue, List<PlainMessage> messages) {
    return messages.stream().map(message -> view(queue, message, false)).toList();
  }

  private static ReceivedMessage<byte[]> view(
      PlainQueue queue, PlainMessage message, boolean delivered) {
    OutgoingMessage content = message.content;
    PlainStore store = queue.store;
    boolean said =
        !store.has(Flaw.WHAT_IS_SAID_IS_LOST) && !(store.has(Flaw.PEEK_SHOWS_LITTLE) && !delivered);
    boolean empty = store.has(Flaw.WHAT_IS_NOT_SAID_IS_EMPTY);
    long number = store.has(Flaw.NUMBERS_ARE_ALL_THE_SAME) ? 7 : message.number;
    ReceivedMessage.Builder<byte[]> view =
        ReceivedMessage.of(
                store.has(Flaw.QUEUES_ARE_NOT_TOLD)
                    ? io.queueruntime.message.QueueName.of("unknown")
                    : queue.name,
                SequenceNumber.of(number),
                store.has(Flaw.IDS_GIVEN_ARE_REPLACED) ? UUID.randomUUID().toString() : message.id,
                body(store, content.body()))
            .state(state(store, message))
            .sessionId(
                store.has(Flaw.SESSION_IDS_ARE_NOT_TOLD) ? null : content.sessionId().orElse(null))
            .deliveryCount(
                store.has(Flaw.COUNTS_BEGIN_WITH_ZERO) ? message.count - 1 : message.count)
            .enqueuedTime(
                store.has(Flaw.TIMES_ARE_THOSE_OF_DELIVERY) ? store.now : message.enqueued)
            .expiresAt(
                store.has(Flaw.EXPIRY_IS_NOT_TOLD) ? null : empty ? store.now : message.expires)
            .scheduledEnqueueTime(
                store.has(Flaw.SCHEDULES_ARE_NOT_TOLD)
                    ? null
                    : content.scheduledEnqueueTime().orElse(null))
            .correlationId(text(said, empty, content.correlationId()))
            .replyTo(text(said, empty, content.replyTo()))
            .replyToSessionId(text(said, empty, content.replyToSessionId()))
            .contentType(text(said, empty, content.contentType()))
            .subject(text(said, empty, content.subject()))
            .payloadType(text(said, empty, content.payloadType()))
            .deduplicationKey(text(said, empty, content.deduplicationKey()))
            .headers(headers(store, content.headers(), delivered))
            .deadLetter(message.deadLetter);
    if (delivered && !store.has(Flaw.LOCKS_ARE_NOT_TOLD) && message.lastToken != null) {
      view.lock(message.lastToken, message.lockedUntil == null ? store.now : message.lockedUntil);
    } else if (delivered && message.lastToken != null) {
      view.lock(message.lastToken, store.now);
    } else if (store.has(Flaw.PEEK_SHOWS_A_TOKEN)) {
      LockToken token = LockToken.of(UUID.randomUUID());
      view.lock(token, store.now);
    }
    return view.build();
  }

  private static MessageState state(PlainStore store, PlainMessage message) {
    if (store.has(Flaw.STATES_OF_MESSAGES_ARE_NOT_TOLD)) {
      return message.subQueue == SubQueue.MAIN ? MessageState.SCHEDULED : MessageState.ACTIVE;
    } else if (store.has(Flaw.EVERYTHING_SEEMS_ACTIVE) && message.subQueue == SubQueue.MAIN) {
      return MessageState.ACTIVE;
    } else if (message.subQueue == SubQueue.DEAD_LETTER) {
      return MessageState.DEAD_LETTERED;
    }
    return message.state == State.SCHEDULED
        ? MessageState.SCHEDULED
        : message.state == State.DEFERRED ? MessageState.DEFERRED : MessageState.ACTIVE;
  }

  private static String text(boolean said, boolean empty, Optional<String> text) {
    return said ? text.orElse(empty ? "" : null) : null;
  }

  private static byte[] body(PlainStore store, byte[] body) {
    Charset charset =
        store.has(Flaw.BODIES_ARE_TEXT)
            ? StandardCharsets.UTF_8
            : store.has(Flaw.BODIES_ARE_ASCII) ? StandardCharsets.US_ASCII : null;
    if (charset != null) {
      return new String(body, charset).getBytes(charset);
    }
    return store.has(Flaw.LARGE_BODIES_ARE_CUT) && body.length > 3_000
        ? Arrays.copyOf(body, 3_000)
        : body;
  }

  private static Map<String, Object> headers(
      PlainStore store, Map<String, Object> headers, boolean delivered) {
    if (store.has(Flaw.HEADERS_ARE_LOST) || store.has(Flaw.PEEK_SHOWS_LITTLE) && !delivered) {
      return Map.of();
    }
    Map<String, Object> shown = new LinkedHashMap<>(headers);
    if (store.has(Flaw.HEADERS_ARE_TEXT)) {
      shown.replaceAll((name, value) -> value.toString());
    } else if (store.has(Flaw.HEADERS_ARE_ADDED)) {
      shown.put("x-provider", "plain");
    }
    return shown;
  }
}
