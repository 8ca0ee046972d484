package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.servicebus.emulator.message.InvalidMessage.Reason;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.jspecify.annotations.Nullable;

/**
 * The application properties a receiver changes when it gives a message back, sets it aside or
 * gives it up, as the engine stores them: each name with its encoded value, so that no type is
 * lost. Thread-safe.
 */
public final class PropertyEdits {

  private static final int MAX_NAME_LENGTH = 255;

  private PropertyEdits() {}

  /**
   * The edits of such a map.
   *
   * @param properties names, as strings or symbols, and decoded values; null or empty: no edits
   * @throws InvalidMessage when a name is no text or too long, a value is no AMQP value, or all of
   *     them are larger than properties may be
   */
  public static MessageEdits of(@Nullable Map<?, ?> properties, MessageLimits limits) {
    if (properties == null || properties.isEmpty()) {
      return MessageEdits.NONE;
    }
    Map<String, Object> set = new LinkedHashMap<>();
    long size = 0;
    for (Map.Entry<?, ?> property : properties.entrySet()) {
      String name = String.valueOf(property.getKey());
      if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
        throw new InvalidMessage(
            Reason.MALFORMED,
            "The name of a property to modify has 1 to %d characters, found %d."
                .formatted(MAX_NAME_LENGTH, name.length()));
      }
      byte[] value = encode(name, property.getValue(), limits.maxPropertyBytes());
      size += name.length() + value.length;
      set.put(name, value);
    }
    if (size > limits.maxPropertiesBytes()) {
      throw new InvalidMessage(
          Reason.PROPERTIES_TOO_LARGE,
          "The properties to modify have %d bytes; at most %d are taken."
              .formatted(size, limits.maxPropertiesBytes()));
    }
    return new MessageEdits(set, Set.of());
  }

  /** What {@link #of} stored under that name. */
  static byte[] encodedOf(String name, Object stored) {
    if (stored instanceof byte[] encoded) {
      return encoded;
    }
    throw new IllegalStateException(
        "Header '%s' of a stored message is a %s where an encoded value is expected; it was not stored by this emulator."
            .formatted(name, stored.getClass().getName()));
  }

  private static byte[] encode(String name, @Nullable Object value, int most) {
    DecoderImpl decoder = new DecoderImpl();
    EncoderImpl encoder = new EncoderImpl(decoder);
    AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    ByteBuffer buffer = ByteBuffer.allocate(most);
    encoder.setByteBuffer(buffer);
    try {
      encoder.writeObject(value);
    } catch (BufferOverflowException | IndexOutOfBoundsException tooLong) {
      throw new InvalidMessage(
          Reason.PROPERTIES_TOO_LARGE,
          "Property '%s' to modify is larger than %d bytes.".formatted(name, most));
    } catch (IllegalArgumentException | ClassCastException notAmqp) {
      throw new InvalidMessage(
          Reason.MALFORMED,
          "Property '%s' to modify has a value that is not encoded as AMQP 1.0 says."
              .formatted(name));
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
