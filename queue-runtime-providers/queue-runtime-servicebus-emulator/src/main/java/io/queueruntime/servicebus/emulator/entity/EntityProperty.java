package io.queueruntime.servicebus.emulator.entity;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a queue that a client can set, with Service Bus's names and defaults, in the
 * order in which Service Bus lists them. Immutable.
 */
public enum EntityProperty {
  LOCK_DURATION("LockDuration", Kind.DURATION, Duration.ofMinutes(1)),
  MAX_SIZE_IN_MEGABYTES("MaxSizeInMegabytes", Kind.NUMBER, 1024),
  REQUIRES_DUPLICATE_DETECTION("RequiresDuplicateDetection", Kind.FLAG, false),
  REQUIRES_SESSION("RequiresSession", Kind.FLAG, false),
  DEFAULT_MESSAGE_TIME_TO_LIVE("DefaultMessageTimeToLive", Kind.DURATION, XmlDuration.NEVER),
  DEAD_LETTERING_ON_MESSAGE_EXPIRATION("DeadLetteringOnMessageExpiration", Kind.FLAG, false),
  DUPLICATE_DETECTION_HISTORY_TIME_WINDOW(
      "DuplicateDetectionHistoryTimeWindow", Kind.DURATION, Duration.ofMinutes(10)),
  MAX_DELIVERY_COUNT("MaxDeliveryCount", Kind.NUMBER, 10),
  ENABLE_BATCHED_OPERATIONS("EnableBatchedOperations", Kind.FLAG, true),
  /** As {@link AuthorizationRule#format} writes them. */
  AUTHORIZATION_RULES("AuthorizationRules", Kind.TEXT, ""),
  STATUS("Status", Kind.STATUS, EntityStatus.ACTIVE),
  FORWARD_TO("ForwardTo", Kind.TEXT, ""),
  USER_METADATA("UserMetadata", Kind.TEXT, ""),
  AUTO_DELETE_ON_IDLE("AutoDeleteOnIdle", Kind.DURATION, XmlDuration.NEVER),
  ENABLE_PARTITIONING("EnablePartitioning", Kind.FLAG, false),
  FORWARD_DEAD_LETTERED_MESSAGES_TO("ForwardDeadLetteredMessagesTo", Kind.TEXT, ""),
  MAX_MESSAGE_SIZE_IN_KILOBYTES("MaxMessageSizeInKilobytes", Kind.NUMBER, 256);

  /** What type of value a property has. */
  public enum Kind {
    FLAG("true or false"),
    NUMBER("a whole number"),
    DURATION("an ISO 8601 duration such as PT1M30S or P7D"),
    TEXT("text"),
    STATUS("one of " + EntityStatus.ALLOWED);

    private final String allowed;

    Kind(String allowed) {
      this.allowed = allowed;
    }
  }

  private final String wireName;
  private final Kind kind;

  /** Of a type without setters, whichever kind it is. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final Object defaultValue;

  EntityProperty(String wireName, Kind kind, Object defaultValue) {
    this.wireName = wireName;
    this.kind = kind;
    this.defaultValue = defaultValue;
  }

  /** How Service Bus writes it. */
  public String wireName() {
    return wireName;
  }

  /** What type of value it has. */
  public Kind kind() {
    return kind;
  }

  Object defaultValue() {
    return defaultValue;
  }

  /** The property that Service Bus writes so; upper and lower case are told apart, as there. */
  public static Optional<EntityProperty> named(String wireName) {
    return Arrays.stream(values()).filter(one -> one.wireName.equals(wireName)).findAny();
  }

  /**
   * The value that the text stands for.
   *
   * @throws EntityException when it stands for none
   */
  Object parse(String text) {
    String stripped = text.strip();
    @Nullable Object value =
        switch (kind) {
          case FLAG -> flag(stripped);
          case NUMBER -> number(stripped);
          case DURATION -> XmlDuration.parse(stripped).orElse(null);
          case STATUS -> EntityStatus.named(stripped).orElse(null);
          case TEXT -> text;
        };
    if (value == null) {
      throw EntityException.invalid(this, text, kind.allowed);
    }
    return value;
  }

  /** How Service Bus writes that value. */
  static String format(Object value) {
    if (value instanceof Duration duration) {
      return XmlDuration.format(duration);
    }
    return value instanceof EntityStatus status ? status.wireName() : value.toString();
  }

  private static @Nullable Boolean flag(String text) {
    return switch (text) {
      case "true", "True", "1" -> true;
      case "false", "False", "0" -> false;
      default -> null;
    };
  }

  private static @Nullable Integer number(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
