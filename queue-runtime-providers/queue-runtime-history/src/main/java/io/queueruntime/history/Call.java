package io.queueruntime.history;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a history: when it was begun, when it was answered, and between which events it took
 * effect.
 *
 * <p>Changed by {@link Ledger} only, while it reads the history.
 */
final class Call {

  final Operation operation;

  /** Index of its first question in the history. */
  final int first;

  final HistoryEvent question;
  final List<HistoryEvent> questions = new ArrayList<>(1);
  final List<HistoryEvent> answers = new ArrayList<>(1);

  /** Where the answers stand in the history. */
  final List<Integer> answerIndexes = new ArrayList<>(1);

  /** Index of the last event before which the effect, if any, took place. */
  int latest = -1;

  private long latestTime;
  private @Nullable Phase phase;

  Call(int first, HistoryEvent question) {
    this.operation = question.operation();
    this.first = first;
    this.question = question;
  }

  void answered(int index, HistoryEvent answer) {
    answers.add(answer);
    answerIndexes.add(index);
    phase = answer.phase();
    if (phase != Phase.INFO) {
      latest = index;
      latestTime = answer.time();
    }
  }

  /** For a call without a certain answer: its effect cannot come after that event. */
  void notAfter(int index, long time) {
    if (latest < 0) {
      latest = index;
      latestTime = time;
    }
  }

  /** It happened. */
  boolean certain() {
    return phase == Phase.OK;
  }

  /** It may have happened. */
  boolean possible() {
    return phase != Phase.FAIL;
  }

  /** Nobody knows whether it happened. */
  boolean unknown() {
    return phase != Phase.OK && phase != Phase.FAIL;
  }

  /**
   * Whether its process died while it wrote its answers down: it heard more than the history says.
   */
  boolean cutShort() {
    return certain() && count(answers.size()) > answers.size();
  }

  /** Its effect, if any, did not come before that time. */
  long startTime() {
    return question.time();
  }

  /** Its effect, if any, did not come after that time. */
  long endTime() {
    return latestTime;
  }

  /** Whether it was over before the other one began. */
  boolean before(Call other) {
    return latest < other.first;
  }

  /** The answers' count, or {@code otherwise}. */
  long count(long otherwise) {
    return answers.isEmpty() ? otherwise : answers.get(0).number(Field.COUNT, otherwise);
  }
}
