package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * What a user reads when an application cannot start: the whole text, from a real start. Confined
 * to a test.
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class StartupReports {

  static final String IN_MEMORY = "queue-runtime.embedded.durability: memory\n";

  @TempDir Path directory;

  FailedStart start;

  record Order(String id) {}

  record Refund(String id) {}

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output);
  }

  static String one(String code, String description, String action) {
    return """
        Description:

        The queues of this application cannot start:

        [%1$s] %2$s

        Action:

        [%1$s] %3$s"""
        .formatted(code, description.strip(), action.strip());
  }

  final void assertReport(String yaml, String code, String description, String action) {
    assertThat(start.report(yaml)).isEqualTo(one(code, description, action));
  }

  final void createdBefore(QueueOptions options) {
    try (EmbeddedQueueProvider provider =
        new EmbeddedQueueProvider(EmbeddedOptions.in(directory.resolve("data")))) {
      provider.admin().create(QueueName.of("ledger"), options);
    }
  }

  final String inDirectory() {
    return "queue-runtime.embedded.directory: " + directory.resolve("data") + "\n";
  }
}
