package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.servicebus.emulator.message.Sections.Section;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The message annotations a sender gave: those the broker acts on, and all others as encoded.
 * Immutable.
 */
final class Annotations {

  static final String ENQUEUED_TIME = "x-opt-enqueued-time";
  static final String SEQUENCE_NUMBER = "x-opt-sequence-number";
  static final String LOCKED_UNTIL = "x-opt-locked-until";
  static final String ENQUEUE_SEQUENCE_NUMBER = "x-opt-enqueue-sequence-number";
  static final String MESSAGE_STATE = "x-opt-message-state";
  static final String DEAD_LETTER_SOURCE = "x-opt-deadletter-source";
  static final String SCHEDULED_ENQUEUE_TIME = "x-opt-scheduled-enqueue-time";
  private static final String PARTITION_KEY = "x-opt-partition-key";

  /** What the broker says itself: a sender's word on it does not travel on. */
  private static final Set<String> BROKER =
      Set.of(
          ENQUEUED_TIME,
          SEQUENCE_NUMBER,
          LOCKED_UNTIL,
          ENQUEUE_SEQUENCE_NUMBER,
          MESSAGE_STATE,
          DEAD_LETTER_SOURCE,
          SCHEDULED_ENQUEUE_TIME);

  private final AmqpBytes amqp;
  private final Section section;
  private final @Nullable Instant scheduledEnqueueTime;
  private final @Nullable String partitionKey;

  private Annotations(
      AmqpBytes amqp,
      Section section,
      @Nullable Instant scheduledEnqueueTime,
      @Nullable String partitionKey) {
    this.amqp = amqp;
    this.section = section;
    this.scheduledEnqueueTime = scheduledEnqueueTime;
    this.partitionKey = partitionKey;
  }

  /** Reads the section, which may be an empty one. */
  static Annotations read(AmqpBytes amqp, Section section) {
    Instant scheduled = null;
    String partitionKey = null;
    int items = items(amqp, section);
    int at = items == 0 ? 0 : amqp.firstItem(section.value());
    for (int i = 0; i < items; i += 2) {
      if (!amqp.isSymbol(at) && !amqp.isUnsignedLong(at)) {
        throw InvalidMessage.malformed(
            "the name of a message annotation at byte %d is of type 0x%02x"
                .formatted(at, amqp.code(at)));
      }
      String name = amqp.isSymbol(at) ? amqp.text(at) : "";
      int value = amqp.skip(at, section.end());
      if (name.equals(SCHEDULED_ENQUEUE_TIME) && !amqp.isNull(value)) {
        scheduled = time(amqp, value);
      } else if (name.equals(PARTITION_KEY) && amqp.isString(value)) {
        partitionKey = amqp.text(value);
      }
      at = amqp.skip(value, section.end());
    }
    return new Annotations(amqp, section, scheduled, partitionKey);
  }

  /** By the sender's clock. */
  @Nullable Instant scheduledEnqueueTime() {
    return scheduledEnqueueTime;
  }

  @Nullable String partitionKey() {
    return partitionKey;
  }

  /** Copies what the sender said and the broker does not say itself; returns keys and values. */
  int copyTo(AmqpWriter out) {
    int copied = 0;
    int items = items(amqp, section);
    int at = items == 0 ? 0 : amqp.firstItem(section.value());
    for (int i = 0; i < items; i += 2) {
      int value = amqp.skip(at, section.end());
      int next = amqp.skip(value, section.end());
      if (!amqp.isSymbol(at) || !BROKER.contains(amqp.text(at))) {
        out.raw(amqp.bytes, at, next);
        copied += 2;
      }
      at = next;
    }
    return copied;
  }

  private static int items(AmqpBytes amqp, Section section) {
    return section.start() == section.end() ? 0 : amqp.items(section.value());
  }

  private static Instant time(AmqpBytes amqp, int at) {
    Long millis = amqp.integer(at);
    if (millis == null) {
      throw InvalidMessage.malformed(
          "annotation %s is of type 0x%02x".formatted(SCHEDULED_ENQUEUE_TIME, amqp.code(at)));
    }
    return Instant.ofEpochMilli(millis);
  }
}
