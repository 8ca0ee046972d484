package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.samples.sessions.LedgerEntry.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The proof must fail on every kind of broken ledger, or it proves nothing. */
class ProofTests {

  private final List<Movement> file =
      List.of(
          movement(1, "a", 1, 100),
          movement(2, "b", 1, 50),
          movement(3, "a", 2, -30),
          movement(4, "b", 2, 5));

  private final List<LedgerEntry> ledger = new ArrayList<>(List.of(LedgerEntry.of(Kind.RUN, 1)));

  private String consumer = "teller-1";

  @Test
  void holdsWhenEveryMovementWasBookedInOrder() {
    whole("a", 1, 100).whole("b", 1, 50).whole("a", 2, 70).whole("b", 2, 55);

    Proof proof = proof();

    assertThat(proof.holds()).as(proof.toString()).isTrue();
    assertThat(proof.accounts()).isEqualTo(2);
    assertThat(proof.changesOfAccount()).isEqualTo(4);
  }

  @Test
  void holdsWhenAFailedDeliveryIsTriedAgain() {
    delivered("a", 1, 1).add(Kind.FAILED, "a", 1, 1, 0);
    delivered("a", 1, 2).booked("a", 1, 100).completed("a", 1);
    whole("b", 1, 50).whole("a", 2, 70).whole("b", 2, 55);

    assertThat(proof().holds()).isTrue();
    assertThat(proof().failures()).isEqualTo(1);
    assertThat(proof().redeliveries()).isEqualTo(1);
  }

  @Test
  void holdsWhenACrashBeforeTheCompletionDeliversABookedMovementAgain() {
    delivered("a", 1, 1).booked("a", 1, 100);
    ledger.add(LedgerEntry.of(Kind.RUN, 2));
    delivered("a", 1, 2).completed("a", 1);
    whole("b", 1, 50).whole("a", 2, 70).whole("b", 2, 55);

    assertThat(proof().holds()).isTrue();
    assertThat(proof().absorbed()).isEqualTo(1);
    assertThat(proof().runs()).isEqualTo(2);
  }

  @Test
  void failsWhenAMovementWasNeverBooked() {
    whole("a", 1, 100).whole("b", 1, 50).whole("a", 2, 70);

    assertThat(proof().holds()).isFalse();
    assertThat(proof().lost()).isEqualTo(1);
  }

  @Test
  void failsWhenALaterMovementIsDeliveredBeforeTheEarlierOneIsBooked() {
    delivered("a", 1, 1).add(Kind.FAILED, "a", 1, 1, 0);
    whole("a", 2, -30).whole("a", 1, 70).whole("b", 1, 50).whole("b", 2, 55);

    assertThat(proof().holds()).isFalse();
    assertThat(proof().outOfOrder()).isEqualTo(2);
    assertThat(proof().wrongBalances()).isEqualTo(2);
  }

  @Test
  void failsWhenAnEarlierMovementComesBack() {
    whole("a", 1, 100).whole("a", 2, 70).whole("b", 1, 50).whole("b", 2, 55);
    delivered("a", 1, 2);

    assertThat(proof().holds()).isFalse();
    assertThat(proof().outOfOrder()).isEqualTo(1);
  }

  @Test
  void failsWhenACompletedMovementIsDeliveredAgainInALaterRun() {
    whole("a", 1, 100);
    ledger.add(LedgerEntry.of(Kind.RUN, 2));
    delivered("a", 1, 2);
    whole("b", 1, 50).whole("a", 2, 70).whole("b", 2, 55);

    assertThat(proof().holds()).isFalse();
    assertThat(proof().afterCompletion()).isEqualTo(1);
    assertThat(proof().outOfOrder()).isZero();
  }

  @Test
  void failsWhenAMovementIsBookedTwice() {
    whole("a", 1, 100).booked("a", 1, 200).whole("b", 1, 50).whole("a", 2, 70).whole("b", 2, 55);

    assertThat(proof().holds()).isFalse();
    assertThat(proof().bookedTwice()).isEqualTo(1);
  }

  @Test
  void failsOnAnEmptyLedger() {
    assertThat(proof().holds()).isFalse();
    assertThat(proof().lost()).isEqualTo(4);
    assertThat(proof().examples()).contains("movement a/2 of line 3 was never booked");
  }

