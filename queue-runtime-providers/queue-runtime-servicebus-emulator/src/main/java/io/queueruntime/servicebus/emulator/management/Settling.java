package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.Work;
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

  /** The same as parts of a transaction, to be done later. */
  List<Work> works(Request request) {
    Decision decision = decision(request.body());
    QueueName queue = request.target().queue();
    return tokens(request).stream().map(token -> decision.work().of(queue, token)).toList();
  }

  /** What is decided about a message: to be done now, or as part of a transaction. */
  private record Decision(Settle now, Part work) {
    CompletableFuture<Void> settle(QueueName queue, LockToken token) {
      return now.settle(queue, token);
    }
  }

  @FunctionalInterface
  private interface Settle {
    CompletableFuture<Void> settle(QueueName queue, LockToken token);
  }

  @FunctionalInterface
  private interface Part {
    Work of(QueueName queue, LockToken token);
  }

  private Decision decision(RequestBody body) {
    String status = body.requireText("disposition-status");
    MessageEdits edits = PropertyEdits.of(body.map("properties-to-modify"), limits);
    return switch (status) {
      case "completed" -> new Decision(engine::complete, Work.Complete::new);
      case "abandoned" ->
          new Decision(
              (queue, token) -> engine.abandon(queue, token, Duration.ZERO, edits),
              (queue, token) -> new Work.Abandon(queue, token, edits));
      case "defered", "deferred" ->
          new Decision(
              (queue, token) -> engine.defer(queue, token, edits),
              (queue, token) -> new Work.Defer(queue, token, edits));
      case "released" -> new Decision(engine::release, Work.Release::new);
      case "suspended" -> {
        String given = body.text("deadletter-reason");
        String reason = given == null ? "" : given;
        String description = body.text("deadletter-description");
        yield new Decision(
            (queue, token) -> engine.deadLetter(queue, token, reason, description, null, edits),
            (queue, token) -> new Work.DeadLetter(queue, token, reason, description, null, edits));
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
