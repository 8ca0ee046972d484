package io.queueruntime.samples.sessions;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The same sample on a broker, with two instances of the application in processes of their own. One
 * of them is killed in the middle, as {@code kill -9} does it; the other takes its accounts over.
 */
final class TwoInstances {

  /** What the proof and the ledger say together. */
  record Takeover(Proof proof, int bookedByTheKilled, int takenOver) {

    boolean holds() {
      return proof.holds() && takenOver > 0;
    }

    @Override
    public String toString() {
      return proof
          + "  %-37s %,7d%n".formatted("booked by the killed instance", bookedByTheKilled)
          + "  %-37s %,7d%n".formatted("accounts taken over from it", takenOver);
    }
  }

  private static final String KILLED = "first";
  private static final String SURVIVOR = "second";

  /** How much the one that is killed has to have done before. */
  private static final int BOOKED_BEFORE_THE_KILL = 200;

  private TwoInstances() {}

  /**
   * Runs it with the sample's own options.
   *
   * @param provider servicebus, rabbitmq or kafka
   */
  static Takeover run(String provider, String... arguments)
      throws IOException, InterruptedException {
    RunOptions options = options(arguments);
    Path directory = options.directory().resolve(provider);
    Path ledger = directory.resolve("ledger.csv");
    FreshStart.delete(directory);
    Set<Relaxation> relaxations;
    try (SharedBroker broker = SharedBroker.start(provider, directory.resolve("broker"))) {
      relaxations = broker.relaxations();
      List<String> place = new ArrayList<>(broker.arguments());
      place.add("--spring.profiles.active=" + provider);
      Process first = start(KILLED, false, place, directory, options);
      await(first, ledger, Kind.RUN, 1); // so that both are there when the first movement comes
      Process second = start(SURVIVOR, true, place, directory, options);
      try {
        await(first, ledger, Kind.BOOKED, BOOKED_BEFORE_THE_KILL);
        System.out.printf(
            "%s instance (process %d) has booked %d movements: kill -9%n",
            KILLED, first.pid(), booked(Ledger.read(ledger), KILLED));
        first.destroyForcibly().waitFor();
        Ledger.killed(ledger, KILLED);
        second.waitFor();
      } finally {
        first.destroyForcibly();
        second.destroyForcibly();
      }
    }
    List<LedgerEntry> entries = Ledger.read(ledger);
    Takeover takeover =
        new Takeover(
            Proof.of(MovementsFile.read(), entries, relaxations),
            booked(entries, KILLED),
            takenOver(entries));
    System.out.println(takeover);
    return takeover;
  }

  private static RunOptions options(String... arguments) {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(arguments));
    ConfigurationPropertySources.attach(environment);
    return Binder.get(environment).bindOrCreate("sample", RunOptions.class);
  }

  private static Process start(
      String instance, boolean sends, List<String> place, Path directory, RunOptions options)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                SessionsInOrder.class.getName()));
    command.addAll(place);
    command.addAll(
        List.of(
            "--sample.directory=" + directory,
            "--sample.seed=" + options.seed(),
            "--sample.failure-rate=" + options.failureRate(),
            "--sample.consumers=" + options.consumers(),
            "--sample.work=" + options.work(),
            "--sample.instance=" + instance,
            "--sample.sends=" + sends));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread output =
        new Thread(
            () ->
                process
                    .inputReader()
                    .lines()
                    .forEach(line -> System.out.println(instance + ": " + line)),
            instance + "-output");
    output.setDaemon(true);
    output.start();
    return process;
  }

  /** Maven runs the sample with a class loader of its own, which the property knows nothing of. */
  private static String classPath() {
    return TwoInstances.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs())
            .map(URL::getPath)
            .collect(Collectors.joining(File.pathSeparator))
        : System.getProperty("java.class.path");
  }

  /** Waits until that many entries of the kind are the instance's, or nobody's in particular. */
  private static void await(Process instance, Path ledger, Kind kind, int count)
      throws InterruptedException {
    while (Ledger.read(ledger).stream()
            .filter(entry -> entry.kind() == kind)
            .filter(entry -> entry.consumer().isEmpty() || entry.instance().equals(KILLED))
            .count()
        < count) {
      if (!instance.isAlive()) {
        throw new IllegalStateException(
            "The %s instance ended by itself, with exit code %d, before the ledger had %d entries %s of it."
                .formatted(KILLED, instance.exitValue(), count, kind));
      }
      Thread.sleep(50);
    }
  }

  private static int booked(List<LedgerEntry> entries, String instance) {
    return (int)
        entries.stream()
            .filter(entry -> entry.kind() == Kind.BOOKED && entry.instance().equals(instance))
            .count();
  }

  /**
   * Accounts that the killed instance was the last to work on, and that the other one went on with.
   */
  private static int takenOver(List<LedgerEntry> entries) {
    boolean dead = false;
    Map<String, String> last = new HashMap<>();
    Set<String> taken = new HashSet<>();
    for (LedgerEntry entry : entries) {
      dead |= entry.kind() == Kind.KILLED;
      if (!entry.account().isEmpty()) {
        String before = last.put(entry.account(), entry.instance());
        if (dead && KILLED.equals(before)) {
          taken.add(entry.account());
        }
      }
    }
    return taken.size();
  }
}
