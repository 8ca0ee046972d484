package io.queueruntime.samples.brokers;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.rabbitmq.local.LocalRabbitMq;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class SameCodeTests {

  @ParameterizedTest
  @ValueSource(strings = {"embedded", "servicebus", "kafka"})
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void theSameComesOutWhateverTheBroker(String provider, CapturedOutput output) throws Exception {
    check(provider, output);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void theSameComesOutOfRabbitMq(CapturedOutput output) throws Exception {
    if (LocalRabbitMq.installed().isEmpty()) {
      String reason = "SKIPPED, no RabbitMQ is installed (apt-get install rabbitmq-server).";
      if (System.getenv("CI") != null) {
        throw new IllegalStateException(reason);
      }
      System.getLogger(SameCodeTests.class.getName()).log(System.Logger.Level.ERROR, reason);
      Assumptions.abort(reason);
    }
    check("rabbitmq", output);
  }

  private static void check(String provider, CapturedOutput output) throws Exception {
    assertThat(SameCode.run("--spring.profiles.active=" + provider)).isTrue();

    assertThat(output)
        .contains("Provider: " + provider)
        .contains("customer-1: [1, 2, 3, 4, 5, 7, 8]")
        .contains("customer-5: [1, 2, 3, 4, 5, 7, 8]")
        .contains("Every customer's orders in order, none lost, none twice; 5 dead letters");
  }
}
