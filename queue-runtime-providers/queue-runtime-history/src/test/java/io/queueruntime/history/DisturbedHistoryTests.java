package io.queueruntime.history;

import static io.queueruntime.history.Field.DEAD;
import static io.queueruntime.history.Field.DELAY;
import static io.queueruntime.history.Field.REASON;
import static io.queueruntime.history.Operation.ABANDON;
import static io.queueruntime.history.Operation.COMPLETE;
import static io.queueruntime.history.Operation.DEAD_LETTER;
import static io.queueruntime.history.Operation.DISTURBED;
import static io.queueruntime.history.Operation.RECEIVE;
import static io.queueruntime.history.Operation.REPLAY;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * What is relaxed around a disturbance is an anomaly without one, without the relaxation, and at
 * another time.
 */
class DisturbedHistoryTests {

  private static final Duration REACH = Duration.ofSeconds(2);
  private static final Disturbances LOSES =
      new Disturbances(REACH, true, false, false, false, false, false);
  private static final Disturbances TWO =
      new Disturbances(REACH, false, true, false, false, false, false);
  private static final Disturbances COUNTS =
      new Disturbances(REACH, false, false, true, false, false, false);
  private static final Disturbances FETCHES =
      new Disturbances(REACH, false, false, false, true, false, false);
  private static final Disturbances COPIES =
      new Disturbances(REACH, false, false, false, false, true, false);
  private static final Disturbances DELAYS =
      new Disturbances(REACH, false, false, false, false, false, true);

  private static Set<Invariant> broken(Disturbances relaxed, Consumer<Script> script) {
    return Script.broken(script, Relaxations.NONE.withDisturbances(relaxed));
  }

  /** A completed message comes again, a while after a disturbance came. */
  private static Consumer<Script> completedAndBack(Duration untilDisturbance) {
    return script -> {
      long number = script.send("q", "a");
      script.settle("one", COMPLETE, script.receive("one", "q", "a", number, 1));
      script.advance(untilDisturbance);
      script.mark(DISTURBED);
      script.settle("two", COMPLETE, script.receive("two", "q", "a", number, 2));
    };
  }

  @Test
  void settlementRightBeforeADisturbanceMayBeLost() {
    assertThat(broken(LOSES, completedAndBack(Duration.ofSeconds(1)))).isEmpty();
    assertThat(broken(LOSES, completedAndBack(Duration.ofSeconds(3))))
        .containsExactly(Invariant.I3);
    assertThat(broken(Disturbances.NONE, completedAndBack(Duration.ofSeconds(1))))
        .containsExactly(Invariant.I3);
  }

  /** A message comes to a second holder while the first one's lock holds. */
  private static Consumer<Script> heldTwice(Duration afterDisturbance) {
    return script -> {
      long number = script.send("q", "a");
      script.mark(DISTURBED);
      script.advance(afterDisturbance);
      script.receive("one", "q", "a", number, 1);
      script.receive("two", "q", "a", number, 2);
    };
  }

  @Test
  void twoMayHoldAMessageNotLongAfterADisturbance() {
    assertThat(broken(TWO, heldTwice(Duration.ofSeconds(1)))).isEmpty();
    assertThat(broken(TWO, heldTwice(Duration.ofSeconds(3)))).containsExactly(Invariant.I5);
    assertThat(broken(COUNTS, heldTwice(Duration.ofSeconds(1)))).containsExactly(Invariant.I5);
  }

  /** After a failure, and a disturbance, the count begins again. */
  private static Consumer<Script> countedAnew(int attempt) {
    return script -> {
      long number = script.send("q", "a");
      script.settle("one", ABANDON, script.receive("one", "q", "a", number, 1), DELAY, 0);
      script.mark(DISTURBED);
      script.receive("one", "q", "a", number, attempt);
    };
  }

  @Test
  void countMayBeginAgainButNotExceedWhatIsAllowed() {
    assertThat(broken(COUNTS, countedAnew(1))).isEmpty();
    assertThat(broken(COUNTS, countedAnew(Script.MAX_DELIVERIES + 1)))
        .containsExactly(Invariant.I6);
    assertThat(broken(LOSES, countedAnew(1))).containsExactly(Invariant.I6);
  }

