package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.servicebus.emulator.message.WireDelivery;
import io.queueruntime.servicebus.emulator.message.WireDelivery.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Binary;

/** Hands out messages that were set aside. Thread-safe. */
final class Deferred {

  private static final int RECEIVE_AND_DELETE = 0;
  private static final int PEEK_LOCK = 1;

  private final QueueEngine engine;
  private final Supplier<Duration> offset;

  Deferred(QueueEngine engine, Supplier<Duration> offset) {
    this.engine = engine;
    this.offset = offset;
  }

  CompletableFuture<Answer> receive(Request request) {
    Target target = request.target();
    int mode = (int) request.body().number("receiver-settle-mode", PEEK_LOCK);
    SessionHold hold = target.locksSessions() ? request.hold() : null;
    return engine
        .receiveDeferred(target.queue(), target.subQueue(), hold, request.sequenceNumbers())
        .thenCompose(
            messages -> {
              if (messages.isEmpty()) {
                return CompletableFuture.completedFuture(notFound(request));
              }
              return mode == RECEIVE_AND_DELETE
                  ? delete(messages)
                  : CompletableFuture.completedFuture(answer(messages, View.HELD));
            });
  }

  private CompletableFuture<Answer> delete(List<ReceivedMessage<byte[]>> messages) {
    CompletableFuture<?>[] deleted =
        messages.stream()
            .map(message -> engine.complete(message.queue(), tokenOf(message)))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(deleted).thenApply(done -> answer(messages, View.GIVEN_AWAY));
  }

  private Answer answer(List<ReceivedMessage<byte[]>> messages, View view) {
    Duration ahead = offset.get();
    List<Map<String, Object>> found = new ArrayList<>(messages.size());
    for (ReceivedMessage<byte[]> message : messages) {
      Map<String, Object> entry = new HashMap<>();
      entry.put("message", new Binary(WireDelivery.encode(message, ahead, view)));
      entry.put("lock-token", tokenOf(message).value());
      found.add(entry);
    }
    return Answer.ok(Map.of("messages", found));
  }

  private static LockToken tokenOf(ReceivedMessage<byte[]> message) {
    return message.lockToken().orElseThrow();
  }

  private static Answer notFound(Request request) {
    return Answer.of(
        new Refusal(
            Condition.MESSAGE_NOT_FOUND,
            "No deferred message of '%s' has one of the %d sequence numbers that were asked for."
                .formatted(request.target().queue(), request.sequenceNumbers().size())));
  }
}
