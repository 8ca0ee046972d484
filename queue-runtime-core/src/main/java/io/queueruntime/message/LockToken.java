package io.queueruntime.message;

import java.util.UUID;

/**
 * The proof that one delivery is held: another one for each delivery of the same message, so that a
 * late holder cannot settle the delivery that came after its own.
 *
 * <p>Immutable.
 */
public record LockToken(UUID value) {

  /** The token of that value. */
  public static LockToken of(UUID value) {
    return new LockToken(value);
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
