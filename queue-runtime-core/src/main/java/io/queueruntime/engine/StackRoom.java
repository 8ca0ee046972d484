package io.queueruntime.engine;

/**
 * Whether a caller's stack has room left for what must not end in its middle.
 *
 * <p>A caller in a deep recursion may be anywhere near the end of his stack. What belongs to all
 * callers must not be left half done there, so that is found out before it begins.
 */
final class StackRoom {

  private StackRoom() {}

  /**
   * Throws the error of a stack that has no room left for so many frames, where it does no harm.
   */
  static void require(int frames) {
    if (descend(frames) != frames) {
      throw new StackOverflowError();
    }
  }

  /** Whether there is room for so many frames, each of the smallest there is. */
  static boolean isThere(int frames) {
    try {
      return descend(frames) == frames;
    } catch (StackOverflowError e) {
      return false;
    }
  }

  private static int descend(int more) {
    return more == 0 ? 0 : 1 + descend(more - 1);
  }
}
