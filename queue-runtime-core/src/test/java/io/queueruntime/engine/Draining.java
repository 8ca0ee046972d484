package io.queueruntime.engine;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes everything out of an engine on a disk without faults, and insists that this ends: after a
 * bounded time of its clocks nothing may be left, and nothing may come twice.
 *
 * <p>Confined to its run.
 */
final class Draining {

  /** Longer than any lock, delay, schedule and life in {@link Actions}. */
  private static final int MOST_ROUNDS = 30;

  private final SteppedEngine engine;
  private final SteppedEngine.Clock clock;
  private final Set<String> completed = new HashSet<>();

  Draining(SteppedEngine engine, SteppedEngine.Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  void drain() {
    List<QueueName> queues = engine.answered(engine.engine().listQueues()).join();
    for (int round = 0; round < MOST_ROUNDS; round++) {
      queues.forEach(this::takeOut);
      if (queues.stream().allMatch(queue -> left(queue) == 0)) {
        return;
      }
      clock.advance(5L * Actions.GRAIN);
      engine.run();
    }
    throw new AssertionError(
        "after "
            + MOST_ROUNDS * 5
            + " grains without any fault this is still there:\n"
            + Seen.of(engine).text());
  }

  void checkEmpty() {
    for (QueueName queue : engine.answered(engine.engine().listQueues()).join()) {
      PowerLossRun.check(
          left(queue) == 0,
          "what was completed before the power went is there again:\n" + Seen.of(engine).text());
    }
  }

  private long left(QueueName queue) {
    QueueStatistics left = engine.answered(engine.engine().statistics(queue)).join();
    return left.active() + left.scheduled() + left.deferred() + left.deadLetter();
  }

  private void takeOut(QueueName queue) {
    boolean sessions = queue.value().equals(Actions.ORDERED);
    if (sessions) {
      for (SessionHold hold = next(queue); hold != null; hold = next(queue)) {
        receiveAll(queue, hold);
        engine.answered(engine.engine().releaseSession(hold)).join();
      }
    } else {
      receiveAll(queue, null);
    }
    for (ReceivedMessage<byte[]> message : peek(queue)) {
      if (message.state() == MessageState.DEFERRED) {
        fetch(queue, message);
      }
    }
    complete(
        queue,
        engine
            .answered(engine.engine().receive(queue, SubQueue.DEAD_LETTER, 1000, Duration.ZERO))
            .join());
  }

  private SessionHold next(QueueName queue) {
    Optional<SessionHold> hold =
        engine.answered(engine.engine().acceptNextSession(queue, Duration.ZERO)).join();
    return hold.orElse(null);
  }

  private void receiveAll(QueueName queue, SessionHold hold) {
    for (List<ReceivedMessage<byte[]>> some = receive(queue, hold);
        !some.isEmpty();
        some = receive(queue, hold)) {
      complete(queue, some);
    }
  }

  private List<ReceivedMessage<byte[]>> receive(QueueName queue, SessionHold hold) {
    QueueEngine from = engine.engine();
    return engine
        .answered(
            hold == null
                ? from.receive(queue, SubQueue.MAIN, 100, Duration.ZERO)
                : from.receive(hold, 100, Duration.ZERO))
        .join();
  }

  private List<ReceivedMessage<byte[]>> peek(QueueName queue) {
    return engine
        .answered(engine.engine().peek(queue, SubQueue.MAIN, null, SequenceNumber.START, 1000))
        .join();
  }

  private void fetch(QueueName queue, ReceivedMessage<byte[]> deferred) {
    SessionHold hold =
        deferred
            .sessionId()
            .map(
                session ->
                    engine
                        .answered(engine.engine().acceptSession(queue, session, Duration.ZERO))
                        .join())
            .orElse(null);
    complete(
        queue,
        engine
            .answered(
                engine
                    .engine()
                    .receiveDeferred(
                        queue, SubQueue.MAIN, hold, List.of(deferred.sequenceNumber())))
            .join());
    if (hold != null) {
      engine.answered(engine.engine().releaseSession(hold)).join();
    }
  }

  private void complete(QueueName queue, List<ReceivedMessage<byte[]>> messages) {
    for (ReceivedMessage<byte[]> message : messages) {
      engine.answered(engine.engine().complete(queue, message.lockToken().orElseThrow())).join();
      String place = queue + " " + message.state() + " " + message.sequenceNumber();
      PowerLossRun.check(completed.add(place), "completed, and delivered again: " + place);
    }
  }
}
