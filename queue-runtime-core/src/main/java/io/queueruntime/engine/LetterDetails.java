package io.queueruntime.engine;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.SequenceNumber;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes down why a message is given up. Thread-safe. */
final class LetterDetails {

  private LetterDetails() {}

  /** Texts that are too long are cut. */
  static DeadLetterDetails of(
      StoredMessage message,
      String reason,
      @Nullable String description,
      @Nullable String exceptionClass,
      long wallMillis) {
    QueueState queue = message.queue();
    long firstFailure = queue.firstFailureOf(message.sequence);
    return new DeadLetterDetails(
        cut(reason),
        description == null ? null : cut(description),
        queue.name.value(),
        SequenceNumber.of(message.sequence),
        message.deliveryCount(),
        exceptionClass == null ? null : cut(exceptionClass),
        Instant.ofEpochMilli(firstFailure < 0 ? wallMillis : firstFailure),
        Instant.ofEpochMilli(wallMillis));
  }

  /** At most as many bytes of UTF-8 as a reason may have, without splitting a character. */
  private static String cut(String text) {
    if (text.length() * 3L <= DeadLetterDetails.MAX_BYTES) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= DeadLetterDetails.MAX_BYTES) {
      return text;
    }
    int end = DeadLetterDetails.MAX_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
