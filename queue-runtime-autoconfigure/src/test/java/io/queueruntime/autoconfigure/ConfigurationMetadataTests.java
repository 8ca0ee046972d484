package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Queue;
import io.queueruntime.message.QueueOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an IDE knows of the properties. */
class ConfigurationMetadataTests {

  private static Map<String, JsonNode> properties() throws IOException {
    try (InputStream file =
        QueueRuntimeProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      return JsonMapper.builder()
          .build()
          .readTree(file)
          .get("properties")
          .valueStream()
          .collect(
              Collectors.toMap(property -> property.get("name").asString(), property -> property));
    }
  }

  @Test
  void everyPropertyOfTheApiIsThere() throws IOException {
    assertThat(properties().keySet())
        .contains(
            "queue-runtime.provider",
            "queue-runtime.primary",
            "queue-runtime.strict",
            "queue-runtime.clients",
            "queue-runtime.queues",
            "queue-runtime.listeners",
            "queue-runtime.payload.types")
        .containsAll(
            Stream.of(
                    "directory",
                    "durability",
                    "capacity",
                    "segment-size",
                    "snapshot.interval",
                    "snapshot.every",
                    "snapshot.keep",
                    "on-storage-failure")
                .map(name -> "queue-runtime.embedded." + name)
                .toList())
        .containsAll(
            Stream.of(
                    "type",
                    "max-message-size",
                    "max-session-state-size",
                    "embedded.directory",
                    "embedded.capacity",
                    "jdbc.data-source",
                    "jdbc.schema",
                    "jdbc.table-prefix",
                    "jdbc.database-schema",
                    "jdbc.threads",
                    "jdbc.timeout")
                .map(name -> "queue-runtime.store." + name)
                .toList())
        .containsAll(
            Stream.of(
                    "declare",
                    "session",
                    "session-ids",
                    "session-idle-timeout",
                    "lock-duration",
                    "max-delivery-count",
                    "default-time-to-live",
                    "dead-letter-on-expiration",
                    "duplicate-detection.enabled",
                    "duplicate-detection.window",
                    "auto-delete-on-idle",
                    "max-message-size")
                .map(name -> "queue-runtime.defaults." + name)
                .toList())
        .containsAll(
            Stream.of(
                    "concurrency",
                    "ack-mode",
                    "timeout",
                    "max-lock-renewal",
                    "drain-timeout",
                    "auto-startup",
                    "backoff.delay",
                    "backoff.multiplier",
                    "backoff.max-delay",
                    "backoff.jitter")
                .map(name -> "queue-runtime.listener." + name)
                .toList());
  }

  @Test
  void everyPropertyIsExplainedInTheStyleOfSpringBoot() throws IOException {
    properties()
        .forEach(
            (name, property) -> {
              assertThat(property.path("description").asString(""))
                  .as(name)
                  .isNotBlank()
                  .endsWith(".")
                  .doesNotStartWith("The ");
              assertThat(property.path("type").asString("")).as(name).isNotBlank();
            });
  }

  @Test
  void theDefaultsThatAreShownAreTheOnesThatCount() throws IOException {
    Map<String, Object> shown =
        properties().entrySet().stream()
            .filter(property -> property.getValue().has("defaultValue"))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    property -> property.getValue().get("defaultValue").asString()));
    QueueRuntimeProperties fromShown = bind(shown);

    assertThat(fromShown.embedded()).isEqualTo(bind(Map.of()).embedded());
    assertThat(fromShown.listener()).isEqualTo(bind(Map.of()).listener());
    Queue queue = fromShown.defaults();
    assertThat(queue.lockDuration()).isEqualTo(QueueOptions.DEFAULTS.lockDuration());
    assertThat(queue.maxDeliveryCount()).isEqualTo(QueueOptions.DEFAULTS.maxDeliveryCount());
    assertThat(queue.defaultTimeToLive()).isEqualTo(QueueOptions.DEFAULTS.defaultTimeToLive());
    assertThat(queue.deadLetterOnExpiration())
        .isEqualTo(QueueOptions.DEFAULTS.deadLetterOnExpiration());
    assertThat(queue.duplicateDetection().window())
        .isEqualTo(QueueOptions.DEFAULTS.duplicateDetectionWindow());
    assertThat(shown.keySet())
        .contains("queue-runtime.defaults.session", "queue-runtime.embedded.durability");
  }

  private static QueueRuntimeProperties bind(Map<String, ?> properties) {
    return new Binder(new MapConfigurationPropertySource(properties))
        .bindOrCreate("queue-runtime", Bindable.of(QueueRuntimeProperties.class));
  }

  /** A text that sends somebody to a property must not invent it. */
  @Test
  void everyPropertyThatAnAnalysisNamesExists() throws IOException {
    Set<String> known = new TreeSet<>(properties().keySet());
    Pattern named = Pattern.compile("\"[^\"]*?(queue-runtime\\.[a-z][a-z.-]*[a-z])[^\"]*\"");
    Set<String> unknown = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        Matcher matcher = named.matcher(Files.readString(source, StandardCharsets.UTF_8));
        while (matcher.find()) {
          if (known.stream()
              .noneMatch(
                  property ->
                      property.equals(matcher.group(1))
                          || property.startsWith(matcher.group(1) + "."))) {
            unknown.add(matcher.group(1));
          }
        }
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatOnlyNamesAQueueBindsAsAQueueWithoutSettings() {
    assertThat(bind(Map.of("queue-runtime.queues.orders", "")).queues())
        .isEqualTo(Map.of("orders", Queue.UNSET));
    assertThat(
            bind(Map.of("queue-runtime.queues.orders.session-ids", "a, b"))
                .queues()
                .get("orders")
                .sessionIds())
        .isEqualTo(List.of("a", "b"));
  }
}
