package io.queueruntime.autoconfigure;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The scenarios with every acknowledgement forced to the disk. */
@DirtiesContext // the directory goes when the class has ended, so its owner has to go before
class EndToEndOnDiskTests extends EndToEndScenarios {

  @TempDir private static Path directory;

  @DynamicPropertySource
  static void directory(DynamicPropertyRegistry properties) {
    properties.add("queue-runtime.embedded.directory", () -> directory.resolve("data").toString());
  }
}
