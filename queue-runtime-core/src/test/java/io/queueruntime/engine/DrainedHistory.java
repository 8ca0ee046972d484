package io.queueruntime.engine;

import io.queueruntime.history.Field;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What was asked and heard in the lives of one directory, and its end: the directory is opened once
 * more, everything is taken out, and the whole is held against the promises.
 *
 * <p>A queue that forwards has no history of its own: it is one with the queue it forwards to.
 *
 * <p>Confined to one thread.
 */
final class DrainedHistory {

  private static final Duration WAIT = Duration.ofMillis(100);

  private final Map<String, QueueOptions> queues;
  private final Map<String, String> relays;
  private final TreeSet<String> names;
  private final Relaxations relaxations;
  private final List<HistoryEvent> events;

  /**
   * @param queues what the queues are, or are drained as, by name
   */
  DrainedHistory(
      Map<String, QueueOptions> queues, Relaxations relaxations, List<HistoryEvent> events) {
    this.queues = queues;
    this.relays = relays(queues);
    this.names = new TreeSet<>(queues.keySet());
    this.names.removeAll(relays.values());
    this.relaxations = relaxations;
    this.events = new ArrayList<>(events);
  }

  /** The queues that forward, by where they forward to. */
  static Map<String, String> relays(Map<String, QueueOptions> queues) {
    Map<String, String> relays = new HashMap<>();
    queues.forEach(
        (name, options) -> {
          if (options.forwardTo() != null) {
            relays.put(options.forwardTo().value(), name);
          }
        });
    return relays;
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
      names.forEach(name -> new RecordedDefinition(engine, name, "drain", events::add).read());
      queues.forEach((name, wanted) -> createAsWanted(engine, name, wanted));
      RecordedEngine drainer = new RecordedEngine(engine, "drain", events::add, relays);
      names.forEach(drainer::count);
      names.forEach(queue -> drain(drainer, queue));
      look(drainer);
    }
    try (QueueEngine engine = QueueEngine.open(options)) {
      look(new RecordedEngine(engine, "again", events::add, relays));
      mark(Operation.DRAINED);
    }
    Map<String, QueueRules> rules = new TreeMap<>();
    names.forEach(name -> rules.put(name, rules(queues.get(name))));
    rules.put(RecordedDefinition.DEFINITIONS, RecordedDefinition.RULES);
    return new HistoryChecker(rules, relaxations).check(events);
  }

  List<HistoryEvent> events() {
    return List.copyOf(events);
  }

  /** Messages that such calls were answered with. */
  long count(Operation operation) {
    return events.stream()
        .filter(
            event ->
                event.operation() == operation
                    && event.phase() == Phase.OK
                    && event.has(Field.MESSAGE))
        .count();
  }

  private static QueueRules rules(QueueOptions options) {
    return new QueueRules(
        options.sessions(),
        options.lockDuration(),
        options.maxDeliveryCount(),
        options.duplicateDetectionWindow(),
        options.deadLetterOnExpiration());
  }

  private static void createAsWanted(QueueEngine engine, String name, QueueOptions wanted) {
    QueueName queue = QueueName.of(name);
    boolean created = engine.createQueue(queue, wanted).join();
    if (!created && wanted.forwardTo() != null) {
      engine.updateQueue(queue, wanted).join();
    }
  }

  private void mark(Operation operation) {
    events.add(HistoryEvent.of(System.nanoTime(), "rig", 0, operation, Phase.INFO).build());
  }

  private void look(RecordedEngine viewer) {
    for (String queue : names) {
      viewer.count(queue);
      viewer.peek(queue, false);
      viewer.peek(queue, true);
    }
  }

  private void drain(RecordedEngine drainer, String queue) {
    takeOut(drainer, queue);
    // Every other dead letter is replayed once more and must be there then.
    List<ReceivedMessage<byte[]>> letters = drainer.peek(queue, true);
    List<ReceivedMessage<byte[]>> half = letters.subList(0, letters.size() / 2);
    if (!half.isEmpty()) {
      drainer.replay(queue, half);
      takeOut(drainer, queue);
    }
  }

  private void takeOut(RecordedEngine drainer, String queue) {
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
