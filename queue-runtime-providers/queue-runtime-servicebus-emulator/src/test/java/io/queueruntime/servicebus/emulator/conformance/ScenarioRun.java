package io.queueruntime.servicebus.emulator.conformance;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.SessionId;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Runs one scenario through one stack on queues of its own. What belongs to no client (creating
 * queues, moving time, looking at counts) is done here; the rest is the stack's.
 */
final class ScenarioRun {

  /**
   * What one step came to.
   *
   * @param detail what the client said, for the report
   * @param took until then, since the scenario began
   */
  record Observed(Step step, String expected, String seen, String detail, Duration took) {
    boolean asExpected() {
      return Seen.same(expected, seen, took);
    }
  }

  private record HeldSession(QueueName queue, SessionId id, String client) {}

  private final ServiceBusEmulator emulator;
  private final Stack stack;
  private final Scenario scenario;
  private final Map<String, String> queues = new LinkedHashMap<>();
  private final Map<String, HeldSession> held = new HashMap<>();

  ScenarioRun(ServiceBusEmulator emulator, Stack stack, Scenario scenario) {
    this.emulator = emulator;
    this.stack = stack;
    this.scenario = scenario;
  }

  List<Observed> run() {
    List<Observed> observed = new ArrayList<>();
    long began = System.currentTimeMillis();
    try {
      for (Step step : scenario.steps()) {
        Outcome outcome = perform(step);
        long now = System.currentTimeMillis();
        String seen = Seen.text(step, outcome, now);
        for (Map.Entry<String, String> queue : queues.entrySet()) {
          seen = seen.replace(queue.getValue(), queue.getKey());
        }
        observed.add(
            new Observed(
                step,
                step.expectedOf(stack.name()),
                seen,
                outcome.detail(),
                Duration.ofMillis(now - began)));
      }
    } finally {
      stack.endScenario();
      queues.values().forEach(this::deleteIfThere);
    }
    return observed;
  }

  private Outcome perform(Step step) {
    switch (step.verb()) {
      case "queue" -> {
        String label = step.words().get(0);
        String name = (scenario.id() + "-" + label).toLowerCase(Locale.ROOT);
        queues.put(label, name);
        emulator.createQueue(name, described(step, EntityDescription.DEFAULTS));
        return Outcome.OK;
      }
      case "update" -> {
        String name = queues.get(step.words().get(0));
        emulator
            .namespace()
            .update(name, described(step, emulator.namespace().require(name).description()));
        return Outcome.OK;
      }
      case "delete" -> {
        emulator.namespace().delete(queues.get(step.words().get(0)));
        return Outcome.OK;
      }
      case "advance" -> {
        Duration by = ScenarioFile.duration(step.words().get(0));
        stack.await(CompletableFuture.runAsync(() -> emulator.advance(by)));
        return Outcome.OK;
      }
      case "stats" -> {
        return Outcome.of(stats(emulator.namespace().statistics(queues.get(step.words().get(0)))));
      }
      default -> {
        List<String> words =
            step.words().stream().map(word -> queues.getOrDefault(word, word)).toList();
        Outcome outcome = stack.perform(step.with(words, step.options()));
        follow(step, words, outcome);
        return outcome;
      }
    }
  }

  /**
   * One SDK returns from closing a session before the broker knows of it, and so does a hang-up.
   */
  private void follow(Step step, List<String> words, Outcome outcome) {
    if (outcome.text().startsWith("session ")) {
      SessionId id = SessionId.of(outcome.text().substring("session ".length()));
      String label = words.size() > 1 ? words.get(1) : id.value();
      held.put(
          "@" + step.option("as", label),
          new HeldSession(QueueName.of(words.get(0)), id, step.option("client", "1")));
    }
    HeldSession closed = step.verb().equals("close") ? held.remove(words.get(0)) : null;
    if (closed != null) {
      awaitRelease(closed);
    }
    if (step.verb().equals("hangup")) {
      String client = step.option("client", "1");
      held.values().stream()
          .filter(session -> session.client().equals(client))
          .forEach(this::awaitRelease);
      held.values().removeIf(session -> session.client().equals(client));
    }
  }

  private void awaitRelease(HeldSession session) {
    QueueEngine engine = emulator.namespace().engine();
    engine
        .acceptSession(session.queue(), session.id(), Duration.ofSeconds(60))
        .thenCompose(engine::releaseSession)
        .join();
  }

  private EntityDescription described(Step step, EntityDescription from) {
    EntityDescription described = from;
    for (Map.Entry<String, String> option : step.options().entrySet()) {
      String value = option.getValue();
      described =
          switch (option.getKey()) {
            case "sessions" -> described.withRequiresSession(Boolean.parseBoolean(value));
            case "lock" -> described.withLockDuration(ScenarioFile.duration(value));
            case "max" -> described.withMaxDeliveryCount(Integer.parseInt(value));
            case "life" -> described.withDefaultMessageTimeToLive(ScenarioFile.duration(value));
            case "expired" -> described.withDeadLetteringOnMessageExpiration(value.equals("dead"));
            case "duplicates" -> described.withDuplicateDetection(ScenarioFile.duration(value));
            case "forward" -> described.withForwardTo(queues.getOrDefault(value, value));
            case "forwarddead" ->
                described.withForwardDeadLetteredMessagesTo(queues.getOrDefault(value, value));
            case "status" -> described.withStatus(EntityStatus.valueOf(value));
            default ->
                throw new IllegalArgumentException(
                    "%s:%d: a queue has no option '%s'."
                        .formatted(scenario.file(), step.line(), option.getKey()));
          };
    }
    return described;
  }

  private static String stats(QueueStatistics now) {
    return "active=%d locked=%d scheduled=%d deferred=%d dead=%d"
        .formatted(now.active(), now.locked(), now.scheduled(), now.deferred(), now.deadLetter());
  }

  private void deleteIfThere(String queue) {
    if (emulator.namespace().find(queue).isPresent()) {
      emulator.namespace().delete(queue);
    }
  }
}
