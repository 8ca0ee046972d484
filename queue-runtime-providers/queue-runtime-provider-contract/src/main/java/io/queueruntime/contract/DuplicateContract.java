package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The time window on message ids: a copy of what was sent before is discarded. Used by one thread.
 */
@Needs(Capability.DUPLICATE_DETECTION)
public abstract class DuplicateContract extends ProviderContract {

  private Duration window() {
    return step().multipliedBy(5);
  }

  private QueueName detectingQueue() {
    return queue(options -> options.withDuplicateDetectionWindow(window()));
  }

  private SendOutcome sendAs(QueueName queue, String id, String text) {
    return send(queue, message(text).messageId(id)).outcome();
  }

  @Test
  @Needs(Capability.DUPLICATE_OUTCOME)
  @Promise("semantics 9")
  void theNewCopyIsDiscardedAndItsSenderLearnsIt() {
    QueueName queue = detectingQueue();
    assertThat(sendAs(queue, "1", "first")).isEqualTo(SendOutcome.ENQUEUED);

    SendReceipt receipt = send(queue, message("second").messageId("1"));

    assertThat(receipt.outcome()).isEqualTo(SendOutcome.DUPLICATE);
    assertThat(receipt.messageId()).isEqualTo("1");
    consumeAll(receiver(queue), "first");
  }

  @Test
  @Promise("semantics 9")
  void otherIdsAreOtherMessages() {
    QueueName queue = detectingQueue();

    assertThat(sendAs(queue, "1", "a")).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(sendAs(queue, "2", "a")).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(sendAs(queue, "1 ", "a")).isEqualTo(SendOutcome.ENQUEUED);

    assertThat(takeAll(receiver(queue), 3)).hasSize(3);
  }

  @Test
  @Promise("semantics 9")
  void anIdIsRememberedAfterItsMessageIsCompleted() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "a");
    consumeAll(receiver(queue), "a");

    discarded(sendAs(queue, "1", "copy"));

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("semantics 9")
  void anIdIsRememberedAfterItsMessageIsDeadLettered() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));

    discarded(sendAs(queue, "1", "copy"));

    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 9")
  void anIdIsRememberedWhileItsMessageIsInWork() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "a");
    QueueReceiver receiver = receiver(queue);
    take(receiver);

    discarded(sendAs(queue, "1", "copy"));

    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 9")
  void anIdIsForgottenAfterTheWindow() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "first");

    pass(window().minus(step()));
    discarded(sendAs(queue, "1", "copy"));
    pass(step());

    assertThat(sendAs(queue, "1", "second")).isEqualTo(SendOutcome.ENQUEUED);
    consumeAll(receiver(queue), "first", "second");
  }

  @Test
  @Promise("semantics 9")
  void theWindowBeginsAnewWithTheNextMessageOfThatId() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "first");
    pass(window());
    sendAs(queue, "1", "second");

    pass(window().minus(step()));

    discarded(sendAs(queue, "1", "copy"));
    consumeAll(receiver(queue), "first", "second");
  }

  @Test
  @Promise("DUP-1")
  void aCopyWithinOneBatchIsDiscarded() {
    QueueName queue = detectingQueue();

    List<SendReceipt> receipts =
        await(
            provider
                .sender(queue)
                .sendAll(
                    List.of(
                        message("a").messageId("1").build(),
                        message("copy").messageId("1").build(),
                        message("b").messageId("2").build())));

    assertThat(List.of(receipts.get(0), receipts.get(2)))
        .extracting(SendReceipt::outcome)
        .containsOnly(SendOutcome.ENQUEUED);
    discarded(receipts.get(1).outcome());
    consumeAll(receiver(queue), "a", "b");
  }

  @Test
  @Promise("DUP-1")
  void ofManyCopiesSentAtOnceOneArrives() {
    QueueName queue = detectingQueue();
    OutgoingMessage message = message("a").messageId("1").build();

    List<CompletableFuture<SendReceipt>> sends =
        IntStream.range(0, 20).mapToObj(i -> provider.sender(queue).send(message)).toList();
    List<SendOutcome> outcomes = sends.stream().map(this::await).map(SendReceipt::outcome).toList();

    if (provider.capabilities().has(Capability.DUPLICATE_OUTCOME)) {
      assertThat(outcomes).filteredOn(outcome -> outcome == SendOutcome.ENQUEUED).hasSize(1);
      assertThat(outcomes).filteredOn(outcome -> outcome == SendOutcome.DUPLICATE).hasSize(19);
    }
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.DUPLICATE_OUTCOME)
  @Promise("semantics 9")
  void idsTheRuntimeMadeAreNotRemembered() {
    QueueName queue = detectingQueue();
    SendReceipt made = send(queue, message("a"));

    assertThat(sendAs(queue, made.messageId(), "b")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(queue), "a", "b");
  }

  @Test
  @Promise("semantics 9")
  void queuesRememberForThemselves() {
    QueueName queue = detectingQueue();
    QueueName other = detectingQueue();
    sendAs(queue, "1", "a");

    assertThat(sendAs(other, "1", "b")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(other), "b");
  }

  @Test
  @Promise("SND-3")
  void aRefusedMessageIsNotRemembered() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(window()).withMaxMessageSize(5_000L));
    failure(
        MessageTooLarge.class,
        provider.sender(queue).send(OutgoingMessage.of(new byte[6_000]).messageId("1").build()));

    assertThat(sendAs(queue, "1", "a")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.ATOMIC_BATCH)
  @Promise("SND-6")
  void aRefusedBatchIsNotRemembered() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(window()).withMaxMessageSize(5_000L));
    failure(
        MessageTooLarge.class,
        provider
            .sender(queue)
            .sendAll(
                List.of(
                    message("a").messageId("1").build(),
                    OutgoingMessage.of(new byte[6_000]).build())));

    assertThat(sendAs(queue, "1", "a")).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("semantics 9")
  void aScheduledMessagesIdIsRememberedFromItsSending() {
    QueueName queue = detectingQueue();
    send(queue, message("later").messageId("1").scheduledEnqueueTime(fixture.now().plus(step())));

    discarded(sendAs(queue, "1", "copy"));

    pass(step());
    consumeAll(receiver(queue), "later");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 9")
  void anIdIsRememberedInASessionQueueToo() {
    QueueName queue = sessionQueue(options -> options.withDuplicateDetectionWindow(window()));
    send(queue, message("s", "a").messageId("1"));

    discarded(send(queue, message("s", "copy").messageId("1")).outcome());

    consumeAll(accept(queue, "s"), "a");
  }

  @Test
  @Promise("ADM-2")
  void aQueueCreatedAnewRemembersNothing() {
    QueueName queue = detectingQueue();
    sendAs(queue, "1", "a");
    provider.admin().delete(queue);
    provider.admin().create(queue, fixture.queueOptions().withDuplicateDetectionWindow(window()));

    assertThat(sendAs(queue, "1", "b")).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  @Promise("DUP-6")
  void withoutAWindowNothingIsRemembered() {
    QueueName queue = queue(options -> options.withDuplicateDetectionWindow(null));
    sendAs(queue, "1", "a");

    assertThat(sendAs(queue, "1", "b")).isEqualTo(SendOutcome.ENQUEUED);
  }
}
