package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.servicebus.emulator.message.WireDelivery;
import io.queueruntime.servicebus.emulator.message.WireDelivery.View;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Binary;
import org.jspecify.annotations.Nullable;

/** Looks at what a queue holds, and clears it away. Thread-safe. */
final class Browsing {

  /** Most messages one answer shows. */
  private static final int MAX_MESSAGES = 1000;

  /** An answer that has so many bytes is given, even when more was asked for. */
  private static final int FULL_BYTES = 1024 * 1024;

  /** Messages looked at in one step, each at most as large as a message may be. */
  private static final int PORTION = 50;

  private static final int MAX_SESSIONS = 1000;
  private static final int MAX_DELETED = 4000;

  private final QueueEngine engine;
  private final Supplier<Duration> offset;

  Browsing(QueueEngine engine, Supplier<Duration> offset) {
    this.engine = engine;
    this.offset = offset;
  }

  CompletableFuture<Answer> peek(Request request) {
    RequestBody body = request.body();
    int count = body.count("message-count");
    if (count < 1) {
      throw new Refused(
          new Refusal(
              Condition.OUT_OF_RANGE,
              "At least 1 message can be peeked, found %d.".formatted(count)));
    }
    Look look =
        new Look(
            request.target(),
            request.session(),
            Math.min(count, MAX_MESSAGES),
            body.isTrue("omit-message-body") ? View.WITHOUT_BODY : View.HELD);
    long from = Math.max(0, body.number("from-sequence-number", 0));
    return more(look, SequenceNumber.of(from));
  }

  /** What one peek has seen so far; confined to the engine's thread once it began. */
  private static final class Look {
    final Target target;
    final @Nullable SessionId session;
    final int most;
    final View view;
    final List<Map<String, Object>> seen = new ArrayList<>();
    long bytes;

    Look(Target target, @Nullable SessionId session, int most, View view) {
      this.target = target;
      this.session = session;
      this.most = most;
      this.view = view;
    }
  }

  private CompletableFuture<Answer> more(Look look, SequenceNumber from) {
    int portion = Math.min(PORTION, look.most - look.seen.size());
    Target target = look.target;
    return engine
        .peek(target.queue(), target.subQueue(), look.session, from, portion)
        .thenCompose(
            messages -> {
              Duration ahead = offset.get();
              for (ReceivedMessage<byte[]> message : messages) {
                byte[] encoded = WireDelivery.encode(message, ahead, look.view);
                look.bytes += encoded.length;
                if (look.bytes > FULL_BYTES && !look.seen.isEmpty()) {
                  return CompletableFuture.completedFuture(seen(look));
                }
                look.seen.add(Map.of("message", new Binary(encoded)));
              }
              if (messages.size() < portion || look.seen.size() >= look.most) {
                return CompletableFuture.completedFuture(seen(look));
              }
              return more(look, messages.get(messages.size() - 1).sequenceNumber().next());
            });
  }

  private static Answer seen(Look look) {
    return look.seen.isEmpty() ? Answer.noContent() : Answer.ok(Map.of("messages", look.seen));
  }

  /** When a session changed is not kept: every session that has messages or a state is named. */
  CompletableFuture<Answer> sessions(Request request) {
    RequestBody body = request.body();
    int skip = (int) Math.max(0, Math.min(body.number("skip", 0), Integer.MAX_VALUE));
    int top = (int) Math.max(1, Math.min(body.number("top", 100), MAX_SESSIONS));
    return engine
        .sessions(request.target().queue(), skip, top)
        .thenApply(
            found ->
                found.isEmpty()
                    ? Answer.noContent()
                    : Answer.ok(
                        Map.of(
                            "skip",
                            skip,
                            "sessions-ids",
                            found.stream().map(SessionId::value).toArray(String[]::new))));
  }

  /** Deletes what is not held and was enqueued before a time, oldest first. */
  CompletableFuture<Answer> delete(Request request) {
    RequestBody body = request.body();
    int count = body.count("message-count");
    if (count < 1 || count > MAX_DELETED) {
      throw new Refused(
          new Refusal(
              Condition.OUT_OF_RANGE,
              "1 to %d messages can be deleted at once, found %d.".formatted(MAX_DELETED, count)));
    }
    Instant before = body.time("enqueued-time-utc");
    Instant until = before == null ? Instant.MAX : before.plus(offset.get());
    Target target = request.target();
    return engine
        .purge(target.queue(), target.subQueue(), until, count)
        .thenApply(
            deleted ->
                deleted == 0
                    ? Answer.noContent()
                    : Answer.ok(Map.of("message-count", deleted.intValue())));
  }
}
