package io.queueruntime.histories;

import static io.queueruntime.histories.Recording.fields;
import static io.queueruntime.histories.Recording.with;

import io.queueruntime.history.Field;
import io.queueruntime.history.Operation;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A provider whose calls are written down, so that listeners can be put on top of it. Thread-safe.
 */
record RecordedProvider(QueueProvider provider, Recording recording) implements QueueProvider {

  @Override
  public String name() {
    return provider.name();
  }

  @Override
  public Capabilities capabilities() {
    return provider.capabilities();
  }

  @Override
  public QueueSender sender(QueueName queue) {
    return new RecordedSender(provider.sender(queue), recording);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new RecordedReceiver(
        provider.receiver(queue, subQueue),
        recording,
        fields(Field.QUEUE, queue, Field.DEAD, subQueue == SubQueue.DEAD_LETTER ? true : null));
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    throw new UnsupportedOperationException("No run accepts sessions by their id.");
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    Map<Field, String> question = fields(Field.QUEUE, queue);
    String hold = recording.nextHold();
    return recording.ask(
        Operation.ACCEPT,
        List.of(question),
        true,
        () -> provider.acceptNextSession(queue, maxWait),
        found ->
            List.of(
                found
                    .map(
                        session ->
                            with(question, Field.SESSION, session.sessionId(), Field.HOLD, hold))
                    .orElse(question)),
        found -> found.map(session -> recorded(session, question, hold)));
  }

  private SessionReceiver recorded(
      SessionReceiver session, Map<Field, String> question, String hold) {
    return new RecordedSession(
        session, recording, with(question, Field.SESSION, session.sessionId(), Field.HOLD, hold));
  }

  RecordedDeadLetters recordedDeadLetters(QueueName queue) {
    return new RecordedDeadLetters(provider.deadLetters(queue), recording);
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    throw new UnsupportedOperationException("Dead letters are touched on the record only.");
  }

  @Override
  public QueueAdmin admin() {
    return provider.admin();
  }

  @Override
  public void close() {
    provider.close();
  }
}
