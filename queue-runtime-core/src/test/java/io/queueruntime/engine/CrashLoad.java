package io.queueruntime.engine;

import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryWriter;
import io.queueruntime.history.Phase;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A process that works on an engine with all it has until it is killed: senders, consumers, holders
 * of sessions, somebody who looks after dead letters. What it asks and hears goes into a file, line
 * by line.
 */
public final class CrashLoad {

  static final String PLAIN = "plain";
  static final String ORDERED = "ordered";
  static final String FLEETING = "fleeting";

  /** Nobody sends there but the relay. */
  static final String ONWARD = "onward";

  /** Forwards to {@link #ONWARD}, but for the times when somebody has changed that. */
  static final String RELAY = "relay";

  /** Number of a life that is not killed but ends after some calls. */
  static final int ENDS_BY_ITSELF = 0;

  private static final int CALLS_OF_A_WHOLE_LIFE = 600;

  /** Printed before the engine is opened, and when it is. */
  static final String OPENING = "opening";

  static final String OPEN = "open";

  /** Printed each time that so many more calls were answered. */
  static final String PROGRESS = "progress";

  static final int CALLS_PER_PROGRESS = 10;

  static final Duration LOCK = Duration.ofMillis(800);
  private static final int SESSIONS = 6;

  private CrashLoad() {}

  static Map<String, QueueOptions> queues() {
    QueueOptions plain =
        QueueOptions.DEFAULTS
            .withLockDuration(LOCK)
            .withMaxDeliveryCount(4)
            .withDefaultTimeToLive(null)
            .withDuplicateDetectionWindow(Duration.ofMinutes(30));
    Map<String, QueueOptions> queues = new TreeMap<>();
    queues.put(PLAIN, plain);
    queues.put(ORDERED, plain.withSessions(true));
    queues.put(
        FLEETING,
        plain
            .withMaxDeliveryCount(3)
            .withDuplicateDetectionWindow(null)
            .withDeadLetterOnExpiration(false));
    queues.put(ONWARD, plain.withSessions(true).withDuplicateDetectionWindow(null));
    queues.put(RELAY, plain.withSessions(true).withForwardTo(QueueName.of(ONWARD)));
    return queues;
  }

  static EngineOptions options(Path directory, SplittableRandom random) {
    return EngineOptions.in(directory)
        .withSegmentSize((64 * 1024) << random.nextInt(3))
        .withSnapshots(Duration.ofMillis(100), 50 + random.nextInt(400), 1 + random.nextInt(2));
  }

  /** Arguments: directory of the engine, file of the history, number of this life, seed. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    HistoryWriter history = HistoryWriter.appendingTo(Path.of(args[1]));
    String life = args[2];
    SplittableRandom random = new SplittableRandom(Long.parseLong(args[3]));
    System.out.println(OPENING);
    QueueEngine engine = QueueEngine.open(options(directory, random));
    for (Map.Entry<String, QueueOptions> queue : queues().entrySet()) {
      engine.createQueue(QueueName.of(queue.getKey()), queue.getValue()).join();
    }
    Map<String, String> relays = DrainedHistory.relays(queues());
    RecordedEngine quiet = new RecordedEngine(engine, life + ".start", history::write, relays);
    queues().keySet().stream().filter(queue -> !queue.equals(RELAY)).forEach(quiet::count);
    System.out.println(OPEN);
    AtomicLong answers = new AtomicLong();
    boolean ends = Integer.parseInt(life) == ENDS_BY_ITSELF;
    Consumer<HistoryEvent> sink =
        event -> {
          history.write(event);
          long answered = event.phase() == Phase.INVOKE ? -1 : answers.incrementAndGet();
          if (answered % CALLS_PER_PROGRESS == 0) {
            System.out.println(PROGRESS);
          }
          if (ends && answered == CALLS_OF_A_WHOLE_LIFE) {
            System.exit(0);
          }
        };
    for (int i = 0; i < 2; i++) {
      start(engine, sink, life + ".sender" + i, random.split(), Worker::sends);
      start(engine, sink, life + ".consumer" + i, random.split(), Worker::consumes);
      start(engine, sink, life + ".holder" + i, random.split(), Worker::holdsSessions);
    }
    start(engine, sink, life + ".undertaker", random.split(), Worker::looksAfterDeadLetters);
    CrashKeeper keeper = new CrashKeeper(engine, life, random.split(), history::write);
    start(engine, life + ".keeper", keeper::changesDefinitions);
  }

  private static void start(
      QueueEngine engine,
      Consumer<HistoryEvent> sink,
      String name,
      SplittableRandom random,
      Consumer<Worker> work) {
    Worker worker = new Worker(engine, name, random, sink);
    start(engine, name, () -> work.accept(worker));
  }

  private static void start(QueueEngine engine, String name, Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              while (engine.failure().isEmpty()) {
                work.run();
              }
            },
            name);
    thread.start();
  }

  /** One process of the history. */
  static final class Worker {
    private final RecordedEngine engine;
    private final String name;
    private final SplittableRandom random;
    private final List<OutgoingMessage> sent = new ArrayList<>();
    private final List<SequenceNumber> deferred = new ArrayList<>();
    private final List<ReceivedMessage<byte[]>> deferredInSessions = new ArrayList<>();
    private int serial;

