package io.queueruntime.samples.sessions;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
    int outOfOrder,
    int lost,
    int bookedTwice,
    int afterCompletion,
    int wrongBalances,
    List<String> examples) {

  static Proof of(List<Movement> file, List<LedgerEntry> ledger) {
    return new Examination(file).of(ledger);
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

  private static void line(StringBuilder text, String what, int count) {
    text.append("  %-37s %,7d%n".formatted(what, count));
  }

  /** One pass over a ledger. Used once, by one thread. */
  private static final class Examination {

    private static final int EXAMPLES_MAX = 10;

    private final List<Movement> file;
    private final Map<String, BigDecimal> expectedBalances = new HashMap<>();
    private final Map<String, Integer> lastDelivered = new HashMap<>();
    private final Map<String, Set<String>> consumersOf = new HashMap<>();
    private final Set<String> booked = new HashSet<>();
    private final Set<String> completed = new HashSet<>();
    private final Set<String> inWork = new HashSet<>();
    private final List<String> examples = new ArrayList<>();
    private String lastBookedAccount = "";
    private int runs;
    private int failures;
    private int redeliveries;
    private int absorbed;
    private int accountsInWork;
    private int changesOfAccount;
    private int outOfOrder;
    private int bookedTwice;
    private int afterCompletion;
    private int wrongBalances;

    Examination(List<Movement> file) {
      this.file = file;
      Map<String, BigDecimal> running = new HashMap<>();
      for (Movement movement : file) {
        expectedBalances.put(
            movement.id(), running.merge(movement.account(), movement.amount(), BigDecimal::add));
      }
    }

    Proof of(List<LedgerEntry> ledger) {
      for (LedgerEntry entry : ledger) {
        examine(entry, entry.account() + "/" + entry.number());
      }
      int lost = 0;
      Set<String> accounts = new HashSet<>();
      for (Movement movement : file) {
        accounts.add(movement.account());
        if (!booked.contains(movement.id())) {
          lost++;
          example(
              "movement " + movement.id() + " of line " + movement.line() + " was never booked");
        }
      }
      return new Proof(
          file.size(),
          accounts.size(),
          booked.size(),
          runs,
          failures,
          redeliveries,
          absorbed,
          accountsInWork,
          changesOfAccount,
          (int) consumersOf.values().stream().filter(consumers -> consumers.size() > 1).count(),
          outOfOrder,
          lost,
          bookedTwice,
          afterCompletion,
          wrongBalances,
          List.copyOf(examples));
    }

    private void examine(LedgerEntry entry, String id) {
      switch (entry.kind()) {
        case RUN -> {
          runs++;
          inWork.clear();
        }
        case DELIVERED -> delivered(entry, id);
        case FAILED -> {
          failures++;
          inWork.remove(entry.account());
        }
        case BOOKED -> booked(entry, id);
        case COMPLETED -> {
          completed.add(id);
          inWork.remove(entry.account());
        }
        case SENT, PROVEN -> {
          // Says nothing about a movement.
        }
      }
    }

    private void delivered(LedgerEntry entry, String id) {
      inWork.add(entry.account());
      accountsInWork = Math.max(accountsInWork, inWork.size());
      consumersOf
          .computeIfAbsent(entry.account(), account -> new HashSet<>())
          .add(entry.consumer());
      if (entry.delivery() > 1) {
        redeliveries++;
      }
      if (completed.contains(id)) {
        afterCompletion++;
        example("movement " + id + " was delivered again after its completion was durable");
      } else if (booked.contains(id)) {
        absorbed++;
      }
      int last = lastDelivered.getOrDefault(entry.account(), 0);
      boolean again = entry.number() == last;
      boolean next =
          entry.number() == last + 1
              && (last == 0 || booked.contains(entry.account() + "/" + last));
      if (!again && !next) {
        outOfOrder++;
        example("movement " + id + " was delivered after movement " + last + " of its account");
      }
      lastDelivered.put(entry.account(), entry.number());
    }

    private void booked(LedgerEntry entry, String id) {
      if (!booked.add(id)) {
        bookedTwice++;
        example("movement " + id + " was booked twice");
      }
      BigDecimal expected = expectedBalances.get(id);
      if (expected == null || expected.compareTo(entry.balance()) != 0) {
        wrongBalances++;
        example(
            "the balance after movement "
                + id
                + " is "
                + entry.balance()
                + " instead of "
                + expected);
      }
      if (!entry.account().equals(lastBookedAccount)) {
        changesOfAccount++;
        lastBookedAccount = entry.account();
      }
    }

    private void example(String what) {
      if (examples.size() < EXAMPLES_MAX) {
        examples.add(what);
      }
    }
  }
}
