package io.queueruntime.servicebus;

/**
 * How many messages a link has been asked for, and how many it may be: one at first, twice as many
 * each time all that was asked for came, never more than {@link #MAX}.
 *
 * <p>Confined to the lock of its {@link Intake}.
 */
final class Credit {

  static final int MAX = 256;

  private int asked;
  private int window = 1;

  /** A link begins without any. */
  void ofANewLink() {
    asked = 0;
    window = 1;
  }

  /** Less came than was asked for. */
  void tooMuch() {
    window = 1;
  }

  /** A message came for it. */
  void used() {
    asked = Math.max(0, asked - 1);
    if (asked == 0) {
      window = Math.min(MAX, window * 2);
    }
  }

  boolean isUsedUp() {
    return asked == 0;
  }

  /**
   * How many more to ask for, which counts as done.
   *
   * @param wanted messages that would be taken beyond those that have come
   * @param receives how many receives wait: one message for each is never too much
   */
  int more(long wanted, int receives) {
    int more = (int) Math.min(wanted, Math.max(window, receives)) - asked;
    if (more <= 0) {
      return 0;
    }
    asked += more;
    return more;
  }
}
