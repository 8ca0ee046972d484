package io.queueruntime.servicebus.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.conformance.ScenarioRun.Observed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every scenario through Azure's Java SDK, Azure's JavaScript SDK, and proton-j without an SDK,
 * each on an emulator of its own. All must see what the scenario expects, and so see the same.
 *
 * <p>{@code -Dconformance=settling,S-07} runs some files or scenarios only; what was seen stands in
 * {@code target/conformance.txt}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTests {

  private static final int LEAST_SCENARIOS = 150;
  private static final Path REPORT = Path.of("target", "conformance.txt");

  private final List<Scenario> scenarios = chosen();
  private final Map<String, Map<String, List<Observed>>> seen = new LinkedHashMap<>();
  private final Map<String, Duration> took = new ConcurrentHashMap<>();
  private Optional<String> noNode = Optional.empty();

  @BeforeAll
  void runAll() throws Exception {
    noNode = NodeModules.missing();
    Map<String, Function<ServiceBusEmulator, Stack>> stacks = new LinkedHashMap<>();
    stacks.put("java", emulator -> new JavaStack(emulator.connectionString()));
    if (noNode.isEmpty()) {
      Path modules = NodeModules.install();
      stacks.put("js", emulator -> new JsStack(modules, emulator.connectionString()));
    }
    stacks.put("proton", emulator -> new ProtonStack(emulator.port()));
    ExecutorService threads = Executors.newFixedThreadPool(stacks.size());
    try {
      Map<String, Future<Map<String, List<Observed>>>> running = new LinkedHashMap<>();
      stacks.forEach((name, stack) -> running.put(name, threads.submit(() -> runAll(name, stack))));
      for (Map.Entry<String, Future<Map<String, List<Observed>>>> entry : running.entrySet()) {
        seen.put(entry.getKey(), entry.getValue().get(10, TimeUnit.MINUTES));
      }
    } finally {
      threads.shutdownNow();
    }
    Files.writeString(REPORT, report(), StandardCharsets.UTF_8);
  }

  private Map<String, List<Observed>> runAll(
      String name, Function<ServiceBusEmulator, Stack> stacks) {
    Map<String, List<Observed>> observed = new LinkedHashMap<>();
    Instant start = Instant.now();
    try (ServiceBusEmulator emulator = ServiceBusEmulator.start();
        Stack stack = stacks.apply(emulator)) {
      for (Scenario scenario : scenarios) {
        if (!scenario.without().containsKey(name)) {
          Instant began = Instant.now();
          observed.put(scenario.id(), new ScenarioRun(emulator, stack, scenario).run());
          took.put(name + scenario.id(), Duration.between(began, Instant.now()));
        }
      }
    }
    took.put(name, Duration.between(start, Instant.now()));
    return observed;
  }

  @TestFactory
  Stream<DynamicTest> everyStackSeesWhatIsExpected() {
    return scenarios.stream()
        .map(scenario -> DynamicTest.dynamicTest(scenario.toString(), () -> check(scenario)));
  }

  private void check(Scenario scenario) {
    List<String> differences = new ArrayList<>();
    seen.forEach(
        (stack, all) -> {
          for (Observed step : all.getOrDefault(scenario.id(), List.of())) {
            if (!step.asExpected()) {
              differences.add(
                  "%s, %s.txt:%d: %s%n    seen: %s %s"
                      .formatted(
                          stack,
                          scenario.file(),
                          step.step().line(),
                          step.step().text(),
                          step.seen(),
                          step.detail()));
            }
          }
        });
    assertThat(differences).isEmpty();
  }

  @Test
  void javaScriptIsRunWhereTheBuildIsChecked() {
    noNode.ifPresent(
        why -> {
          String skipped = "Azure's JavaScript SDK was not run: " + why + ".";
          if (System.getenv("CI") != null) {
            throw new AssertionError(skipped);
          }
          Assumptions.abort(skipped);
        });
    assertThat(seen).containsKey("js");
  }

  @Test
  void thereAreManyScenariosAndWhatAStackCannotExpressHasAReason() {
    List<Scenario> all = ScenarioFile.all();
    assertThat(all)
        .filteredOn(scenario -> scenario.without().isEmpty())
        .as("run on all three stacks")
        .hasSizeGreaterThanOrEqualTo(LEAST_SCENARIOS);
    for (Scenario scenario : all) {
      assertThat(scenario.without().keySet()).as(scenario.id()).isSubsetOf("java", "js", "proton");
      assertThat(scenario.without().values()).as(scenario.id()).allMatch(why -> why.length() > 10);
      assertThat(scenario.without()).as(scenario.id()).hasSizeLessThan(3);
    }
  }

  private static List<Scenario> chosen() {
    String wanted = System.getProperty("conformance", "");
    List<String> names = List.of(wanted.split(","));
    return ScenarioFile.all().stream()
        .filter(
            scenario ->
                wanted.isEmpty()
                    || names.contains(scenario.file())
                    || names.contains(scenario.id()))
        .toList();
  }

  private String report() throws IOException {
    StringBuilder text = new StringBuilder();
    seen.forEach(
        (stack, all) ->
            text.append(
                "%s: %d scenarios in %d s, %d steps, %d seen otherwise than expected%n"
                    .formatted(
                        stack,
                        all.size(),
                        took.get(stack).toSeconds(),
                        all.values().stream().mapToInt(List::size).sum(),
                        all.values().stream()
                            .flatMap(List::stream)
                            .filter(step -> !step.asExpected())
                            .count())));
    noNode.ifPresent(why -> text.append("js: not run, ").append(why).append('\n'));
    for (Scenario scenario : scenarios) {
      scenario
          .without()
          .forEach(
              (stack, why) ->
                  text.append("%s without %s: %s%n".formatted(scenario.id(), stack, why)));
    }
    for (Scenario scenario : scenarios) {
      text.append("%n%s%n".formatted(scenario));
      for (String stack : seen.keySet()) {
        Duration time = took.get(stack + scenario.id());
        text.append(time == null ? "" : "    %s took %d ms%n".formatted(stack, time.toMillis()));
      }
      seen.forEach(
          (stack, all) ->
              all.getOrDefault(scenario.id(), List.of())
                  .forEach(
                      step ->
                          text.append(
                              "  %s %-6s %s => %s%s%n"
                                  .formatted(
                                      step.asExpected() ? " " : "!",
                                      stack,
                                      step.step().text(),
                                      step.seen(),
                                      step.asExpected() ? "" : " " + step.detail()))));
    }
    return text.toString();
  }
}
