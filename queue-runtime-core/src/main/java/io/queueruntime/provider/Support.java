package io.queueruntime.provider;

/**
 * How a provider comes to do one thing, and what can be counted on. Immutable.
 *
 * @param level who does it
 * @param words what is guaranteed, in a sentence, where something other than the broker sees to it;
 *     why it cannot be done, where it cannot; empty for {@link Level#NATIVE} alone
 */
public record Support(Level level, String words) {

  /** Who does it. */
  public enum Level {
    /** The broker, with all that is promised. */
    NATIVE,
    /** The runtime on top of the broker, with a guarantee of its own. */
    EMULATED,
    /** The runtime with the help of a state store beside the broker. */
    STORE_BACKED,
    /** Nobody. */
    UNSUPPORTED
  }

  private static final Support BY_THE_BROKER = new Support(Level.NATIVE, "");

  public Support {
    if (words.isBlank() != (level == Level.NATIVE)) {
      throw new IllegalArgumentException(
          "Support that is %s %s words, found '%s'."
              .formatted(level, level == Level.NATIVE ? "takes no" : "needs", words));
    }
  }

  /** The broker does it. */
  public static Support byTheBroker() {
    return BY_THE_BROKER;
  }

  /** The runtime does it on top of the broker. */
  public static Support emulated(String guarantee) {
    return new Support(Level.EMULATED, guarantee);
  }

  /** The runtime does it with the state store that is configured. */
  public static Support storeBacked(String guarantee) {
    return new Support(Level.STORE_BACKED, guarantee);
  }

  /** It cannot be done. */
  public static Support unsupported(String reason) {
    return new Support(Level.UNSUPPORTED, reason);
  }

  /** Whether it can be done at all. */
  public boolean isThere() {
    return level != Level.UNSUPPORTED;
  }
}
