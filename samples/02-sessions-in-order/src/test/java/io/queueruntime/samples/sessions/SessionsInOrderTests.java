package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SessionsInOrderTests {

  @TempDir Path directory;

  @Test
  void booksEverythingInOrderThroughFailuresWithSeveralConsumers(CapturedOutput output)
      throws Exception {
    Proof proof = run("--sample.failure-rate=0.3", "--sample.consumers=3", "--sample.seed=7");

    assertThat(proof.holds()).as(proof.toString()).isTrue();
    assertThat(proof.booked()).isEqualTo(MovementsGenerator.MOVEMENTS);
    assertThat(proof.failures()).isGreaterThan(800);
    assertThat(proof.redeliveries()).isEqualTo(proof.failures());
    assertThat(proof.absorbed()).isPositive();
    assertThat(proof.accountsInWork()).isGreaterThan(3);
    assertThat(proof.changedHands()).isPositive();
    assertThat(output).contains("PROOF HOLDS").contains("dead letters 0");
  }

  @Test
  void startsOverAfterARunThatCameToItsEnd() throws Exception {
    run("--sample.failure-rate=0");

    Proof second = run("--sample.failure-rate=0");

    assertThat(second.holds()).as(second.toString()).isTrue();
    assertThat(second.runs()).isEqualTo(1);
    assertThat(Ledger.read(directory.resolve("ledger.csv")))
        .filteredOn(entry -> entry.kind() == Kind.PROVEN)
        .hasSize(1);
  }

  private Proof run(String... arguments) throws Exception {
    String[] all = new String[arguments.length + 3];
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    all[0] = "--sample.directory=" + directory;
    all[1] = "--sample.work=1ms";
    all[2] = "--queue-runtime.listener.backoff.delay=2ms";
    return SessionsInOrder.run(all);
  }
}
