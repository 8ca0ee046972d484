package io.queueruntime.message;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What CloudEvents 1.0 says about an event, beside its data: as headers of a message whose body is
 * the data (binary mode). The content type of the data is the message's own.
 *
 * <p>Headers are written as {@code cloudEvents:name}, as the AMQP binding asks for; those of a
 * client that writes {@code cloudEvents_name} or, as the Kafka binding asks for, {@code ce_name}
 * are read too. Events in one piece ({@code application/cloudevents+json}) are JSON like any other.
 *
 * <p>Immutable.
 *
 * @param id what tells the event from others of its source
 * @param source where it happened, as a URI reference
 * @param type what happened, e.g. {@code com.acme.order.placed}
 * @param subject what it happened to, within the source
 * @param time when it happened
 * @param dataSchema URI of what the data keeps to
 * @param extensions further attributes; names of 1 to {@value #MAX_NAME_LENGTH} lower-case letters
 *     and digits
 */
public record CloudEventAttributes(
    String id,
    String source,
    String type,
    @Nullable String subject,
    @Nullable Instant time,
    @Nullable String dataSchema,
    Map<String, Object> extensions) {

  /** Longest name of an extension, in characters; CloudEvents recommends no more. */
  public static final int MAX_NAME_LENGTH = 20;

  /** What the names of headers written here start with. */
  public static final String PREFIX = "cloudEvents:";

  private static final String[] PREFIXES = {PREFIX, "cloudEvents_", "ce_"};
  private static final String SPEC_VERSION = "specversion";
  private static final String VERSION = "1.0";
  private static final Pattern NAME = Pattern.compile("[a-z0-9]{1," + MAX_NAME_LENGTH + "}");

  /** Names that are attributes of their own and so no extensions. */
  private static final Set<String> KNOWN =
      Set.of(
          SPEC_VERSION, "id", "source", "type", "subject", "time", "dataschema", "datacontenttype");

  public CloudEventAttributes {
    present("id", id);
    present("source", source);
    present("type", type);
    extensions.forEach(
        (name, value) -> {
          if (!NAME.matcher(name).matches() || KNOWN.contains(name)) {
            throw new ValidationFailed(
                null,
                "A CloudEvents extension is named '%s'; allowed are 1 to %d lower-case letters and digits, and none of the standard's own names."
                    .formatted(name, MAX_NAME_LENGTH));
          }
          HeaderValues.check(PREFIX + name, value);
        });
    extensions = HeaderValues.copyOf(extensions);
  }

  private static void present(String attribute, String value) {
    if (value.isBlank()) {
      throw new ValidationFailed(null, "A CloudEvent needs its " + attribute + "; it is blank.");
    }
  }

  /** What every event has to say. */
  public static CloudEventAttributes of(String id, String source, String type) {
    return new CloudEventAttributes(id, source, type, null, null, null, Map.of());
  }

  /** The attributes a message carries; empty when it is no CloudEvent of version 1. */
  public static Optional<CloudEventAttributes> of(ReceivedMessage<?> message) {
    for (String prefix : PREFIXES) {
      Map<String, Object> found = withoutPrefix(message.headers(), prefix);
      if (text(found, SPEC_VERSION).startsWith("1.")
          && !text(found, "id").isBlank()
          && !text(found, "source").isBlank()
          && !text(found, "type").isBlank()) {
        return Optional.of(read(found));
      }
    }
    return Optional.empty();
  }

  private static CloudEventAttributes read(Map<String, Object> found) {
    Map<String, Object> extensions = new LinkedHashMap<>();
    found.forEach(
        (name, value) -> {
          if (!KNOWN.contains(name) && NAME.matcher(name).matches()) {
            extensions.put(name, value);
          }
        });
    return new CloudEventAttributes(
        text(found, "id"),
        text(found, "source"),
        text(found, "type"),
        textIfThere(found, "subject"),
        time(found.get("time")),
        textIfThere(found, "dataschema"),
        extensions);
  }

  private static Map<String, Object> withoutPrefix(Map<String, Object> headers, String prefix) {
    Map<String, Object> found = new LinkedHashMap<>();
    headers.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  private static String text(Map<String, Object> found, String name) {
    Object value = found.get(name);
    return value == null ? "" : value.toString();
  }

  private static @Nullable String textIfThere(Map<String, Object> found, String name) {
    String value = text(found, name);
    return value.isEmpty() ? null : value;
  }

  /** Null also for what is no time: an event is not refused for that. */
  private static @Nullable Instant time(@Nullable Object value) {
    if (value instanceof Instant instant) {
      return instant;
    }
    try {
      return value == null ? null : OffsetDateTime.parse(value.toString()).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** As the headers of a message. */
  public Map<String, Object> headers() {
    Map<String, Object> headers = new LinkedHashMap<>();
    headers.put(PREFIX + SPEC_VERSION, VERSION);
    headers.put(PREFIX + "id", id);
    headers.put(PREFIX + "source", source);
    headers.put(PREFIX + "type", type);
    if (subject != null) {
      headers.put(PREFIX + "subject", subject);
    }
    if (time != null) {
      headers.put(PREFIX + "time", time.toString());
    }
    if (dataSchema != null) {
      headers.put(PREFIX + "dataschema", dataSchema);
    }
    extensions.forEach((name, value) -> headers.put(PREFIX + name, value));
    return headers;
  }

  /** The same event, said to have happened then. */
  public CloudEventAttributes withTime(Instant value) {
    return new CloudEventAttributes(id, source, type, subject, value, dataSchema, extensions);
  }

  /** The same event, said to have happened to that. */
  public CloudEventAttributes withSubject(String value) {
    return new CloudEventAttributes(id, source, type, value, time, dataSchema, extensions);
  }

  /** The same event with one more attribute. */
  public CloudEventAttributes withExtension(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(extensions);
    more.put(name, value);
    return new CloudEventAttributes(id, source, type, subject, time, dataSchema, more);
  }
}
