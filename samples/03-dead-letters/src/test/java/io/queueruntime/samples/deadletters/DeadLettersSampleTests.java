package io.queueruntime.samples.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class DeadLettersSampleTests {

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void everyOrderIsShippedOnceItsProblemIsRepaired(@TempDir Path directory, CapturedOutput output)
      throws Exception {
    assertThat(
            DeadLettersSample.run(
                "--queue-runtime.embedded.directory=" + directory.resolve("queues")))
        .containsExactly("order-1", "order-2", "order-3", "order-4", "order-5");
    assertThat(output)
        .contains("after 3 deliveries, MaxDeliveryCountExceeded")
        .contains("There is no warehouse 'nroth'.")
        .contains("after 1 deliveries")
        .contains("\"pieces\":\"three\"")
        .contains("Dead letters left: 0.");
  }
}
