package io.queueruntime.engine;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All that an engine shows, as a model's {@link QueueModel#dump} says it.
 *
 * @param text what it shows
 * @param main messages in queues
 * @param dead messages in dead letters
 */
record Seen(String text, List<ReceivedMessage<byte[]>> main, List<ReceivedMessage<byte[]>> dead) {

  private static final int MOST = 1000;

  static Seen of(SteppedEngine engine) {
    QueueEngine shown = engine.engine();
    List<ReceivedMessage<byte[]>> main = new ArrayList<>();
    List<ReceivedMessage<byte[]>> dead = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (QueueName queue : engine.answered(shown.listQueues()).join()) {
      text.append(queue)
          .append(' ')
          .append(
              QueueModel.told(
                  engine.answered(shown.describeQueue(queue)).join().orElseThrow().options()))
          .append('\n');
      for (SubQueue sub : SubQueue.values()) {
        boolean inDead = sub == SubQueue.DEAD_LETTER;
        for (ReceivedMessage<byte[]> message :
            engine.answered(shown.peek(queue, sub, null, SequenceNumber.START, MOST)).join()) {
          (inDead ? dead : main).add(message);
          text.append("  ").append(Actions.shown(message, inDead, false)).append('\n');
        }
      }
      if (queue.value().equals(Actions.ORDERED)) {
        states(engine, queue, text);
      }
    }
    return new Seen(text.toString(), main, dead);
  }

  private static void states(SteppedEngine engine, QueueName queue, StringBuilder text) {
    QueueEngine shown = engine.engine();
    for (int i = 0; i < 3; i++) {
      SessionId id = SessionId.of("s" + i);
      SessionHold hold = engine.answered(shown.acceptSession(queue, id, Duration.ZERO)).join();
      engine
          .answered(shown.sessionState(hold))
          .join()
          .ifPresent(
              state ->
                  text.append("  ")
                      .append(id)
                      .append('=')
                      .append(Arrays.toString(state))
                      .append('\n'));
      engine.answered(shown.releaseSession(hold)).join();
    }
  }

  /** Takes the times over that a dump leaves out. */
  void adoptTimes(QueueModel model) {
    main.forEach(message -> adoptTimes(model, false, message));
    dead.forEach(message -> adoptTimes(model, true, message));
  }

  private static void adoptTimes(QueueModel model, boolean dead, ReceivedMessage<byte[]> message) {
    model.adoptTimes(
        message.queue().value(),
        dead,
        message.sequenceNumber().value(),
        message.enqueuedTime().toEpochMilli(),
        message.expiresAt().map(at -> at.toEpochMilli()).orElse(QueueModel.NEVER),
        message.deadLetter().map(death -> death.lastFailure().toEpochMilli()).orElse(0L));
  }
}
