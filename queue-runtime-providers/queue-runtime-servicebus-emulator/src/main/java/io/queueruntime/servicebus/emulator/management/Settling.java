package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import io.queueruntime.servicebus.emulator.message.PropertyEdits;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What holders decide about messages, on whatever link those were delivered, be it closed or not.
 * Thread-safe.
 */
final class Settling {

  private static final String LOCK_TOKENS = "lock-tokens";

  private final QueueEngine engine;
  private final Supplier<Duration> offset;
  private final MessageLimits limits;

  Settling(QueueEngine engine, Supplier<Duration> offset, MessageLimits limits) {
    this.engine = engine;
    this.offset = offset;
    this.limits = limits;
  }

  /** Every message is settled that can be; refused when one of them could not. */
  CompletableFuture<Answer> settle(Request request) {
    Decision decision = decision(request.body());
    QueueName queue = request.target().queue();
    CompletableFuture<?>[] settled =
        tokens(request).stream()
            .map(token -> decision.settle(queue, token))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(settled).thenApply(done -> Answer.ok());
  }

  CompletableFuture<Answer> renew(Request request) {
    QueueName queue = request.target().queue();
    List<CompletableFuture<Date>> renewed =
        tokens(request).stream()
            .map(
                token ->
                    engine
                        .renewLock(queue, token)
                        .thenApply(until -> Date.from(until.minus(offset.get()))))
            .toList();
    return CompletableFuture.allOf(renewed.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                Answer.ok(
                    Map.of(
                        "expirations",
                        renewed.stream().map(CompletableFuture::join).toArray(Date[]::new))));
  }

  @FunctionalInterface
  private interface Decision {
    CompletableFuture<Void> settle(QueueName queue, LockToken token);
  }

  private Decision decision(RequestBody body) {
    String status = body.requireText("disposition-status");
    MessageEdits edits = PropertyEdits.of(body.map("properties-to-modify"), limits);
    return switch (status) {
      case "completed" -> engine::complete;
      case "abandoned" -> (queue, token) -> engine.abandon(queue, token, Duration.ZERO, edits);
      case "defered", "deferred" -> (queue, token) -> engine.defer(queue, token, edits);
      case "released" -> engine::release;
      case "suspended" -> {
        String reason = body.text("deadletter-reason");
        String description = body.text("deadletter-description");
        yield (queue, token) ->
            engine.deadLetter(queue, token, reason == null ? "" : reason, description, null, edits);
      }
      default ->
          throw new Refused(
              Refusal.argument(
                  "No disposition-status is '%s'; there are completed, abandoned, defered, suspended and released."
                      .formatted(status)));
    };
  }

  private static List<LockToken> tokens(Request request) {
    List<UUID> uuids = request.body().uuids(LOCK_TOKENS);
    return uuids.stream().map(LockToken::of).toList();
  }
}
