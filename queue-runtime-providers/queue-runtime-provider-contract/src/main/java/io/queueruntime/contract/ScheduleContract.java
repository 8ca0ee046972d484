package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that are sent now and become ready later. Used by one thread. */
@Needs(Capability.SCHEDULE)
public abstract class ScheduleContract extends ProviderContract {

  private OutgoingMessage.Builder later(String text, Duration delay) {
    return message(text).scheduledEnqueueTime(fixture.now().plus(delay));
  }

  private OutgoingMessage.Builder later(String session, String text, Duration delay) {
    return message(session, text).scheduledEnqueueTime(fixture.now().plus(delay));
  }

  @Test
  @Promise("TTL-5")
  void aScheduledMessageIsNotReceivedBeforeItsTime() {
    QueueName queue = queue();

    assertThat(send(queue, later("a", step())).outcome()).isEqualTo(SendOutcome.ENQUEUED);

    nothingIn(receiver(queue));
    pass(step().dividedBy(2));
    nothingIn(receiver(queue));
  }

  @Test
  @Promise("TTL-5")
  void aScheduledMessageIsReceivedAtItsTime() {
    QueueName queue = queue();
    Instant before = fixture.now();
    send(queue, message("a").scheduledEnqueueTime(before.plus(step())));

    pass(step());

    ReceivedMessage<byte[]> message = take(receiver(queue), "a");
    assertThat(message.deliveryCount()).isEqualTo(1);
    isAfter(Duration.ZERO, before.plus(step()), message.enqueuedTime()); // not when it was sent
  }

