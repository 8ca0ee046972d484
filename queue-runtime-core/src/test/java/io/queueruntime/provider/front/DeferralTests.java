package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two processes that share a queue and a state store, with faults of both. */
class DeferralTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final SessionId SESSION = SessionId.of("s");
  private static final SequenceNumber ONE = SequenceNumber.of(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final FlakyStore store = new FlakyStore();
  private final ScriptedBroker first = new ScriptedBroker(null, store.store());
  private final ScriptedBroker second = new ScriptedBroker(null, store.store());
  private final QueueReceiver here = first.fronts().receiver(QUEUE, SubQueue.MAIN);
  private final QueueReceiver there = second.fronts().receiver(QUEUE, SubQueue.MAIN);

  @AfterEach
  void close() {
    store.unreachable(null);
    first.close();
    second.close();
    store.close();
  }

  @Test
  void whatWasKeptButNotAcknowledgedIsInBothAndCanBeDeferredAgain() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = here.receive(1, LONG);
    ScriptedFeed feed = first.awaitBegun();
    feed.bring(1);
    ReceivedMessage<byte[]> message = await(receive).get(0);
    feed.dying(true);

    assertThat(failureOf(here.settle(message, Settlement.defer()))).isInstanceOf(LockLost.class);

    assertThat(await(store.real().deferred().count(QUEUE))).isEqualTo(1);
    feed.dying(false);
    feed.bring(1);
    await(here.settle(await(here.receive(1, LONG)).get(0), Settlement.defer()));
    assertThat(feed.acknowledged()).isEqualTo(1);
    assertThat(await(store.real().deferred().count(QUEUE))).isEqualTo(1);
    assertThat(fetch(there)).isNotNull();
  }

  @Test
  void whatCannotBeKeptStaysAtTheBroker() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = here.receive(1, LONG);
    ScriptedFeed feed = first.awaitBegun();
    feed.bring(1);
    ReceivedMessage<byte[]> message = await(receive).get(0);
    store.unreachable("put");

    assertThat(failureOf(here.settle(message, Settlement.defer())))
        .isInstanceOf(ConnectionFailed.class);

    assertThat(feed.acknowledged()).isZero();
    ReceivedMessage<byte[]> again = await(here.receive(1, LONG)).get(0);
    assertThat(again.deliveryCount()).isEqualTo(2);
    store.unreachable(null);
    await(here.settle(again, Settlement.defer()));
    assertThat(feed.acknowledged()).isEqualTo(1);
    assertThat(fetch(here).deliveryCount()).isEqualTo(3);
  }

  @Test
  void whatCouldNotBeRemovedCanBeSettledAgainAsLongAsItIsLocked() {
    defer(1);
    ReceivedMessage<byte[]> message = fetch(here);
    store.unreachable("remove");
    assertThat(failureOf(here.settle(message, Settlement.complete())))
        .isInstanceOf(ConnectionFailed.class);
    store.unreachable(null);

    await(here.settle(message, Settlement.complete()));

    assertThat(await(store.real().deferred().count(QUEUE))).isZero();
    assertThat(failureOf(here.settle(message, Settlement.complete())))
        .isInstanceOf(InvalidReceipt.class);
  }

  @Test
  void anotherProcessTakesWhatACrashedOneHadOnceItsLeaseIsOver() {
    defer(1);
    ReceivedMessage<byte[]> held = fetch(here);
    assertThat(await(there.receiveDeferred(List.of(ONE)))).isEmpty();
    store.advance(Duration.ofMinutes(6)); // of which the first, as if it slept, knows nothing

    ReceivedMessage<byte[]> taken = fetch(there);

    assertThat(taken.deliveryCount()).isEqualTo(3);
    assertThat(failureOf(here.settle(held, Settlement.complete()))).isInstanceOf(LockLost.class);
    assertThat(failureOf(here.renewLock(held))).isInstanceOf(LockLost.class);
    await(there.settle(taken, Settlement.complete()));
    assertThat(await(store.real().deferred().count(QUEUE))).isZero();
  }

  @Test
  void aRenewedLeaseIsNotTakenByAnother() {
    defer(1);
    ReceivedMessage<byte[]> held = fetch(here);
    store.advance(Duration.ofMinutes(4));

    await(here.renewLock(held));

    store.advance(Duration.ofMinutes(4));
    assertThat(await(there.receiveDeferred(List.of(ONE)))).isEmpty();
    await(here.settle(held, Settlement.complete()));
  }

  @Test
  void whatFailsTooOftenIsDeadLettered() throws Exception {
    defer(1);
    for (int delivery = 2; delivery <= 5; delivery++) {
      ReceivedMessage<byte[]> message = fetch(here);
      assertThat(message.deliveryCount()).isEqualTo(delivery);
      await(here.settle(message, Settlement.abandon()));
    }

    assertThat(first.buried().poll(60, TimeUnit.SECONDS))
        .isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
    assertThat(await(here.receiveDeferred(List.of(ONE)))).isEmpty();
  }

  @Test
  void whatEndsItsProcessEachTimeIsDeadLettered() throws Exception {
    defer(1);
    for (int delivery = 2; delivery <= 5; delivery++) {
      fetch(here);
      store.advance(Duration.ofMinutes(6));
    }

    assertThat(await(there.receiveDeferred(List.of(ONE)))).isEmpty();

    assertThat(second.buried().poll(60, TimeUnit.SECONDS))
        .isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
  }

  @Test
  void whatIsReleasedWasNoDelivery() {
    defer(1);
    await(here.settle(fetch(here), Settlement.release()));

    assertThat(fetch(here).deliveryCount()).isEqualTo(2);
  }

  @Test
  void aClosedProcessLetsGoOfWhatItHad() {
    defer(1);
    fetch(here);

    first.fronts().close();

    assertThat(fetch(there)).isNotNull();
  }

  @Test
  void aClosedSessionLetsGoOfWhatItHad() {
    try (ScriptedBroker broker = new ScriptedBroker(SESSION, store.store())) {
      SessionReceiver session =
          await(broker.fronts().acceptSession(QUEUE, SESSION, Duration.ofSeconds(30)));
      CompletableFuture<List<ReceivedMessage<byte[]>>> receive = session.receive(1, LONG);
      broker.awaitBegun().bring(1);
      await(session.settle(await(receive).get(0), Settlement.defer()));
      ReceivedMessage<byte[]> held = fetch(session);
      assertThat(held.lockedUntil()).contains(session.lockedUntil());

      await(session.closeAsync());

      SessionReceiver next =
          await(broker.fronts().acceptSession(QUEUE, SESSION, Duration.ofSeconds(30)));
      assertThat(fetch(next).deliveryCount()).isEqualTo(2);
    }
  }

  @Test
  void deadLettersAreNotDeferred() {
    QueueReceiver letters = first.fronts().receiver(QUEUE, SubQueue.DEAD_LETTER);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = letters.receive(1, LONG);
    first.awaitBegun().bring(1);
    ReceivedMessage<byte[]> letter = await(receive).get(0);

    assertThat(failureOf(letters.settle(letter, Settlement.defer())))
        .isInstanceOf(ValidationFailed.class);

    assertThat(await(letters.receiveDeferred(List.of(ONE)))).isEmpty();
  }

  private void defer(long number) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = here.receive(1, LONG);
    first.awaitBegun().bring(number);
    await(here.settle(await(receive).get(0), Settlement.defer()));
  }

  private static ReceivedMessage<byte[]> fetch(QueueReceiver receiver) {
    List<ReceivedMessage<byte[]>> fetched = await(receiver.receiveDeferred(List.of(ONE)));
    assertThat(fetched).hasSize(1);
    return fetched.get(0);
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    return catchThrowableOfType(CompletionException.class, () -> await(future)).getCause();
  }
}
