package io.queueruntime.samples.sessions;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One pass over a ledger, from which a {@link Proof} comes. Used once, by one thread. */
final class Examination {

  private static final int EXAMPLES_MAX = 10;

  private final List<Movement> file;
  private final Set<Relaxation> allowed;
  private final Map<String, BigDecimal> expectedBalances = new HashMap<>();
  private final Map<String, Held> accounts = new HashMap<>();
  private final Map<String, Set<String>> consumersOf = new HashMap<>();
  private final Set<String> booked = new HashSet<>();

  /** What was completed, and by which instance. */
  private final Map<String, String> completed = new HashMap<>();

  private final Set<String> inWork = new HashSet<>();
  private final Set<String> killed = new HashSet<>();

  /** Deliveries that may have been overlaps, as long as nobody settles them. */
  private final Set<String> overlapping = new HashSet<>();

  private final List<String> examples = new ArrayList<>();
  private String lastBookedAccount = "";
  private int runs;
  private int failures;
  private int redeliveries;
  private int absorbed;
  private int accountsInWork;
  private int changesOfAccount;
  private int unheard;
  private int overlaps;
  private int outOfOrder;
  private int bookedTwice;
  private int afterCompletion;
  private int wrongBalances;

  Examination(List<Movement> file, Set<Relaxation> allowed) {
    this.file = file;
    this.allowed = allowed;
    Map<String, BigDecimal> running = new HashMap<>();
    for (Movement movement : file) {
      expectedBalances.put(
          movement.id(), running.merge(movement.account(), movement.amount(), BigDecimal::add));
    }
  }

  /** Who was given an account's movement last, and how far each instance has come with it. */
  private static final class Held {
    private String by = "";
    private int last;
    private final Map<String, Integer> lastOf = new HashMap<>();

    void take(String instance, int number) {
      by = instance;
      last = number;
      lastOf.put(instance, number);
    }
  }

  Proof of(List<LedgerEntry> ledger) {
    for (LedgerEntry entry : ledger) {
      examine(entry, entry.account() + "/" + entry.number());
    }
    int lost = 0;
    Set<String> ofTheFile = new HashSet<>();
    for (Movement movement : file) {
      ofTheFile.add(movement.account());
      if (!booked.contains(movement.id())) {
        lost++;
        example("movement " + movement.id() + " of line " + movement.line() + " was never booked");
      }
    }
    return new Proof(
        file.size(),
        ofTheFile.size(),
        booked.size(),
        runs,
        failures,
        redeliveries,
        absorbed,
        accountsInWork,
        changesOfAccount,
        (int) consumersOf.values().stream().filter(consumers -> consumers.size() > 1).count(),
        unheard,
        overlaps,
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
      case COMPLETED -> completed(entry, id);
      case KILLED -> killed.add(entry.consumer());
      case SENT, PROVEN -> {
        // Says nothing about a movement.
      }
    }
  }

  private void delivered(LedgerEntry entry, String id) {
    inWork.add(entry.account());
    accountsInWork = Math.max(accountsInWork, inWork.size());
    consumersOf.computeIfAbsent(entry.account(), account -> new HashSet<>()).add(entry.consumer());
    if (entry.delivery() > 1) {
      redeliveries++;
    }
    Held account = accounts.computeIfAbsent(entry.account(), name -> new Held());
    if (isOverlap(entry, id, account)) {
      overlaps++;
      overlapping.add(entry.consumer() + " " + id);
      return;
    }
    boolean heard = !wasUnheard(entry, id, account);
    if (completed.containsKey(id)) {
      afterCompletion++;
      example("movement " + id + " was delivered again after its completion was durable");
    } else if (booked.contains(id)) {
      absorbed++;
    }
    if (heard && !isInTurn(entry, account)) {
      outOfOrder++;
      example(
          "movement " + id + " was delivered after movement " + account.last + " of its account");
    }
    account.take(entry.instance(), entry.number());
  }

  private boolean isInTurn(LedgerEntry entry, Held account) {
    boolean again = entry.number() == account.last;
    boolean next =
        entry.number() == account.last + 1
            && (account.last == 0 || booked.contains(entry.account() + "/" + account.last));
    return again || next;
  }

  /**
   * Whether a killed instance had completed it without being heard. Only the first that goes on
   * with the account may come upon that, at any of its movements; after that they are in order.
   */
  private boolean wasUnheard(LedgerEntry entry, String id, Held account) {
    String by = completed.get(id);
    if (!allowed.contains(Relaxation.UNHEARD_COMPLETIONS) || by == null || !killed.contains(by)) {
      return false;
    }
    boolean first = killed.contains(account.by);
    if (first || entry.number() == account.last + 1) {
      completed.remove(id); // so that it is allowed once
      unheard++;
    }
    return first;
  }

  /**
   * Whether an instance begins with what has moved to another one: with what it would have had
   * next, when the other is through with it.
   */
  private boolean isOverlap(LedgerEntry entry, String id, Held account) {
    int own = account.lastOf.getOrDefault(entry.instance(), 0);
    boolean moved = !account.by.isEmpty() && !account.by.equals(entry.instance());
    boolean through = entry.number() < account.last || completed.containsKey(id);
    return allowed.contains(Relaxation.OVERLAPPING_MOVES)
        && moved
        && through
        && (entry.number() == own || entry.number() == own + 1);
  }

  private void completed(LedgerEntry entry, String id) {
    if (overlapping.remove(entry.consumer() + " " + id)) {
      overlaps--;
      outOfOrder++;
      example("movement " + id + " was settled by an instance that had lost its account");
    }
    completed.put(id, entry.instance());
    inWork.remove(entry.account());
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
