package io.queueruntime.servicebus.emulator.amqp;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the tokens of one client let it reach, and until when. A token is for an address and what
 * lies below it; the latest one for an address counts.
 *
 * <p>Confined to the loop of its connection.
 */
final class Tokens {

  /** Addresses of one connection that tokens are for. */
  static final int MAX_TOKENS = 10_000;

  /** The namespace itself, and so every entity of it. */
  private static final String EVERYTHING = "";

  private final InstantSource clock;
  private final Map<String, Instant> ends = new HashMap<>();

  Tokens(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Takes a token that was found valid.
   *
   * @param audience the address it is for, with or without a scheme and a host
   * @return false when there are too many already
   */
  boolean put(String audience, Instant end) {
    String entity = key(LinkAddress.parse(audience).entity());
    if (ends.size() >= MAX_TOKENS && !ends.containsKey(entity)) {
      return false;
    }
    ends.put(entity, end);
    return true;
  }

  /** Whoever has the key itself reaches everything, for as long as the connection lives. */
  void putAll() {
    ends.put(EVERYTHING, Instant.MAX);
  }

  /** Whether a token reaches the entity now. */
  boolean reach(String entity) {
    String path = key(entity);
    if (isAlive(EVERYTHING)) {
      return true;
    }
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (isAlive(path.substring(0, end))) {
        return true;
      }
    }
    return false;
  }

  /** Whether any token is valid now. */
  boolean areThere() {
    return ends.keySet().stream().anyMatch(this::isAlive);
  }

  /** When the next one ends that is valid now. */
  Optional<Instant> nextEnd() {
    Instant now = clock.instant();
    return ends.values().stream().filter(now::isBefore).min(Instant::compareTo);
  }

  private boolean isAlive(String path) {
    Instant end = ends.get(path);
    return end != null && clock.instant().isBefore(end);
  }

  private static String key(String path) {
    String lower = path.toLowerCase(Locale.ROOT);
    return lower.endsWith("/") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