  @Test
  void holdsWhenAKilledInstanceWasNotHeardAndThatIsAllowed() {
    by("first").whole("a", 1, 100).whole("a", 2, 70).whole("b", 1, 50).killed("first");
    by("second").delivered("a", 1, 2).completed("a", 1).delivered("a", 2, 2).completed("a", 2);
    whole("b", 2, 55);

    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).holds()).isTrue();
    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).unheard()).isEqualTo(2);
    assertThat(proof().afterCompletion()).isEqualTo(2);
    assertThat(proof(Relaxation.OVERLAPPING_MOVES).holds()).isFalse();
  }

  @Test
  void failsWhenACompletionIsUnheardTwice() {
    by("first").whole("a", 1, 100).whole("b", 1, 50).killed("first");
    by("second").delivered("a", 1, 2).completed("a", 1).delivered("a", 1, 3).completed("a", 1);
    whole("a", 2, 70).whole("b", 2, 55);

    Proof proof = proof(Relaxation.UNHEARD_COMPLETIONS);

    assertThat(proof.unheard()).isEqualTo(1);
    assertThat(proof.afterCompletion()).isEqualTo(1);
  }

  @Test
  void failsWhenACompletionOfALivingInstanceIsUnheard() {
    by("second").whole("a", 1, 100).by("first").whole("a", 2, 70).whole("b", 1, 50).killed("first");
    by("second").delivered("a", 1, 2).completed("a", 1).whole("b", 2, 55);

    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).afterCompletion()).isEqualTo(1);
    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).outOfOrder()).isEqualTo(1);
  }

  @Test
  void failsWhenTheSurvivorGoesBackAgainAfterItHasGoneOn() {
    by("first").whole("a", 1, 100).whole("b", 1, 50).killed("first");
    by("second").whole("a", 2, 70).delivered("a", 1, 2).completed("a", 1).whole("b", 2, 55);

    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).outOfOrder()).isEqualTo(1);
    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).afterCompletion()).isEqualTo(1);
  }

  @Test
  void holdsWhenAnInstanceBeginsWithWhatHasMovedAndThatIsAllowed() {
    by("second").whole("a", 1, 100).whole("a", 2, 70);
    by("first").delivered("a", 1, 1).add(Kind.FAILED, "a", 1, 1, 0);
    by("second").whole("b", 1, 50).whole("b", 2, 55);

    assertThat(proof(Relaxation.OVERLAPPING_MOVES).holds()).isTrue();
    assertThat(proof(Relaxation.OVERLAPPING_MOVES).overlaps()).isEqualTo(1);
    assertThat(proof().outOfOrder()).isEqualTo(1);
    assertThat(proof(Relaxation.UNHEARD_COMPLETIONS).holds()).isFalse();
  }

  @Test
  void failsWhenWhatHasMovedIsSettledByTheInstanceThatHadIt() {
    by("second").whole("a", 1, 100).whole("a", 2, 70);
    by("first").delivered("a", 1, 1).completed("a", 1);
    by("second").whole("b", 1, 50).whole("b", 2, 55);

    assertThat(proof(Relaxation.OVERLAPPING_MOVES).holds()).isFalse();
    assertThat(proof(Relaxation.OVERLAPPING_MOVES).outOfOrder()).isEqualTo(1);
  }

  @Test
  void failsWhenTheSameInstanceGoesBackAlthoughOverlapsAreAllowed() {
    by("second").whole("a", 1, 100).whole("a", 2, 70).delivered("a", 2, 2).delivered("a", 1, 2);
    whole("b", 1, 50).whole("b", 2, 55);

    assertThat(proof(Relaxation.OVERLAPPING_MOVES).overlaps()).isZero();
    assertThat(proof(Relaxation.OVERLAPPING_MOVES).outOfOrder()).isEqualTo(1);
    assertThat(proof(Relaxation.OVERLAPPING_MOVES).afterCompletion()).isEqualTo(2);
  }

  private Proof proof(Relaxation... allowed) {
    return Proof.of(file, ledger, Set.of(allowed));
  }

  /** Whose the following entries are. */
  private ProofTests by(String instance) {
    consumer = instance + "-teller-1";
    return this;
  }

  private ProofTests killed(String instance) {
    ledger.add(LedgerEntry.killed(instance));
    return this;
  }

  private ProofTests whole(String account, int number, int balance) {
    return delivered(account, number, 1)
        .booked(account, number, balance)
        .completed(account, number);
  }

  private ProofTests delivered(String account, int number, int delivery) {
    return add(Kind.DELIVERED, account, number, delivery, 0);
  }

  private ProofTests booked(String account, int number, int balance) {
    return add(Kind.BOOKED, account, number, 1, balance);
  }

  private ProofTests completed(String account, int number) {
    return add(Kind.COMPLETED, account, number, 1, 0);
  }

  private ProofTests add(Kind kind, String account, int number, int delivery, int balance) {
    ledger.add(
        new LedgerEntry(kind, account, number, consumer, delivery, BigDecimal.valueOf(balance)));
    return this;
  }

  private static Movement movement(int line, String account, int number, int amount) {
    return new Movement(
        line, account, number, "2026-01-01T00:00", BigDecimal.valueOf(amount), "EUR", "text");
  }
}
