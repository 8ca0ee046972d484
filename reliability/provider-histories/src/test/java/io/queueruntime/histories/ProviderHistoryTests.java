package io.queueruntime.histories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A short run over each provider, with every fault at least once. */
class ProviderHistoryTests {

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void rabbitMqKeepsItsPromisesWhileItIsKilledAndCutOff() throws Exception {
    assumeTrue(
        LocalRabbitMq.installed().isPresent(),
        "SKIPPED: no RabbitMQ is installed (apt-get install rabbitmq-server).");
    assertThat(HistoryRun.run(options("rabbitmq"))).isEmpty();
  }

  @Test
  @Disabled(
      "An open fault: a completion whose commit was on its way when the broker was killed is told as LockLost, also where it has happened. It shows in about one of three runs.")
  void kafkaKeepsItsPromisesWhileItIsKilledAndCutOff() throws Exception {
    assertThat(HistoryRun.run(options("kafka"))).isEmpty();
  }

  private RunOptions options(String provider) {
    return RunOptions.parse(
        "--provider=" + provider,
        "--messages=2400",
        "--part=2400",
        "--fault-every=1s",
        // a machine that is busy with something else may feel one for as long as the run takes
        "--reach=10m",
        "--seed=7",
        "--directory=" + directory);
  }
}
