package io.queueruntime.provider;

/**
 * How a provider comes to do one thing, and what can be counted on. Immutable.
 *
 * @param level who does it
 * @param words what is guaranteed, in a sentence, where something other than the broker sees to it;
 *     why it cannot be done, where it cannot; empty for {@link Level#NATIVE} alone
 * @param isThere whether it can be done at all: always by those that do it themselves, by {@link
 *     Level#STORE_BACKED} when a store is configured
 */
public record Support(Level level, String words, boolean isThere) {

  /** Who does it. */
  public enum Level {
    /** The broker, with all that is promised. */
    NATIVE,
    /** The runtime on top of the broker, with a guarantee of its own. */
    EMULATED,
    /** The runtime with the help of a state store beside the broker, where one is configured. */
    STORE_BACKED,
    /** Nobody. */
    UNSUPPORTED
  }

  private static final Support BY_THE_BROKER = new Support(Level.NATIVE, "", true);

  /** What to do where it takes a state store and there is none. */
  public static final String STORE_PROPERTY = "queue-runtime.store.type";

  public Support {
    if (words.isBlank() != (level == Level.NATIVE)) {
      throw new IllegalArgumentException(
          "Support that is %s %s words, found '%s'."
              .formatted(level, level == Level.NATIVE ? "takes no" : "needs", words));
    }
    if (level != Level.STORE_BACKED && isThere != (level != Level.UNSUPPORTED)) {
      throw new IllegalArgumentException(
          "Support that is %s is %s.".formatted(level, isThere ? "not there" : "there"));
    }
  }

  /** The broker does it. */
  public static Support byTheBroker() {
    return BY_THE_BROKER;
  }

  /** The runtime does it on top of the broker. */
  public static Support emulated(String guarantee) {
    return new Support(Level.EMULATED, guarantee, true);
  }

  /** The runtime does it with the state store that is configured. */
  public static Support storeBacked(String guarantee) {
    return new Support(Level.STORE_BACKED, guarantee, true);
  }

  /**
   * The runtime would do it with a state store, but none is configured, so that it is refused.
   *
   * @param lack what the broker does not do, in a sentence
   */
  public static Support withoutStore(String lack) {
    return new Support(
        Level.STORE_BACKED,
        "%s It takes a state store, and %s names none.".formatted(lack, STORE_PROPERTY),
        false);
  }

  /**
   * The runtime does it with a state store.
   *
   * @param configured whether there is one
   * @param lack what the broker does not do, in a sentence
   * @param guarantee what can be counted on with a store
   */
  public static Support byStore(boolean configured, String lack, String guarantee) {
    return configured ? storeBacked(guarantee) : withoutStore(lack);
  }

  /** It cannot be done. */
  public static Support unsupported(String reason) {
    return new Support(Level.UNSUPPORTED, reason, false);
  }

  /** Whether it is only a state store that is missing. */
  public boolean needsStore() {
    return level == Level.STORE_BACKED && !isThere;
  }
}
