package io.queueruntime.servicebus.emulator.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Azure's JavaScript SDK, in a node process that takes steps as lines of JSON. */
final class JsStack implements Stack {

  private static final Map<String, String> CODES =
      Map.ofEntries(
          Map.entry("MessageLockLost", "message-lock-lost"),
          Map.entry("SessionLockLost", "session-lock-lost"),
          Map.entry("SessionCannotBeLocked", "session-cannot-be-locked"),
          Map.entry("MessageNotFound", "message-not-found"),
          Map.entry("MessagingEntityNotFound", "entity-not-found"),
          Map.entry("MessagingEntityDisabled", "entity-disabled"),
          Map.entry("MessageSizeExceeded", "size-exceeded"),
          Map.entry("QuotaExceeded", "quota-exceeded"),
          Map.entry("ServiceTimeout", "timeout"),
          Map.entry("ServiceBusy", "server-busy"),
          Map.entry("UnauthorizedAccess", "unauthorized"),
          Map.entry("InvalidOperationError", "not-allowed"),
          Map.entry("NotImplementedError", "not-implemented"),
          Map.entry("ArgumentError", "argument-error"),
          Map.entry("ArgumentOutOfRangeError", "argument-out-of-range"));

  /** A general error says in its text which one it is. */
  private static final Pattern INNER = Pattern.compile("^(\\w+Error): ");

  private final JsonMapper json = new JsonMapper();
  private final Process node;
  private final Writer requests;
  private final BufferedReader answers;

  /**
   * Starts node.
   *
   * @param directory where the driver and the SDK are
   */
  JsStack(Path directory, String connectionString) {
    try {
      node =
          new ProcessBuilder("node", "driver.mjs", connectionString)
              .directory(directory.toFile())
              .redirectError(directory.resolve("stderr.txt").toFile())
              .start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    requests = node.outputWriter(StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8));
  }

  @Override
  public String name() {
    return "js";
  }

  @Override
  public Outcome perform(Step step) {
    JsonNode answer = ask(step.verb(), step.words(), step.options());
    if (answer.has("error")) {
      String code = answer.get("error").asString();
      String detail = answer.path("detail").asString("");
      Matcher inner = INNER.matcher(detail);
      if (code.equals("GeneralError") && inner.find()) {
        code = inner.group(1);
      }
      return Outcome.error(CODES.getOrDefault(code, code), detail);
    }
    if (answer.has("messages")) {
      List<Map<String, String>> messages = new ArrayList<>();
      for (JsonNode message : answer.get("messages")) {
        Map<String, String> fields = new LinkedHashMap<>();
        message
            .properties()
            .forEach(field -> fields.put(field.getKey(), field.getValue().asString()));
        messages.add(fields);
      }
      return Outcome.messages(messages);
    }
    if (answer.has("time")) {
      return Outcome.time(Long.parseLong(answer.get("time").asString()));
    }
    return answer.has("text") ? Outcome.of(answer.get("text").asString()) : Outcome.OK;
  }

  private JsonNode ask(String verb, List<String> words, Map<String, String> options) {
    try {
      requests.write(
          json.writeValueAsString(Map.of("verb", verb, "words", words, "options", options)));
      requests.write("\n");
      requests.flush();
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException(
            "node ended while it did '%s'; see stderr.txt beside driver.mjs.".formatted(verb));
      }
      return json.readTree(line);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void endScenario() {
    ask("end", List.of(), Map.of());
  }

  @Override
  public void close() {
    try {
      requests.close();
      if (!node.waitFor(60, TimeUnit.SECONDS)) {
        node.destroyForcibly();
      }
    } catch (IOException failed) {
      node.destroyForcibly();
    } catch (InterruptedException interrupted) {
      node.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
