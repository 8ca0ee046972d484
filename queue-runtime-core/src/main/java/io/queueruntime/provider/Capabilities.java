package io.queueruntime.provider;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What a provider can do on the server it is connected to, how it comes to do it, and its limits:
 * the one source of the checks at the start, of the contract's skipped cases, and of the table of
 * capabilities in the documentation.
 *
 * <p>Immutable.
 *
 * @param server what keeps the messages
 * @param supports for every capability who does it, and with which guarantee
 * @param limits how large and how long things may be
 */
public record Capabilities(Server server, Map<Capability, Support> supports, Limits limits) {

  public Capabilities {
    Set<Capability> unsaid = EnumSet.allOf(Capability.class);
    unsaid.removeAll(supports.keySet());
    if (!unsaid.isEmpty()) {
      throw new IllegalArgumentException(
          "The capabilities of %s must say of each whether it is there; they do not of %s."
              .formatted(server, unsaid));
    }
    supports = Collections.unmodifiableMap(new EnumMap<>(supports));
  }

  /** Everything, and all of it by the broker. */
  public static Capabilities all(Server server, Limits limits) {
    Map<Capability, Support> supports = new EnumMap<>(Capability.class);
    for (Capability capability : Capability.values()) {
      supports.put(capability, Support.byTheBroker());
    }
    return new Capabilities(server, supports, limits);
  }

  /** These, with that capability done differently. */
  public Capabilities with(Capability capability, Support support) {
    Map<Capability, Support> changed = new EnumMap<>(supports);
    changed.put(capability, support);
    return new Capabilities(server, changed, limits);
  }

  /** These without some, for one reason. */
  public Capabilities without(Collection<Capability> missing, String reason) {
    Map<Capability, Support> changed = new EnumMap<>(supports);
    missing.forEach(capability -> changed.put(capability, Support.unsupported(reason)));
    return new Capabilities(server, changed, limits);
  }

  /** Who does it, and what can be counted on. */
  @SuppressWarnings("NullAway") // the constructor sees to it that every capability has an entry
  public Support of(Capability capability) {
    return supports.get(capability);
  }

  /** Whether it can be done at all. */
  public boolean has(Capability capability) {
    return of(capability).isThere();
  }
}
