package io.queueruntime.rabbitmq;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A RabbitMQ's version as far as it matters here. Immutable.
 *
 * @param text as the server says it
 */
record BrokerVersion(int major, int minor, String text) {

  private static final Pattern FORM = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** Reads e.g. {@code 3.10.8}; what cannot be read is taken for the oldest. */
  static BrokerVersion of(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? new BrokerVersion(
            Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), text)
        : new BrokerVersion(0, 0, text);
  }

  boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || major == wantedMajor && minor >= wantedMinor;
  }

  /** Whether giving a message back with {@code basic.nack} leaves its delivery count as it was. */
  boolean releasesUncounted() {
    return isAtLeast(4, 3);
  }

  /** Whether a quorum queue without a delivery limit of its own has one of 20. */
  boolean limitsByDefault() {
    return isAtLeast(4, 0);
  }

  /** Whether a consumer of higher priority takes a single active consumer's place. */
  boolean movesActiveConsumer() {
    return isAtLeast(4, 0);
  }
}
