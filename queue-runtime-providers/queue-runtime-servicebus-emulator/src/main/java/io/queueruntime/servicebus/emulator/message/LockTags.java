package io.queueruntime.servicebus.emulator.message;

import io.queueruntime.message.LockToken;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * Lock tokens as delivery tags: the 16 bytes of a GUID in .NET's order, its first three groups
 * turned around. In requests the same token is an AMQP uuid, which is not turned. Thread-safe.
 */
public final class LockTags {

  private static final int LENGTH = 16;

  private LockTags() {}

  /** The delivery tag of that token. */
  public static byte[] of(LockToken token) {
    long high = token.value().getMostSignificantBits();
    return ByteBuffer.allocate(LENGTH)
        .putInt(Integer.reverseBytes((int) (high >>> 32)))
        .putShort(Short.reverseBytes((short) (high >>> 16)))
        .putShort(Short.reverseBytes((short) high))
        .putLong(token.value().getLeastSignificantBits())
        .array();
  }

  /** The token of that delivery tag; empty when it has not 16 bytes. */
  public static Optional<LockToken> read(byte[] tag) {
    if (tag.length != LENGTH) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(tag);
    long high = Integer.toUnsignedLong(Integer.reverseBytes(bytes.getInt())) << 32;
    high |= (Short.reverseBytes(bytes.getShort()) & 0xffffL) << 16;
    high |= Short.reverseBytes(bytes.getShort()) & 0xffffL;
    return Optional.of(LockToken.of(new UUID(high, bytes.getLong())));
  }
}