  @Test
  void countOfFetchesMayBeTooHighButNotTooLow() {
    assertThat(broken(FETCHES, countedAnew(Script.MAX_DELIVERIES + 1))).isEmpty();
    assertThat(broken(FETCHES, countedAnew(1))).containsExactly(Invariant.I6);
  }

  /** A message is dead-lettered, and comes from its queue again. */
  private static Consumer<Script> inBothPlaces(boolean answered) {
    return script -> {
      long number = script.send("q", "a");
      String token = script.receive("one", "q", "a", number, 1);
      Script.Step step =
          script.begin("one", DEAD_LETTER, Field.QUEUE, "q", Field.TOKEN, token, REASON, "no");
      if (answered) {
        step.ok();
      } else {
        step.info();
      }
      Script.Step letter = script.begin("two", RECEIVE, Field.QUEUE, "q", DEAD, true);
      script.answer(letter, "q", "a", number + 100, 1, DEAD, true, REASON, "no");
      script.receive("three", "q", "a", number, 2);
    };
  }

  @Test
  void moveOfUnknownOutcomeMayLeaveTwo() {
    assertThat(broken(COPIES, inBothPlaces(false))).isEmpty();
    assertThat(broken(COPIES, inBothPlaces(true))).contains(Invariant.I3);
    assertThat(broken(Disturbances.NONE, inBothPlaces(false))).contains(Invariant.I3);
  }

  /** A message comes back before the minute is over that it was given back for. */
  private static Consumer<Script> backTooSoon(boolean disturbed) {
    return script -> {
      long number = script.send("q", "a");
      String token = script.receive("one", "q", "a", number, 1);
      script.settle("one", ABANDON, token, DELAY, Duration.ofMinutes(1).toNanos());
      if (disturbed) {
        script.mark(DISTURBED);
      }
      script.receive("one", "q", "a", number, 2);
    };
  }

  @Test
  void disturbanceMayEndADelay() {
    assertThat(broken(DELAYS, backTooSoon(true))).isEmpty();
    assertThat(broken(DELAYS, backTooSoon(false))).containsExactly(Invariant.I7);
    assertThat(broken(LOSES, backTooSoon(true))).containsExactly(Invariant.I7);
  }

  @Test
  void lockOfAProcessThatIsGoneHoldsNothing() {
    Consumer<Script> takenOver =
        script -> {
          long number = script.send("q", "a");
          script.receive("one", "q", "a", number, 1);
          script.gone("one");
          script.receive("two", "q", "a", number, 2);
        };
    assertThat(broken(Disturbances.NONE, takenOver)).isEmpty();
    Consumer<Script> otherGone =
        script -> {
          long number = script.send("q", "a");
          script.receive("one", "q", "a", number, 1);
          script.gone("three");
          script.receive("two", "q", "a", number, 2);
        };
    assertThat(broken(Disturbances.NONE, otherGone)).containsExactly(Invariant.I5);
  }

  @Test
  void openReceiveOfAProcessThatIsGoneExplainsNoLaterCount() {
    Consumer<Script> counted =
        script -> {
          script.begin("one", RECEIVE, Field.QUEUE, "q");
          script.gone("one");
          long number = script.send("q", "a");
          script.receive("two", "q", "a", number, 2);
        };
    assertThat(broken(Disturbances.NONE, counted)).containsExactly(Invariant.I6);
  }

  @Test
  void slowLookMaySeeWhatWasReplayedDeadAgain() {
    assertThat(broken(Disturbances.NONE, deadAgainWhileLooking(true))).isEmpty();
    assertThat(broken(Disturbances.NONE, deadAgainWhileLooking(false)))
        .containsExactly(Invariant.I12);
  }

  private static Consumer<Script> deadAgainWhileLooking(boolean delivered) {
    return script -> {
      long number = script.send("q", "a");
      script.settle("one", DEAD_LETTER, script.receive("one", "q", "a", number, 1));
      script.touch("c", REPLAY, "q", "a", number, 1);
      Script.Step look = script.beginPeek("p", "q");
      if (delivered) {
        script.settle("one", DEAD_LETTER, script.receive("one", "q", "a", number, 1));
      }
      script.seen(look, "q", "a", number, DEAD, true);
    };
  }
}
