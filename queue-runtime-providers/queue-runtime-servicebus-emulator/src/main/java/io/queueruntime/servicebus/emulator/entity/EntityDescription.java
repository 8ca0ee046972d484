package io.queueruntime.servicebus.emulator.entity;

import static io.queueruntime.servicebus.emulator.entity.EntityProperty.AUTO_DELETE_ON_IDLE;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.DEAD_LETTERING_ON_MESSAGE_EXPIRATION;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.DEFAULT_MESSAGE_TIME_TO_LIVE;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.FORWARD_DEAD_LETTERED_MESSAGES_TO;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.FORWARD_TO;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.LOCK_DURATION;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.MAX_DELIVERY_COUNT;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.MAX_SIZE_IN_MEGABYTES;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.REQUIRES_DUPLICATE_DETECTION;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.REQUIRES_SESSION;
import static io.queueruntime.servicebus.emulator.entity.EntityProperty.STATUS;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.BiConsumer;

/**
 * What a queue is like, property by property; what is not set has Service Bus's default. Whether
 * the values are ones that Service Bus takes is checked when a {@link Namespace} is given them.
 *
 * <p>Immutable.
 */
public final class EntityDescription {

  /** A queue with every property as Service Bus sets it when nothing is said. */
  public static final EntityDescription DEFAULTS =
      new EntityDescription(new EnumMap<>(EntityProperty.class));

  private final EnumMap<EntityProperty, Object> values;

  private EntityDescription(EnumMap<EntityProperty, Object> values) {
    this.values = values;
  }

  /** The value of a property. */
  public Object get(EntityProperty property) {
    return Objects.requireNonNullElse(values.get(property), property.defaultValue());
  }

  /** The value of a property as Service Bus writes it; empty when it is a text that is not set. */
  public Optional<String> text(EntityProperty property) {
    return Optional.of(EntityProperty.format(get(property))).filter(text -> !text.isEmpty());
  }

  /** Whether a property was given a value that is not the default. */
  public boolean isSet(EntityProperty property) {
    return values.containsKey(property);
  }

  /**
   * The same with another value, given as Service Bus writes it.
   *
   * @throws EntityException when the text is no value of the property's kind
   */
  public EntityDescription withText(EntityProperty property, String text) {
    return with(property, property.parse(text));
  }

  EntityDescription with(EntityProperty property, Object value) {
    EnumMap<EntityProperty, Object> changed = new EnumMap<>(values);
    if (value.equals(property.defaultValue())) {
      changed.remove(property);
    } else {
      changed.put(property, value);
    }
    return new EntityDescription(changed);
  }

  /** What cannot be changed once the queue exists; the rest as by default. */
  public EntityDescription fixedPart() {
    EntityDescription fixed = DEFAULTS;
    for (EntityProperty property : EntityRules.FIXED) {
      fixed = fixed.with(property, get(property));
    }
    return fixed;
  }

  void forEachSet(BiConsumer<EntityProperty, String> visitor) {
    values.forEach((property, value) -> visitor.accept(property, EntityProperty.format(value)));
  }

  public Duration lockDuration() {
    return (Duration) get(LOCK_DURATION);
  }

  public boolean requiresSession() {
    return (Boolean) get(REQUIRES_SESSION);
  }

  /** For how long message ids are remembered; empty when duplicates are not looked for. */
  public Optional<Duration> duplicateDetectionWindow() {
    return (Boolean) get(REQUIRES_DUPLICATE_DETECTION)
        ? Optional.of((Duration) get(DUPLICATE_DETECTION_HISTORY_TIME_WINDOW))
        : Optional.empty();
  }

  /** Longest life of a message; empty when there is no limit. */
  public Optional<Duration> defaultMessageTimeToLive() {
    return limited(DEFAULT_MESSAGE_TIME_TO_LIVE);
  }

