package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sample in a process of its own, killed in the middle as {@code kill -9} does it. */
class SessionsInOrderCrashTests {

  private static final int MOVEMENTS = 4_000;

  /** What each movement takes in a run that is not to be through before somebody can kill it. */
  private static final String SLOW = "300ms";

  private static final String FAST = "10ms";

  private static final Pattern PROGRESS = Pattern.compile(" s  sent .*booked +([\\d.,]+) ");

  @TempDir Path directory;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void goesOnWhereItWasKilledAndTheProofHolds() throws Exception {
    killAt(SLOW, line -> booked(line) > 0, this::anotherRunIsRefused);
    int bookedByTheFirst = booked();
    assertThat(bookedByTheFirst).isBetween(1, MOVEMENTS - 1);
    killAt(FAST, line -> line.startsWith("Kill me"), () -> null);
    killAt(SLOW, line -> booked(line) > bookedByTheFirst, () -> null);
    assertThat(booked()).isBetween(bookedByTheFirst + 1, MOVEMENTS - 1);

    List<String> output = new ArrayList<>();
    Process last = start(FAST);
    try (BufferedReader lines = last.inputReader()) {
      lines.lines().forEach(output::add);
    }

    assertThat(last.waitFor()).as(String.join("\n", output)).isZero();
    assertThat(output).anyMatch(line -> line.startsWith("PROOF HOLDS"));
    Proof proof = Proof.of(MovementsFile.read(), Ledger.read(ledger()));
    assertThat(proof.holds()).as(proof.toString()).isTrue();
    assertThat(proof.failures()).isPositive();
    assertThat(proof.redeliveries()).isPositive();
    assertThat(proof.accountsInWork()).isGreaterThan(1);
  }

  private Process anotherRunIsRefused() throws IOException, InterruptedException {
    Process other = start(FAST);
    String output;
    try (BufferedReader lines = other.inputReader()) {
      output = lines.lines().collect(Collectors.joining("\n"));
    }
    assertThat(other.waitFor()).isNotZero();
    assertThat(output).containsAnyOf("in use", "owned by another process");
    return other;
  }

  /** How many a line of progress says are booked; -1 when it is none. */
  private static int booked(String line) {
    Matcher progress = PROGRESS.matcher(line);
    return progress.find() ? Integer.parseInt(progress.group(1).replaceAll("\\D", "")) : -1;
  }

  private void killAt(String work, Predicate<String> moment, Callable<?> before) throws Exception {
    Process process = start(work);
    List<String> output = new ArrayList<>();
    try (BufferedReader lines = process.inputReader()) {
      String line = lines.readLine();
      while (line != null && !moment.test(line)) {
        output.add(line);
        line = lines.readLine();
      }
      assertThat(line)
          .as("the moment to kill did not come:\n%s", String.join("\n", output))
          .isNotNull();
      try {
        before.call();
      } finally {
        process.toHandle().destroyForcibly();
      }
      lines.lines().forEach(output::add);
    }
    assertThat(process.waitFor()).isNotZero();
    assertThat(output).noneMatch(line -> line.startsWith("PROOF"));
  }

  private Process start(String work) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            SessionsInOrder.class.getName(),
            "--sample.directory=" + directory,
            "--sample.work=" + work)
        .redirectErrorStream(true)
        .start();
  }

  private int booked() {
    return (int)
        Ledger.read(ledger()).stream().filter(entry -> entry.kind() == Kind.BOOKED).count();
  }

  private Path ledger() {
    return directory.resolve("ledger.csv");
  }
}
