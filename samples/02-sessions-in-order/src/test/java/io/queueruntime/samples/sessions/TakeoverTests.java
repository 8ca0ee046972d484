package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import io.queueruntime.samples.sessions.TwoInstances.Takeover;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two instances of the sample on one broker, one of which is killed as kill -9 does it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class TakeoverTests {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"servicebus", "kafka"})
  void theSurvivorTakesTheAccountsOverAndTheProofHolds(String provider) throws Exception {
    check(provider);
  }

  @Test
  void theSurvivorTakesTheAccountsOverOnRabbitMqAndTheProofHolds() throws Exception {
    if (LocalRabbitMq.installed().isEmpty()) {
      String reason = "SKIPPED, no RabbitMQ is installed (apt-get install rabbitmq-server).";
      if (System.getenv("CI") != null) {
        throw new IllegalStateException(reason);
      }
      System.getLogger(TakeoverTests.class.getName()).log(System.Logger.Level.ERROR, reason);
      Assumptions.abort(reason);
    }
    check("rabbitmq");
  }

  private void check(String provider) throws Exception {
    Takeover takeover =
        TwoInstances.run(provider, "--sample.directory=" + directory, "--sample.work=10ms");

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
