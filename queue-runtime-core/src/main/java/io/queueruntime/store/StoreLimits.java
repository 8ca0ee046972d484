package io.queueruntime.store;

/**
 * How large the entries of a store may be. Immutable.
 *
 * @param maxMessageSize largest content of a stored message, in bytes
 * @param maxSessionStateSize largest state of a session, in bytes
 */
public record StoreLimits(int maxMessageSize, int maxSessionStateSize) {

  /** 1 MiB for a message, 256 KiB for the state of a session. */
  public static final StoreLimits DEFAULTS = new StoreLimits(1 << 20, 256 << 10);

  public StoreLimits {
    if (maxMessageSize < 1 || maxSessionStateSize < 1) {
      throw new IllegalArgumentException(
          "The limits of a state store are at least 1 byte, found %d for messages and %d for session states."
              .formatted(maxMessageSize, maxSessionStateSize));
    }
  }
}
