package io.queueruntime.servicebus.emulator.config;

import io.queueruntime.servicebus.emulator.config.ConfiguredQueues.ConfiguredQueue;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityException;
import io.queueruntime.servicebus.emulator.entity.EntityProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The {@code Config.json} of Microsoft's own emulator: JSON with comments, one namespace, its
 * queues. What a queue's {@code Properties} leave out is as Service Bus has it, also where that
 * emulator has another default; its tighter bounds, e.g. one hour to live, do not hold here.
 *
 * <p>Confined to one call of {@link #read}.
 */
public final class ConfigFile {

  private static final long MAX_BYTES = 16L * 1024 * 1024;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final List<String> warnings = new ArrayList<>();
  private final List<ConfiguredQueue> queues = new ArrayList<>();

  private ConfigFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the file.
   *
   * @throws ConfigInvalid when it cannot be read, is not such a file, has a value that its property
   *     cannot have, or asks for topics, which this emulator has not got
   */
  public static ConfiguredQueues read(Path file) {
    ConfigFile config = new ConfigFile(file);
    config.root(config.parse());
    return new ConfiguredQueues(file, config.queues, config.warnings);
  }

  private JsonNode parse() {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigInvalid(
            "%s: the file has %d bytes; allowed are %d."
                .formatted(file, Files.size(file), MAX_BYTES));
      }
      JsonNode read = JSON.readTree(Files.readAllBytes(file));
      if (read.isMissingNode()) {
        throw new ConfigInvalid("%s: the file is empty.".formatted(file));
      }
      return read;
    } catch (NoSuchFileException missing) {
      throw new ConfigInvalid("%s: there is no such file.".formatted(file), missing);
    } catch (IOException unreadable) {
      throw new ConfigInvalid("%s: cannot be read: %s.".formatted(file, unreadable), unreadable);
    } catch (JacksonException malformed) {
      TokenStreamLocation where = malformed.getLocation();
      throw new ConfigInvalid(
          "%s: not JSON: %s%s."
              .formatted(
                  file,
                  malformed.getOriginalMessage(),
                  where == null
                      ? ""
                      : " (line %d, column %d)".formatted(where.getLineNr(), where.getColumnNr())),
          malformed);
    }
  }

  private void root(JsonNode root) {
    requireObject("the file", root);
    warnOfOthers("", root, Set.of("UserConfig"));
    JsonNode user = root.get("UserConfig");
    if (user == null) {
      throw refused("UserConfig", "missing; it holds the namespaces");
    }
    requireObject("UserConfig", user);
    warnOfOthers("UserConfig.", user, Set.of("Namespaces", "Logging"));
    List<JsonNode> namespaces = list("UserConfig.Namespaces", user.get("Namespaces"));
    if (namespaces.size() != 1) {
      throw refused(
          "UserConfig.Namespaces",
          "has %d namespaces; an emulator has exactly 1".formatted(namespaces.size()));
    }
    namespace("UserConfig.Namespaces[0]", namespaces.get(0));
  }

  private void namespace(String at, JsonNode namespace) {
    requireObject(at, namespace);
    warnOfOthers(at + ".", namespace, Set.of("Name", "Queues", "Topics"));
    List<JsonNode> topics = list(at + ".Topics", namespace.get("Topics"));
    if (!topics.isEmpty()) {
      String names =
          topics.stream()
              .map(topic -> topic.path("Name").asString("(without a name)"))
              .collect(Collectors.joining("', '", "'", "'"));
      throw refused(
          at + ".Topics",
          "topics are not supported by this emulator, which has queues only; found "
              + names
              + ". Take them out of the file, or use queues instead");
    }
    List<JsonNode> listed = list(at + ".Queues", namespace.get("Queues"));
    Map<String, String> places = new HashMap<>();
    for (int i = 0; i < listed.size(); i++) {
      String place = at + ".Queues[" + i + "]";
      ConfiguredQueue queue = queue(place, listed.get(i));
      String before = places.putIfAbsent(queue.name().toLowerCase(Locale.ROOT), place);
      if (before != null) {
        throw refused(
            place + ".Name",
            "'%s' is the name of %s already; upper and lower case are the same"
                .formatted(queue.name(), before));
      }
      queues.add(queue);
    }
  }

  private ConfiguredQueue queue(String at, JsonNode queue) {
    requireObject(at, queue);
    warnOfOthers(at + ".", queue, Set.of("Name", "Properties"));
    JsonNode name = queue.get("Name");
    if (name == null || !name.isString() || name.asString().isBlank()) {
      throw refused(at + ".Name", "missing; every queue has a name");
    }
    EntityDescription description = EntityDescription.DEFAULTS;
    JsonNode properties = queue.get("Properties");
    if (properties != null && !properties.isNull()) {
      requireObject(at + ".Properties", properties);
      for (Map.Entry<String, JsonNode> one : properties.properties()) {
        description =
            property(at + ".Properties." + one.getKey(), one.getKey(), one.getValue(), description);
      }
    }
    return new ConfiguredQueue(at, name.asString(), description);
  }

  private EntityDescription property(
      String at, String name, JsonNode value, EntityDescription description) {
    Optional<EntityProperty> property = EntityProperty.named(name);
    if (property.isEmpty() || property.get() == EntityProperty.AUTHORIZATION_RULES) {
      warn(at, "unknown property, not heeded");
      return description;
    }
    if (!value.isValueNode()) {
      throw refused(at, "found %s; allowed is a single value".formatted(value.getNodeType()));
    }
    if (value.isNull() || value.asString().isEmpty()) {
      return description;
    }
    try {
      return description.withText(property.get(), value.asString());
    } catch (EntityException refused) {
      throw refused(at, String.valueOf(refused.getMessage()));
    }
  }

  private List<JsonNode> list(String at, @Nullable JsonNode list) {
    if (list == null || list.isNull()) {
      return List.of();
    }
    if (!list.isArray()) {
      throw refused(at, "found %s; allowed is a list".formatted(list.getNodeType()));
    }
    return StreamSupport.stream(list.spliterator(), false).toList();
  }

  private void requireObject(String at, JsonNode node) {
    if (!node.isObject()) {
      throw refused(at, "found %s; allowed is an object".formatted(node.getNodeType()));
    }
  }

  private void warnOfOthers(String at, JsonNode node, Set<String> known) {
    for (Map.Entry<String, JsonNode> one : node.properties()) {
      if (!known.contains(one.getKey())) {
        warn(at + one.getKey(), "unknown, not heeded");
      }
    }
  }

  private void warn(String at, String what) {
    warnings.add("%s: %s: %s.".formatted(file, at, what));
  }

  private ConfigInvalid refused(String at, String why) {
    return new ConfigInvalid("%s: %s: %s".formatted(file, at, why.endsWith(".") ? why : why + "."));
  }
}
