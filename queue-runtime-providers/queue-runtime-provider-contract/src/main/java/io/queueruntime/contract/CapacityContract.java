package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Queues that are full: senders wait, then learn it; nothing is ever dropped. Used by one thread.
 */
@Needs(Capability.CAPACITY)
public abstract class CapacityContract extends ProviderContract {

  private QueueName queueFor(int capacity) {
    return queue(options -> options.withCapacity(capacity));
  }

  /** A send that finds no room and waits. */
  private CompletableFuture<SendReceipt> heldBack(QueueName queue, String text) {
    CompletableFuture<SendReceipt> send = provider.sender(queue).send(message(text).build());
    settleDown();
    assertThat(send).as("send to the full queue %s", queue).isNotDone();
    return send;
  }

  @Test
  @Promise("semantics 8")
  void aQueueTakesAsManyMessagesAsItMay() {
    QueueName queue = queueFor(3);

    sendEach(queue, "a", "b", "c");

    heldBack(queue, "d");
    assertThat(texts(takeAll(receiver(queue), 3))).containsExactly("a", "b", "c");
  }

  @Test
  @Promise("semantics 8")
  void aSenderIsHeldBackUntilAMessageIsCompleted() {
    QueueName queue = queueFor(2);
    sendEach(queue, "a", "b");
    CompletableFuture<SendReceipt> send = heldBack(queue, "c");
    QueueReceiver receiver = receiver(queue);

    consume(receiver, "a");

    assertThat(await(send).outcome()).isEqualTo(SendOutcome.ENQUEUED);
    consumeAll(receiver, "b", "c");
  }

  @Test
  @Promise("semantics 8")
  void aSenderThatWaitedTooLongIsRefused() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");

    pass(fixture.sendTimeout());

    QueueFull full = failure(QueueFull.class, send);
    assertThat(full.isTransient()).isTrue();
    assertThat(full.queue()).contains(queue.value());
  }

  @Test
  @Promise("semantics 8")
  void whatWasRefusedDoesNotArriveLater() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");
    pass(fixture.sendTimeout());
    failure(QueueFull.class, send);

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("PER-10")
  void aFullQueueDropsNothing() {
    QueueName queue = queueFor(2);
    sendEach(queue, "a", "b");
    List<CompletableFuture<SendReceipt>> sends = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      sends.add(heldBack(queue, "x" + i));
    }
    pass(fixture.sendTimeout());
    sends.forEach(send -> failure(QueueFull.class, send));

    consumeAll(receiver(queue), "a", "b");
    send(queue, "c");
    consumeAll(receiver(queue), "c");
  }

  @Test
  @Promise("semantics 8")
  void sendersAreServedInTheirOrder() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> b = heldBack(queue, "b");
    CompletableFuture<SendReceipt> c = heldBack(queue, "c");
    QueueReceiver receiver = receiver(queue);

    consume(receiver, "a");
    await(b);
    assertThat(c).isNotDone();
    consume(receiver, "b");
    await(c);

    consumeAll(receiver, "c");
  }

  @Test
  @Promise("semantics 8")
  void aMessageInWorkStillTakesItsPlace() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);

    CompletableFuture<SendReceipt> send = heldBack(queue, "b");
    settle(receiver, message, Settlement.abandon());
    settleDown();
    assertThat(send).isNotDone();

    consume(receiver, "a");
    await(send);
  }

  @Test
  @Promise("semantics 8")
  void aDeadLetterMakesRoom() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));

    await(send);
    consumeAll(receiver, "b");
  }

  @Test
  @Needs(Capability.TIME_TO_LIVE)
  @Promise("semantics 8")
  void anExpiredMessageMakesRoom() {
    QueueName queue = queueFor(1);
    Duration life = fixture.sendTimeout().dividedBy(2);
    send(queue, message("a").timeToLive(life));
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");

    pass(life);

    await(send);
    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("semantics 8")
  void purgingMakesRoom() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");

    assertThat(provider.admin().purge(queue)).isEqualTo(1);

    await(send);
    consumeAll(receiver(queue), "b");
  }

  @Test
  @Needs({Capability.SCHEDULE, Capability.CANCEL_SCHEDULED})
  @Promise("QueueStatistics.pending")
  void aScheduledMessageTakesAPlace() {
    QueueName queue = queueFor(1);
    SendReceipt scheduled =
        send(queue, message("later").scheduledEnqueueTime(fixture.now().plus(Duration.ofDays(1))));
    CompletableFuture<SendReceipt> send = heldBack(queue, "a");

    await(provider.sender(queue).cancelScheduled(scheduled.sequenceNumber()));

    await(send);
  }

  @Test
  @Needs(Capability.ATOMIC_BATCH)
  @Promise("semantics 8")
  void aBatchIsHeldBackAsAWhole() {
    QueueName queue = queueFor(3);
    sendEach(queue, "a", "b");
    CompletableFuture<List<SendReceipt>> batch =
        provider.sender(queue).sendAll(List.of(message("c").build(), message("d").build()));
    settleDown();
    assertThat(batch).isNotDone();
    QueueReceiver receiver = receiver(queue);
    consume(receiver, "a");

    assertThat(await(batch)).hasSize(2);
    consumeAll(receiver, "b", "c", "d");
  }

  @Test
  @Promise("semantics 8")
  void queuesAreFullForThemselves() {
    QueueName queue = queueFor(1);
    QueueName other = queueFor(1);
    send(queue, "a");
    heldBack(queue, "b");

    send(other, "x");

    consumeAll(receiver(other), "x");
  }

  @Test
  @Needs(Capability.DEDUPLICATION_KEY)
  @Promise("semantics 9")
  void aReplacementNeedsNoRoom() {
    QueueName queue = queueFor(1);
    send(queue, message("old").deduplicationKey("k"));

    assertThat(send(queue, message("new").deduplicationKey("k")).outcome())
        .isEqualTo(SendOutcome.REPLACED);

    consumeAll(receiver(queue), "new");
  }

  @Test
  @Needs({Capability.DUPLICATE_DETECTION, Capability.DUPLICATE_OUTCOME})
  @Promise("semantics 9")
  void aDuplicateNeedsNoRoom() {
    QueueName queue =
        queue(
            options ->
                options.withCapacity(1).withDuplicateDetectionWindow(step().multipliedBy(10)));
    send(queue, message("a").messageId("1"));

    assertThat(send(queue, message("copy").messageId("1")).outcome())
        .isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  @Promise("semantics 8")
  void aSenderThatGivesUpSendsNothing() {
    QueueName queue = queueFor(1);
    send(queue, "a");
    CompletableFuture<SendReceipt> send = heldBack(queue, "b");

    send.cancel(true);
    settleDown();

    consumeAll(receiver(queue), "a");
  }
}
