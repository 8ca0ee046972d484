package io.queueruntime.listener;

import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of each message of one delivery, in their order.
 *
 * <p>In a session, once one message goes back to its place all later ones go back too, uncounted:
 * none of them may be finished before it. What is dead-lettered or deferred leaves the order and
 * holds nobody up.
 *
 * <p>Immutable.
 */
record SettlementPlan(List<Settlement> settlements) {

  static SettlementPlan all(int size, Settlement settlement, boolean session) {
    if (size == 1) {
      return new SettlementPlan(List.of(settlement));
    }
    List<Settlement> settlements = Collections.nCopies(size, settlement);
    return new SettlementPlan(session ? inOrder(settlements) : settlements);
  }

  /**
   * The plan a handler's result stands for; null when the result is any other value, which stands
   * for completion.
   *
   * @throws IllegalStateException when it has not one settlement for each message
   */
  static @Nullable SettlementPlan ofResult(@Nullable Object result, int size, boolean session) {
    if (result instanceof Settlement settlement) {
      return all(size, settlement, session);
    }
    if (result instanceof BatchResult batch) {
      return ofEach(batch.settlements(), size, session);
    }
    if (result instanceof List<?> list && list.stream().anyMatch(Settlement.class::isInstance)) {
      return ofEach(list.stream().map(SettlementPlan::settlement).toList(), size, session);
    }
    return null;
  }

  private static Settlement settlement(@Nullable Object element) {
    if (element instanceof Settlement settlement) {
      return settlement;
    }
    throw new IllegalStateException(
        "The handler returned a list of settlements with %s among them; it must return one settlement for each message."
            .formatted(element == null ? "null" : "a " + element.getClass().getName()));
  }

  private static SettlementPlan ofEach(List<Settlement> settlements, int size, boolean session) {
    if (settlements.size() != size) {
      throw new IllegalStateException(
          "The handler returned %d settlements for %d messages; it must return one for each, in their order."
              .formatted(settlements.size(), size));
    }
    return new SettlementPlan(session ? inOrder(settlements) : settlements);
  }

  /**
   * The plan for messages whose handler failed.
   *
   * @param preset what was decided for messages the handler did not see, null for the others;
   *     empty: it saw all
   */
  static SettlementPlan ofFailure(
      List<ReceivedMessage<byte[]>> messages,
      List<@Nullable Settlement> preset,
      boolean session,
      Function<ReceivedMessage<byte[]>, Settlement> settlementOf) {
    List<Settlement> settlements = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      Settlement decided = preset.isEmpty() ? null : preset.get(i);
      settlements.add(decided == null ? settlementOf.apply(messages.get(i)) : decided);
    }
    return new SettlementPlan(session ? inOrder(settlements) : settlements);
  }

  /**
   * This plan, which is for the messages the handler saw, together with what was decided for the
   * others before.
   *
   * @param preset one for each message, null for those the handler saw; empty: it saw all
   */
  SettlementPlan with(List<@Nullable Settlement> preset, boolean session) {
    if (preset.isEmpty()) {
      return this;
    }
    List<Settlement> merged = new ArrayList<>(preset.size());
    Iterator<Settlement> seen = settlements.iterator();
    for (Settlement decided : preset) {
      merged.add(decided == null ? seen.next() : decided);
    }
    return new SettlementPlan(session ? inOrder(merged) : merged);
  }

  private static List<Settlement> inOrder(List<Settlement> settlements) {
    List<Settlement> ordered = new ArrayList<>(settlements.size());
    boolean givenBack = false;
    for (Settlement settlement : settlements) {
      ordered.add(givenBack ? Settlement.release() : settlement);
      givenBack |= isGivenBack(settlement);
    }
    return ordered;
  }

  /** Whether at least one message goes back to its place. */
  boolean givesBack() {
    return settlements.stream().anyMatch(SettlementPlan::isGivenBack);
  }

  private static boolean isGivenBack(Settlement settlement) {
    return settlement instanceof Settlement.Abandon || settlement instanceof Settlement.Release;
  }
}
