package io.queueruntime.contract.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoredMessage;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who holds which message, also when a holder crashes. The same for both kinds of messages. */
public abstract class StoredMessagesContract extends StateStoreContract {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** The kind under test. */
  protected abstract StoredMessages messages(QueueStateStore store);

  private StoredMessages messages() {
    return messages(store);
  }

  private static StoredMessage message(long number, @Nullable Instant due) {
    return new StoredMessage(
        ORDERS, SequenceNumber.of(number), "id-" + number, due, bytes("content " + number));
  }

  private void put(long number, @Nullable Instant due) {
    assertThat(await(messages().put(message(number, due)))).isTrue();
  }

  private void put(long... numbers) {
    for (long number : numbers) {
      put(number, null);
    }
  }

  private static List<SequenceNumber> numbers(long... numbers) {
    return LongStream.of(numbers).mapToObj(SequenceNumber::of).toList();
  }

  private static List<Long> numbersOf(List<LeasedMessage> leased) {
    return leased.stream().map(one -> one.message().number().value()).toList();
  }

  private List<LeasedMessage> take(long... numbers) {
    return await(messages().take(ORDERS, numbers(numbers), LEASE));
  }

  private LeasedMessage takeOne(long number) {
    List<LeasedMessage> taken = take(number);
    assertThat(taken).hasSize(1);
    return taken.get(0);
  }

  private List<Long> due(int max) {
    return numbersOf(await(messages().takeDue(ORDERS, max, LEASE)));
  }

  private List<Long> listed(long from, int max) {
    return await(messages().list(ORDERS, SequenceNumber.of(from), max)).stream()
        .map(message -> message.number().value())
        .toList();
  }

  @Test
  void aMessageComesBackAsItWasPut() {
    Instant due = now().plus(MINUTE);
    put(7, due);

    LeasedMessage taken = takeOne(7);

    StoredMessage message = taken.message();
    assertThat(message.queue()).isEqualTo(ORDERS);
    assertThat(message.number()).isEqualTo(SequenceNumber.of(7));
    assertThat(message.messageId()).isEqualTo("id-7");
    assertThat(message.due()).contains(due);
    assertThat(message.content()).isEqualTo(bytes("content 7"));
    assertThat(taken.until()).isEqualTo(now().plus(LEASE));
    assertThat(taken.count()).isEqualTo(1);
  }

  @Test
  void aMessageMayHaveNoContentAndAnyNumberAndAnyId() {
    String id = "\u0000 ' \" ; \ud800 😀 " + "x".repeat(1000);
    SequenceNumber most = SequenceNumber.of(Long.MAX_VALUE);
    assertThat(await(messages().put(new StoredMessage(ORDERS, most, id, null, new byte[0]))))
        .isTrue();

    assertThat(take(Long.MAX_VALUE).get(0).message().content()).isEmpty();
  }

  @Test
  void puttingAMessageTwiceKeepsTheFirst() {
    put(1);
    StoredMessage again =
        new StoredMessage(ORDERS, SequenceNumber.of(1), "id-1", now(), bytes("changed"));

    assertThat(await(messages().put(again))).isFalse();

    assertThat(await(messages().list(ORDERS, SequenceNumber.START, 10)))
        .singleElement()
        .satisfies(kept -> assertThat(kept.content()).isEqualTo(bytes("content 1")));
  }

  @Test
  void aNumberIsNotUsedForTwoMessages() {
    put(1);

    fails(
        ValidationFailed.class,
        messages()
            .put(new StoredMessage(ORDERS, SequenceNumber.of(1), "another", null, bytes("x"))),
        "Cannot keep message 'another' of queue 'orders' under number 1: another message has it.");
  }

  @Test
  void theTwoKindsAndQueuesAreApart() {
    put(1);
    StoredMessage elsewhere =
        new StoredMessage(OTHERS, SequenceNumber.of(1), "x", null, bytes("x"));
    assertThat(await(messages().put(elsewhere))).isTrue();
    StoredMessages otherKind =
        messages() == store.deferred() ? store.scheduled() : store.deferred();

    assertThat(await(otherKind.list(ORDERS, SequenceNumber.START, 10))).isEmpty();
    assertThat(await(otherKind.take(ORDERS, numbers(1), LEASE))).isEmpty();
    assertThat(await(messages().count(ORDERS))).isEqualTo(1);
  }

  @Test
  void thoseThatAreThereAndFreeAreTakenInOrder() {
    put(1, 2, 3, 4);
    takeOne(2);

    assertThat(numbersOf(take(4, 9, 2, 1, 1))).containsExactly(1L, 4L);
    assertThat(take()).isEmpty();
  }

  @Test
  void aLeaseThatRanOutLetsAnotherOneTakeTheMessage() {
    put(1);
    LeasedMessage old = takeOne(1);
    pass(LEASE.minusMillis(1));
    assertThat(take(1)).isEmpty();
    pass(Duration.ofMillis(1));

    LeasedMessage current = takeOne(1);

    assertThat(current.count()).isEqualTo(2);
    assertThat(current.token()).isNotEqualTo(old.token());
    assertThat(await(messages().renew(old, LEASE))).isEmpty();
    assertThat(await(messages().release(old))).isFalse();
    assertThat(await(messages().remove(old))).isFalse();
    assertThat(await(messages().remove(current))).isTrue();
  }

