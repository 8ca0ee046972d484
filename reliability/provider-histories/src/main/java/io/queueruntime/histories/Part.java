package io.queueruntime.histories;

import io.queueruntime.history.Field;
import io.queueruntime.history.Finding;
import io.queueruntime.history.HistoryChecker;
import io.queueruntime.history.HistoryEvent;
import io.queueruntime.history.HistoryReader;
import io.queueruntime.history.Operation;
import io.queueruntime.history.Phase;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/**
 * One part of a run: a sender, consumers that come, go and are killed, faults, and in the end what
 * the checker says of all they saw. Used by one thread.
 */
final class Part {

  /** What goes wrong. */
  enum Fault {
    BROKER_KILLED,
    CONNECTIONS_CUT,
    CONSUMER_KILLED,
    CONSUMER_LEAVES,
    CONSUMER_JOINS
  }

  /** What became of a part. Immutable. */
  record Verdict(
      int messages,
      int deliveries,
      Duration time,
      Map<Fault, Integer> faults,
      List<Finding> findings,
      int events) {}

  private static final int CONSUMERS = 2;
  private static final int CONSUMERS_MAX = 4;
  private static final long START_MAX_SECONDS = 120;
  private static final long IDLE_MAX_SECONDS = 240;

  private final RunOptions options;
  private final Broker broker;
  private final Mix mix;
  private final Path directory;
  private final Random random;
  private final List<HistoryEvent> marks = new ArrayList<>();
  private final List<MemberProcess> consumers = new ArrayList<>();
  private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private List<Fault> coming = new ArrayList<>();
  private int names;

  Part(RunOptions options, Broker broker, int number) {
    this.options = options;
    this.broker = broker;
    this.mix = new Mix(number);
    this.directory = options.directory().resolve("part-" + number);
    this.random = new Random(options.seed() + number);
  }

  /** Sends that many, and returns when all was drained and checked. */
  Verdict run(int messages) throws Exception {
    Files.createDirectories(directory);
    try (RecordedProvider drain = drain()) {
      drain.admin().create(mix.plain(), Mix.options(false));
      drain.admin().create(mix.sessions(), Mix.options(true));
      drain.admin().statistics(mix.plain());
      drain.admin().statistics(mix.sessions());
      for (int i = 0; i < CONSUMERS; i++) {
        join();
      }
      long begun = System.nanoTime();
      try (MemberProcess sender =
          MemberProcess.start(options, broker, directory, "sender", mix, messages)) {
        misfortunes(sender);
        sender.await("SENT", 1);
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        sender.await("IDLE", IDLE_MAX_SECONDS);
        for (MemberProcess consumer : List.copyOf(consumers)) {
          leave(consumer);
        }
        sender.leave();
        new Drain(drain, mix).all();
        mark(Operation.DRAINED, "run");
        return verdict(messages, time);
      } finally {
        consumers.forEach(MemberProcess::close);
      }
    }
  }

  private RecordedProvider drain() {
    return new RecordedProvider(
        Broker.connect(options.provider(), broker.address()), new Recording("drain", this::add));
  }

  private void add(HistoryEvent event) {
    synchronized (marks) {
      marks.add(event);
    }
  }

  private void mark(Operation operation, String process) {
    add(HistoryEvent.of(System.nanoTime(), process, 0, operation, Phase.INFO).build());
  }

  /** One fault after the other until all is sent. */
  private void misfortunes(MemberProcess sender) throws Exception {
    while (true) {
      try {
        sender.await("SENT", options.faultEvery().toSeconds());
        if (faults.size() == Fault.values().length) {
          return;
        }
      } catch (TimeoutException e) {
        // it goes on sending
      }
      suffer(next());
    }
  }

  /** All kinds in turn, each time in another order. */
  private Fault next() {
    if (coming.isEmpty()) {
      coming = new ArrayList<>(List.of(Fault.values()));
      Collections.shuffle(coming, random);
    }
    return coming.remove(0);
  }

  private void suffer(Fault fault) throws Exception {
    faults.merge(fault, 1, Integer::sum);
    mark(Operation.DISTURBED, "run");
    switch (fault) {
      case BROKER_KILLED -> broker.crash();
      case CONNECTIONS_CUT -> broker.cut();
      case CONSUMER_KILLED -> {
        MemberProcess killed = consumers.remove(random.nextInt(consumers.size()));
        killed.kill();
        mark(Operation.GONE, killed.name());
        join();
      }
      case CONSUMER_LEAVES -> {
        if (consumers.size() == 1) {
          join();
        }
        leave(consumers.get(random.nextInt(consumers.size())));
      }
      case CONSUMER_JOINS -> {
        if (consumers.size() == CONSUMERS_MAX) {
          leave(consumers.get(0));
        }
        join();
      }
      default -> throw new IllegalStateException("No such fault: " + fault);
    }
    mark(Operation.DISTURBED, "run");
  }

  private void join() throws Exception {
    MemberProcess consumer =
        MemberProcess.start(options, broker, directory, "consumer-" + ++names, mix, 0);
    consumers.add(consumer);
    consumer.await("LISTENING", START_MAX_SECONDS);
  }

  private void leave(MemberProcess consumer) throws InterruptedException {
    consumers.remove(consumer);
    mark(Operation.DISTURBED, "run");
    boolean left = consumer.leave();
    if (!left) {
      System.out.println("Consumer '" + consumer.name() + "' did not leave within a minute.");
    }
    mark(Operation.GONE, consumer.name());
  }

  private Verdict verdict(int messages, Duration time) throws IOException {
    List<HistoryEvent> history = new ArrayList<>();
    synchronized (marks) {
      history.addAll(marks);
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.history")) {
      for (Path file : files) {
        history.addAll(HistoryReader.read(file));
      }
    }
    history.sort(Comparator.comparingLong(HistoryEvent::time));
    List<Finding> findings =
        new HistoryChecker(mix.rules(), broker.relaxations(options.reach())).check(history);
    long deliveries =
        history.stream()
            .filter(
                event ->
                    event.operation() == Operation.RECEIVE
                        && event.phase() == Phase.OK
                        && event.get(Field.MESSAGE) != null)
            .count();
    return new Verdict(messages, (int) deliveries, time, faults, findings, history.size());
  }
}
