package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the answers to a template's questions come in: a session of its own in a queue that all
 * templates share.
 *
 * <p>A session, because it needs no queue for each asker, and because its lock makes sure that
 * nobody else takes the answers. It is held while questions are open, and for about a minute after;
 * there is no thread, each receive starts the next. Answers that nobody waits for any more are
 * completed and forgotten.
 *
 * <p>Thread-safe.
 */
final class ReplyInbox implements AutoCloseable {

  static final int OPEN_MAX = 10_000;

  private static final Logger log = LoggerFactory.getLogger(ReplyInbox.class);
  private static final int BATCH = 64;
  private static final Duration ACCEPT_WAIT = Duration.ofSeconds(30);
  private static final int IDLE_ROUNDS_MAX = 3;
  private static final QueueOptions OPTIONS =
      QueueOptions.DEFAULTS
          .withSessions(true)
          .withDefaultTimeToLive(Duration.ofHours(1))
          .withDeadLetterOnExpiration(false);

  private final QueueProvider provider;
  private final QueueName queue;
  private final boolean create;
  private final SessionId session;
  private final Map<String, CompletableFuture<ReceivedMessage<byte[]>>> open = new HashMap<>();
  private boolean listening;
  private boolean closed;
  private int failures;
  private @Nullable CompletableFuture<?> underWay;
  private @Nullable CompletableFuture<Void> ready;

  ReplyInbox(QueueProvider provider, QueueName queue, boolean create, String sessionId) {
    this.provider = provider;
    this.queue = queue;
    this.create = create;
    this.session = SessionId.of(sessionId);
  }

  QueueName queue() {
    return queue;
  }

  SessionId session() {
    return session;
  }

  /**
   * The answer to the question with that correlation id; cancelling it, or letting it time out,
   * forgets the question.
   */
  CompletableFuture<ReceivedMessage<byte[]>> expect(String correlationId) {
    CompletableFuture<ReceivedMessage<byte[]>> answer = new CompletableFuture<>();
    boolean start;
    synchronized (this) {
      if (closed) {
        throw new Closed(queue.value(), "Cannot ask: the template is closed.");
      }
      if (open.size() >= OPEN_MAX) {
        throw new QueueFull(
            queue.value(), "Cannot ask: " + OPEN_MAX + " questions are open already.");
      }
      if (open.putIfAbsent(correlationId, answer) != null) {
        throw new ValidationFailed(
            queue.value(),
            "Cannot ask: a question with correlation id '%s' is open already."
                .formatted(correlationId));
      }
      start = !listening;
      listening = true;
    }
    answer.whenComplete((value, error) -> forget(correlationId, answer));
    if (start) {
      ready().whenComplete((value, error) -> accept(error));
    }
    return answer;
  }

  /**
   * Completes once the queue for answers is there: a question that goes out before could not be
   * answered.
   */
  synchronized CompletableFuture<Void> ready() {
    if (ready == null || ready.isCompletedExceptionally()) {
      // Creating the queue blocks, which the asker of an asynchronous question must not.
      ready = CompletableFuture.runAsync(this::createQueue);
    }
    return ready;
  }

  private void createQueue() {
    if (create && !provider.admin().exists(queue)) {
      provider.admin().create(queue, OPTIONS);
    }
  }

  private synchronized void forget(
      String correlationId, CompletableFuture<ReceivedMessage<byte[]>> answer) {
    open.remove(correlationId, answer);
  }

  private void accept(@Nullable Throwable notReady) {
    if (notReady != null) {
      failed(TransientRetry.unwrap(notReady));
      return;
    }
    try {
      next(provider.acceptSession(queue, session, ACCEPT_WAIT), receiver -> receive(receiver, 0));
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void receive(SessionReceiver receiver, int idleRounds) {
    boolean done;
    synchronized (this) {
      failures = 0;
      done = closed || open.isEmpty() && idleRounds >= IDLE_ROUNDS_MAX;
      if (done) {
        listening = false;
      }
    }
    if (done) {
      receiver.closeAsync();
      return;
    }
    Duration round = OPTIONS.lockDuration().dividedBy(IDLE_ROUNDS_MAX);
    next(
        receiver.receive(BATCH, round),
        messages -> {
          messages.forEach(message -> arrived(receiver, message));
          int idle = messages.isEmpty() ? idleRounds + 1 : 0;
          next(receiver.renewSessionLock(), until -> receive(receiver, idle), receiver);
        },
        receiver);
  }

  private void arrived(SessionReceiver receiver, ReceivedMessage<byte[]> message) {
    String correlationId = message.correlationId().orElse("");
    CompletableFuture<ReceivedMessage<byte[]>> asked;
    synchronized (this) {
      asked = open.remove(correlationId);
    }
    // Completed first: should that fail, the answer has been given all the same, and a second copy
    // finds nobody.
    receiver
        .settle(message, Settlement.complete())
        .whenComplete(
            (value, error) -> {
              if (error != null) {
                log.debug(
                    "Cannot complete answer '{}'; a second copy will be ignored.", message, error);
              }
            });
    if (asked != null) {
      asked.complete(message);
    } else {
      log.debug("Nobody waits for answer {} any more.", message);
    }
  }

  private <T> void next(CompletableFuture<T> future, java.util.function.Consumer<T> step) {
    next(future, step, null);
  }

  private <T> void next(
      CompletableFuture<T> future,
      java.util.function.Consumer<T> step,
      @Nullable SessionReceiver held) {
    boolean cancel;
    synchronized (this) {
      underWay = future;
      cancel = closed;
    }
    // Asynchronously: a provider whose futures are complete at once would otherwise nest each round
    // in the one before.
    future.whenCompleteAsync(
        (value, error) -> {
          if (error != null) {
            if (held != null) {
              held.closeAsync();
            }
            failed(TransientRetry.unwrap(error));
          } else {
            step.accept(value);
          }
        });
    if (cancel) {
      future.cancel(true);
    }
  }

  private void failed(Throwable failure) {
    List<CompletableFuture<ReceivedMessage<byte[]>>> ended;
    Duration wait;
    synchronized (this) {
      failures++;
      boolean again = !closed && !open.isEmpty() && isWorthAnotherTry(failure);
      if (again) {
        wait = TransientRetry.DEFAULT.waitAfter(failures, failure);
        ended = List.of();
      } else {
        wait = Duration.ZERO;
        listening = false;
        ended = List.copyOf(open.values());
        open.clear();
      }
    }
    if (!wait.isZero()) {
      log.warn("Cannot receive answers from queue '{}'; tries again in {}.", queue, wait, failure);
      CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS)
          .execute(() -> ready().whenComplete((value, error) -> accept(error)));
    }
    ended.forEach(answer -> answer.completeExceptionally(failure));
  }

  private static boolean isWorthAnotherTry(Throwable failure) {
    return failure instanceof QueueRuntimeException.SessionLockLost
        || failure instanceof QueueRuntimeException known && known.isTransient();
  }

  /** Ends open questions with {@code Closed}, and gives the session back. */
  @Override
  public void close() {
    List<CompletableFuture<ReceivedMessage<byte[]>>> ended;
    CompletableFuture<?> cancelled;
    synchronized (this) {
      closed = true;
      ended = List.copyOf(open.values());
      open.clear();
      cancelled = underWay;
    }
    ended.forEach(
        answer ->
            answer.completeExceptionally(
                new Closed(queue.value(), "The template was closed before an answer came.")));
    if (cancelled != null) {
      cancelled.cancel(true);
    }
  }
}
