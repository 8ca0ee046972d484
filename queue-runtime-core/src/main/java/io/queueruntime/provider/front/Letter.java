package io.queueruntime.provider.front;

import io.queueruntime.message.DeadLetterDetails;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a message is dead-lettered, and what it had been through. Immutable.
 *
 * <p>Reason and description are cut to what is allowed.
 *
 * @param deliveries how many there were
 * @param firstFailure when the first of them failed; {@code null}: none did
 * @param when now
 */
public record Letter(
    String reason,
    @Nullable String description,
    @Nullable String exceptionClass,
    int deliveries,
    @Nullable Instant firstFailure,
    Instant when) {

  public Letter {
    reason = cut(reason);
    description = description == null ? null : cut(description);
  }

  /** Not more than is allowed, and no half character at the end. */
  private static String cut(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= DeadLetterDetails.MAX_BYTES) {
      return text;
    }
    int end = DeadLetterDetails.MAX_BYTES;
    while (end > 0 && (bytes[end] & 0xc0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
