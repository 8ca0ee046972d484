package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;
import io.queueruntime.journal.LedgerOnJournal.History;
import io.queueruntime.storage.PowerLossStorage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * A journal's life, drawn from one seed: work, then the power goes or the process ends, several
 * times.
 */
final class PowerLossRun {

  private static final int LIVES_MAX = 3;

  private static final int STEPS_MAX = 30;

  private final SplittableRandom random;
  private final ForcePolicy policy;
  private final boolean inline;
  private final boolean large;
  private final boolean hurried;

  /** Records of one size: what was cut stands exactly where the next ones will. */
  private final boolean even;

  private final Deque<Runnable> background = new ArrayDeque<>();
  private final History history = new History();
  private PowerLossStorage disk = new PowerLossStorage();
  private long durable;
  private long written;

  /** Whether the owner may wait for what it gives to the background now. */
  private boolean waiting;

  long cuts;

  PowerLossRun(long seed, ForcePolicy policy) {
    this.random = new SplittableRandom(seed);
    this.policy = policy;
    this.inline = random.nextBoolean();
    this.large = random.nextInt(3) == 0;
    this.hurried = random.nextInt(3) == 0;
    this.even = seed % 4 == 3;
  }

  /** Runs that seed; throws an {@link AssertionError} whatever is wrong. */
  static void run(long seed) {
    try {
      new PowerLossRun(seed, seed % 5 == 0 ? ForcePolicy.WRITE : ForcePolicy.FORCE).run();
    } catch (RuntimeException wrong) {
      throw new AssertionError("seed %d: %s".formatted(seed, wrong), wrong);
    }
  }

  void run() {
    int lives = random.nextInt(1, LIVES_MAX + 1);
    for (int life = 0; life < lives; life++) {
      if (random.nextInt(3) == 0) {
        disk.stopAfter(random.nextInt(60));
      }
      if (random.nextInt(8) == 0) {
        disk.failForce(random.nextInt(1, 12));
      }
      boolean powerGone = live();
      background.clear();
      if (random.nextInt(powerGone ? 3 : 4) > 0) {
        disk = disk.powerCut(random.nextLong());
        written = durable;
        cuts++;
      } else {
        disk.goOn();
      }
    }
    // At last nothing may stand in the way.
    disk = disk.powerCut(random.nextLong());
    Journal journal = open();
    waiting = true;
    new LedgerOnJournal(journal, history).recover(durable);
    journal.append((byte) 9, false, Collected.bytes("it goes on"), null);
    journal.flush(true);
    journal.close();
  }

  private Journal open() {
    Executor executor =
        task -> {
          if (inline || waiting) {
            task.run();
          } else {
            background.add(task);
          }
        };
    return Journal.open(
        disk, new JournalOptions(64 * 1024, policy, random.nextInt(1, 4)), executor);
  }

  /** Returns whether the disk was the end of it. */
  private boolean live() {
    try {
      Journal journal = open();
      LedgerOnJournal ledger = new LedgerOnJournal(journal, history);
      waiting = true;
      long recovered = ledger.recover(Math.max(durable, written));
      waiting = false;
      written = recovered;
      if (policy == ForcePolicy.FORCE) {
        durable = recovered;
      }
      int steps = random.nextInt(STEPS_MAX);
      for (int step = 0; step < steps; step++) {
        step(ledger);
      }
      return false;
    } catch (StorageFailed e) {
      if (e.reason() == Reason.DAMAGED) {
        throw e;
      }
      return e.getMessage().contains(PowerLossStorage.POWER_IS_OFF);
    }
  }

  private void step(LedgerOnJournal ledger) {
    Journal journal = ledger.journal;
    int what = random.nextInt(20);
    if (hurried && what == 10) {
      what = 12;
    }
    switch (what) {
      case 0, 1, 2 -> appending(() -> ledger.add(random, bodySize(), false));
      case 3, 4 -> appending(() -> addGroup(ledger));
      case 5, 6, 7 -> appending(() -> ledger.done(random, false));
      case 8, 9, 10 -> flush(journal, !hurried || random.nextInt(4) == 0, history.last());
      case 11 -> flush(journal, false, history.last());
      case 12, 13, 14 -> {
        drain(random.nextInt(4));
        ledger.snapshotStep(random);
      }
      case 15, 16 -> {
        journal.housekeep();
        drain(random.nextInt(3));
        journal.housekeep();
      }
      case 17 -> appending(() -> ledger.clean(random.nextInt(1, 200)));
      default -> ledger.checkAny(random);
    }
  }

  private void flush(Journal journal, boolean force, long last) {
    journal.flush(force);
    while (!history.endsGroup(last)) {
      last--;
    }
    written = Math.max(written, last);
    if (force && policy == ForcePolicy.FORCE) {
      durable = Math.max(durable, last);
    }
  }

  private void addGroup(LedgerOnJournal ledger) {
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      ledger.add(random, bodySize(), true);
      if (random.nextInt(8) == 0) {
        flush(ledger.journal, random.nextBoolean(), history.last());
      }
    }
    ledger.add(random, bodySize(), false);
  }

  /** Appending may wait for a segment that is being prepared. */
  private void appending(Runnable work) {
    drain(Integer.MAX_VALUE);
    waiting = true;
    work.run();
    waiting = false;
  }

  private void drain(int tasks) {
    for (int left = tasks; left > 0 && !background.isEmpty(); left--) {
      background.remove().run();
    }
  }

  private int bodySize() {
    if (even) {
      return 40;
    }
    if (large && random.nextBoolean()) {
      return random.nextInt(65_000);
    }
    return switch (random.nextInt(12)) {
      case 0 -> 0;
      case 1 -> random.nextInt(40_000);
      case 2, 3 -> random.nextInt(6_000);
      default -> random.nextInt(300);
    };
  }
}
