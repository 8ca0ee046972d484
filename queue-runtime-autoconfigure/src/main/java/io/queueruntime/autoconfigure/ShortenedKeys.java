package io.queueruntime.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds names in the configuration that are not read as they were written: without brackets Spring
 * Boot takes everything but letters, digits and dashes out of a key, so that {@code orders_v1}
 * silently becomes {@code ordersv1}. Thread-safe.
 */
final class ShortenedKeys {

  private static final String PREFIX = QueueRuntimeProperties.PREFIX;

  private ShortenedKeys() {}

  static List<StartupProblem> find(ConfiguredProperties configured) {
    List<StartupProblem> problems = new ArrayList<>();
    find(configured, PREFIX + ".queues.", false, problems);
    find(configured, PREFIX + ".clients.", false, problems);
    find(configured, PREFIX + ".payload.types.", true, problems);
    return problems;
  }

  private static void find(
      ConfiguredProperties configured,
      String prefix,
      boolean dotsAreKept,
      List<StartupProblem> problems) {
    Set<String> keys = new LinkedHashSet<>();
    for (String name : configured.writtenBelow(prefix)) {
      String rest = name.substring(prefix.length());
      keys.add(dotsAreKept || rest.indexOf('.') < 0 ? rest : rest.substring(0, rest.indexOf('.')));
    }
    for (String key : keys) {
      String read = key.replaceAll(dotsAreKept ? "[^A-Za-z0-9.-]" : "[^A-Za-z0-9-]", "");
      if (!key.startsWith("[") && !read.equals(key.replaceAll("\\[\\d+]$", ""))) {
        problems.add(
            StartupProblem.failure(
                "QR-156",
                "%s%s%s would be read as \"%s\": a key without brackets keeps letters, digits and dashes only."
                    .formatted(
                        prefix,
                        key,
                        configured.find(prefix + key).map(ConfiguredProperties::place).orElse(""),
                        read),
                "Write the key in quotes and brackets: \"[%s]\".".formatted(key)));
      }
    }
  }
}