    Worker(QueueEngine engine, String name, SplittableRandom random, Consumer<HistoryEvent> sink) {
      this.engine = new RecordedEngine(engine, name, sink, DrainedHistory.relays(queues()));
      this.name = name;
      this.random = random;
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    private Duration millis(int most) {
      return Duration.ofMillis(random.nextInt(most));
    }

    void sends() {
      String queue =
          List.of(PLAIN, PLAIN, ORDERED, ORDERED, FLEETING, ONWARD).get(random.nextInt(6));
      int size = chance(25) ? 2 + random.nextInt(6) : 1;
      List<OutgoingMessage> batch = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        batch.add(message(queue));
      }
      Duration delay =
          chance(12) && !batch.get(0).deduplicationKey().isPresent()
              ? millis(400).plusMillis(1)
              : Duration.ZERO;
      List<SendReceipt> receipts = engine.send(queue, batch, delay);
      // Where it is forwarded, its place is another one by then.
      if (receipts != null && !delay.isZero() && !queue.equals(ONWARD) && chance(30)) {
        receipts
            .get(0)
            .findSequenceNumber()
            .ifPresent(number -> engine.cancel(queue, batch.get(0), number));
      }
    }

    private OutgoingMessage message(String queue) {
      serial++;
      if (queue.equals(PLAIN) && chance(6) && !sent.isEmpty()) {
        // The same message once more, as after a lost answer: found to be a duplicate, or the only
        // one.
        return sent.get(random.nextInt(sent.size()));
      }
      byte[] start = (name + "#" + serial).getBytes(StandardCharsets.UTF_8);
      byte[] body =
          Arrays.copyOf(
              start, start.length + (chance(5) ? random.nextInt(8000) : random.nextInt(200)));
      boolean reused = queue.equals(PLAIN) && chance(4) && !sent.isEmpty();
      OutgoingMessage.Builder message =
          OutgoingMessage.of(body)
              .messageId(reused ? sent.get(0).messageId().orElseThrow() : name + "#" + serial)
              .header("n", serial);
      if (queue.equals(ORDERED) || queue.equals(ONWARD)) {
        message.sessionId(SessionId.of("s" + random.nextInt(SESSIONS)));
      }
      if (queue.equals(FLEETING) && chance(40)) {
        message.deduplicationKey("k" + random.nextInt(4));
      }
      if (!queue.equals(ONWARD) && chance(4)) {
        message.timeToLive(millis(1500).plusMillis(1));
      }
      OutgoingMessage built = message.build();
      if (queue.equals(PLAIN) && built.timeToLive().isEmpty()) {
        sent.add(built);
      }
      return built;
    }

    void consumes() {
      String queue = chance(60) ? PLAIN : FLEETING;
      if (!deferred.isEmpty() && chance(30)) {
        engine
            .receiveDeferred(PLAIN, null, List.of(deferred.remove(0)))
            .forEach(message -> settle(message, null));
        return;
      }
      for (ReceivedMessage<byte[]> message :
          engine.receive(queue, false, 1 + random.nextInt(4), millis(30))) {
        settle(message, null);
      }
    }

