package io.queueruntime.store;

import java.util.UUID;

/**
 * Tells one copy of a message from another one with the same message id: made anew for every
 * attempt to send, and travelling with the message. A redelivery is the same copy.
 *
 * <p>Immutable.
 */
public record CopyId(UUID value) {

  /** The copy of that value. */
  public static CopyId of(UUID value) {
    return new CopyId(value);
  }

  /** A copy like no other. */
  public static CopyId random() {
    return new CopyId(UUID.randomUUID());
  }

  /** As it travels in a header. */
  @Override
  public String toString() {
    return value.toString();
  }
}
