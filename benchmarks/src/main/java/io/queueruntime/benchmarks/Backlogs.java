package io.queueruntime.benchmarks;

import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Settlement;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What grows with the number of waiting messages: the heap, the time to open, and whether rates
 * stay what they are. All backlogs are there at once, and take turns. Stateless.
 */
final class Backlogs {

  private static final int CALLERS = 8;

  /** From where on a difference of heaps is that of the messages. */
  private static final int WEIGHABLE = 100_000;

  private Backlogs() {}

  /**
   * @param micros of processor time, all threads together, for a message: what a busy machine
   *     changes least
   */
  private record Rate(double perSecond, double micros) {}

  private record Backlog(
      int size, EmbeddedQueueProvider provider, List<Rate> sends, List<Rate> receives) {}

  static void measure(ScaleSettings settings, Consumer<Finding> found) throws Exception {
    List<Backlog> backlogs = new ArrayList<>();
    List<Path> directories = new ArrayList<>();
    try {
      for (int size : settings.sizes()) {
        Path directory = settings.newDirectory("backlog");
        directories.add(directory);
        backlogs.add(open(settings, directory, size, found));
      }
      for (int round = -1; round < settings.rounds(); round++) {
        for (int i = 0; i < backlogs.size(); i++) {
          Backlog backlog = backlogs.get(Math.floorMod(i + round, backlogs.size()));
          Rate sends = rate(() -> send(settings, backlog.provider), settings);
          Rate receives = rate(() -> receive(settings, backlog.provider), settings);
          if (round >= 0) {
            backlog.sends.add(sends);
            backlog.receives.add(receives);
          }
        }
      }
      for (Backlog backlog : backlogs) {
        found.accept(
            Finding.of(
                "rates at %,d waiting, %d callers".formatted(backlog.size, CALLERS),
                "send %s, receive + complete %s"
                    .formatted(show(backlog.sends), show(backlog.receives))));
      }
      found.accept(flat("sends", backlogs.stream().map(one -> perSecond(one.sends)).toList()));
      found.accept(
          flat("receives", backlogs.stream().map(one -> perSecond(one.receives)).toList()));
    } finally {
      backlogs.forEach(backlog -> backlog.provider.close());
      for (Path directory : directories) {
        Directories.delete(directory);
      }
    }
  }