  @Test
  @Promise("TTL-5")
  void aTimeThatHasPassedMeansNow() {
    QueueName queue = queue();

    send(queue, message("a").scheduledEnqueueTime(fixture.now().minus(step())));

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("semantics 11")
  void itTakesItsPlaceWhenItBecomesDue() {
    QueueName queue = queue();
    send(queue, later("a", step()));
    send(queue, "b");

    pass(step());
    send(queue, "c");

    consumeAll(receiver(queue), "b", "a", "c");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 11")
  void itTakesItsPlaceInItsSessionWhenItBecomesDue() {
    QueueName queue = sessionQueue();
    send(queue, later("s", "a", step()));
    send(queue, "s", "b");

    pass(step());
    send(queue, "s", "c");

    consumeAll(accept(queue, "s"), "b", "a", "c");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 11")
  void untilThenItHoldsUpNobodyInItsSession() {
    QueueName queue = sessionQueue();
    send(queue, later("s", "a", step()));
    sendEachIn(queue, "s", "b", "c");
    SessionReceiver session = accept(queue, "s");

    consumeAll(session, "b", "c");

    pass(step());
    consumeAll(session, "a");
  }

  @Test
  @Promise("semantics 11")
  void theEarlierDueComesFirst() {
    QueueName queue = queue();
    send(queue, later("late", step().multipliedBy(3)));
    send(queue, later("early", step()));
    send(queue, later("middle", step().multipliedBy(2)));

    pass(step().multipliedBy(3));

    consumeAll(receiver(queue), "early", "middle", "late");
  }

  @Test
  @Promise("semantics 11")
  void dueAtOnceMeansInTheOrderOfSending() {
    QueueName queue = queue();
    Instant due = fixture.now().plus(step());
    for (String text : List.of("a", "b", "c")) {
      send(queue, message(text).scheduledEnqueueTime(due));
    }

    pass(step());

    consumeAll(receiver(queue), "a", "b", "c");
  }

  @Test
  @Promise("semantics 11")
  void eachIsReadyAtItsOwnTime() {
    QueueName queue = queue();
    send(queue, later("a", step()));
    send(queue, later("b", step().multipliedBy(2)));

    pass(step());
    consumeAll(receiver(queue), "a");
    pass(step());
    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("SND-5")
  void aBatchMayBeScheduledInPart() {
    QueueName queue = queue();

    await(
        provider
            .sender(queue)
            .sendAll(
                List.of(message("a").build(), later("b", step()).build(), message("c").build())));

    consumeAll(receiver(queue), "a", "c");
    pass(step());
    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("semantics 3")
  void onceDueItIsAMessageLikeAnyOther() {
    QueueName queue = queue();
    send(queue, later("a", step()).messageId("id-1").header("h", "v").correlationId("c"));
    pass(step());
    QueueReceiver receiver = receiver(queue);

    ReceivedMessage<byte[]> message = take(receiver);
    assertThat(message.messageId()).isEqualTo("id-1");
    assertThat(message.headers()).containsEntry("h", "v");
    assertThat(message.correlationId()).contains("c");
    settle(receiver, message, Settlement.abandon());

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(2);
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("semantics 11")
  void aCancelledMessageNeverArrives() {
    QueueName queue = queue();
    SendReceipt receipt = send(queue, later("a", step()));

    assertThat(await(provider.sender(queue).cancelScheduled(receipt.sequenceNumber()))).isTrue();

    pass(step().multipliedBy(2));
    nothingIn(receiver(queue));
    noDeadLettersIn(queue);
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("semantics 11")
  void cancellingOneLeavesTheOthersScheduled() {
    QueueName queue = queue();
    send(queue, later("a", step()));
    SendReceipt b = send(queue, later("b", step()));
    send(queue, later("c", step()));

    await(provider.sender(queue).cancelScheduled(b.sequenceNumber()));

    pass(step());
    consumeAll(receiver(queue), "a", "c");
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("semantics 11")
  void whatIsDueCannotBeCancelled() {
    QueueName queue = queue();
    SendReceipt receipt = send(queue, later("a", step()));
    pass(step());

    assertThat(await(provider.sender(queue).cancelScheduled(receipt.sequenceNumber()))).isFalse();

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("semantics 11")
  void aMessageIsCancelledOnce() {
    QueueName queue = queue();
    SendReceipt receipt = send(queue, later("a", step()));
    await(provider.sender(queue).cancelScheduled(receipt.sequenceNumber()));

    assertThat(await(provider.sender(queue).cancelScheduled(receipt.sequenceNumber()))).isFalse();
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("semantics 11")
  void whatWasNeverScheduledCannotBeCancelled() {
    QueueName queue = queue();
    SendReceipt receipt = send(queue, message("a"));

    receipt
        .findSequenceNumber()
        .ifPresent(
            number -> assertThat(await(provider.sender(queue).cancelScheduled(number))).isFalse());
    assertThat(await(provider.sender(queue).cancelScheduled(SequenceNumber.of(987_654_321))))
        .isFalse();

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Needs({Capability.PEEK, Capability.SCHEDULED_VISIBLE})
  @Promise("API-18")
  void aScheduledMessageCanBeLookedAt() {
    QueueName queue = queue();
    Instant due = fixture.now().plus(step());
    send(queue, message("a").scheduledEnqueueTime(due));

    ReceivedMessage<byte[]> seen = await(receiver(queue).peek(SequenceNumber.START, 10)).get(0);

    assertThat(seen.state()).isEqualTo(MessageState.SCHEDULED);
    assertThat(seen.scheduledEnqueueTime().orElseThrow())
        .isCloseTo(due, within(1, ChronoUnit.SECONDS));
  }

  @Test
  @Needs({Capability.STATISTICS, Capability.SCHEDULED_VISIBLE})
  @Promise("ADM-3")
  void scheduledMessagesAreCountedAsSuch() {
    QueueName queue = queue();
    send(queue, later("a", step()));
    send(queue, "b");

    assertThat(provider.admin().statistics(queue).scheduled()).isEqualTo(1);
    assertThat(provider.admin().statistics(queue).active()).isEqualTo(1);
    pass(step());
    assertThat(provider.admin().statistics(queue).scheduled()).isZero();
    assertThat(provider.admin().statistics(queue).active()).isEqualTo(2);
  }
}
