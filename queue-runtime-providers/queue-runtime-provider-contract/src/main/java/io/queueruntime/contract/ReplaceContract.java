package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The deduplication key: a new message takes the place of the pending one with the same key. Used
 * by one thread.
 */
@Needs(Capability.DEDUPLICATION_KEY)
public abstract class ReplaceContract extends ProviderContract {

  private static OutgoingMessage.Builder keyed(String key, String text) {
    return message(text).deduplicationKey(key);
  }

  private SendOutcome sendKeyed(QueueName queue, String key, String text) {
    return send(queue, keyed(key, text)).outcome();
  }

  @Test
  @Promise("semantics 9")
  void aPendingMessageIsReplaced() {
    QueueName queue = queue();
    assertThat(sendKeyed(queue, "k", "old")).isEqualTo(SendOutcome.ENQUEUED);

    assertThat(sendKeyed(queue, "k", "new")).isEqualTo(SendOutcome.REPLACED);

    consumeAll(receiver(queue), "new");
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 9")
  void theNewMessageTakesTheOldOnesPlace() {
    QueueName queue = queue();
    send(queue, "before");
    sendKeyed(queue, "k", "old");
    send(queue, "after");

    sendKeyed(queue, "k", "new");

    consumeAll(receiver(queue), "before", "new", "after");
  }

  @Test
  @Promise("semantics 9")
  void everythingAboutTheMessageIsReplaced() {
    QueueName queue = queue();
    send(
        queue,
        keyed("k", "old").messageId("old-id").header("old", 1).correlationId("old").subject("old"));

    assertThat(
            send(queue, keyed("k", "new").messageId("new-id").header("new", 2).correlationId("new"))
                .messageId())
        .isEqualTo("new-id");

    ReceivedMessage<byte[]> message = take(receiver(queue), "new");
    assertThat(message.messageId()).isEqualTo("new-id");
    assertThat(message.headers()).containsOnlyKeys("new");
    assertThat(message.correlationId()).contains("new");
    assertThat(message.subject()).isEmpty();
    assertThat(message.deduplicationKey()).contains("k");
  }

  @Test
  @Promise("semantics 9")
  void itsCountStartsAnew() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());
    settle(receiver, take(receiver), Settlement.abandon());

    sendKeyed(queue, "k", "new");

    assertThat(take(receiver, "new").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Needs(Capability.TIME_TO_LIVE)
  @Promise("semantics 9")
  void itsTimeToLiveStartsAnew() {
    QueueName queue = queue(options -> options.withDefaultTimeToLive(step()));
    sendKeyed(queue, "k", "old");
    pass(step().multipliedBy(2).dividedBy(3));

    sendKeyed(queue, "k", "new");

    pass(step().multipliedBy(2).dividedBy(3)); // when the old one would have expired
    consumeAll(receiver(queue), "new");
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 9")
  void otherKeysAndNoKeyAreLeftAlone() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "k");
    sendKeyed(queue, "l", "l");
    send(queue, "none");
    send(queue, "none");

    assertThat(sendKeyed(queue, "k", "k2")).isEqualTo(SendOutcome.REPLACED);

    consumeAll(receiver(queue), "k2", "l", "none", "none");
  }

  @Test
  @Promise("semantics 9")
  void keysOfOtherQueuesAreOtherKeys() {
    QueueName queue = queue();
    QueueName other = queue();
    sendKeyed(queue, "k", "a");

    assertThat(sendKeyed(other, "k", "b")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(queue), "a");
    consumeAll(receiver(other), "b");
  }

  @Test
  @Promise("semantics 9")
  void aMessageInWorkIsSupersededAndTheNewOneQueued() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    take(receiver, "old");

    assertThat(sendKeyed(queue, "k", "new")).isEqualTo(SendOutcome.REPLACED);

