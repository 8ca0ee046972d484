package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.Work;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
  private final Scheduling scheduling;

  /**
   * @param offset how far the queues' time is ahead of the clients'
   * @param limits of the messages that are scheduled
   */
  public Management(QueueEngine engine, Supplier<Duration> offset, MessageLimits limits) {
    Browsing browsing = new Browsing(engine, offset);
    scheduling = new Scheduling(engine, offset, limits);
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
   * What an {@link #UPDATE_DISPOSITION} or a {@link #SCHEDULE_MESSAGE} asks as parts of a
   * transaction, to be done later.
   *
   * @param parts what is to be done; empty when the answer says why not
   * @param answer what the client is told once the transaction has taken the parts
   */
  public record Enlisted(List<Work> parts, Answer answer) {}

  /** Finds out what a request asks for within a transaction, without doing it. */
  public CompletableFuture<Enlisted> enlist(String operation, Target target, Map<?, ?> body) {
    Request request = new Request(target, new RequestBody(operation, body), HeldSessions.NONE);
    CompletableFuture<Enlisted> enlisted;
    try {
      enlisted =
          switch (operation) {
            case UPDATE_DISPOSITION ->
                CompletableFuture.completedFuture(
                    new Enlisted(settling.works(request), Answer.ok()));
            case SCHEDULE_MESSAGE ->
                scheduling
                    .works(request)
                    .thenApply(
                        works -> new Enlisted(List.copyOf(works), Scheduling.scheduled(works)));
            default ->
                throw new Refused(
                    new Refusal(
                        Condition.NOT_ALLOWED,
                        "Operation '%s' cannot be part of a transaction.".formatted(operation)));
          };
    } catch (RuntimeException refused) {
      enlisted = CompletableFuture.failedFuture(refused);
    }
    return enlisted.exceptionally(
        failure -> new Enlisted(List.of(), Answer.of(Refusal.of(failure, target.locksSessions()))));
  }
}
