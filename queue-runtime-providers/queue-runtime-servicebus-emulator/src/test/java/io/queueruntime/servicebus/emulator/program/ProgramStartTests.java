package io.queueruntime.servicebus.emulator.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the program does before it serves. */
class ProgramStartTests {

  private static final String CONFIG =
      """
      {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "orders"}]}],
                      "Logging": {"Type": "Console"}}}
      """;

  @TempDir private Path directory;

  @Test
  void theQueuesOfTheConfigurationAreThereBeforeThePortIs() throws IOException {
    Path config = Files.writeString(directory.resolve("Config.json"), CONFIG);
    Path data = directory.resolve("data");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int ended =
          EmulatorProgram.run(
              "--port", String.valueOf(taken.getLocalPort()),
              "--management-port", "0",
              "--config", config.toString(),
              "--data", data.toString());

      assertThat(ended).isEqualTo(1);
    }
    try (ServiceBusEmulator emulator =
        ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withData(data))) {
      assertThat(emulator.namespace().find("orders")).isPresent();
    }
  }
}
