package io.queueruntime.servicebus.emulator.entity;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A queue could not be created, changed or found; the text says what, why, and what is allowed. */
public final class EntityException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What kind of refusal it is. */
  public enum Kind {
    /** A name or a property is not one that Service Bus takes. */
    INVALID,
    /** There is no such queue. */
    NOT_FOUND,
    /** There is such a queue already. */
    ALREADY_EXISTS,
    /** The namespace, or the disk below it, is full. */
    QUOTA_EXCEEDED,
    /** The engine below failed or was closed. */
    UNAVAILABLE
  }

  private final Kind kind;
  private final @Nullable EntityProperty property;

  public EntityException(Kind kind, String message) {
    super(message);
    this.kind = kind;
    this.property = null;
  }

  private EntityException(EntityProperty property, String message) {
    super(message);
    this.kind = Kind.INVALID;
    this.property = property;
  }

  public EntityException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.property = null;
  }

  /** What kind of refusal it is. */
  public Kind kind() {
    return kind;
  }

  /** The property whose value was refused, if it was one property. */
  public Optional<EntityProperty> property() {
    return Optional.ofNullable(property);
  }

  /** A property has a value that it cannot have, or cannot get any more. */
  static EntityException invalid(EntityProperty property, Object found, String allowed) {
    return new EntityException(
        property,
        "The property '%s' has the value '%s'; allowed is %s."
            .formatted(property.wireName(), shortened(found), allowed));
  }

  static EntityException unchangeable(EntityProperty property, Object existing, Object wanted) {
    return new EntityException(
        property,
        "The value for the %s property of an existing Queue cannot be changed: it is '%s', asked for was '%s'."
            .formatted(property.wireName(), existing, wanted));
  }

  static EntityException notFound(String path) {
    return new EntityException(
        Kind.NOT_FOUND, "The messaging entity '%s' could not be found.".formatted(shortened(path)));
  }

  private static String shortened(Object found) {
    String text = String.valueOf(found);
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }
}