  @Test
  void aLeaseThatRanOutStillCountsWhileNobodyElseTook() {
    put(1, 2, 3);
    LeasedMessage first = takeOne(1);
    LeasedMessage second = takeOne(2);
    LeasedMessage third = takeOne(3);
    pass(LEASE.plusDays(1));

    assertThat(await(messages().remove(first))).isTrue();
    assertThat(await(messages().release(second))).isTrue();
    assertThat(await(messages().renew(third, LEASE)).map(LeasedMessage::until))
        .contains(now().plus(LEASE));
    assertThat(numbersOf(take(1, 2, 3))).containsExactly(2L);
  }

  @Test
  void aRenewedLeaseHolds() {
    put(1);
    LeasedMessage held = takeOne(1);
    pass(LEASE.minusSeconds(1));

    Optional<LeasedMessage> renewed = await(messages().renew(held, LEASE));

    assertThat(renewed).get().extracting(LeasedMessage::count).isEqualTo(1);
    pass(LEASE.minusSeconds(1));
    assertThat(take(1)).isEmpty();
    assertThat(await(messages().remove(held))).isTrue();
  }

  @Test
  void aReleasedMessageIsFreeAtOnce() {
    put(1);
    LeasedMessage held = takeOne(1);

    assertThat(await(messages().release(held))).isTrue();

    assertThat(await(messages().release(held))).as("again").isFalse();
    assertThat(takeOne(1).count()).isEqualTo(2);
    assertThat(await(messages().remove(held))).isFalse();
  }

  @Test
  void aRemovedMessageIsGone() {
    put(1);
    LeasedMessage held = takeOne(1);

    assertThat(await(messages().remove(held))).isTrue();

    assertThat(await(messages().remove(held))).isFalse();
    assertThat(await(messages().renew(held, LEASE))).isEmpty();
    assertThat(listed(0, 10)).isEmpty();
    put(1);
  }

  @Test
  void whatNobodyHoldsCanBeCancelled() {
    put(1, 2);
    LeasedMessage held = takeOne(2);

    assertThat(await(messages().cancel(ORDERS, SequenceNumber.of(1)))).isTrue();
    assertThat(await(messages().cancel(ORDERS, SequenceNumber.of(1)))).isFalse();
    assertThat(await(messages().cancel(ORDERS, held.message().number()))).isFalse();
    pass(LEASE);
    assertThat(await(messages().cancel(ORDERS, held.message().number()))).isTrue();
    assertThat(await(messages().remove(held))).isFalse();
  }

  @Test
  void onlyWhatIsDueIsTakenAsSuch() {
    put(1, now().plus(MINUTE));
    put(2, null);
    put(3, now());

    assertThat(due(10)).containsExactly(3L);
    pass(MINUTE.minusMillis(1));
    assertThat(numbersOf(take(3))).as("in the meantime its lease ran out").containsExactly(3L);
    assertThat(due(10)).isEmpty();
    pass(Duration.ofMillis(1));
    assertThat(due(10)).containsExactly(1L);
  }

  @Test
  void whatIsDueIsTakenInItsOrderAndInBatches() {
    put(1, now().plusSeconds(3));
    put(2, now().plusSeconds(1));
    put(4, now().plusSeconds(2));
    put(3, now().plusSeconds(2));
    put(5, now().plusSeconds(4));
    pass(MINUTE);

    assertThat(due(2)).containsExactly(2L, 3L);
    assertThat(due(2)).containsExactly(4L, 1L);
    assertThat(due(2)).containsExactly(5L);
    assertThat(due(2)).isEmpty();
  }

  @Test
  void aCrashedInstancesDueWorkIsTakenByAnother() {
    put(1, now());
    put(2, now());
    assertThat(due(1)).containsExactly(1L);

    crash();

    assertThat(due(10)).containsExactly(2L);
    pass(LEASE);
    List<LeasedMessage> again = await(messages().takeDue(ORDERS, 10, LEASE));
    assertThat(numbersOf(again)).containsExactly(1L, 2L);
    assertThat(again).extracting(LeasedMessage::count).containsOnly(2);
    assertThat(again.get(0).message().content()).isEqualTo(bytes("content 1"));
  }

  @Test
  void aMessageThatIsHeldBeyondItsTimeIsDueOnlyOnceItIsFree() {
    put(1, now().plusSeconds(1));
    LeasedMessage held = takeOne(1);
    pass(Duration.ofSeconds(2));
    assertThat(due(10)).isEmpty();

    await(messages().release(held));

    assertThat(due(10)).containsExactly(1L);
  }

  @Test
  void aMessageThatWasHeldAndReleasedIsNotDueBeforeItsTime() {
    put(1, now().plus(MINUTE));
    await(messages().release(takeOne(1)));
    put(2, now().plus(MINUTE));
    takeOne(2);
    pass(LEASE);

    assertThat(due(10)).isEmpty();
    pass(MINUTE);
    assertThat(due(10)).containsExactlyInAnyOrder(1L, 2L);
  }

