package io.queueruntime.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures depend on, in one line. Stateless. */
final class Machine {

  private Machine() {}

  static String facts(Path directory) throws IOException {
    Runtime runtime = Runtime.getRuntime();
    return "%s cores, %s %s, JDK %s, heap %,d MiB, file system %s, load average before the start %.1f"
        .formatted(
            runtime.availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.version(),
            runtime.maxMemory() >> 20,
            Files.getFileStore(directory).type(),
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }
}
