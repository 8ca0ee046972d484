package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How fronts come, and what becomes of them when their queue is deleted. */
class FrontsTests {

  private static final Duration LONG = Duration.ofMinutes(10);
  private static final QueueName QUEUE = QueueName.of("orders");
  private static final SessionId SESSION = SessionId.of("customer");

  private ScriptedBroker broker = new ScriptedBroker(null);

  @AfterEach
  void end() {
    broker.close();
  }

  @Test
  void whoLooksIntoAQueueIsWokenAsSoonAsItsFeedsHaveBegun() throws Exception {
    Front front = broker.fronts().of(QUEUE, SubQueue.MAIN);
    ((ScriptedFeed) front.feeds().get(0)).hesitating();

    CompletableFuture<Void> looked = CompletableFuture.runAsync(() -> front.awaitWarm(LONG));

    await(looked);
    assertThat(front.feeds().get(0).isRunning()).isTrue();
  }

  @Test
  void nothingComesOfADeletedQueueOnceItIsForgotten() throws Exception {
    QueueReceiver receiver = broker.fronts().receiver(QUEUE, SubQueue.MAIN);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver.receive(1, LONG);
    ScriptedFeed old = broker.awaitBegun();
    old.bring(1);
    await(receive);

    broker.fronts().forget(QUEUE);

    assertThat(old.isRunning()).isFalse();
    receiver.receive(1, LONG);
    assertThat(broker.awaitBegun()).isNotSameAs(old);
  }

  @Test
  void whoWaitsForADeletedQueueIsToldThatItIsGone() throws Exception {
    CompletableFuture<?> receive = broker.fronts().receiver(QUEUE, SubQueue.MAIN).receive(1, LONG);
    broker.awaitBegun();

    broker.fronts().forget(QUEUE);

    assertThatThrownBy(() -> await(receive))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(QueueNotFound.class)
        .hasMessageContaining("'orders'");
  }

  @Test
  void theNextQueueOfItsNameCountsItsOwnDeliveries() throws Exception {
    QueueReceiver receiver = broker.fronts().receiver(QUEUE, SubQueue.MAIN);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver.receive(1, LONG);
    broker.awaitBegun().bring(1);
    await(receiver.settle(await(receive).get(0), Settlement.abandon()));
    await(receiver.receive(1, LONG));
    broker.history().note(QUEUE.value(), Found.number(2), new DeliveryHistory.Entry(7, 0, null));

    broker.fronts().forget(QUEUE);
    CompletableFuture<List<ReceivedMessage<byte[]>>> later = receiver.receive(1, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1);
    feed.bring(2);

    assertThat(await(later).get(0).deliveryCount()).isEqualTo(1);
    assertThat(await(receiver.receive(1, LONG)).get(0).deliveryCount()).isEqualTo(1);
  }

  @Test
  void aMessageOfADeletedQueueIsNotSettledInTheNextOfItsName() throws Exception {
    QueueReceiver receiver = broker.fronts().receiver(QUEUE, SubQueue.MAIN);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = receiver.receive(1, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1);
    ReceivedMessage<byte[]> old = await(receive).get(0);

    broker.fronts().forget(QUEUE);

    assertThatThrownBy(() -> await(receiver.settle(old, Settlement.complete())))
        .hasCauseInstanceOf(InvalidReceipt.class);
    assertThat(feed.acknowledged()).isZero();
  }

  @Test
  void whatIsBehindAMessageThatCouldNotBeCompletedDoesNotOvertakeIt() throws Exception {
    broker.close();
    broker = new ScriptedBroker(SESSION);
    SessionReceiver session = await(broker.fronts().acceptSession(QUEUE, SESSION, LONG));
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = session.receive(1, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1);
    ReceivedMessage<byte[]> first = await(receive).get(0);
    feed.bring(2);
    feed.dying(true); // which it has not told yet

    assertThatThrownBy(() -> await(session.settle(first, Settlement.complete())))
        .hasCauseInstanceOf(LockLost.class);

    assertThatThrownBy(() -> await(session.receive(1, LONG)))
        .hasCauseInstanceOf(SessionLockLost.class);
    await(session.closeAsync());
    SessionReceiver next = await(broker.fronts().acceptSession(QUEUE, SESSION, LONG));
    assertThat(await(next.receive(1, Duration.ZERO))).isEmpty();
  }

  @Test
  void aSessionOfADeletedQueueIsLost() throws Exception {
    broker.close();
    broker = new ScriptedBroker(SESSION);
    CompletableFuture<SessionReceiver> accept = broker.fronts().acceptSession(QUEUE, SESSION, LONG);
    SessionReceiver session = await(accept);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = session.receive(1, LONG);
    ScriptedFeed feed = broker.awaitBegun();
    feed.bring(1);
    ReceivedMessage<byte[]> old = await(receive).get(0);

    broker.fronts().forget(QUEUE);

    assertThatThrownBy(() -> await(session.settle(old, Settlement.complete())))
        .hasCauseInstanceOf(SessionLockLost.class);
    assertThatThrownBy(() -> await(session.receive(1, LONG)))
        .hasCauseInstanceOf(SessionLockLost.class);
    assertThatThrownBy(() -> await(session.renewSessionLock()))
        .hasCauseInstanceOf(SessionLockLost.class);
    assertThat(feed.acknowledged()).isZero();
  }

  /** What must come; the bound is for a broken front. */
  private static <T> T await(CompletableFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(60, TimeUnit.SECONDS);
  }
}
