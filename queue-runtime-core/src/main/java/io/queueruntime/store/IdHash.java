package io.queueruntime.store;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An id as stores keep it: 128 bits of its SHA-256, the same for every store and every instance,
 * whatever characters it has and however long it is. For stores. Immutable.
 *
 * @param hex 32 hexadecimal digits
 */
public record IdHash(String hex) {

  private static final int BYTES = 16;

  /** The hash of that id; of its UTF-16 code units, so that also half a surrogate pair counts. */
  public static IdHash of(String id) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(units(id));
      return new IdHash(HexFormat.of().formatHex(Arrays.copyOf(hash, BYTES)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /** Not an encoder of the JDK, all of which replace half a pair by a question mark. */
  private static byte[] units(String id) {
    ByteBuffer units = ByteBuffer.allocate(2 * id.length());
    units.asCharBuffer().put(id);
    return units.array();
  }

  @Override
  public String toString() {
    return hex;
  }
}
