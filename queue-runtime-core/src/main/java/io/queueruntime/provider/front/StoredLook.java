package io.queueruntime.provider.front;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Looks at messages of one kind that a state store keeps. Thread-safe. */
final class StoredLook {

  /** Most messages that one look goes through. */
  private static final int SCAN_MAX = 10_000;

  private static final int PAGE = 64;

  private final StoredMessages messages;
  private final MessageState state;
  private final ProviderTime time;

  StoredLook(StoredMessages messages, MessageState state, ProviderTime time) {
    this.messages = messages;
    this.state = state;
    this.time = time;
  }

  /** Those of the session, or all, from that number on; none whose life is over. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue, @Nullable SessionId session, SequenceNumber from, int max) {
    return page(queue, session, from, max, 0, new ArrayList<>());
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> page(
      QueueName queue,
      @Nullable SessionId session,
      SequenceNumber from,
      int max,
      int scanned,
      List<ReceivedMessage<byte[]>> found) {
    return messages
        .list(queue, from, PAGE)
        .thenCompose(
            page -> {
              Instant now = time.now();
              for (StoredMessage stored : page) {
                KeptMessage message = StoredForm.read(stored);
                Instant expires = message.expires();
                if (found.size() < max
                    && (expires == null || expires.isAfter(now))
                    && (session == null
                        || message.sessionId().filter(session::equals).isPresent())) {
                  found.add(message.toMessage().state(state).build());
                }
              }
              if (page.size() < PAGE || found.size() >= max || scanned + PAGE >= SCAN_MAX) {
                return CompletableFuture.completedFuture(found);
              }
              long last = page.get(page.size() - 1).number().value();
              return page(queue, session, SequenceNumber.of(last + 1), max, scanned + PAGE, found);
            });
  }

  /** Both in the order of their numbers; what is in both is as it is in the first. */
  static List<ReceivedMessage<byte[]>> merge(
      List<ReceivedMessage<byte[]>> first, List<ReceivedMessage<byte[]>> second, int max) {
    TreeMap<SequenceNumber, ReceivedMessage<byte[]>> all = new TreeMap<>();
    first.forEach(message -> all.put(message.sequenceNumber(), message));
    second.forEach(message -> all.putIfAbsent(message.sequenceNumber(), message));
    return all.values().stream().limit(max).toList();
  }
}
