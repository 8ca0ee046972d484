package io.queueruntime.kafka;

import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.front.FrontQueue;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A queue of ours as it stands at the broker: its name, which is its topic's, and what it was
 * created with. Immutable.
 *
 * @param partitions in how many partitions its sessions are; 0 for a queue without sessions
 * @param known whether it was created here; a foreign topic is taken as it is
 */
record Definition(
    QueueName name, QueueOptions options, int partitions, Instant createdAt, boolean known)
    implements FrontQueue {

  private static final String ATTRIBUTE = "attribute.";

  /** A topic that somebody else has created: nothing is known of it but that it is there. */
  static Definition foreign(QueueName name) {
    QueueOptions options =
        QueueOptions.DEFAULTS.withDefaultTimeToLive(null).withDuplicateDetectionWindow(null);
    return new Definition(name, options, 0, Instant.EPOCH, false);
  }

  Definition with(QueueOptions changed) {
    return new Definition(name, changed, partitions, createdAt, known);
  }

  QueueDescription description() {
    return new QueueDescription(name, options, createdAt);
  }

  String topic() {
    return name.value();
  }

  String deadLetters() {
    return deadLetters(name.value());
  }

  /** As the broker's own dead-lettering demands it. */
  static String deadLetters(String queue) {
    return "dlq." + queue;
  }

  /** Where Kafka's own partitioner puts that key, in every language. */
  int partitionOf(SessionId session) {
    return Utils.toPositive(Utils.murmur2(Wire.bytes(session.value()))) % Math.max(1, partitions);
  }

  // As a record of the catalog

  byte[] toBytes() {
    Properties properties = new Properties();
    put(properties, "partitions", partitions);
    put(properties, "created", createdAt.toEpochMilli());
    put(properties, "sessions", options.sessions());
    put(properties, "lock", options.lockDuration().toMillis());
    put(properties, "max-delivery-count", options.maxDeliveryCount());
    put(properties, "dead-letter-on-expiration", options.deadLetterOnExpiration());
    put(properties, "time-to-live", millis(options.defaultTimeToLive()));
    put(properties, "duplicate-window", millis(options.duplicateDetectionWindow()));
    put(properties, "max-message-size", options.maxMessageSize());
    options.attributes().forEach((name, value) -> put(properties, ATTRIBUTE + name, value));
    StringWriter text = new StringWriter();
    try {
      properties.store(text, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void put(Properties properties, String name, @Nullable Object value) {
    if (value != null) {
      properties.setProperty(name, value.toString());
    }
  }

  private static @Nullable Long millis(@Nullable Duration duration) {
    return duration == null ? null : duration.toMillis();
  }

  static Definition ofBytes(String name, byte[] bytes) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(new String(bytes, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String key : properties.stringPropertyNames()) {
      if (key.startsWith(ATTRIBUTE)) {
        attributes.put(key.substring(ATTRIBUTE.length()), properties.getProperty(key));
      }
    }
    String window = properties.getProperty("duplicate-window");
    String life = properties.getProperty("time-to-live");
    String size = properties.getProperty("max-message-size");
    QueueOptions options =
        new QueueOptions(
            Boolean.parseBoolean(properties.getProperty("sessions")),
            Duration.ofMillis(Long.parseLong(properties.getProperty("lock"))),
            Integer.parseInt(properties.getProperty("max-delivery-count")),
            life == null ? null : Duration.ofMillis(Long.parseLong(life)),
            Boolean.parseBoolean(properties.getProperty("dead-letter-on-expiration")),
            window == null ? null : Duration.ofMillis(Long.parseLong(window)),
            null,
            size == null ? null : Long.valueOf(size),
            0,
            null,
            null,
            attributes);
    return new Definition(
        QueueName.of(name),
        options,
        Integer.parseInt(properties.getProperty("partitions")),
        Instant.ofEpochMilli(Long.parseLong(properties.getProperty("created"))),
        true);
  }
}
