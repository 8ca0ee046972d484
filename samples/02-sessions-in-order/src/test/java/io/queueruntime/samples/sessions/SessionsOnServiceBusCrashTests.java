package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.samples.sessions.TwoInstances.Takeover;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two instances of the sample on one Service Bus, one of which is killed as kill -9 does it. */
class SessionsOnServiceBusCrashTests {

  @TempDir Path directory;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void theSurvivorTakesTheAccountsOverAndTheProofHolds() throws Exception {
    Takeover takeover = TwoInstances.run("--sample.directory=" + directory, "--sample.work=10ms");

    Proof proof = takeover.proof();
    assertThat(proof.holds()).as(takeover.toString()).isTrue();
    assertThat(proof.booked()).isEqualTo(MovementsGenerator.MOVEMENTS);
    assertThat(proof.runs()).isEqualTo(2);
    assertThat(proof.failures()).isPositive();
    assertThat(proof.redeliveries()).isPositive();
    assertThat(takeover.bookedByTheKilled()).isGreaterThanOrEqualTo(200);
    assertThat(takeover.takenOver()).isPositive();
    assertThat(takeover.holds()).isTrue();
  }
}
