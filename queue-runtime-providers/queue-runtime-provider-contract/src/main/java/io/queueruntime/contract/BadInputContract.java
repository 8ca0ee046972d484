package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.DeadLetterQueue;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What must be refused, with an error that says why, before anything has changed. Used by one
 * thread.
 */
public abstract class BadInputContract extends ProviderContract {

  @Test
  @Promise("SND-2")
  void sendingToAQueueThatDoesNotExistIsRefusedAndCreatesNothing() {
    QueueName unknown = fixture.newQueueName();

    QueueNotFound refused =
        failure(QueueNotFound.class, provider.sender(unknown).send(message("a").build()));

    assertThat(refused.queue()).contains(unknown.value());
    assertThat(refused).hasMessageContaining(unknown.value());
    assertThat(refused.isTransient()).isFalse();
    assertThat(provider.admin().exists(unknown)).isFalse();
  }

  @Test
  @Promise("SND-2")
  void aBatchToAQueueThatDoesNotExistIsRefused() {
    failure(
        QueueNotFound.class,
        provider
            .sender(fixture.newQueueName())
            .sendAll(List.of(message("a").build(), message("b").build())));
  }

  @Test
  @Promise("SND-2")
  void aMessageOfASessionToAQueueThatDoesNotExistCreatesNothingEither() {
    QueueName unknown = fixture.newQueueName();

    failure(QueueNotFound.class, provider.sender(unknown).send(message("s", "a").build()));

    assertThat(provider.admin().exists(unknown)).isFalse();
  }

  @Test
  @Promise("SND-2")
  void receivingFromAQueueThatDoesNotExistIsRefused() {
    failure(QueueNotFound.class, receiver(fixture.newQueueName()).receive(1, fixture.look()));
    failure(QueueNotFound.class, receiver(fixture.newQueueName()).receive(1, LONG));
    failure(
        QueueNotFound.class, deadLetterReceiver(fixture.newQueueName()).receive(1, fixture.look()));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("SND-2")
  void acceptingASessionOfAQueueThatDoesNotExistIsRefused() {
    failure(
        QueueNotFound.class,
        provider.acceptSession(fixture.newQueueName(), SessionId.of("s"), fixture.look()));
    failure(QueueNotFound.class, provider.acceptNextSession(fixture.newQueueName(), LONG));
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("SND-2")
  void lookingIntoAQueueThatDoesNotExistIsRefused() {
    failure(QueueNotFound.class, receiver(fixture.newQueueName()).peek(SequenceNumber.START, 1));
  }

  @Test
  @Needs({Capability.PEEK, Capability.DEAD_LETTER_REPLAY})
  @Promise("SND-2")
  void deadLettersOfAQueueThatDoesNotExistAreRefused() {
    DeadLetterQueue unknown = provider.deadLetters(fixture.newQueueName());

    failure(QueueNotFound.class, unknown.peek(SequenceNumber.START, 1));
    failure(QueueNotFound.class, unknown.replay(List.of(SequenceNumber.of(1)), MessageEdits.NONE));
    failure(QueueNotFound.class, unknown.discard(List.of(SequenceNumber.of(1))));
    failure(QueueNotFound.class, unknown.purge());
  }

  @Test
  @Needs(Capability.CANCEL_SCHEDULED)
  @Promise("SND-2")
  void cancellingInAQueueThatDoesNotExistIsRefused() {
    failure(
        QueueNotFound.class,
        provider.sender(fixture.newQueueName()).cancelScheduled(SequenceNumber.of(1)));
  }

  @Test
  @Promise("SND-2")
  void aQueueThatDoesNotExistCannotBePurged() {
    assertThatThrownBy(() -> provider.admin().purge(fixture.newQueueName()))
        .isInstanceOf(QueueNotFound.class);
  }

  @Test
  @Promise("SND-3")
  void aMessageBeyondTheQueuesLimitIsRefusedWithBothNumbers() {
    QueueName queue = queue(options -> options.withMaxMessageSize(5_000L));

    MessageTooLarge refused =
        failure(
            MessageTooLarge.class,
            provider.sender(queue).send(OutgoingMessage.of(new byte[6_000]).build()));

    assertThat(refused.maxSize()).isEqualTo(5_000);
    assertThat(refused.size()).isGreaterThanOrEqualTo(6_000);
    assertThat(refused.isTransient()).isFalse();
    assertThat(refused).hasMessageContaining("5000").hasMessageContaining(queue.value());
    nothingIn(receiver(queue));
  }

  @Test
  @Promise("SND-3")
  void aMessageWithinTheQueuesLimitIsTaken() {
    QueueName queue = queue(options -> options.withMaxMessageSize(5_000L));

    send(queue, OutgoingMessage.of(new byte[4_000]));

    assertThat(take(receiver(queue)).body()).hasSize(4_000);
  }

  @Test
  @Promise("SND-3")
  void headersCountForTheLimitToo() {
    QueueName queue = queue(options -> options.withMaxMessageSize(5_000L));

    failure(
        MessageTooLarge.class,
        provider.sender(queue).send(message("a").header("large", "x".repeat(6_000)).build()));

    nothingIn(receiver(queue));
  }

  @Test
  @Promise("SND-3")
  void aMessageBeyondTheProvidersLimitIsRefused() {
    QueueName queue = queue();
    long limit = provider.capabilities().limits().maxMessageSize();
    assumeThat(limit).as("the limit, which a test can exceed").isLessThan(64L * 1024 * 1024);

    MessageTooLarge refused =
        failure(
            MessageTooLarge.class,
            provider.sender(queue).send(OutgoingMessage.of(new byte[(int) limit + 1]).build()));

    assertThat(refused.maxSize()).isEqualTo(limit);
    nothingIn(receiver(queue));
  }

  @Test
  @Promise("semantics 13")
  void aSessionIdOnAPlainQueueIsRefused() {
    QueueName queue = queue();

    ValidationFailed refused =
        failure(ValidationFailed.class, provider.sender(queue).send(message("s", "a").build()));

    assertThat(refused.queue()).contains(queue.value());
    assertThat(refused.isTransient()).isFalse();
    nothingIn(receiver(queue));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 13")
  void aMessageWithoutSessionIdOnASessionQueueIsRefused() {
    QueueName queue = sessionQueue();

    ValidationFailed refused =
        failure(ValidationFailed.class, provider.sender(queue).send(message("a").build()));

    assertThat(refused.queue()).contains(queue.value());
    send(queue, "s", "b");
    consumeAll(accept(queue, "s"), "b");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.SCHEDULE})
  @Promise("semantics 13")
  void aScheduledMessageIsCheckedWhenItIsSent() {
    QueueName queue = sessionQueue();

    failure(
        ValidationFailed.class,
        provider
            .sender(queue)
            .send(message("a").scheduledEnqueueTime(fixture.now().plus(step())).build()));
  }

  @Test
  @Promise("RCV-3")
  void receivingLessThanOneMessageIsRefused() {
    QueueName queue = queue();
    send(queue, "a");

    failure(ValidationFailed.class, receiver(queue).receive(0, fixture.look()));
    failure(ValidationFailed.class, receiver(queue).receive(-1, fixture.look()));

    take(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("RCV-10")
  void lookingAtLessThanOneMessageIsRefused() {
    failure(ValidationFailed.class, receiver(queue()).peek(SequenceNumber.START, 0));
  }
}
