package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of copies that have come, of which one is to be handed out. */
class ArrivalCheckTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final SessionId SESSION = SessionId.of("customer");
  private static final Duration WINDOW = Duration.ofHours(1);
  private static final Duration LONG = Duration.ofDays(1);

  private final MovedTime time = new MovedTime();
  private final QueueStateStore shared =
      EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory().withClock(time));
  private final List<ScriptedBroker> brokers = new ArrayList<>();

  @AfterEach
  void close() {
    brokers.forEach(ScriptedBroker::close);
    shared.close();
  }

  private ScriptedBroker broker(@Nullable QueueStateStore store, @Nullable SessionId session) {
    ScriptedBroker broker = new ScriptedBroker(session, store, WINDOW, time.provider());
    brokers.add(broker);
    return broker;
  }

  private ScriptedSender sender(QueueStateStore store) {
    return new ScriptedSender(QUEUE, broker(store, null));
  }

  private static OutgoingMessage message(String id) {
    return OutgoingMessage.of(new byte[] {1}).messageId(id).build();
  }

  /** A message that arrived, and whose sender ended before it could say so. */
  private ScriptedSender.Publication ofACrashedSender(String id) {
    ScriptedSender crashed = sender(new ScriptedStore(shared).deafToConfirms()).unsure();
    crashed.send(message(id));
    return crashed.awaitPublished();
  }

  /** A copy that nobody has claimed yet. */
  private CopyMark freshMark() {
    return new CopyMark(CopyId.random(), Instant.ofEpochMilli(time.millis() + WINDOW.toMillis()));
  }

  @Test
  void ofTheCopiesThatACrashedSenderAndItsSuccessorSentOneIsHandedOut() {
    ScriptedSender.Publication first = ofACrashedSender("1");
    time.pass(ScriptedBroker.SEND_TIMEOUT.plusSeconds(6));
    ScriptedSender successor = sender(shared);
    assertThat(await(successor.send(message("1"))).outcome()).isEqualTo(SendOutcome.ENQUEUED);
    Receiving receiving = new Receiving(shared, null);

    first.into(receiving.feed);
    receiving.feed.awaitAcknowledged(1);
    assertThat(receiving.receive).isNotDone();
    ScriptedSender.Publication second = successor.awaitPublished();
    second.into(receiving.feed);

    assertThat(await(receiving.receive))
        .extracting(ReceivedMessage::sequenceNumber)
        .containsExactly(Found.number(second.number()));
  }

  @Test
  void whatACrashedSenderSentIsSettledByWhoReceivesIt() {
    ScriptedSender.Publication first = ofACrashedSender("1");
    Receiving receiving = new Receiving(shared, null);

    first.into(receiving.feed);

    assertThat(await(receiving.receive)).hasSize(1);
    SendReceipt receipt = await(sender(shared).send(message("1")));
    assertThat(receipt.outcome()).isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  void aCopyWhoseOtherIsInDoubtWaitsForItInItsPlaceAndLetsOthersPass() {
    ofACrashedSender("1");
    Receiving receiving = new Receiving(shared, null);

    receiving.feed.bring(1_001, "1", freshMark());
    receiving.feed.bring(1_002, "2", freshMark());

    ReceivedMessage<byte[]> passed = await(receiving.receive).get(0);
    assertThat(passed.messageId()).isEqualTo("2");
    await(receiving.receiver.settle(passed, Settlement.complete()));
    CompletableFuture<List<ReceivedMessage<byte[]>>> next = receiving.receiver.receive(1, LONG);
    time.pass(ScriptedBroker.SEND_TIMEOUT.plusSeconds(6));
    assertThat(await(next)).extracting(ReceivedMessage::messageId).containsExactly("1");
  }

  @Test
  void messagesOfASessionKeepTheirOrderThoughTheWindowAnswersInAnother() {
    ScriptedStore store = new ScriptedStore(shared).holdingClaims();
    Receiving receiving = new Receiving(store, SESSION);
    receiving.feed.bring(1, "1", freshMark());
    Runnable first = store.awaitHeld();
    receiving.feed.bring(2, "2", freshMark());
    Runnable second = store.awaitHeld();
    receiving.feed.bring(3);

    second.run();
    first.run();

    List<String> ids = new ArrayList<>();
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiving.receive;
    while (ids.size() < 3) {
      await(receive).forEach(message -> ids.add(message.messageId()));
      receive = receiving.receiver.receive(1, LONG);
    }
    assertThat(ids).containsExactly("1", "2", "message-3");
  }

  @Test
  void whileTheStoreCannotBeReachedNothingIsHandedOutAndNothingIsLost() throws Exception {
    ScriptedStore store = new ScriptedStore(shared);
    Receiving receiving = new Receiving(store, null);
    store.fail(true);
    receiving.feed.bring(1, "1", freshMark());
    store.awaitRefusals();
    assertThat(receiving.receive).isNotDone();
    assertThat(receiving.feed.acknowledged()).isZero();

    store.fail(false);

    assertThat(await(receiving.receive))
        .extracting(ReceivedMessage::messageId)
        .containsExactly("1");
  }

  @Test
  void aMessageThatStoodInItsQueueForLongerThanItsWindowIsNoCopyOfTheNextOfItsId() {
    ScriptedSender sender = sender(shared);
    assertThat(await(sender.send(message("1"))).outcome()).isEqualTo(SendOutcome.ENQUEUED);
    time.pass(WINDOW);
    assertThat(await(sender.send(message("1"))).outcome()).isEqualTo(SendOutcome.ENQUEUED);
    Receiving receiving = new Receiving(shared, null);

    sender.awaitPublished().into(receiving.feed);
    assertThat(await(receiving.receive)).hasSize(1);
    CompletableFuture<List<ReceivedMessage<byte[]>>> next = receiving.receiver.receive(1, LONG);
    sender.awaitPublished().into(receiving.feed);

    assertThat(await(next)).hasSize(1);
    assertThat(await(sender.send(message("1"))).outcome()).isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  void whatWasGivenBackHereIsNotAskedAboutAgain() {
    ScriptedStore store = new ScriptedStore(shared);
    Receiving receiving = new Receiving(store, null);
    receiving.feed.bring(1, "1", freshMark());
    ReceivedMessage<byte[]> message = await(receiving.receive).get(0);
    store.fail(true);

    await(receiving.receiver.settle(message, Settlement.abandon()));

    assertThat(await(receiving.receiver.receive(1, LONG)).get(0).deliveryCount()).isEqualTo(2);
  }

  @Test
  void whoComesForASessionWaitsForWhatIsBeingAsked() {
    ScriptedStore store = new ScriptedStore(shared).holdingClaims();
    ScriptedBroker broker = broker(store, SESSION);
    CompletableFuture<?> other = broker.fronts().acceptNextSession(QUEUE, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1, "1", freshMark());
    Runnable answer = store.awaitHeld();
    // which nobody holds, so that it is given at once
    await(broker.fronts().acceptSession(QUEUE, SESSION, LONG)).close();
    assertThat(other).isNotDone();

    answer.run();

    assertThat(await(other)).isNotNull();
  }

  @Test
  void aMessageWithoutAMarkIsHandedOutThoughTheStoreCannotBeReached() {
    ScriptedStore store = new ScriptedStore(shared);
    store.fail(true);
    Receiving receiving = new Receiving(store, null);

    receiving.feed.bring(7);

    assertThat(await(receiving.receive)).hasSize(1);
  }

  @Test
  void aPurgeTakesWhatIsBeingAskedToo() {
    ScriptedStore store = new ScriptedStore(shared).holdingClaims();
    ScriptedBroker broker = broker(store, null);
    Front front = broker.fronts().of(QUEUE, SubQueue.MAIN);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive =
        broker.fronts().receiver(QUEUE, SubQueue.MAIN).receive(1, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1, "1", freshMark());
    Runnable answer = store.awaitHeld();

    assertThat(front.takeOut(number -> true)).hasSize(1);
    answer.run();
    feed.bring(2);

    assertThat(await(receive)).extracting(ReceivedMessage::messageId).containsExactly("message-2");
  }

  @Test
  void withoutTheStoreThatOthersHaveNothingIsReceivedUnasked() {
    CompletableFuture<?> receive =
        broker(null, null).fronts().receiver(QUEUE, SubQueue.MAIN).receive(1, LONG);

    assertThat(catchThrowableOfType(CompletionException.class, () -> await(receive)).getCause())
        .isInstanceOf(UnsupportedCapability.class);
  }

  /** A process that waits for messages. */
  private final class Receiving {
    final QueueReceiver receiver;
    final CompletableFuture<List<ReceivedMessage<byte[]>>> receive;
    final ScriptedFeed feed;

    Receiving(QueueStateStore store, @Nullable SessionId session) {
      ScriptedBroker broker = broker(store, session);
      receiver =
          session == null
              ? broker.fronts().receiver(QUEUE, SubQueue.MAIN)
              : await(broker.fronts().acceptSession(QUEUE, session, LONG));
      receive = receiver.receive(3, LONG);
      feed = broker.awaitBegun();
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }
}
