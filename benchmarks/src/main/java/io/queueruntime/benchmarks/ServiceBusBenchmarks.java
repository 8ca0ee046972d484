package io.queueruntime.benchmarks;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The provider for Azure Service Bus, with the listeners above it, beside Azure's bare client: both
 * on one emulator, round by round and interleaved; prints medians and their ratio.
 */
public final class ServiceBusBenchmarks {

  /** One line of the table: the same work done both ways. */
  private record Work(String name, Run bare, Run ours) {}

  /** Does the work once and says how many messages a second that was. */
  interface Run {
    double perSecond(ServiceBusBench bench, int callers, String queue) throws Exception;
  }

  private static final List<Work> WORKS =
      List.of(
          new Work("send, one by one", BareServiceBus::send, OursOnServiceBus::send),
          new Work("send, 100 at a time", BareServiceBus::sendAll, OursOnServiceBus::sendAll),
          new Work("receive + complete", BareServiceBus::receive, OursOnServiceBus::receive),
          new Work("the same in sessions", BareServiceBus::sessions, OursOnServiceBus::sessions));

  /**
   * All works are done once so before any is measured, or the first line would tell of the compiler
   * as much as of the work.
   */
  private static final int WARMING_CALLERS = 8;

  private ServiceBusBenchmarks() {}

  public static void main(String[] arguments) throws Exception {
    ServiceBusBench settings = ServiceBusBench.parse(arguments);
    Files.createDirectories(settings.directory());
    System.out.println(Machine.facts(settings.directory()));
    System.out.println(emulatorFacts());
    try (ServiceBusEmulator emulator = ServiceBusEmulator.start()) {
      new Table(settings.at(emulator)).print();
    }
    System.exit(0);
  }

  /** How long it takes to start an emulator, and how much it holds. */
  private static String emulatorFacts() {
    long before = heap();
    long first = startedIn();
    List<Long> again = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      again.add(startedIn());
    }
    try (ServiceBusEmulator emulator = ServiceBusEmulator.start().createQueue("one")) {
      return String.format(
          Locale.ROOT,
          "emulator: starts in %.0f ms for the first time in a JVM, in %.1f ms again; with a queue it holds %.1f MB of heap",
          first / 1e6,
          again.stream().sorted().toList().get(2) / 1e6,
          Math.max(0, heap() - before) / 1e6 + 0 * emulator.port());
    }
  }

  private static long startedIn() {
    long begun = System.nanoTime();
    ServiceBusEmulator.start().createQueue("one").close();
    return System.nanoTime() - begun;
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Measures and prints line by line. */
  private record Table(ServiceBusBench bench) {

    void print() throws Exception {
      System.out.printf(
          "%d bytes with an id and a content type, prefetch %d; messages a second%n"
              + "medians of %d rounds of %,d messages, and of their ratios, with their range%n%n"
              + "| | callers | Azure SDK | queue-runtime | ratio |%n|---|---|---|---|---|%n",
          bench.size(), bench.prefetch(), bench.rounds(), bench.messages());
      List<Work> works =
          WORKS.stream().filter(one -> one.name().contains(bench.only())).toList();
      for (Work work : works) {
        once(work, WARMING_CALLERS, true);
        once(work, WARMING_CALLERS, false);
      }
      for (Work work : works) {
        for (int callers : bench.callers()) {
          line(work, callers);
        }
      }
    }

    private double once(Work work, int callers, boolean bare) throws Exception {
      String queue = bench.newQueue(work.name());
      double found = (bare ? work.bare() : work.ours()).perSecond(bench, callers, queue);
      bench.delete(queue);
      return found;
    }

    private void line(Work work, int callers) throws Exception {
      List<Double> bare = new ArrayList<>();
      List<Double> ours = new ArrayList<>();
      for (int round = -1; round < bench.rounds(); round++) {
        boolean bareFirst = round % 2 == 0;
        for (boolean isBare : new boolean[] {bareFirst, !bareFirst}) {
          double found = once(work, callers, isBare);
          if (round >= 0) { // the one before warms up
            (isBare ? bare : ours).add(found);
          }
        }
      }
      List<Double> ratios =
          IntStream.range(0, bare.size()).mapToObj(i -> ours.get(i) / bare.get(i)).toList();
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %,.0f | %,.0f | **%.2f** (%.2f–%.2f) |%n",
          work.name(),
          callers,
          median(bare),
          median(ours),
          median(ratios),
          Collections.min(ratios),
          Collections.max(ratios));
    }

    private static double median(List<Double> rounds) {
      return rounds.stream().sorted().toList().get(rounds.size() / 2);
    }
  }
}
