package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.history.Field;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryRecorder;
import io.queueruntime.history.Operation;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An engine as one process sees it, which writes down what it asks before it asks, and what it
 * hears before it goes on.
 *
 * <p>Confined to its process.
 */
final class RecordedEngine {

  /** A session that was accepted, and what the history calls it. */
  record Held(SessionHold hold, String name, String queue) {}

  private final QueueEngine engine;
  private final HistoryRecorder recorder;
  private final String process;
  private final Map<String, String> relays;
  private int holds;

  RecordedEngine(QueueEngine engine, String process, Consumer<HistoryEvent> sink) {
    this(engine, process, sink, Map.of());
  }

  /**
   * @param relays queues that forward to the queue they stand under: in the history both are one
   */
  RecordedEngine(
      QueueEngine engine, String process, Consumer<HistoryEvent> sink, Map<String, String> relays) {
    this.engine = engine;
    this.process = process;
    this.relays = relays;
    this.recorder = new HistoryRecorder(process, System::nanoTime, sink);
  }

  static Map<Field, String> fields(Object... pairs) {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i + 1] != null) {
        fields.put((Field) pairs[i], pairs[i + 1].toString());
      }
    }
    return fields;
  }

  private static Map<Field, String> with(Map<Field, String> base, Object... pairs) {
    Map<Field, String> all = fields(pairs);
    base.forEach(all::putIfAbsent);
    return all;
  }

  /** Waits for the answer, and writes it down; null when the call failed or nobody knows. */
  private <R> R answer(
      HistoryRecorder.Call call,
      List<Map<Field, String>> questions,
      CompletableFuture<R> future,
      Function<R, List<Map<Field, String>>> words) {
    try {
      R value = future.get(60, TimeUnit.SECONDS);
      call.ok(words.apply(value));
      return value;
    } catch (ExecutionException e) {
      boolean certain =
          e.getCause() instanceof QueueRuntimeException
              && !(e.getCause() instanceof StorageFailed
                  || e.getCause() instanceof Closed
                  || e.getCause() instanceof OperationTimedOut);
      for (Map<Field, String> question : questions) {
        if (certain) {
          call.fail(question);
        } else {
          call.unknown(question);
        }
      }
      return null;
    } catch (InterruptedException | TimeoutException e) {
      questions.forEach(call::unknown);
      throw new AssertionError(process + ": no answer to " + questions, e);
    }
  }

  private <R> R ask(
      Operation operation,
      Map<Field, String> question,
      java.util.function.Supplier<CompletableFuture<R>> call,
      Function<R, Map<Field, String>> words) {
    HistoryRecorder.Call recorded = recorder.invoke(operation, question);
    return answer(recorded, List.of(question), call.get(), value -> List.of(words.apply(value)));
  }

  // Sending

  /**
   * Sends a batch, to the queue that forwards to this one if there is one; a message's due time is
   * given as a delay.
   */
  List<SendReceipt> send(String queue, List<OutgoingMessage> batch, Duration delay) {
    String relay = relays.get(queue);
    List<OutgoingMessage> messages = batch;
    Long due = null;
    if (!delay.isZero()) {
      // The history's clock first: a message may come later than it says, not earlier.
      due = System.nanoTime() + delay.toNanos();
      Instant when = Instant.now().plus(delay);
      messages =
          batch.stream()
              .map(message -> message.toBuilder().scheduledEnqueueTime(when).build())
              .toList();
    }
    List<Map<Field, String>> questions = new ArrayList<>();
    for (OutgoingMessage message : messages) {
      questions.add(
          with(
              about(queue, message),
              Field.DUE,
              due,
              Field.TTL,
              message.timeToLive().map(Duration::toNanos).orElse(null),
              Field.KEY,
              message.deduplicationKey().orElse(null)));
    }
    HistoryRecorder.Call call = recorder.invoke(Operation.SEND, questions);
    return answer(
        call,
        questions,
        engine.send(QueueName.of(relay == null ? queue : relay), messages),
        receipts -> {
          List<Map<Field, String>> answers = new ArrayList<>();
          for (int i = 0; i < receipts.size(); i++) {
            SendReceipt receipt = receipts.get(i);
            answers.add(
                with(
                    questions.get(i),
                    Field.OUTCOME,
                    receipt.outcome(),
                    Field.SEQUENCE,
                    // Its place behind the relay is another one.
                    relay == null ? receipt.findSequenceNumber().orElse(null) : null));
          }
          return answers;
        });
  }

  private static Map<Field, String> about(String queue, OutgoingMessage message) {
    return fields(
        Field.QUEUE,
        queue,
        Field.MESSAGE,
        message.messageId().orElseThrow(),
        Field.SESSION,
        message.sessionId().orElse(null),
        Field.PAYLOAD,
        hash(message.body(), message.headers()));
  }

  private static String hash(byte[] body, Map<String, Object> headers) {
    long hash = 1125899906842597L;
    for (byte b : body) {
      hash = 31 * hash + b;
    }
    return Long.toHexString(31 * hash + new TreeMap<>(headers).toString().hashCode());
  }

  boolean cancel(String queue, OutgoingMessage message, SequenceNumber number) {
    Map<Field, String> question = with(about(queue, message), Field.SEQUENCE, number);
    Boolean cancelled =
        ask(
            Operation.CANCEL,
            question,
            () -> engine.cancelScheduled(QueueName.of(queue), number),
            yes -> with(question, Field.COUNT, yes ? 1 : 0));
    return Boolean.TRUE.equals(cancelled);
  }

  // Receiving

  private static Map<Field, String> about(ReceivedMessage<byte[]> message, boolean dead) {
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
        hash(message.body(), message.headers()),
        Field.REASON,
        message.deadLetter().map(death -> death.reason()).orElse(null));
  }

  private List<ReceivedMessage<byte[]>> received(
      Map<Field, String> question,
      boolean deferred,
      CompletableFuture<List<ReceivedMessage<byte[]>>> future,
      HistoryRecorder.Call call) {
    boolean dead = question.containsKey(Field.DEAD);
    List<ReceivedMessage<byte[]>> messages =
        answer(
            call,
            List.of(question),
            future,
            found ->
                found.isEmpty()
                    ? List.of(question)
                    : found.stream()
                        .map(
                            message ->
                                with(
                                    about(message, dead),
                                    Field.DEFERRED,
                                    deferred ? true : null,
                                    Field.COUNT,
                                    found.size()))
                        .toList());
    return messages == null ? List.of() : messages;
  }

  List<ReceivedMessage<byte[]>> receive(String queue, boolean dead, int max, Duration wait) {
    Map<Field, String> question = fields(Field.QUEUE, queue, Field.DEAD, dead ? true : null);
    HistoryRecorder.Call call = recorder.invoke(Operation.RECEIVE, question);
    return received(
        question,
        false,
        engine.receive(QueueName.of(queue), dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN, max, wait),
        call);
  }

  List<ReceivedMessage<byte[]>> receive(Held held, int max, Duration wait) {
    Map<Field, String> question = about(held);
    HistoryRecorder.Call call = recorder.invoke(Operation.RECEIVE, question);
    return received(question, false, engine.receive(held.hold, max, wait), call);
  }

  List<ReceivedMessage<byte[]>> receiveDeferred(
      String queue, Held held, List<SequenceNumber> numbers) {
    Map<Field, String> question = held == null ? fields(Field.QUEUE, queue) : about(held);
    HistoryRecorder.Call call = recorder.invoke(Operation.RECEIVE, question);
    return received(
        question,
        true,
        engine.receiveDeferred(
            QueueName.of(queue), SubQueue.MAIN, held == null ? null : held.hold, numbers),
        call);
  }

  List<ReceivedMessage<byte[]>> peek(String queue, boolean dead) {
    Map<Field, String> question = fields(Field.QUEUE, queue, Field.DEAD, dead ? true : null);
    SubQueue sub = dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN;
    List<ReceivedMessage<byte[]>> all = new ArrayList<>();
    SequenceNumber from = SequenceNumber.START;
    while (true) {
      SequenceNumber start = from;
      HistoryRecorder.Call call = recorder.invoke(Operation.PEEK, question);
      List<ReceivedMessage<byte[]>> seen =
          answer(
              call,
              List.of(question),
              engine.peek(QueueName.of(queue), sub, null, start, 500),
              found ->
                  found.isEmpty()
                      ? List.of(question)
                      : found.stream().map(message -> about(message, dead)).toList());
      if (seen == null || seen.isEmpty()) {
        return all;
      }
      all.addAll(seen);
      from = seen.get(seen.size() - 1).sequenceNumber().next();
    }
  }

  static boolean isDeferred(ReceivedMessage<byte[]> message) {
    return message.state() == MessageState.DEFERRED;
  }

  // Settling

  boolean settle(
      Operation operation,
      ReceivedMessage<byte[]> message,
      boolean dead,
      Map<Field, String> more,
      Function<LockToken, CompletableFuture<?>> call) {
    Map<Field, String> question =
        with(
            about(message, dead),
            Field.REASON,
            more.get(Field.REASON),
            Field.DELAY,
            more.get(Field.DELAY));
    LockToken token = message.lockToken().orElseThrow();
    HistoryRecorder.Call recorded = recorder.invoke(operation, question);
    Object done =
        answer(
            recorded,
            List.of(question),
            call.apply(token).thenApply(any -> Boolean.TRUE),
            any -> List.of(question));
    return done != null;
  }

  boolean complete(ReceivedMessage<byte[]> message, boolean dead) {
    return settle(
        Operation.COMPLETE,
        message,
        dead,
        Map.of(),
        token -> engine.complete(message.queue(), token));
  }

  /** Completes one message and sends another one, both or neither. */
  void completeAndSend(ReceivedMessage<byte[]> done, String queue, OutgoingMessage next) {
    Map<Field, String> completed = about(done, false);
    Map<Field, String> sent =
        with(
            about(queue, next),
            Field.TTL,
            next.timeToLive().map(Duration::toNanos).orElse(null),
            Field.KEY,
            next.deduplicationKey().orElse(null));
    HistoryRecorder.Call completing = recorder.invoke(Operation.COMPLETE, completed);
    HistoryRecorder.Call sending = recorder.invoke(Operation.SEND, sent);
    CompletableFuture<List<Optional<SendReceipt>>> both =
        engine.transact(
            List.of(
                new Work.Complete(done.queue(), done.lockToken().orElseThrow()),
                new Work.Send(QueueName.of(relays.getOrDefault(queue, queue)), next)));
    answer(completing, List.of(completed), both, receipts -> List.of(completed));
    answer(
        sending,
        List.of(sent),
        both,
        receipts -> {
          SendReceipt receipt = receipts.get(1).orElseThrow();
          return List.of(
              with(
                  sent,
                  Field.OUTCOME,
                  receipt.outcome(),
                  Field.SEQUENCE,
                  relays.containsKey(queue) ? null : receipt.findSequenceNumber().orElse(null)));
        });
  }

  /** Calls that change nothing and are no part of the history. */
  void look(String queue) {
    engine.sessions(QueueName.of(queue), 0, 10).handle((found, failed) -> "").join();
    engine.describeQueue(QueueName.of(queue)).handle((found, failed) -> "").join();
  }

  boolean abandon(ReceivedMessage<byte[]> message, boolean dead, Duration delay) {
    return settle(
        Operation.ABANDON,
        message,
        dead,
        fields(Field.DELAY, delay.toNanos()),
        token -> engine.abandon(message.queue(), token, delay));
  }

  boolean defer(ReceivedMessage<byte[]> message) {
    return settle(
        Operation.DEFER, message, false, Map.of(), token -> engine.defer(message.queue(), token));
  }

  boolean deadLetter(ReceivedMessage<byte[]> message, String reason) {
    return settle(
        Operation.DEAD_LETTER,
        message,
        false,
        fields(Field.REASON, reason),
        token -> engine.deadLetter(message.queue(), token, reason, "by chance", null));
  }

  boolean release(ReceivedMessage<byte[]> message, boolean dead) {
    return settle(
        Operation.RELEASE,
        message,
        dead,
        Map.of(),
        token -> engine.release(message.queue(), token));
  }

  boolean renew(ReceivedMessage<byte[]> message) {
    return settle(
        Operation.RENEW,
        message,
        false,
        Map.of(),
        token -> engine.renewLock(message.queue(), token));
  }

  // Sessions

  private static Map<Field, String> about(Held held) {
    return fields(
        Field.QUEUE, held.queue, Field.SESSION, held.hold.sessionId(), Field.HOLD, held.name);
  }

  Held accept(String queue, String session, Duration wait) {
    Map<Field, String> question = fields(Field.QUEUE, queue, Field.SESSION, session);
    String name = process + "/" + ++holds;
    SessionHold hold =
        ask(
            Operation.ACCEPT,
            question,
            () -> engine.acceptSession(QueueName.of(queue), SessionId.of(session), wait),
            given -> with(question, Field.HOLD, name));
    return hold == null ? null : new Held(hold, name, queue);
  }

  Held acceptNext(String queue, Duration wait) {
    Map<Field, String> question = fields(Field.QUEUE, queue);
    String name = process + "/" + ++holds;
    Optional<SessionHold> hold =
        ask(
            Operation.ACCEPT,
            question,
            () -> engine.acceptNextSession(QueueName.of(queue), wait),
            given ->
                given
                    .map(some -> with(question, Field.SESSION, some.sessionId(), Field.HOLD, name))
                    .orElse(question));
    return hold == null || hold.isEmpty() ? null : new Held(hold.get(), name, queue);
  }

  void renewSession(Held held) {
    Map<Field, String> question = about(held);
    ask(Operation.RENEW_SESSION, question, () -> engine.renewSession(held.hold), until -> question);
  }

  void setState(Held held, byte[] state) {
    Map<Field, String> question =
        with(about(held), Field.STATE, state == null ? null : Arrays.toString(state));
    ask(
        Operation.SET_STATE,
        question,
        () -> engine.setSessionState(held.hold, state).thenApply(done -> ""),
        done -> question);
  }

  void getState(Held held) {
    Map<Field, String> question = about(held);
    ask(
        Operation.GET_STATE,
        question,
        () -> engine.sessionState(held.hold),
        state -> with(question, Field.STATE, state.map(Arrays::toString).orElse(null)));
  }

  void close(Held held) {
    Map<Field, String> question = about(held);
    ask(
        Operation.CLOSE_SESSION,
        question,
        () -> engine.releaseSession(held.hold).thenApply(done -> ""),
        done -> question);
  }

  // The rest

  void replay(String queue, List<ReceivedMessage<byte[]>> letters) {
    touch(
        Operation.REPLAY,
        letters,
        () -> engine.replay(QueueName.of(queue), numbers(letters), MessageEdits.NONE));
  }

  void discard(String queue, List<ReceivedMessage<byte[]>> letters) {
    touch(Operation.DISCARD, letters, () -> engine.discard(QueueName.of(queue), numbers(letters)));
  }

  private void touch(
      Operation operation,
      List<ReceivedMessage<byte[]>> letters,
      java.util.function.Supplier<CompletableFuture<Integer>> work) {
    List<Map<Field, String>> questions =
        letters.stream().map(letter -> about(letter, true)).toList();
    HistoryRecorder.Call call = recorder.invoke(operation, questions);
    answer(
        call,
        questions,
        work.get(),
        count -> questions.stream().map(question -> with(question, Field.COUNT, count)).toList());
  }

  private static List<SequenceNumber> numbers(List<ReceivedMessage<byte[]>> letters) {
    return letters.stream().map(ReceivedMessage::sequenceNumber).toList();
  }

  void purge(String queue, boolean dead) {
    Map<Field, String> question = fields(Field.QUEUE, queue, Field.DEAD, dead ? true : null);
    ask(
        Operation.PURGE,
        question,
        () -> engine.purge(QueueName.of(queue), dead ? SubQueue.DEAD_LETTER : SubQueue.MAIN),
        count -> with(question, Field.COUNT, count));
  }

  /** Counts what is there; only while nobody else does anything. */
  QueueStatistics count(String queue) {
    Map<Field, String> question = fields(Field.QUEUE, queue);
    return ask(
        Operation.COUNT,
        question,
        () -> counted(queue),
        found -> with(question, Field.COUNT, found.pending() + found.deadLetter()));
  }

  private static QueueStatistics sum(QueueStatistics a, QueueStatistics b) {
    return new QueueStatistics(
        a.active() + b.active(),
        a.locked() + b.locked(),
        a.scheduled() + b.scheduled(),
        a.deferred() + b.deferred(),
        a.deadLetter() + b.deadLetter(),
        a.sessions() + b.sessions(),
        a.sizeInBytes() + b.sizeInBytes());
  }

  /** What has not been forwarded yet counts with the queue that it goes to. */
  private CompletableFuture<QueueStatistics> counted(String queue) {
    CompletableFuture<QueueStatistics> there = engine.statistics(QueueName.of(queue));
    String relay = relays.get(queue);
    return relay == null
        ? there
        : engine.statistics(QueueName.of(relay)).thenCombine(there, RecordedEngine::sum);
  }

  /** A snapshot is not part of the history: it must not be noticed. */
  void snapshot() {
    engine.snapshot().handle((done, failed) -> "").join();
  }
}
