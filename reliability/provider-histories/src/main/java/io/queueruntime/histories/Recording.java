package io.queueruntime.histories;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.MessageNotFound;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.history.Field;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryRecorder;
import io.queueruntime.history.Operation;
import io.queueruntime.message.ReceivedMessage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what one process asks before it asks, and what it hears before anybody acts on it.
 * Thread-safe.
 */
final class Recording {

  private final HistoryRecorder recorder;
  private int holds;
  private final String process;

  Recording(String process, Consumer<HistoryEvent> sink) {
    this.process = process;
    this.recorder = new HistoryRecorder(process, System::nanoTime, sink);
  }

  synchronized String nextHold() {
    return process + "/" + ++holds;
  }

  /**
   * Asks for one thing or several, and writes down what is answered.
   *
   * @param certainFailure whether a failure that says that nothing happened is believed
   */
  <R> CompletableFuture<R> ask(
      Operation operation,
      List<Map<Field, String>> questions,
      boolean certainFailure,
      Supplier<CompletableFuture<R>> work,
      Function<R, List<Map<Field, String>>> words) {
    return ask(operation, questions, certainFailure, work, words, Function.identity());
  }

  /**
   * The same, with something made of what is answered.
   *
   * @param made what is answered in the end; a stage behind the provider's would not hand on that
   *     it is cancelled
   */
  <R, S> CompletableFuture<S> ask(
      Operation operation,
      List<Map<Field, String>> questions,
      boolean certainFailure,
      Supplier<CompletableFuture<R>> work,
      Function<R, List<Map<Field, String>>> words,
      Function<R, S> made) {
    HistoryRecorder.Call call;
    synchronized (this) {
      call = recorder.invoke(operation, questions);
    }
    CompletableFuture<R> asked;
    try {
      asked = work.get();
    } catch (RuntimeException e) {
      asked = CompletableFuture.failedFuture(e);
    }
    Answer<S> answer = new Answer<>(asked);
    asked.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            call.ok(words.apply(value));
            answer.complete(made.apply(value));
          } else {
            // What is not handed out is given back: a receive that fails has not been.
            boolean taking = operation == Operation.RECEIVE || operation == Operation.ACCEPT;
            boolean certain = taking || (certainFailure && isCertain(failure));
            questions.forEach(certain ? call::fail : call::unknown);
            answer.completeExceptionally(failure);
          }
        });
    return answer;
  }

  /** What is answered; who cancels it gives up what was asked for. */
  private static final class Answer<R> extends CompletableFuture<R> {
    private final CompletableFuture<?> asked;

    Answer(CompletableFuture<?> asked) {
      this.asked = asked;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      asked.cancel(mayInterruptIfRunning);
      return super.cancel(mayInterruptIfRunning);
    }
  }

  private static boolean isCertain(Throwable thrown) {
    Throwable failure =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    return failure instanceof LockLost
        || failure instanceof SessionLockLost
        || failure instanceof SessionLocked
        || failure instanceof InvalidReceipt
        || failure instanceof MessageNotFound
        || failure instanceof QueueNotFound
        || failure instanceof MessageTooLarge
        || failure instanceof UnsupportedCapability
        || failure instanceof ValidationFailed;
  }

  static Map<Field, String> fields(@Nullable Object... pairs) {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    for (int i = 0; i < pairs.length; i += 2) {
      Object value = pairs[i + 1];
      if (pairs[i] instanceof Field field && value != null) {
        fields.put(field, value.toString());
      }
    }
    return fields;
  }

  static Map<Field, String> with(Map<Field, String> base, @Nullable Object... pairs) {
    Map<Field, String> all = fields(pairs);
    base.forEach(all::putIfAbsent);
    return all;
  }

  /** What the history says of a message that was received or seen. */
  static Map<Field, String> about(ReceivedMessage<?> message, boolean dead) {
    return fields(
        Field.QUEUE,
        message.queue(),
        Field.DEAD,
        dead ? true : null,
        Field.MESSAGE,
        message.messageId(),
        Field.SESSION,
        message.sessionId().orElse(null),
        Field.SEQUENCE,
        message.sequenceNumber(),
        Field.TOKEN,
        message.lockToken().orElse(null),
        Field.ATTEMPT,
        message.deliveryCount(),
        Field.PAYLOAD,
        hash(message.body()),
        Field.REASON,
        message.deadLetter().map(death -> death.reason()).orElse(null));
  }

  /** An answer about each message, or the question alone where none came. */
  static List<Map<Field, String>> received(
      Map<Field, String> question, List<ReceivedMessage<byte[]>> found) {
    if (found.isEmpty()) {
      return List.of(question);
    }
    List<Map<Field, String>> answers = new ArrayList<>();
    for (ReceivedMessage<byte[]> message : found) {
      answers.add(
          with(
              about(message, question.containsKey(Field.DEAD)),
              Field.HOLD,
              question.get(Field.HOLD),
              Field.COUNT,
              found.size()));
    }
    return answers;
  }

  static String hash(byte[] body) {
    long hash = 1125899906842597L;
    for (byte b : body) {
      hash = 31 * hash + b;
    }
    return Long.toHexString(hash);
  }
}
