package io.queueruntime.histories;

import static io.queueruntime.histories.Recording.about;
import static io.queueruntime.histories.Recording.with;

import io.queueruntime.history.Field;
import io.queueruntime.history.Operation;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A receiver whose calls are written down. Thread-safe. */
class RecordedReceiver implements QueueReceiver {

  private final QueueReceiver receiver;
  final Recording recording;

  /** What all its questions say: queue, dead letters or not, and on a session which hold. */
  final Map<Field, String> place;

  RecordedReceiver(QueueReceiver receiver, Recording recording, Map<Field, String> place) {
    this.receiver = receiver;
    this.recording = recording;
    this.place = place;
  }

  @Override
  public QueueName queue() {
    return receiver.queue();
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receive(
      int maxMessages, Duration maxWait) {
    return recording.ask(
        Operation.RECEIVE,
        List.of(place),
        true,
        () -> receiver.receive(maxMessages, maxWait),
        found -> Recording.received(place, found));
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> sequenceNumbers) {
    throw new UnsupportedOperationException("No run defers messages.");
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      SequenceNumber from, int maxMessages) {
    return recording.ask(
        Operation.PEEK,
        List.of(place),
        true,
        () -> receiver.peek(from, maxMessages),
        found -> Recording.received(place, found));
  }

  @Override
  public CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    boolean dead = place.containsKey(Field.DEAD);
    Map<Field, String> question = about(message, dead);
    Operation operation = Operation.COMPLETE;
    if (settlement instanceof Settlement.Abandon abandon) {
      operation = Operation.ABANDON;
      question = with(question, Field.DELAY, abandon.delay().toNanos());
    } else if (settlement instanceof Settlement.DeadLetter letter) {
      operation = Operation.DEAD_LETTER;
      question = with(question, Field.REASON, letter.reason());
    } else if (settlement instanceof Settlement.Release) {
      operation = Operation.RELEASE;
    } else if (settlement instanceof Settlement.Defer) {
      operation = Operation.DEFER;
    }
    List<Map<Field, String>> questions = List.of(question);
    // A copy of a dead letter may be there although its original could not be taken away.
    boolean certain = operation != Operation.DEAD_LETTER;
    return recording.ask(
        operation, questions, certain, () -> receiver.settle(message, settlement), v -> questions);
  }

  @Override
  public CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    List<Map<Field, String>> question = List.of(about(message, place.containsKey(Field.DEAD)));
    return recording.ask(
        Operation.RENEW, question, true, () -> receiver.renewLock(message), until -> question);
  }

  @Override
  public void close() {
    receiver.close();
  }
}
