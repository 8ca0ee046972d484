package io.queueruntime.history;

/** Looks for breaches of one invariant. Stateless. */
interface Check {
  void check(Ledger ledger, Findings findings);
}
