package io.queueruntime.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/**
 * One thing to measure. Immutable.
 *
 * @param callers threads that call at once; end to end: as many that send and as many that receive
 * @param size of a body, in bytes
 * @param durability {@code fsync}, {@code os} or {@code memory}
 * @param warmup time before the measurement
 * @param time of the measurement
 * @param directory an empty one of its own
 */
record Cell(
    int callers, int size, String durability, Duration warmup, Duration time, Path directory) {

  /** Messages that are in the queue at most while something sends and something receives. */
  static final int IN_FLIGHT = 1_000;

  byte[] body() {
    byte[] body = new byte[size];
    for (int i = 0; i < size; i++) {
      body[i] = (byte) (i * 31 + 7);
    }
    return body;
  }

  /** More messages than could be received in the time. */
  int stock() {
    int perSecond =
        switch (callers) {
          case 1 -> 20_000;
          case 8 -> 90_000;
          default -> 200_000;
        };
    return (int) (perSecond * warmup.plus(time).toMillis() / 1000);
  }
}
