package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntFunction;

/** What is done with messages that were given up. Confined to the engine thread. */
final class DeadLettering {

  private final EngineContext context;
  private final Returns returns;
  private final Routing routing;
  private final HeaderEdits headers;

  DeadLettering(EngineContext context, Returns returns, Routing routing, HeaderEdits headers) {
    this.context = context;
    this.returns = returns;
    this.routing = routing;
    this.headers = headers;
  }

  /**
   * Puts dead letters back at the end of their queue, each in one event: it is never in both places
   * nor in none.
   */
  int replay(QueueName name, Collection<SequenceNumber> numbers, MessageEdits edits) {
    QueueState queue = context.require(name, "replay dead letters of");
    return forEach(queue, numbers, letter -> replay(queue, letter, edits));
  }

  int discard(QueueName name, Collection<SequenceNumber> numbers) {
    QueueState queue = context.require(name, "discard dead letters of");
    return forEach(
        queue,
        numbers,
        letter -> {
          context.log.requireRoom(queue, 64, 1);
          returns.remove(letter, Cause.DISCARDED);
          return 1;
        });
  }

  private int forEach(
      QueueState queue, Collection<SequenceNumber> numbers, ToIntFunction<StoredMessage> work) {
    List<Long> ascending = numbers.stream().map(SequenceNumber::value).distinct().sorted().toList();
    int done = 0;
    for (long number : ascending) {
      StoredMessage letter = queue.dead.get(number);
      if (letter != null && !letter.isLocked()) {
        done += work.applyAsInt(letter);
      }
    }
    return done;
  }

  private int replay(QueueState queue, StoredMessage letter, MessageEdits edits) {
    byte[] payload = headers.edited(letter, edits, "replay dead letter");
    context.log.requireRoomForMessages(queue, payload.length, 2);
    routing.entering(queue, () -> putBack(queue, letter, payload));
    return 1;
  }

  private void putBack(QueueState queue, StoredMessage letter, byte[] payload) {
    MessageContent.Keys keys = MessageContent.keys(RecordHead.content(payload));
    StoredMessage message =
        context.log.record(
            Draft.again(payload, keys)
                .enqueued(
                    queue.id,
                    queue.nextSequence(),
                    Enqueued.Kind.REPLAYED,
                    0,
                    letter.sequence,
                    0,
                    context.wall(),
                    0,
                    EngineContext.plus(
                        context.wall(), Intake.lifeOf(queue.options(), keys.timeToLive())),
                    0));
    context.left(letter);
    routing.arrived(message);
  }
}
