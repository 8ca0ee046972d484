package io.queueruntime.contract.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.Claim;
import io.queueruntime.store.Claim.Outcome;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Whose a message id is, also when senders crash between claim and confirmation. */
public abstract class DuplicateWindowContract extends StateStoreContract {

  private static final Duration WINDOW = Duration.ofMinutes(10);
  private static final String ID = "order-1";

  private final CopyId first = CopyId.random();
  private final CopyId second = CopyId.random();

  private DuplicateWindow window() {
    return store.duplicates();
  }

  private Claim claim(String id, CopyId copy) {
    return await(window().claim(ORDERS, id, copy, LEASE));
  }

  private Outcome outcome(CopyId copy) {
    return claim(ID, copy).outcome();
  }

  private boolean confirm(CopyId copy) {
    return await(window().confirm(ORDERS, ID, copy, now().plus(WINDOW)));
  }

  private boolean release(CopyId copy) {
    return await(window().release(ORDERS, ID, copy));
  }

  @Test
  void anIdThatNobodyHasIsClaimed() {
    assertThat(claim(ID, first)).isEqualTo(new Claim(Outcome.CLAIMED, now().plus(LEASE)));
  }

  @Test
  void aSecondCopyIsADuplicateOnceTheFirstIsConfirmed() {
    claim(ID, first);
    assertThat(confirm(first)).isTrue();

    assertThat(claim(ID, second)).isEqualTo(new Claim(Outcome.DUPLICATE, now().plus(WINDOW)));
  }

  @Test
  void theConfirmedCopyIsKnownWhenItComesAgain() {
    claim(ID, first);
    confirm(first);

    assertThat(claim(ID, first)).isEqualTo(new Claim(Outcome.CONFIRMED, now().plus(WINDOW)));
  }

  @Test
  void aSecondCopyIsInDoubtWhileTheFirstIsOpen() {
    claim(ID, first);

    pass(Duration.ofSeconds(1));

    assertThat(claim(ID, second))
        .isEqualTo(new Claim(Outcome.IN_DOUBT, now().minusSeconds(1).plus(LEASE)));
  }

  @Test
  void aClaimIsRenewedByItsOwnCopy() {
    claim(ID, first);
    pass(LEASE.minusSeconds(1));
    assertThat(outcome(first)).isEqualTo(Outcome.CLAIMED);
    pass(LEASE.minusSeconds(1));

    assertThat(outcome(second)).isEqualTo(Outcome.IN_DOUBT);
  }

  @Test
  void aReleasedIdIsFree() {
    claim(ID, first);

    assertThat(release(first)).isTrue();

    assertThat(outcome(second)).isEqualTo(Outcome.CLAIMED);
    assertThat(release(first)).as("a second release").isFalse();
    assertThat(outcome(first)).as("whose claim it is").isEqualTo(Outcome.IN_DOUBT);
  }