  @Test
  void theNextDueTimeIsKnown() {
    assertThat(await(messages().nextDue(ORDERS))).isEmpty();
    put(1);
    assertThat(await(messages().nextDue(ORDERS))).isEmpty();
    Instant due = now().plusSeconds(10);
    put(2, due.plusSeconds(1));
    put(3, due);
    assertThat(await(messages().nextDue(ORDERS))).contains(due);
    pass(Duration.ofSeconds(10));
    assertThat(due(1)).containsExactly(3L);
    assertThat(await(messages().nextDue(ORDERS))).contains(due.plusSeconds(1));
    pass(Duration.ofSeconds(1));
    assertThat(due(1)).containsExactly(2L);
    assertThat(await(messages().nextDue(ORDERS)))
        .as("the end of the first lease")
        .contains(due.plus(LEASE));
  }

  @Test
  void allAreListedWhoeverHoldsThem() {
    put(5, 1, 3);
    put(4, now());
    takeOne(3);

    assertThat(listed(0, 10)).containsExactly(1L, 3L, 4L, 5L);
    assertThat(listed(2, 2)).containsExactly(3L, 4L);
    assertThat(listed(6, 10)).isEmpty();
    assertThat(await(messages().count(ORDERS))).isEqualTo(4);
  }

  @Test
  void whatWasPutSurvivesACrash() {
    put(1, now().plus(MINUTE));

    crash();

    assertThat(await(messages().list(ORDERS, SequenceNumber.START, 10)))
        .singleElement()
        .satisfies(
            kept -> {
              assertThat(kept.content()).isEqualTo(bytes("content 1"));
              assertThat(kept.due()).contains(now().plus(MINUTE));
            });
  }

  @Test
  void ofManyInstancesEachTakesOtherMessages() {
    int count = 200;
    for (int i = 1; i <= count; i++) {
      put(i, now());
    }
    List<Callable<List<Long>>> tasks = new ArrayList<>();
    for (QueueStateStore instance : instances(4)) {
      tasks.add(() -> removeAllDue(messages(instance)));
    }

    List<Long> all = atOnce(tasks).stream().flatMap(List::stream).toList();

    assertThat(all).doesNotHaveDuplicates().hasSize(count);
    assertThat(await(messages().count(ORDERS))).isZero();
  }

  /**
   * What it took, until all are gone: others may hold what is left while this one finds nothing.
   */
  private List<Long> removeAllDue(StoredMessages messages) {
    List<Long> taken = new ArrayList<>();
    while (await(messages.count(ORDERS)) > 0) {
      for (LeasedMessage one : await(messages.takeDue(ORDERS, 7, LEASE))) {
        taken.add(one.message().number().value());
        await(messages.remove(one));
      }
    }
    return taken;
  }

  @Test
  void eitherTheCancellingOrTheTakingSucceeds() {
    List<QueueStateStore> instances = instances(2);
    for (long number = 1; number <= 50; number++) {
      put(number, now());
      SequenceNumber one = SequenceNumber.of(number);
      List<Callable<Boolean>> tasks =
          List.of(
              () -> await(messages(instances.get(0)).cancel(ORDERS, one)),
              () -> !await(messages(instances.get(1)).takeDue(ORDERS, 10, LEASE)).isEmpty());

      assertThat(atOnce(tasks)).as("message %d", number).containsOnlyOnce(true);
    }
  }

  @Test
  void boundsAreKept() {
    QueueName queue = ORDERS;
    byte[] most = new byte[LIMITS.maxMessageSize()];
    SequenceNumber one = SequenceNumber.of(1);
    assertThat(await(messages().put(new StoredMessage(queue, one, "a", null, most)))).isTrue();
    fails(
        MessageTooLarge.class,
        messages()
            .put(
                new StoredMessage(
                    queue, SequenceNumber.of(2), "b", null, Arrays.copyOf(most, 1001))),
        "Cannot keep message 'b' of queue 'orders' in the state store: it has 1001 bytes, at most 1000 are kept");
    assertThat(await(messages().count(queue))).isEqualTo(1);
    int tooMany = StoredMessages.MAX_BATCH + 1;
    fails(ValidationFailed.class, messages().takeDue(queue, 0, LEASE), "found 0");
    fails(ValidationFailed.class, messages().takeDue(queue, tooMany, LEASE), "found 257");
    fails(ValidationFailed.class, messages().list(queue, one, tooMany), "found 257");
    fails(
        ValidationFailed.class,
        messages().take(queue, numbers(LongStream.range(0, tooMany).toArray()), LEASE),
        "found 257");
    fails(
        ValidationFailed.class,
        messages().takeDue(queue, 1, Duration.ZERO),
        "is more than zero and at most PT168H");
    fails(
        ValidationFailed.class,
        messages().renew(takeOne(1), StoredMessages.MAX_LEASE.plusMillis(1)),
        "is more than zero and at most PT168H");
  }
}
