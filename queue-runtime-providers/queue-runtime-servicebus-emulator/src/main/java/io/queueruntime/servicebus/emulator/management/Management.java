package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.Work;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Answers what clients ask of {@code <entity>/$management}.
 *
 * <p>Thread-safe. Futures never fail: what went wrong is an answer with a condition. They complete
 * on the engine's thread, so what depends on them must not block.
 */
public final class Management {

  private static final String PREFIX = "com.microsoft:";

  /** The two operations that can be part of a transaction. */
  public static final String UPDATE_DISPOSITION = PREFIX + "update-disposition";

  public static final String SCHEDULE_MESSAGE = PREFIX + "schedule-message";

  /** Gives messages out, as a receiver's link does. */
  public static final String RECEIVE_BY_SEQUENCE_NUMBER = PREFIX + "receive-by-sequence-number";

  private final Map<String, Operation> operations;
  private final Settling settling;

  /**
   * @param offset how far the queues' time is ahead of the clients'
   * @param limits of the messages that are scheduled
   */
  public Management(QueueEngine engine, Supplier<Duration> offset, MessageLimits limits) {
    Browsing browsing = new Browsing(engine, offset);
    Scheduling scheduling = new Scheduling(engine, offset, limits);
    Deferred deferred = new Deferred(engine, offset);
    settling = new Settling(engine, offset, limits);
    SessionWork sessions = new SessionWork(engine, offset);
    operations =
        Map.ofEntries(
            Map.entry(PREFIX + "peek-message", browsing::peek),
            Map.entry(PREFIX + "get-message-sessions", browsing::sessions),
            Map.entry(PREFIX + "batch-delete-messages", browsing::delete),
            Map.entry(SCHEDULE_MESSAGE, scheduling::schedule),
            Map.entry(PREFIX + "cancel-scheduled-message", scheduling::cancel),
            Map.entry(RECEIVE_BY_SEQUENCE_NUMBER, deferred::receive),
            Map.entry(UPDATE_DISPOSITION, settling::settle),
            Map.entry(PREFIX + "renew-lock", settling::renew),
            Map.entry(PREFIX + "renew-session-lock", sessions::renew),
            Map.entry(PREFIX + "get-session-state", sessions::state),
            Map.entry(PREFIX + "set-session-state", sessions::setState));
  }

  /**
   * Does what is asked.
   *
   * @param operation its name, e.g. {@code com.microsoft:peek-message}
   * @param body the request's map, decoded by proton-j
   * @param held the sessions of the target's queue that the request's connection holds
   */
  public CompletableFuture<Answer> perform(
      String operation, Target target, Map<?, ?> body, HeldSessions held) {
    Operation known = operations.get(operation);
    if (known == null) {
      return CompletableFuture.completedFuture(
          Answer.of(
              new Refusal(
                  Condition.NOT_IMPLEMENTED,
                  "Operation '%s' is not supported for queue '%s'."
                      .formatted(operation, target.queue()))));
    }
    CompletableFuture<Answer> answer;
    try {
      answer = known.perform(new Request(target, new RequestBody(operation, body), held));
    } catch (RuntimeException refused) {
      answer = CompletableFuture.failedFuture(refused);
    }
    return answer.exceptionally(failure -> Answer.of(Refusal.of(failure, target.locksSessions())));
  }

  /**
   * Makes what an {@link #UPDATE_DISPOSITION} asks part of a transaction, to be done later.
   *
   * @param transaction takes the parts; says why not, if so
   */
  public CompletableFuture<Answer> enlist(
      Target target, Map<?, ?> body, Function<List<Work>, Optional<String>> transaction) {
    try {
      List<Work> parts =
          settling.works(
              new Request(target, new RequestBody(UPDATE_DISPOSITION, body), HeldSessions.NONE));
      return CompletableFuture.completedFuture(
          transaction
              .apply(parts)
              .map(why -> Answer.of(new Refusal(Condition.NOT_ALLOWED, why)))
              .orElseGet(Answer::ok));
    } catch (RuntimeException refused) {
      return CompletableFuture.completedFuture(
          Answer.of(Refusal.of(refused, target.locksSessions())));
    }
  }
}
