package io.queueruntime.kafka;

import java.util.List;

/**
 * A version of Kafka, told by the level of its metadata: brokers say no other. A broker whose
 * cluster was not raised to its own level after an upgrade counts as the older one, as it behaves.
 * Immutable.
 *
 * @param newer whether it is newer than those that are known here, and so the last one or later
 */
record BrokerVersion(int major, int minor, boolean newer) {

  private static final int LEVEL_OF_4_0 = 22;
  private static final int LEVEL_OF_4_1 = 26;
  private static final int LEVEL_OF_4_2 = 28;
  private static final int LEVEL_OF_4_3 = 30;

  static BrokerVersion ofMetadata(int level) {
    if (level < LEVEL_OF_4_0) {
      return new BrokerVersion(3, 9, false);
    } else if (level < LEVEL_OF_4_1) {
      return new BrokerVersion(4, 0, false);
    } else if (level < LEVEL_OF_4_2) {
      return new BrokerVersion(4, 1, false);
    }
    return level < LEVEL_OF_4_3
        ? new BrokerVersion(4, 2, false)
        : new BrokerVersion(4, 3, level > LEVEL_OF_4_3);
  }

  /** Reads e.g. {@code 4.2} or {@code 4.2.1}. */
  static BrokerVersion parse(String text) {
    List<String> parts = List.of(text.split("\\."));
    return new BrokerVersion(Integer.parseInt(parts.get(0)), Integer.parseInt(parts.get(1)), false);
  }

  boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || major == wantedMajor && minor >= wantedMinor;
  }

  String text() {
    if (!isAtLeast(4, 0)) {
      return "3.x";
    }
    return major + "." + minor + (newer ? " or newer" : "");
  }
}