  @Test
  void aClaimThatRanOutCanBeTakenAndIsLostThen() {
    claim(ID, first);
    pass(LEASE);

    assertThat(outcome(second)).isEqualTo(Outcome.CLAIMED);

    assertThat(confirm(first)).isFalse();
    assertThat(release(first)).isFalse();
    assertThat(outcome(first)).isEqualTo(Outcome.IN_DOUBT);
    assertThat(confirm(second)).isTrue();
    assertThat(outcome(first)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void aClaimThatRanOutIsConfirmedWhereNobodyTookIt() {
    claim(ID, first);
    pass(LEASE.plusDays(1));

    assertThat(confirm(first)).isTrue();

    assertThat(outcome(second)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void anIdThatWasNeverClaimedIsConfirmed() {
    assertThat(confirm(first)).isTrue();

    assertThat(outcome(second)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void anIdIsFreeAgainWhenItsWindowIsOver() {
    claim(ID, first);
    confirm(first);
    pass(WINDOW.minusMillis(1));
    assertThat(outcome(second)).isEqualTo(Outcome.DUPLICATE);
    pass(Duration.ofMillis(1));

    assertThat(outcome(second)).isEqualTo(Outcome.CLAIMED);
  }

  @Test
  void aSecondConfirmationDoesNotMoveTheEndOfTheWindow() {
    claim(ID, first);
    confirm(first);
    pass(WINDOW.minusSeconds(1));

    assertThat(confirm(first)).isTrue();

    pass(Duration.ofSeconds(1));
    assertThat(outcome(second)).isEqualTo(Outcome.CLAIMED);
  }

  @Test
  void aConfirmationIntoThePastFreesTheId() {
    claim(ID, first);

    assertThat(await(window().confirm(ORDERS, ID, first, now().minusSeconds(1)))).isTrue();

    assertThat(outcome(second)).isEqualTo(Outcome.CLAIMED);
  }

  @Test
  void aConfirmedIdIsNotReleased() {
    claim(ID, first);
    confirm(first);

    assertThat(release(first)).isFalse();

    assertThat(outcome(second)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void queuesAreApart() {
    claim(ID, first);

    assertThat(await(window().claim(OTHERS, ID, second, LEASE)).outcome())
        .isEqualTo(Outcome.CLAIMED);
    QueueName upper = QueueName.of("ORDERS");
    assertThat(await(window().claim(upper, ID, second, LEASE)).outcome())
        .isEqualTo(Outcome.CLAIMED);
  }

  @Test
  void anyTwoIdsAreApart() {
    List<String> ids =
        List.of(
            "a",
            "A",
            "a ",
            " a",
            "ä",
            "a\u0308",
            "\u0000",
            "\u0000\u0000",
            "\ud800",
            "\ud801",
            "?",
            "'",
            "\"; --",
            "x".repeat(128),
            "x".repeat(1024),
            "%",
            "_",
            "😀");

    for (String id : ids) {
      assertThat(claim(id, CopyId.random()).outcome()).as(id).isEqualTo(Outcome.CLAIMED);
    }
  }

  @Test
  void aCrashBetweenClaimAndConfirmationNeitherLosesNorDoubles() {
    claim(ID, first);

    crash();

    assertThat(outcome(second)).as("not known yet").isEqualTo(Outcome.IN_DOUBT);
    pass(LEASE);
    assertThat(outcome(second)).as("the message is not lost").isEqualTo(Outcome.CLAIMED);
    confirm(second);
    assertThat(outcome(first)).as("should it turn up after all").isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void aReceiverSettlesWhatACrashedSenderLeftOpen() {
    claim(ID, first);
    crash();

    assertThat(outcome(first)).as("the copy that arrived").isEqualTo(Outcome.CLAIMED);
    confirm(first);

    assertThat(outcome(second)).as("the sender's next try").isEqualTo(Outcome.DUPLICATE);
    assertThat(outcome(first)).as("its redelivery").isEqualTo(Outcome.CONFIRMED);
  }

  @Test
  void whatIsConfirmedSurvivesACrash() {
    claim(ID, first);
    confirm(first);

    crash();

    assertThat(claim(ID, second)).isEqualTo(new Claim(Outcome.DUPLICATE, now().plus(WINDOW)));
  }

  @Test
  void ofManyWhoClaimAtOnceOneGetsTheId() {
    List<QueueStateStore> instances = instances(4);
    for (int round = 0; round < 25; round++) {
      assertThat(claimAtOnce(instances, "round-" + round))
          .as("round %d", round)
          .containsOnlyOnce(Outcome.CLAIMED)
          .containsOnly(Outcome.CLAIMED, Outcome.IN_DOUBT);
    }
  }

  @Test
  void ofManyWhoTakeAClaimThatRanOutOneGetsIt() {
    List<QueueStateStore> instances = instances(4);
    for (int round = 0; round < 25; round++) {
      claim("round-" + round, first);
    }
    pass(LEASE);
    for (int round = 0; round < 25; round++) {
      assertThat(claimAtOnce(instances, "round-" + round))
          .as("round %d", round)
          .containsOnlyOnce(Outcome.CLAIMED)
          .containsOnly(Outcome.CLAIMED, Outcome.IN_DOUBT);
    }
  }

  private static List<Outcome> claimAtOnce(List<QueueStateStore> instances, String id) {
    List<Callable<Outcome>> tasks = new ArrayList<>();
    for (QueueStateStore instance : instances) {
      for (int i = 0; i < 2; i++) {
        tasks.add(
            () -> await(instance.duplicates().claim(ORDERS, id, CopyId.random(), LEASE)).outcome());
      }
    }
    return atOnce(tasks);
  }

  @Test
  void ofManyWhoConfirmAtOnceOneCounts() {
    List<QueueStateStore> instances = instances(4);
    Instant until = now().plus(WINDOW);
    for (int round = 0; round < 25; round++) {
      String id = "round-" + round;
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (QueueStateStore instance : instances) {
        tasks.add(() -> await(instance.duplicates().confirm(ORDERS, id, CopyId.random(), until)));
      }
      assertThat(atOnce(tasks)).as("round %d", round).containsOnlyOnce(true);
    }
  }

  @Test
  void whatIsOverIsRemovedInBoundedSteps() {
    for (int i = 0; i < 10; i++) {
      claim("id-" + i, first);
    }
    claim("later", first);
    pass(LEASE.minusSeconds(1));
    claim("later", first);
    pass(Duration.ofSeconds(1));

    int removed;
    do {
      removed = await(store.removeExpired(4));
      assertThat(removed).isBetween(0, 4);
    } while (removed > 0);

    assertThat(claim("id-0", second).outcome()).isEqualTo(Outcome.CLAIMED);
    assertThat(claim("later", second).outcome()).isEqualTo(Outcome.IN_DOUBT);
  }

  @Test
  void boundsAreKept() {
    DuplicateWindow window = window();
    fails(
        ValidationFailed.class,
        window.claim(ORDERS, ID, first, Duration.ZERO),
        "The lease of a claim of queue 'orders' is more than zero and at most PT168H, found PT0S.");
    fails(
        ValidationFailed.class,
        window.claim(ORDERS, ID, first, DuplicateWindow.MAX_WINDOW.plusMillis(1)),
        "found PT168H0.001S");
    fails(ValidationFailed.class, window.claim(ORDERS, "", first, LEASE), "found 0");
    fails(
        ValidationFailed.class,
        window.claim(ORDERS, "x".repeat(1025), first, LEASE),
        "1 to 1024 characters, found 1025");
    Instant late = now().plus(DuplicateWindow.MAX_WINDOW).plusMillis(1);
    fails(
        ValidationFailed.class,
        window.confirm(ORDERS, ID, first, late),
        "is remembered for at most PT168H");
  }
}