  /** Fills a queue, closes it, and opens it as it is after a clean and after an unclean stop. */
  private static Backlog open(
      ScaleSettings settings, Path directory, int size, Consumer<Finding> found) throws Exception {
    long empty = Stock.heap();
    EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory));
    provider.admin().create(Embedded.QUEUE, QueueOptions.DEFAULTS);
    long begun = System.nanoTime();
    Stock.fill(provider.sender(Embedded.QUEUE), size, Stock.BODY);
    double filled = (System.nanoTime() - begun) / 1e9;
    Path asKilled = copied(settings, directory);
    try {
      provider.close();
      Took unclean = openAndClose(settings, asKilled);
      Opening clean = Opening.of(settings, directory);
      provider = clean.provider;
      long waiting = provider.admin().statistics(Embedded.QUEUE).active();
      if (waiting != size) {
        throw new IllegalStateException(
            "Of %,d messages %,d are there after a restart.".formatted(size, waiting));
      }
      found.accept(
          Finding.of(
              "%,d messages of %d bytes".formatted(size, Stock.BODY),
              "sent in batches in %.2f s; opened after a clean stop in %s, after a kill in %s"
                  .formatted(filled, clean.took, unclean)));
      if (size >= WEIGHABLE) {
        double taken = Stock.heap() - empty;
        found.accept(
            Finding.atMost(
                "heap for each of %,d waiting messages".formatted(size),
                taken / size,
                80,
                "bytes"));
        if (size >= 10_000_000) {
          found.accept(Finding.atMost("heap at %,d".formatted(size), taken / 1e6, 1_000, "MB"));
        }
      }
      if (size >= 1_000_000) {
        double millions = size / 1e6;
        found.accept(
            Finding.atMost(
                "open after a clean stop, a million", clean.took.seconds / millions, 1, "s"));
        found.accept(
            Finding.atMost("open after a kill, a million", unclean.seconds / millions, 1, "s"));
      }
    } finally {
      Directories.delete(asKilled);
    }
    return new Backlog(size, provider, new ArrayList<>(), new ArrayList<>());
  }

  /** Keeps nothing of it: a closed engine still holds what it knew. */
  private static Took openAndClose(ScaleSettings settings, Path directory) {
    Opening opening = Opening.of(settings, directory);
    opening.provider.close();
    return opening.took;
  }

  /**
   * How long something took: by the clock, and in processor time of all threads, which says more on
   * a busy machine.
   */
  private record Took(double seconds, double busy) {
    @Override
    public String toString() {
      return "%.2f s (%.2f s of processor)".formatted(seconds, busy);
    }
  }

  private record Opening(EmbeddedQueueProvider provider, Took took) {

    static Opening of(ScaleSettings settings, Path directory) {
      long begun = System.nanoTime();
      long busy = Stock.processorNanos();
      EmbeddedQueueProvider provider = new EmbeddedQueueProvider(settings.options(directory));
      return new Opening(
          provider,
          new Took((System.nanoTime() - begun) / 1e9, (Stock.processorNanos() - busy) / 1e9));
    }
  }

  /** The files as they are on the disk while the engine runs: what a killed process leaves. */
  private static Path copied(ScaleSettings settings, Path from) throws Exception {
    for (int attempt = 0; attempt < 20; attempt++) {
      Path to = settings.newDirectory("killed");
      List<Path> before = list(from);
      try {
        for (Path file : before) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
        if (list(from).equals(before)) {
          return to;
        }
      } catch (NoSuchFileException tidiedAway) {
        // A snapshot was written meanwhile: again.
      }
      Directories.delete(to);
      Thread.sleep(500);
    }
    throw new IllegalStateException("The files in " + from + " never stayed the same.");
  }

  private static List<Path> list(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private static Outcome send(ScaleSettings settings, EmbeddedQueueProvider provider)
      throws Exception {
    QueueSender sender = provider.sender(Embedded.QUEUE);
    OutgoingMessage message = OutgoingMessage.of(Stock.body(Stock.BODY)).build();
    return Callers.measure(
        cell(settings),
        caller ->
            () -> {
              sender.send(message).join();
              return true;
            });
  }

  private static Outcome receive(ScaleSettings settings, EmbeddedQueueProvider provider)
      throws Exception {
    QueueReceiver receiver = provider.receiver(Embedded.QUEUE, SubQueue.MAIN);
    return Callers.measure(
        cell(settings),
        caller ->
            () -> {
              var received = receiver.receive(1, Duration.ZERO).join();
              if (received.isEmpty()) {
                return false;
              }
              receiver.settle(received.get(0), Settlement.complete()).join();
              return true;
            });
  }

  private static Cell cell(ScaleSettings settings) {
    return new Cell(
        CALLERS,
        Stock.BODY,
        settings.durability(),
        settings.time().dividedBy(5),
        settings.time(),
        settings.directory());
  }

  private interface Round {
    Outcome run() throws Exception;
  }

  private static Rate rate(Round round, ScaleSettings settings) throws Exception {
    long busy = Stock.processorNanos();
    Outcome outcome = round.run();
    double seconds = cell(settings).warmup().plus(settings.time()).toNanos() / 1e9;
    double micros = (Stock.processorNanos() - busy) / 1e3 / (outcome.perSecond() * seconds);
    return new Rate(outcome.perSecond(), micros);
  }

  private static double perSecond(List<Rate> rounds) {
    return median(rounds.stream().map(Rate::perSecond).toList());
  }

  private static double median(List<Double> rounds) {
    return rounds.stream().sorted().toList().get(rounds.size() / 2);
  }

  private static String show(List<Rate> rounds) {
    return "%,.0f/s (%.0f µs of processor each)"
        .formatted(perSecond(rounds), median(rounds.stream().map(Rate::micros).toList()));
  }

  private static Finding flat(String what, List<Double> rates) {
    double slowest = rates.stream().mapToDouble(rate -> rate).min().orElse(0);
    double fastest = rates.stream().mapToDouble(rate -> rate).max().orElse(1);
    return Finding.atLeast(
        "slowest rate of " + what + " beside the fastest", slowest / fastest, 0.85, "");
  }
}