    assertThat(take(receiver, "new").deliveryCount()).isEqualTo(1);
    nothingIn(receiver);
  }

  @Test
  @Promise("semantics 9")
  void completingASupersededMessageLeavesTheNewOneAlone() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> old = take(receiver);
    sendKeyed(queue, "k", "new");

    settleSuperseded(receiver, old, Settlement.complete());

    consumeAll(receiver, "new");
  }

  @Test
  @Promise("DUP-2")
  void abandoningASupersededMessageDoesNotBringItBack() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> old = take(receiver);
    sendKeyed(queue, "k", "new");

    settleSuperseded(receiver, old, Settlement.abandon());

    consumeAll(receiver, "new");
  }

  @Test
  @Promise("DUP-2")
  void deadLetteringASupersededMessageDoesNotKeepIt() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> old = take(receiver);
    sendKeyed(queue, "k", "new");

    settleSuperseded(receiver, old, Settlement.deadLetter("Broken", null));

    noDeadLettersIn(queue);
    consumeAll(receiver, "new");
  }

  @Test
  @Promise("DUP-2")
  void aSupersededMessageWhoseLockEndsDoesNotComeBack() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    take(receiver);
    sendKeyed(queue, "k", "new");

    pass(lock());

    consumeAll(receiver, "new");
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("DUP-2")
  void theSuccessorOfAMessageInWorkCanItselfBeReplaced() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> old = take(receiver);
    sendKeyed(queue, "k", "newer");

    assertThat(sendKeyed(queue, "k", "newest")).isEqualTo(SendOutcome.REPLACED);

    settleSuperseded(receiver, old, Settlement.complete());
    consumeAll(receiver, "newest");
  }

  @Test
  @Promise("DUP-2")
  void aKeyIsFreeAfterCompletion() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "first");
    consumeAll(receiver(queue), "first");

    assertThat(sendKeyed(queue, "k", "second")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(queue), "second");
  }

  @Test
  @Promise("DUP-2")
  void aKeyIsFreeAfterDeadLettering() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "first");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", null));

    assertThat(sendKeyed(queue, "k", "second")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver, "second");
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("first");
  }

  @Test
  @Needs(Capability.TIME_TO_LIVE)
  @Promise("DUP-2")
  void aKeyIsFreeAfterExpiry() {
    QueueName queue = queue();
    send(queue, keyed("k", "first").timeToLive(step()));
    pass(step());

    assertThat(sendKeyed(queue, "k", "second")).isEqualTo(SendOutcome.ENQUEUED);

    consumeAll(receiver(queue), "second");
  }

  @Test
  @Promise("DUP-2")
  void aKeyIsFreeAfterPurging() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "first");
    provider.admin().purge(queue);

    assertThat(sendKeyed(queue, "k", "second")).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  @Promise("DUP-2")
  void aMessageGivenBackIsReplacedToo() {
    QueueName queue = queue();
    sendKeyed(queue, "k", "old");
    send(queue, "after");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver, "old"), Settlement.abandon());

    assertThat(sendKeyed(queue, "k", "new")).isEqualTo(SendOutcome.REPLACED);

    consumeAll(receiver, "new", "after");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("DUP-8")
  void aKeyCannotMoveAMessageToAnotherSession() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "old").deduplicationKey("k"));

    failure(
        ValidationFailed.class,
        provider.sender(queue).send(message("t", "new").deduplicationKey("k").build()));

    nothingIn(accept(queue, "t"));
    consumeAll(accept(queue, "s"), "old");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 9")
  void aReplacementKeepsItsPlaceInItsSession() {
    QueueName queue = sessionQueue();
    send(queue, "s", "before");
    send(queue, message("s", "old").deduplicationKey("k"));
    send(queue, "s", "after");

    assertThat(send(queue, message("s", "new").deduplicationKey("k")).outcome())
        .isEqualTo(SendOutcome.REPLACED);

    consumeAll(accept(queue, "s"), "before", "new", "after");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 9")
  void aSessionGoesOnWithTheSuccessorOfAMessageInWork() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "old").deduplicationKey("k"));
    SessionReceiver session = accept(queue, "s");
    ReceivedMessage<byte[]> old = take(session, "old");
    send(queue, message("s", "new").deduplicationKey("k"));

    settleSuperseded(session, old, Settlement.abandon());

    consumeAll(session, "new");
  }

  @Test
  @Promise("SND-5")
  void withinABatchTheLastOfAKeyCounts() {
    QueueName queue = queue();

    assertThat(
            await(
                    provider
                        .sender(queue)
                        .sendAll(List.of(keyed("k", "a").build(), keyed("k", "b").build())))
                .get(1)
                .outcome())
        .isEqualTo(SendOutcome.REPLACED);

    consumeAll(receiver(queue), "b");
  }

  /**
   * What a superseded message's holder wants is ignored; whether he is told so is the provider's
   * choice.
   */
  private void settleSuperseded(
      QueueReceiver receiver, ReceivedMessage<?> message, Settlement settlement) {
    try {
      await(receiver.settle(message, settlement));
    } catch (QueueRuntimeException.LockLost | QueueRuntimeException.InvalidReceipt e) {
      assertThat(e.isTransient()).isFalse();
    }
  }
}
