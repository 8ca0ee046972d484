package io.queueruntime.samples.sessions;

import java.util.List;
import java.util.Set;

/**
 * Whether the ledger shows that every account's movements were booked in order, none lost and none
 * twice.
 *
 * <p>It trusts neither the queue nor the consumers: it reads the CSV and the ledger, and
 * recomputes. Counts of what went wrong must all be zero. Immutable.
 *
 * @param movements how many the file has
 * @param accounts how many have movements
 * @param booked how many of them are in the ledger
 * @param runs times the sample was started for this ledger, this one included
 * @param failures deliveries that failed, by accident
 * @param redeliveries deliveries that were not the first of their message
 * @param absorbed deliveries of what was booked already but not completed: seen, and not booked
 *     again
 * @param accountsInWork most accounts that were in work at one moment
 * @param changesOfAccount bookings whose neighbour before is of another account
 * @param changedHands accounts that more than one consumer worked on
 * @param unheard completions of a killed instance that its broker had not heard of, where that is
 *     allowed
 * @param overlaps deliveries of what had moved to another instance, settled by nobody, where that
 *     is allowed
 * @param outOfOrder deliveries that came before an earlier movement of their account was booked, or
 *     after a later one
 * @param lost movements of the file that are not in the ledger
 * @param bookedTwice bookings of what was booked
 * @param afterCompletion deliveries of what was completed durably
 * @param wrongBalances bookings after which the balance is not the one of the file
 * @param examples the first few things that are wrong, in words
 */
record Proof(
    int movements,
    int accounts,
    int booked,
    int runs,
    int failures,
    int redeliveries,
    int absorbed,
    int accountsInWork,
    int changesOfAccount,
    int changedHands,
    int unheard,
    int overlaps,
    int outOfOrder,
    int lost,
    int bookedTwice,
    int afterCompletion,
    int wrongBalances,
    List<String> examples) {

  /** With nothing allowed but what every broker promises. */
  static Proof of(List<Movement> file, List<LedgerEntry> ledger) {
    return of(file, ledger, Set.of());
  }

  /**
   * From the file and the ledger.
   *
   * @param allowed what the broker says it cannot promise
   */
  static Proof of(List<Movement> file, List<LedgerEntry> ledger, Set<Relaxation> allowed) {
    return new Examination(file, allowed).of(ledger);
  }

  boolean holds() {
    return outOfOrder == 0
        && lost == 0
        && bookedTwice == 0
        && afterCompletion == 0
        && wrongBalances == 0
        && booked == movements;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("---- proof, from the CSV and the ledger --------------------------\n");
    line(text, "movements in the file", movements);
    line(text, "accounts (sessions)", accounts);
    line(text, "booked", booked);
    line(text, "runs, all but this one killed", runs);
    line(text, "handler failures injected", failures);
    line(text, "redeliveries", redeliveries);
    line(text, "repeats absorbed before completion", absorbed);
    line(text, "accounts in work at once, at most", accountsInWork);
    line(text, "bookings next to another account's", changesOfAccount);
    line(text, "accounts that changed consumers", changedHands);
    allowed(text, "completions lost with the killed", unheard);
    allowed(text, "overlaps while an account moved", overlaps);
    line(text, "out of order", outOfOrder);
    line(text, "lost", lost);
    line(text, "booked twice", bookedTwice);
    line(text, "delivered after durable completion", afterCompletion);
    line(text, "wrong balances", wrongBalances);
    examples.forEach(example -> text.append("  ! ").append(example).append('\n'));
    text.append(
        holds()
            ? "PROOF HOLDS: every account in order, none lost, none twice.\n"
            : "PROOF FAILED.\n");
    return text.toString();
  }

  /** Only where there is something to tell: on most brokers there cannot be. */
  private static void allowed(StringBuilder text, String what, int count) {
    if (count > 0) {
      line(text, what, count);
    }
  }

  private static void line(StringBuilder text, String what, int count) {
    text.append("  %-37s %,7d%n".formatted(what, count));
  }
}
