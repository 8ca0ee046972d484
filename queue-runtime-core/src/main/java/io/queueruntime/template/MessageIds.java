package io.queueruntime.template;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes message ids: 16 random hexadecimal digits that stay the same for one template, and 16 that
 * count on from a random start. Cheaper than a random UUID for each message and as unlikely to be
 * met twice.
 *
 * <p>Thread-safe.
 */
final class MessageIds {

  private static final HexFormat HEX = HexFormat.of();

  private final String prefix;
  private final AtomicLong next;

  MessageIds() {
    SecureRandom random = new SecureRandom();
    this.prefix = HEX.toHexDigits(random.nextLong());
    this.next = new AtomicLong(random.nextLong());
  }

  String next() {
    return prefix.concat(HEX.toHexDigits(next.getAndIncrement()));
  }
}
