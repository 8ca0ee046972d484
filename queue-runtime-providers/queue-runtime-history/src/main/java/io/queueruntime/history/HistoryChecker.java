package io.queueruntime.history;

import java.util.List;
import java.util.Map;

/**
 * Says which promises a history breaks.
 *
 * <p>Only what is certain is reported: a call takes effect at some moment between its question and
 * its answer, a call without an answer takes effect, if at all, before what is tested stopped, and
 * a breach is reported only when no choice of these moments explains what was seen. Losses are
 * looked for only in a history that says it was drained. The work grows with the number of events
 * times its logarithm.
 *
 * <p>Thread-safe.
 */
public final class HistoryChecker {

  private static final List<Check> CHECKS =
      List.of(
          new LossCheck(),
          new OriginCheck(),
          new CompletionCheck(),
          new OrderCheck(),
          new HolderCheck(),
          new SettlementCheck(),
          new DeliveryCountCheck(),
          new DeadLetterCheck(),
          new TimeCheck(),
          new DuplicateCheck(),
          new SessionStateCheck(),
          new ConservationCheck(),
          new ReplayCheck());

  private final Map<String, QueueRules> rules;
  private final Relaxations relaxations;

  /**
   * A checker for histories of those queues.
   *
   * @param rules what each queue that the history speaks of was created with
   * @param relaxations what the provider does not promise
   */
  public HistoryChecker(Map<String, QueueRules> rules, Relaxations relaxations) {
    this.rules = Map.copyOf(rules);
    this.relaxations = relaxations;
  }

  /**
   * The breaches, at most a hundred of each invariant; empty when the history keeps every promise.
   *
   * @throws IllegalArgumentException when the events are no history: an answer without a question,
   *     an unknown queue
   */
  public List<Finding> check(List<HistoryEvent> history) {
    Ledger ledger = new Ledger(history, rules, relaxations);
    Findings findings = new Findings();
    for (Check check : CHECKS) {
      check.check(ledger, findings);
    }
    return findings.all();
  }
}