    private void settle(ReceivedMessage<byte[]> message, RecordedEngine.Held held) {
      int dice = random.nextInt(100);
      if (dice < 12) {
        // Done, and what comes next sent, as one.
        String next = List.of(ORDERED, FLEETING, ONWARD).get(random.nextInt(3));
        engine.completeAndSend(message, next, message(next));
      } else if (dice < 62) {
        engine.complete(message, false);
      } else if (dice < 80) {
        engine.abandon(message, false, chance(50) ? Duration.ZERO : millis(30));
      } else if (dice < 87) {
        engine.deadLetter(message, "reason" + random.nextInt(3));
      } else if (dice < 90) {
        if (engine.defer(message) && held != null) {
          deferredInSessions.add(message);
        } else if (message.queue().value().equals(PLAIN)) {
          deferred.add(message.sequenceNumber());
        }
      } else if (dice < 94) {
        engine.release(message, false);
      } else if (dice < 98) {
        engine.renew(message);
        engine.complete(message, false);
      }
      // Else it is left alone: its lock runs out, or the process does not live to see that.
    }

    void holdsSessions() {
      String queue = chance(70) ? ORDERED : ONWARD;
      RecordedEngine.Held held =
          chance(60)
              ? engine.acceptNext(queue, millis(30))
              : engine.accept(queue, "s" + random.nextInt(SESSIONS), millis(10));
      if (held == null) {
        return;
      }
      fetchDeferred(held);
      for (int i = random.nextInt(6); i >= 0; i--) {
        int dice = random.nextInt(12);
        if (dice == 0) {
          engine.renewSession(held);
        } else if (dice < 3) {
          engine.setState(
              held, chance(20) ? null : new byte[] {(byte) random.nextInt(100), (byte) ++serial});
        } else if (dice < 5) {
          engine.getState(held);
          engine.look(queue);
        } else {
          for (ReceivedMessage<byte[]> message :
              engine.receive(held, 1 + random.nextInt(3), millis(10))) {
            settle(message, held);
          }
        }
      }
      if (chance(90)) {
        engine.close(held);
      }
    }

    /** Messages of that session that were set aside, as far as it is known here. */
    private void fetchDeferred(RecordedEngine.Held held) {
      List<ReceivedMessage<byte[]>> own =
          deferredInSessions.stream()
              .filter(message -> message.queue().value().equals(held.queue()))
              .filter(message -> message.sessionId().equals(Optional.of(held.hold().sessionId())))
              .toList();
      if (own.isEmpty() || chance(50)) {
        return;
      }
      deferredInSessions.removeAll(own);
      engine
          .receiveDeferred(
              held.queue(), held, own.stream().map(ReceivedMessage::sequenceNumber).toList())
          .forEach(message -> settle(message, held));
    }

    void looksAfterDeadLetters() {
      String queue = List.of(PLAIN, ORDERED, FLEETING, ONWARD).get(random.nextInt(4));
      int dice = random.nextInt(20);
      if (dice == 0) {
        engine.purge(FLEETING, chance(30));
      } else if (dice < 4) {
        engine.snapshot();
      } else if (dice < 9) {
        for (ReceivedMessage<byte[]> letter : engine.receive(queue, true, 2, Duration.ZERO)) {
          if (chance(50)) {
            engine.complete(letter, true);
          } else {
            engine.abandon(letter, true, Duration.ZERO);
          }
        }
      } else {
        List<ReceivedMessage<byte[]>> letters = engine.peek(queue, true);
        if (letters.isEmpty()) {
          return;
        }
        int from = random.nextInt(letters.size());
        List<ReceivedMessage<byte[]>> some =
            letters.subList(from, Math.min(letters.size(), from + 1 + random.nextInt(5)));
        if (dice < 17) {
          engine.replay(queue, some);
        } else {
          engine.discard(queue, some);
        }
      }
    }
  }
}