  public boolean deadLetteringOnMessageExpiration() {
    return (Boolean) get(DEAD_LETTERING_ON_MESSAGE_EXPIRATION);
  }

  public int maxDeliveryCount() {
    return (Integer) get(MAX_DELIVERY_COUNT);
  }

  public EntityStatus status() {
    return (EntityStatus) get(STATUS);
  }

  /** The queue that messages are passed on to. */
  public Optional<String> forwardTo() {
    return text(FORWARD_TO);
  }

  /** The queue that dead letters are passed on to. */
  public Optional<String> forwardDeadLetteredMessagesTo() {
    return text(FORWARD_DEAD_LETTERED_MESSAGES_TO);
  }

  /** After how long without use the queue deletes itself; empty when it does not. */
  public Optional<Duration> autoDeleteOnIdle() {
    return limited(AUTO_DELETE_ON_IDLE);
  }

  /** Largest message, in bytes: what a sender's link announces. */
  public long maxMessageSizeInBytes() {
    return (Integer) get(MAX_MESSAGE_SIZE_IN_KILOBYTES) * 1024L;
  }

  /** How many bytes the queue takes; more may come in with the message that reaches it. */
  public long maxSizeInBytes() {
    return (Integer) get(MAX_SIZE_IN_MEGABYTES) * 1024L * 1024L;
  }

  public EntityDescription withLockDuration(Duration value) {
    return with(LOCK_DURATION, value);
  }

  public EntityDescription withRequiresSession(boolean value) {
    return with(REQUIRES_SESSION, value);
  }

  /** Remembers message ids for so long and drops what comes twice. */
  public EntityDescription withDuplicateDetection(Duration window) {
    return with(REQUIRES_DUPLICATE_DETECTION, true)
        .with(DUPLICATE_DETECTION_HISTORY_TIME_WINDOW, window);
  }

  public EntityDescription withDefaultMessageTimeToLive(Duration value) {
    return with(DEFAULT_MESSAGE_TIME_TO_LIVE, value);
  }

  public EntityDescription withDeadLetteringOnMessageExpiration(boolean value) {
    return with(DEAD_LETTERING_ON_MESSAGE_EXPIRATION, value);
  }

  public EntityDescription withMaxDeliveryCount(int value) {
    return with(MAX_DELIVERY_COUNT, value);
  }

  public EntityDescription withStatus(EntityStatus value) {
    return with(STATUS, value);
  }

  /** Passes messages on to that queue; an empty text: keeps them. */
  public EntityDescription withForwardTo(String queue) {
    return with(FORWARD_TO, queue);
  }

  /** Passes dead letters on to that queue; an empty text: keeps them. */
  public EntityDescription withForwardDeadLetteredMessagesTo(String queue) {
    return with(FORWARD_DEAD_LETTERED_MESSAGES_TO, queue);
  }

  public EntityDescription withAutoDeleteOnIdle(Duration value) {
    return with(AUTO_DELETE_ON_IDLE, value);
  }

  public EntityDescription withMaxSizeInMegabytes(int value) {
    return with(MAX_SIZE_IN_MEGABYTES, value);
  }

  public EntityDescription withMaxMessageSizeInKilobytes(int value) {
    return with(MAX_MESSAGE_SIZE_IN_KILOBYTES, value);
  }

  private Optional<Duration> limited(EntityProperty property) {
    Duration value = (Duration) get(property);
    return value.compareTo(XmlDuration.NEVER) < 0 ? Optional.of(value) : Optional.empty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EntityDescription that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** The properties that differ from Service Bus's defaults, without keys. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "{", "}");
    for (Map.Entry<EntityProperty, Object> one : values.entrySet()) {
      boolean secret = one.getKey() == EntityProperty.AUTHORIZATION_RULES;
      text.add(
          one.getKey().wireName()
              + "="
              + (secret ? "******" : EntityProperty.format(one.getValue())));
    }
    return text.toString();
  }
}
