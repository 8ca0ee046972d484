package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Putting dead letters back to work. Used by one thread. */
@Needs(Capability.DEAD_LETTER_REPLAY)
public abstract class ReplayContract extends ProviderContract {

  private void bury(QueueName queue, OutgoingMessage.Builder message) {
    send(queue, message);
    QueueReceiver receiver =
        message.build().sessionId().isPresent()
            ? accept(queue, message.build().sessionId().get().value())
            : receiver(queue);
    settle(receiver, take(receiver), Settlement.deadLetter("Broken", "for a test"));
    receiver.close();
  }

  private void bury(QueueName queue, String... texts) {
    for (String text : texts) {
      bury(queue, message(text));
    }
  }

  private List<SequenceNumber> numbersOf(QueueName queue, int count) {
    QueueReceiver receiver = deadLetterReceiver(queue);
    List<ReceivedMessage<byte[]>> all = takeAll(receiver, count);
    all.forEach(message -> settle(receiver, message, Settlement.release()));
    return all.stream().map(ReceivedMessage::sequenceNumber).toList();
  }

  private int replay(QueueName queue, List<SequenceNumber> numbers) {
    return await(provider.deadLetters(queue).replay(numbers, MessageEdits.NONE));
  }

  @Test
  @Promise("DLQ-7")
  void aReplayedMessageIsBackInItsQueueAndNowhereElse() {
    QueueName queue = queue();
    bury(queue, "a");

    assertThat(replay(queue, numbersOf(queue, 1))).isEqualTo(1);

    consumeAll(receiver(queue), "a");
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics, A message's life")
  void aReplayedMessageIsReplayedOnce() {
    QueueName queue = queue();
    bury(queue, "a");
    List<SequenceNumber> numbers = numbersOf(queue, 1);
    assertThat(replay(queue, numbers)).isEqualTo(1);

    assertThat(replay(queue, numbers)).isZero();

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("semantics, A message's life")
  void aNumberAskedForTwiceIsReplayedOnce() {
    QueueName queue = queue();
    bury(queue, "a");
    SequenceNumber number = numbersOf(queue, 1).get(0);

    assertThat(replay(queue, List.of(number, number))).isEqualTo(1);

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("semantics, A message's life")
  void aReplayedMessageStartsItsCountAnew() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());
    settle(receiver, take(receiver), Settlement.abandon());

    replay(queue, numbersOf(queue, 1));

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("DLQ-7")
  void whatWasSaidAboutAReplayedMessageIsKept() {
    QueueName queue = queue();
    bury(
        queue,
        message("a")
            .messageId("id-1")
            .correlationId("c-1")
            .replyTo("answers")
            .replyToSessionId("r")
            .contentType("text/plain")
            .subject("s-1")
            .payloadType("order.v1")
            .header("tenant", "acme")
            .header("attempt", 3L));

    replay(queue, numbersOf(queue, 1));

    ReceivedMessage<byte[]> message = take(receiver(queue), "a");
    assertThat(message.messageId()).isEqualTo("id-1");
    assertThat(message.correlationId()).contains("c-1");
    assertThat(message.replyTo()).contains("answers");
    assertThat(message.replyToSessionId()).contains("r");
    assertThat(message.contentType()).contains("text/plain");
    assertThat(message.subject()).contains("s-1");
    assertThat(message.payloadType()).contains("order.v1");
    assertThat(message.headers())
        .containsOnly(Map.entry("tenant", "acme"), Map.entry("attempt", 3L));
  }

  @Test
  @Promise("DLQ-14")
  void aReplayedMessageIsNoDeadLetterAnyMore() {
    QueueName queue = queue();
    bury(queue, "a");

    replay(queue, numbersOf(queue, 1));

    assertThat(take(receiver(queue)).deadLetter()).isEmpty();
  }

  @Test
  @Promise("DLQ-14")
  void aReplayedMessageThatFailsAgainHasTheNewReason() {
    QueueName queue = queue();
    bury(queue, "a");
    replay(queue, numbersOf(queue, 1));
    QueueReceiver receiver = receiver(queue);

    settle(receiver, take(receiver), Settlement.deadLetter("StillBroken", "again"));

    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1);
    assertThat(dead).hasSize(1);
    assertThat(dead.get(0).deadLetter().orElseThrow().reason()).isEqualTo("StillBroken");
    assertThat(dead.get(0).deadLetter().orElseThrow().deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("DLQ-8")
  void severalAreReplayedInTheirOrderWhateverOrderIsAskedFor() {
    QueueName queue = queue();
    bury(queue, "a", "b", "c");
    List<SequenceNumber> backwards = new ArrayList<>(numbersOf(queue, 3));
    Collections.reverse(backwards);

    assertThat(replay(queue, backwards)).isEqualTo(3);

    consumeAll(receiver(queue), "a", "b", "c");
  }

  @Test
  @Promise("DLQ-8")
  void someCanBeReplayedAndTheOthersStay() {
    QueueName queue = queue();
    bury(queue, "a", "b", "c");

    assertThat(replay(queue, List.of(numbersOf(queue, 3).get(1)))).isEqualTo(1);

    consumeAll(receiver(queue), "b");
    assertThat(texts(deadLettersOf(queue, 2))).containsExactly("a", "c");
  }

  @Test
  @Promise("SequenceNumber")
  void aReplayedMessageComesAfterWhatIsThereAlready() {
    QueueName queue = queue();
    bury(queue, "a");
    send(queue, "b");

    replay(queue, numbersOf(queue, 1));

    consumeAll(receiver(queue), "b", "a");
  }

  @Test
  @Promise("DLQ-8")
  void whatIsNotThereIsNotCounted() {
    QueueName queue = queue();
    bury(queue, "a");
    List<SequenceNumber> numbers = new ArrayList<>(numbersOf(queue, 1));
    numbers.add(SequenceNumber.of(numbers.get(0).value() + 1_000_000));

    assertThat(replay(queue, numbers)).isEqualTo(1);
    assertThat(replay(queue, List.of())).isZero();

    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("DeadLetterQueue.replay")
  void aHeldDeadLetterIsNotReplayed() {
    QueueName queue = queue();
    bury(queue, "a");
    List<SequenceNumber> numbers = numbersOf(queue, 1);
    QueueReceiver dead = deadLetterReceiver(queue);
    ReceivedMessage<byte[]> held = take(dead);

    assertThat(replay(queue, numbers)).isZero();

    nothingIn(receiver(queue));
    settle(dead, held, Settlement.abandon());
    assertThat(replay(queue, numbers)).isEqualTo(1);
    consumeAll(receiver(queue), "a");
  }

  @Test
  @Promise("DeadLetterQueue.replay")
  void headersCanBeChangedOnTheWay() {
    QueueName queue = queue();
    bury(queue, message("a").header("keep", 1).header("fix", "wrong").header("drop", true));

    await(
        provider
            .deadLetters(queue)
            .replay(
                numbersOf(queue, 1),
                new MessageEdits(Map.of("fix", "right", "add", 2L), Set.of("drop", "none"))));

    assertThat(take(receiver(queue), "a").headers())
        .containsOnly(Map.entry("keep", 1), Map.entry("fix", "right"), Map.entry("add", 2L));
  }

  @Test
  @Needs(Capability.DUPLICATE_DETECTION)
  @Promise("DUP-1")
  void aReplayIsNoDuplicateOfItself() {
    QueueName queue =
        queue(options -> options.withDuplicateDetectionWindow(step().multipliedBy(10)));
    bury(queue, message("a").messageId("id-1"));

    assertThat(replay(queue, numbersOf(queue, 1))).isEqualTo(1);

    assertThat(take(receiver(queue), "a").messageId()).isEqualTo("id-1");
    discarded(send(queue, message("copy").messageId("id-1")).outcome());
    nothingIn(receiver(queue));
  }

  @Test
  @Needs({Capability.TIME_TO_LIVE, Capability.EXPIRY_ON_TIME})
  @Promise("DeadLetterQueue.replay")
  void aReplayedMessageThatHadExpiredLivesAnew() {
    QueueName queue = queue(options -> options.withDefaultTimeToLive(step()));
    send(queue, "a");
    pass(step());
    assertThat(replay(queue, numbersOf(queue, 1))).isEqualTo(1);
    pass(step().dividedBy(2));

    take(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("DLQ-7")
  void aReplayedMessageIsBackInItsSession() {
    QueueName queue = sessionQueue();
    bury(queue, message("s", "a"));
    send(queue, "s", "b");

    replay(queue, numbersOf(queue, 1));

    SessionReceiver session = accept(queue, "s");
    consume(session, "b");
    assertThat(take(session, "a").sessionId()).contains(SessionId.of("s"));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("DLQ-8")
  void replayingKeepsEachSessionsOrder() {
    QueueName queue = sessionQueue();
    for (String text : List.of("1", "2", "3")) {
      bury(queue, message("s", "s" + text));
      bury(queue, message("t", "t" + text));
    }
    List<SequenceNumber> backwards = new ArrayList<>(numbersOf(queue, 6));
    Collections.reverse(backwards);

    assertThat(replay(queue, backwards)).isEqualTo(6);

    consumeAll(accept(queue, "s"), "s1", "s2", "s3");
    consumeAll(accept(queue, "t"), "t1", "t2", "t3");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ACCEPT_NEXT_SESSION})
  @Promise("semantics 7")
  void aReplayWakesWhoWaitsForASession() {
    QueueName queue = sessionQueue();
    bury(queue, message("s", "a"));
    var next = provider.acceptNextSession(queue, LONG);
    settleDown();
    assertThat(next).isNotDone();

    replay(queue, numbersOf(queue, 1));

    consumeAll(track(await(next).orElseThrow()), "a");
  }
}
