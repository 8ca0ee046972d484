package io.queueruntime.benchmarks;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What is measured on Service Bus, and where. Immutable but for the queues' numbers.
 *
 * @param directory where other benchmarks keep their files; this one keeps none
 * @param rounds how often each line is measured; the median counts
 * @param messages of one round; ten times as many where they are sent in batches
 * @param size of a body, in bytes
 * @param callers threads that send, or handlers, or sessions, at once
 * @param only what the names of the lines contain; every name contains nothing
 * @param prefetch messages that receivers of both sides fetch ahead; neither does unless told to,
 *     and ours never in sessions
 */
record ServiceBusBench(
    Path directory,
    int rounds,
    int messages,
    int size,
    List<Integer> callers,
    String only,
    int prefetch,
    @Nullable ServiceBusEmulator emulator,
    AtomicInteger queues) {

  private static final String USAGE =
      """
      --rounds=9 --messages=10000        medians of so many rounds
      --callers=1,8,64 --size=1024       threads or sessions, bytes
      --prefetch=0                       messages fetched ahead, by both
      --only=TEXT                        lines whose name contains that
      """;

  static ServiceBusBench parse(String[] arguments) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("directory", "queue-data");
    given.put("rounds", "9");
    given.put("messages", "10000");
    given.put("callers", "1,8,64");
    given.put("size", "1024");
    given.put("only", "");
    given.put("prefetch", "0");
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length != 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException(
            "Cannot read the argument '" + argument + "'. Known are:\n" + USAGE);
      }
    }
    return new ServiceBusBench(
        Path.of(given.get("directory")).toAbsolutePath(),
        Integer.parseInt(given.get("rounds")),
        Integer.parseInt(given.get("messages")),
        Integer.parseInt(given.get("size")),
        Arrays.stream(given.get("callers").split(",")).map(Integer::valueOf).toList(),
        given.get("only"),
        Integer.parseInt(given.get("prefetch")),
        null,
        new AtomicInteger());
  }

  ServiceBusBench at(ServiceBusEmulator running) {
    return new ServiceBusBench(
        directory, rounds, messages, size, callers, only, prefetch, running, queues);
  }

  private ServiceBusEmulator broker() {
    return Objects.requireNonNull(emulator);
  }

  String connectionString() {
    return broker().connectionString();
  }

  URI managementEndpoint() {
    return broker().managementEndpoint();
  }

  /** An empty queue of its own for one round; with sessions when the work is about them. */
  String newQueue(String work) {
    String name = "bench-" + queues.incrementAndGet();
    broker()
        .createQueue(
            name, description -> description.withRequiresSession(work.contains("sessions")));
    return name;
  }

  /** Takes the queue away, whose messages would fill the heap. */
  void delete(String queue) {
    broker().namespace().delete(queue);
  }

  /** Batches of one round. */
  int batches() {
    return 10 * messages / BareServiceBus.BATCH;
  }

  byte[] body() {
    byte[] body = new byte[size];
    for (int i = 0; i < size; i++) {
      body[i] = (byte) (i * 31 + 7);
    }
    return body;
  }

  /** Messages a second, from one moment of {@link System#nanoTime} to now. */
  static double rate(int messages, long begun) {
    return messages * 1e9 / (System.nanoTime() - begun);
  }
}
