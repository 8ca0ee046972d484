package io.queueruntime.servicebus;

import com.azure.core.util.BinaryData;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.jspecify.annotations.Nullable;

/**
 * Header values as AMQP types and back. Strings, numbers, booleans and UUIDs are the same on both
 * sides; what a foreign sender used beyond them becomes the nearest type a header may have.
 * Thread-safe.
 */
final class HeaderTypes {

  private HeaderTypes() {}

  /**
   * An instant of whole milliseconds travels as AMQP's timestamp, any other as Service Bus's own
   * date with 100 ns.
   */
  static Object toWire(Object value) {
    if (value instanceof Instant instant) {
      return instant.truncatedTo(ChronoUnit.MILLIS).equals(instant)
          ? Date.from(instant)
          : OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
    return value instanceof byte[] bytes ? new Binary(bytes) : value;
  }

  static @Nullable Object fromWire(@Nullable Object value) {
    if (value == null
        || value instanceof String
        || value instanceof Number && isBoxed(value)
        || value instanceof Boolean
        || value instanceof java.util.UUID
        || value instanceof byte[]) {
      return value;
    } else if (value instanceof Date date) {
      return date.toInstant();
    } else if (value instanceof OffsetDateTime time) {
      return time.toInstant();
    } else if (value instanceof Binary binary) {
      return bytes(binary);
    } else if (value instanceof BinaryData data) {
      return data.toBytes();
    } else if (value instanceof UnsignedByte small) {
      return small.intValue();
    } else if (value instanceof UnsignedShort small) {
      return small.intValue();
    } else if (value instanceof UnsignedInteger unsigned) {
      return unsigned.longValue();
    }
    return value.toString(); // symbols, characters, decimals, durations, URIs
  }

  private static boolean isBoxed(Object number) {
    return number.getClass().getName().startsWith("java.lang.");
  }

  static byte[] bytes(Binary binary) {
    byte[] copy = new byte[binary.getLength()];
    System.arraycopy(binary.getArray(), binary.getArrayOffset(), copy, 0, copy.length);
    return copy;
  }

  static @Nullable Instant instant(@Nullable Object value) {
    return fromWire(value) instanceof Instant instant ? instant : null;
  }
}
