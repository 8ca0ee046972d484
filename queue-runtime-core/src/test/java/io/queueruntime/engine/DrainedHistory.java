package io.queueruntime.engine;

import io.queueruntime.history.Finding;
import io.queueruntime.history.HistoryChecker;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.Operation;
import io.queueruntime.history.Phase;
import io.queueruntime.history.QueueRules;
import io.queueruntime.history.Relaxations;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What was asked and heard in the lives of one directory, and its end: the directory is opened once
 * more, everything is taken out, and the whole is held against the promises.
 *
 * <p>Confined to one thread.
 */
final class DrainedHistory {

  private static final Duration WAIT = Duration.ofMillis(100);

  private final Map<String, QueueOptions> queues;
  private final Map<String, QueueRules> rules;
  private final Relaxations relaxations;
  private final List<HistoryEvent> events;

  DrainedHistory(
      Map<String, QueueOptions> queues,
      Map<String, QueueRules> rules,
      Relaxations relaxations,
      List<HistoryEvent> events) {
    this.queues = queues;
    this.rules = rules;
    this.relaxations = relaxations;
    this.events = new ArrayList<>(events);
  }

  /** What another life wrote down. */
  void add(List<HistoryEvent> life) {
    events.addAll(life);
  }

  /** A life ended here. */
  void crashed() {
    mark(Operation.CRASH);
  }

  /** Opens, takes everything out, closes, opens again, and returns what the checker finds. */
  List<Finding> findings(EngineOptions options) {
    try (QueueEngine engine = QueueEngine.open(options)) {
      queues.forEach((name, wanted) -> engine.createQueue(QueueName.of(name), wanted).join());
      RecordedEngine drainer = new RecordedEngine(engine, "drain", events::add);
      queues.keySet().forEach(drainer::count);
      queues.keySet().forEach(queue -> drain(drainer, queue));
      for (String queue : queues.keySet()) {
        drainer.count(queue);
        drainer.peek(queue, false);
        drainer.peek(queue, true);
      }
    }
    try (QueueEngine engine = QueueEngine.open(options)) {
      RecordedEngine again = new RecordedEngine(engine, "again", events::add);
      for (String queue : queues.keySet()) {
        again.count(queue);
        again.peek(queue, false);
        again.peek(queue, true);
      }
      mark(Operation.DRAINED);
    }
    return new HistoryChecker(rules, relaxations).check(events);
  }

  List<HistoryEvent> events() {
    return List.copyOf(events);
  }

  private void mark(Operation operation) {
    events.add(HistoryEvent.of(System.nanoTime(), "rig", 0, operation, Phase.INFO).build());
  }

  private void drain(RecordedEngine drainer, String queue) {
    for (QueueStatistics left = drainer.count(queue);
        left.active() + left.scheduled() > 0;
        left = drainer.count(queue)) {
      if (!queues.get(queue).sessions()) {
        drainer
            .receive(queue, false, 100, WAIT)
            .forEach(message -> drainer.complete(message, false));
        continue;
      }
      RecordedEngine.Held held = drainer.acceptNext(queue, WAIT);
      if (held != null) {
        drainer.getState(held);
        for (List<ReceivedMessage<byte[]>> some = drainer.receive(held, 10, Duration.ZERO);
            !some.isEmpty();
            some = drainer.receive(held, 10, Duration.ZERO)) {
          some.forEach(message -> drainer.complete(message, false));
        }
        drainer.close(held);
      }
    }
  }
}
