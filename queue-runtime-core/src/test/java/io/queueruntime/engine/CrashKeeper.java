package io.queueruntime.engine;

import io.queueruntime.history.HistoryEvent;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SubQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Whoever changes the definitions of the queues of a {@link CrashLoad}: notes on them, which must
 * survive; whether the relay forwards for now; and a queue that comes and goes with all that is in
 * it.
 *
 * <p>Confined to one thread.
 */
final class CrashKeeper {

  /** No part of the history. */
  private static final QueueName PASSING = QueueName.of("passing");

  private static final QueueName RELAY = QueueName.of(CrashLoad.RELAY);

  private final QueueEngine engine;
  private final SplittableRandom random;
  private final Map<String, QueueOptions> queues = CrashLoad.queues();
  private final List<String> names = new ArrayList<>(queues.keySet());
  private final Map<String, RecordedDefinition> definitions = new TreeMap<>();

  /** Goes up with every change of every life. */
  private int note;

  CrashKeeper(
      QueueEngine engine, String life, SplittableRandom random, Consumer<HistoryEvent> sink) {
    this.engine = engine;
    this.random = random;
    this.note = Integer.parseInt(life) * 100_000;
    names.remove(CrashLoad.RELAY);
    for (String name : names) {
      RecordedDefinition definition = new RecordedDefinition(engine, name, life + ".keeper", sink);
      definition.read();
      definitions.put(name, definition);
    }
  }

  /** Does one thing, then waits for a little. */
  void changesDefinitions() {
    switch (random.nextInt(6)) {
      case 0 -> untold(engine.updateQueue(RELAY, relay()));
      case 1 -> untold(engine.deleteQueue(PASSING));
      case 2 -> {
        untold(engine.createQueue(PASSING, QueueOptions.DEFAULTS));
        untold(engine.send(PASSING, OutgoingMessage.of(new byte[random.nextInt(3000)]).build()));
      }
      default -> {
        String name = names.get(random.nextInt(names.size()));
        if (random.nextInt(4) == 0) {
          definitions.get(name).read();
        } else {
          definitions.get(name).change(++note, queues.get(name));
        }
      }
    }
    untold(engine.receive(PASSING, SubQueue.MAIN, 1, Duration.ofMillis(1 + random.nextInt(10))));
  }

  private QueueOptions relay() {
    QueueOptions forwarding = queues.get(CrashLoad.RELAY);
    return random.nextInt(3) == 0 ? forwarding.withForwardTo(null) : forwarding;
  }

  private static void untold(CompletableFuture<?> answer) {
    answer.handle((value, failure) -> "").join();
  }
}
