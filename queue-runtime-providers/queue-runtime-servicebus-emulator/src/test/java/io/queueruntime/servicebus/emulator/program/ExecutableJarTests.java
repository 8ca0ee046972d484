package io.queueruntime.servicebus.emulator.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import com.azure.messaging.servicebus.administration.models.CreateQueueOptions;
import io.queueruntime.servicebus.emulator.http.PlainHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as users start it: a process, its output, and Azure's clients at its ports. */
class ExecutableJarTests {

  @TempDir private Path directory;

  @Test
  void messagesAreThereAfterTheProcessWasKilledAndStartedAgain() {
    String[] arguments = {
      "--port", "0", "--management-port", "0", "--data", directory.resolve("data").toString()
    };
    try (EmulatorProcess first = EmulatorProcess.start(arguments)) {
      String connectionString = first.connectionString();
      ServiceBusAdministrationClient admin =
          PlainHttp.client(connectionString, first.managementEndpoint());
      admin.createQueue(
          "Orders", new CreateQueueOptions().setMaxDeliveryCount(7).setUserMetadata("mine"));
      try (ServiceBusSenderClient sender =
          new ServiceBusClientBuilder()
              .connectionString(connectionString)
              .sender()
              .queueName("orders")
              .buildClient()) {
        for (int i = 0; i < 20; i++) {
          sender.sendMessage(new ServiceBusMessage("message " + i).setMessageId("id-" + i));
        }
        first.kill();
      }
    }

    try (EmulatorProcess second = EmulatorProcess.start(arguments)) {
      String connectionString = second.connectionString();
      ServiceBusAdministrationClient admin =
          PlainHttp.client(connectionString, second.managementEndpoint());
      assertThat(admin.getQueue("ORDERS").getName()).isEqualTo("Orders");
      assertThat(admin.getQueue("orders").getMaxDeliveryCount()).isEqualTo(7);
      assertThat(admin.getQueue("orders").getUserMetadata()).isEqualTo("mine");
      assertThat(admin.getQueueRuntimeProperties("orders").getActiveMessageCount()).isEqualTo(20);
      try (ServiceBusReceiverClient receiver =
          new ServiceBusClientBuilder()
              .connectionString(connectionString)
              .receiver()
              .queueName("orders")
              .buildClient()) {
        List<String> received = new ArrayList<>();
        while (received.size() < 20) {
          for (ServiceBusReceivedMessage message :
              receiver.receiveMessages(20 - received.size(), Duration.ofSeconds(20))) {
            received.add(message.getMessageId() + " " + message.getBody());
            receiver.complete(message);
          }
        }
        assertThat(received).hasSize(20).startsWith("id-0 message 0").endsWith("id-19 message 19");
      }
      assertThat(admin.getQueueRuntimeProperties("orders").getTotalMessageCount()).isZero();
    }
  }

  @Test
  void queuesOfAConfigFileAreThereAndWhatIsNotHeededIsWarnedOf() throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("Config.json"),
            """
            { // as Microsoft's emulator takes it
              "UserConfig": {
                "Namespaces": [ { "Name": "sbemulatorns", "Queues": [
                  { "Name": "a", "Properties": { "ForwardTo": "b", "Colour": "red" } },
                  { "Name": "b", "Properties": { "LockDuration": "PT30S" } }
                ] } ],
                "Logging": { "Type": "File" }
              }
            }
            """);

    try (EmulatorProcess program =
        EmulatorProcess.start(
            "--port", "0", "--management-port", "0", "--config", config.toString())) {
      ServiceBusAdministrationClient admin =
          PlainHttp.client(program.connectionString(), program.managementEndpoint());

      assertThat(admin.getQueue("b").getLockDuration()).isEqualTo(Duration.ofSeconds(30));
      assertThat(admin.getQueue("a").getForwardTo()).endsWith("/b");
      program.terminate();
    }
    try (EmulatorProcess program =
        EmulatorProcess.start(
            "--port", "0", "--management-port", "0", "--config", config.toString())) {
      program.connectionString();
      program.terminate();

      assertThat(program.errors())
          .contains("warning: ")
          .contains("UserConfig.Namespaces[0].Queues[0].Properties.Colour: unknown property");
    }
  }

  @Test
  void aPortInUseIsAnErrorOfOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());

      assertFails(port, "--port", port, "--management-port", "0");
      assertFails(port, "--port", "0", "--management-port", port);
    }
  }

  @Test
  void aBadConfigFileIsAnErrorOfOneLine() throws IOException {
    Path topics =
        Files.writeString(
            directory.resolve("topics.json"),
            "{\"UserConfig\": {\"Namespaces\": [{\"Topics\": [{\"Name\": \"t\"}]}]}}");

    assertFails("topics are not supported", arguments("--config", topics.toString()));
    assertFails("there is no such file", arguments("--config", directory.resolve("x").toString()));
  }

  @Test
  void aDataDirectoryInUseIsAnErrorOfOneLineUntilItsOwnerEnds() {
    String data = directory.resolve("data").toString();
    try (EmulatorProcess owner = EmulatorProcess.start(arguments("--data", data))) {
      owner.connectionString();

      assertFails(data, arguments("--data", data));

      assertThat(owner.terminate()).isEqualTo(128 + 15);
      try (EmulatorProcess next = EmulatorProcess.start(arguments("--data", data))) {
        assertThat(next.connectionString()).startsWith("Endpoint=sb://localhost:");
      }
    }
  }

  @Test
  void wrongArgumentsEndItWithTwo() {
    for (String[] wrong :
        List.of(
            new String[] {"--port", "65536"},
            new String[] {"--management-port", "-2"},
            new String[] {"--port", "x"},
            new String[] {"--key", "a;b"},
            new String[] {"--host", "no.such.host.invalid"},
            new String[] {"--bogus"},
            new String[] {"extra"})) {
      try (EmulatorProcess program = EmulatorProcess.start(wrong)) {
        assertThat(program.exitCode()).as(String.join(" ", wrong)).isEqualTo(2);
        assertThat(program.errors()).startsWith("error: ").hasLineCount(1).endsWith("See --help.");
      }
    }
  }

  @Test
  void anAddressThatOthersReachIsWarnedOfLoudly() {
    try (EmulatorProcess program = EmulatorProcess.start(arguments("--host", "0.0.0.0"))) {
      assertThat(program.connectionString()).startsWith("Endpoint=sb://localhost:");
      program.terminate();

      assertThat(program.errors()).contains("warning: --host 0.0.0.0 lets every machine");
    }
  }

  @Test
  void helpAndVersionAreGiven() {
    try (EmulatorProcess program = EmulatorProcess.start("--help")) {
      assertThat(program.output())
          .contains("--port", "--management-port", "--config", "--data", "--host", "--version");
      assertThat(program.exitCode()).isZero();
    }
    try (EmulatorProcess program = EmulatorProcess.start("--version")) {
      assertThat(program.output()).matches("queue-runtime-servicebus-emulator \\d+\\.\\d+.*");
      assertThat(program.exitCode()).isZero();
    }
  }

  private static void assertFails(String part, String... arguments) {
    try (EmulatorProcess program = EmulatorProcess.start(arguments)) {
      assertThat(program.exitCode()).isEqualTo(1);
      assertThat(program.errors()).startsWith("error: ").contains(part).hasLineCount(1);
    }
  }

  private static String[] arguments(String option, String value) {
    return new String[] {"--port", "0", "--management-port", "0", option, value};
  }
}
