package io.queueruntime.engine;

import io.queueruntime.engine.Event.Cause;
import io.queueruntime.engine.Event.DeadLettered;
import io.queueruntime.engine.Event.Deferred;
import io.queueruntime.engine.Event.Delivered;
import io.queueruntime.engine.Event.Enqueued;
import io.queueruntime.engine.Event.Explained;
import io.queueruntime.engine.Event.QueueCreated;
import io.queueruntime.engine.Event.QueueDeleted;
import io.queueruntime.engine.Event.QueueUpdated;
import io.queueruntime.engine.Event.ReadBack;
import io.queueruntime.engine.Event.Relocated;
import io.queueruntime.engine.Event.Removed;
import io.queueruntime.engine.Event.Returned;
import io.queueruntime.engine.Event.SessionStateSet;
import io.queueruntime.engine.Event.Superseded;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SequenceNumber;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Events as the payloads of journal records, and back.
 *
 * <p>Every payload starts with {@code i32 queue id}. Those about a message go on with {@code i64
 * sequence}, and those that carry its content ({@link #ENQUEUED}, {@link #RELOCATED}) share one
 * layout, so that a record can be copied without looking into it: {@link RecordHead}, {@link
 * MessageContent}.
 *
 * <p>Times are milliseconds since 1970, UTC. Confined to the engine thread.
 */
final class EventCodec {

  static final byte QUEUE_CREATED = 1;
  static final byte QUEUE_UPDATED = 2;
  static final byte QUEUE_DELETED = 3;
  static final byte ENQUEUED = 4;
  static final byte RELOCATED = 5;
  static final byte DELIVERED = 6;
  static final byte RETURNED = 7;
  static final byte DEFERRED = 8;
  static final byte SUPERSEDED = 9;
  static final byte DEAD_LETTERED = 10;
  static final byte REMOVED = 11;
  static final byte SESSION_STATE_SET = 12;
  // 13 is the end of a group: see EventLog.
  static final byte EXPLAINED = 14;

  /**
   * Payloads up to this size are copied once more, into an array that stays; larger ones get a
   * buffer of their own.
   */
  private static final int COPIED_BYTES = 64 * 1024;

  private static final Cause[] CAUSES = Cause.values();

  private final Bytes scratch = new Bytes(256);

  static byte typeOf(Event event) {
    if (event instanceof Enqueued) {
      return ENQUEUED;
    } else if (event instanceof Delivered) {
      return DELIVERED;
    } else if (event instanceof Removed) {
      return REMOVED;
    } else if (event instanceof Returned) {
      return RETURNED;
    } else if (event instanceof Deferred) {
      return DEFERRED;
    } else if (event instanceof DeadLettered) {
      return DEAD_LETTERED;
    } else if (event instanceof Superseded) {
      return SUPERSEDED;
    } else if (event instanceof SessionStateSet) {
      return SESSION_STATE_SET;
    } else if (event instanceof Relocated) {
      return RELOCATED;
    } else if (event instanceof Explained) {
      return EXPLAINED;
    } else if (event instanceof QueueCreated) {
      return QUEUE_CREATED;
    } else if (event instanceof QueueUpdated) {
      return QUEUE_UPDATED;
    } else {
      return QUEUE_DELETED;
    }
  }

  /** The payload; valid until the next call. */
  ByteBuffer encode(Event event) {
    if (event instanceof Enqueued enqueued) {
      return whole(enqueued.payload());
    } else if (event instanceof Relocated relocated) {
      return whole(relocated.payload());
    }
    Bytes out = scratch.clear().i32(event.queueId());
    if (event instanceof Delivered e) {
      out.i64(e.sequence()).bool(e.dead()).i32(e.deliveryCount());
    } else if (event instanceof Removed e) {
      out.i64(e.sequence()).bool(e.dead()).u8(e.cause().ordinal());
    } else if (event instanceof Returned e) {
      out.i64(e.sequence()).bool(e.dead()).i32(e.deliveryCount()).i64(e.dueAt()).i64(e.failedAt());
    } else if (event instanceof Deferred e) {
      out.i64(e.sequence());
    } else if (event instanceof Superseded e) {
      out.i64(e.sequence());
    } else if (event instanceof DeadLettered e) {
      details(out.i64(e.sequence()), e.details());
    } else if (event instanceof Explained e) {
      details(out.i64(e.sequence()), e.details());
    } else if (event instanceof SessionStateSet e) {
      out.text(e.sessionId()).bytes(e.state());
    } else if (event instanceof QueueCreated e) {
      options(out.text(e.name().value()).i64(e.createdAt()), e.options());
    } else if (event instanceof QueueUpdated e) {
      options(out, e.options());
    }
    return out.view();
  }

  static Event decode(byte type, ByteBuffer in) {
    try {
      if (type == ENQUEUED) {
        return enqueued(in);
      }
      int queueId = in.getInt();
      return switch (type) {
        case RELOCATED -> new Relocated(queueId, in.getLong(), null);
        case DELIVERED -> new Delivered(queueId, in.getLong(), Bytes.readBool(in), in.getInt());
        case REMOVED -> new Removed(queueId, in.getLong(), Bytes.readBool(in), CAUSES[in.get()]);
        case RETURNED ->
            new Returned(
                queueId, in.getLong(), Bytes.readBool(in), in.getInt(), in.getLong(), in.getLong());
        case DEFERRED -> new Deferred(queueId, in.getLong());
        case SUPERSEDED -> new Superseded(queueId, in.getLong());
        case DEAD_LETTERED -> new DeadLettered(queueId, in.getLong(), details(in));
        case EXPLAINED -> new Explained(queueId, in.getLong(), details(in));
        case SESSION_STATE_SET ->
            new SessionStateSet(queueId, Bytes.requireText(in), Bytes.readBytes(in));
        case QUEUE_CREATED -> {
          QueueName name = QueueName.of(Bytes.requireText(in));
          long createdAt = in.getLong();
          yield new QueueCreated(queueId, name, options(in), createdAt);
        }
        case QUEUE_UPDATED -> new QueueUpdated(queueId, options(in));
        case QUEUE_DELETED -> new QueueDeleted(queueId);
        default -> throw new MalformedRecord("a record of the unknown type " + type);
      };
    } catch (BufferUnderflowException | ArrayIndexOutOfBoundsException tooShort) {
      throw new MalformedRecord("a record of type " + type + " that ends too early");
    }
  }

  static void details(Bytes out, DeadLetterDetails details) {
    out.text(details.reason())
        .text(details.description())
        .text(details.source())
        .i64(details.originalSequenceNumber().value())
        .i32(details.deliveryCount())
        .text(details.exceptionClass())
        .i64(details.firstFailure() == null ? -1 : details.firstFailure().toEpochMilli())
        .i64(details.lastFailure().toEpochMilli());
  }

  static DeadLetterDetails details(ByteBuffer in) {
    return new DeadLetterDetails(
        Bytes.requireText(in),
        Bytes.readText(in),
        Bytes.requireText(in),
        SequenceNumber.of(in.getLong()),
        in.getInt(),
        Bytes.readText(in),
        instant(in.getLong()),
        Instant.ofEpochMilli(in.getLong()));
  }

  static void options(Bytes out, QueueOptions options) {
    out.bool(options.sessions())
        .i64(options.lockDuration().toMillis())
        .i32(options.maxDeliveryCount())
        .i64(millis(options.defaultTimeToLive()))
        .bool(options.deadLetterOnExpiration())
        .i64(millis(options.duplicateDetectionWindow()))
        .i64(millis(options.autoDeleteOnIdle()))
        .i64(options.maxMessageSize() == null ? -1 : options.maxMessageSize())
        .i64(options.capacity())
        .text(nameOf(options.forwardTo()))
        .text(nameOf(options.forwardDeadLettersTo()))
        .i32(options.attributes().size());
    options.attributes().forEach((name, value) -> out.text(name).text(value));
  }

  static QueueOptions options(ByteBuffer in) {
    boolean sessions = Bytes.readBool(in);
    Duration lock = Duration.ofMillis(in.getLong());
    int maxDeliveryCount = in.getInt();
    Duration timeToLive = duration(in.getLong());
    boolean deadLetter = Bytes.readBool(in);
    Duration window = duration(in.getLong());
    Duration idle = duration(in.getLong());
    long maxSize = in.getLong();
    return new QueueOptions(
        sessions,
        lock,
        maxDeliveryCount,
        timeToLive,
        deadLetter,
        window,
        idle,
        maxSize < 0 ? null : maxSize,
        in.getLong(),
        name(Bytes.readText(in)),
        name(Bytes.readText(in)),
        attributes(in));
  }

  private static @Nullable String nameOf(@Nullable QueueName queue) {
    return queue == null ? null : queue.value();
  }

  private static @Nullable QueueName name(@Nullable String value) {
    return value == null ? null : QueueName.of(value);
  }

  private static Map<String, String> attributes(ByteBuffer in) {
    int count = in.getInt();
    if (count < 0 || count > QueueOptions.MAX_ATTRIBUTES) {
      throw new MalformedRecord(count + " attributes of a queue");
    }
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < count; i++) {
      attributes.put(Bytes.requireText(in), Bytes.requireText(in));
    }
    return attributes;
  }

  private static long millis(@Nullable Duration duration) {
    return duration == null ? -1 : MessageContent.millisUp(duration);
  }

  private static @Nullable Duration duration(long millis) {
    return millis < 0 ? null : Duration.ofMillis(millis);
  }

  private static @Nullable Instant instant(long millis) {
    return millis < 0 ? null : Instant.ofEpochMilli(millis);
  }

  private ByteBuffer whole(byte @Nullable [] payload) {
    if (payload == null) {
      throw new IllegalStateException("An event that was read back is not written again.");
    }
    return payload.length > COPIED_BYTES
        ? ByteBuffer.wrap(payload)
        : scratch.clear().raw(payload).view();
  }

  private static Enqueued enqueued(ByteBuffer in) {
    byte[] head = new byte[RecordHead.SIZE];
    in.get(head);
    Enqueued read = new ReadBack(MessageContent.keys(in), head);
    read.kind(); // fails for one that is not known
    return read;
  }
}
