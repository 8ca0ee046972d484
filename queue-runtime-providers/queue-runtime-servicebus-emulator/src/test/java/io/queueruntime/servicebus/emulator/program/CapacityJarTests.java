package io.queueruntime.servicebus.emulator.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import io.queueruntime.servicebus.emulator.http.PlainHttp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 10,000 queues and 1,000 connections in one process with 256 MB of heap. Times and memory are
 * printed; they stand in the test's output.
 */
class CapacityJarTests {

  private static final int QUEUES = 10_000;
  private static final int CONNECTIONS = 1_000;
  private static final int CALLERS = 16;

  @TempDir private Path directory;

  @Test
  void tenThousandQueuesAndAThousandConnectionsFitIntoASmallHeap() throws Exception {
    String[] arguments = {
      "--port", "0", "--management-port", "0", "--data", directory.resolve("data").toString()
    };
    try (EmulatorProcess program = EmulatorProcess.start(List.of("-Xmx256m"), arguments)) {
      String connectionString = program.connectionString();
      ServiceBusAdministrationClient admin =
          PlainHttp.client(connectionString, program.managementEndpoint());
      admin.createQueue("first");
      report("started, one queue", program, System.nanoTime());

      createQueues(admin, program);
      List<RawReceiver> receivers = connect(connectionString, program);
      try {
        deliver(connectionString, receivers, program);
      } finally {
        for (RawReceiver receiver : receivers) {
          receiver.close();
        }
      }
      program.kill();
    }

    long start = System.nanoTime();
    try (EmulatorProcess again = EmulatorProcess.start(List.of("-Xmx256m"), arguments)) {
      String connectionString = again.connectionString();
      report("started again with 10,000 queues", again, start);
      ServiceBusAdministrationClient admin =
          PlainHttp.client(connectionString, again.managementEndpoint());
      assertThat(admin.getQueueExists("queue-9999")).isTrue();
      assertThat(admin.listQueues().stream().count()).isEqualTo(QUEUES + 1);
    }
  }

  private static void createQueues(ServiceBusAdministrationClient admin, EmulatorProcess program)
      throws Exception {
    long start = System.nanoTime();
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < QUEUES; i++) {
        String name = "queue-" + i;
        done.add(callers.submit(() -> admin.createQueue(name)));
      }
      for (Future<?> one : done) {
        one.get(120, TimeUnit.SECONDS);
      }
    } finally {
      callers.shutdownNow();
    }
    report("10,000 queues created over HTTP, each durable", program, start);
  }

  private static List<RawReceiver> connect(String connectionString, EmulatorProcess program)
      throws IOException {
    int port = Integer.parseInt(connectionString.replaceFirst(".*localhost:(\\d+);.*", "$1"));
    long start = System.nanoTime();
    List<RawReceiver> receivers = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      receivers.add(new RawReceiver(port, "queue-" + i));
    }
    report("1,000 connections, each with a receiver", program, start);
    return receivers;
  }

  private static void deliver(
      String connectionString, List<RawReceiver> receivers, EmulatorProcess program)
      throws IOException {
    try (ServiceBusSenderClient last =
        new ServiceBusClientBuilder()
            .connectionString(connectionString)
            .sender()
            .queueName("queue-999")
            .buildClient()) {
      last.sendMessage(new ServiceBusMessage("for the last one"));
    }
    assertThat(receivers.get(CONNECTIONS - 1).receive()).contains("for the last one");
    long start = System.nanoTime();
    ServiceBusClientBuilder shared =
        new ServiceBusClientBuilder().connectionString(connectionString);
    for (int i = 0; i < CONNECTIONS - 1; i += 100) {
      try (ServiceBusSenderClient sender = shared.sender().queueName("queue-" + i).buildClient()) {
        sender.sendMessage(new ServiceBusMessage("for number " + i));
      }
      assertThat(receivers.get(i).receive()).contains("for number " + i);
    }
    report("10 of them served", program, start);
  }

  private static void report(String what, EmulatorProcess program, long since) throws IOException {
    long millis = Duration.ofNanos(System.nanoTime() - since).toMillis();
    Path status = Path.of("/proc", String.valueOf(program.pid()), "status");
    String resident =
        Files.exists(status)
            ? Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS") || line.startsWith("Threads"))
                .map(line -> line.replaceAll("\\s+", " "))
                .toList()
                .toString()
            : "";
    System.out.printf("%-50s %,7d ms %s%n", what, millis, resident);
  }
}
