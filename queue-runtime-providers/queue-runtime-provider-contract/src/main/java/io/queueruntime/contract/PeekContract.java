package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.MessageState;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Looking at messages without touching them. Used by one thread. */
@Needs(Capability.PEEK)
public abstract class PeekContract extends ProviderContract {

  private List<ReceivedMessage<byte[]>> peek(QueueReceiver receiver) {
    return await(receiver.peek(SequenceNumber.START, ALL));
  }

  @Test
  @Promise("RCV-10")
  void lookingShowsTheMessagesInTheirOrder() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");

    assertThat(texts(peek(receiver(queue)))).containsExactly("a", "b", "c");
  }

  @Test
  @Promise("RCV-10")
  void anEmptyQueueShowsNothing() {
    assertThat(peek(receiver(queue()))).isEmpty();
  }

  @Test
  @Promise("RCV-10")
  void lookingLocksNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    peek(receiver);

    consumeAll(receiver, "a");
  }

  @Test
  @Promise("RCV-10")
  void lookingCountsNothing() {
    QueueName queue = queue(options -> options.withMaxDeliveryCount(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);

    for (int i = 0; i < 5; i++) {
      assertThat(peek(receiver).get(0).deliveryCount()).isZero();
    }

    assertThat(take(receiver, "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("RCV-10")
  void whatIsSeenCannotBeMistakenForADelivery() {
    QueueName queue = queue();
    send(queue, "a");

    ReceivedMessage<byte[]> seen = peek(receiver(queue)).get(0);

    assertThat(seen.lockToken()).isEmpty();
    assertThat(seen.state()).isEqualTo(MessageState.ACTIVE);
  }

  @Test
  @Promise("RCV-10")
  void whatIsSeenIsWhole() {
    QueueName queue = queue();
    send(
        queue,
        message("a")
            .messageId("id-1")
            .header("h", 1)
            .correlationId("c")
            .subject("s")
            .contentType("text/plain"));

    ReceivedMessage<byte[]> seen = peek(receiver(queue)).get(0);

    assertThat(text(seen)).isEqualTo("a");
    assertThat(seen.messageId()).isEqualTo("id-1");
    assertThat(seen.headers()).containsEntry("h", 1);
    assertThat(seen.correlationId()).contains("c");
    assertThat(seen.subject()).contains("s");
    assertThat(seen.contentType()).contains("text/plain");
    assertThat(seen.sequenceNumber()).isEqualTo(take(receiver(queue)).sequenceNumber());
  }

  @Test
  @Promise("RCV-10")
  void aHeldMessageIsSeenToo() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> held = take(receiver, "a");

    assertThat(texts(peek(receiver))).containsExactly("a", "b");

    settle(receiver, held, Settlement.complete()); // looking took nothing from its holder
  }

  @Test
  @Promise("RCV-10")
  void aCompletedMessageIsNotSeen() {
    QueueName queue = queue();
    sendEach(queue, "a", "b");
    QueueReceiver receiver = receiver(queue);

    consume(receiver, "a");

    assertThat(texts(peek(receiver))).containsExactly("b");
  }

  @Test
  @Promise("RCV-10")
  void noMoreAreShownThanWereAskedFor() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");

    assertThat(texts(await(receiver(queue).peek(SequenceNumber.START, 2))))
        .containsExactly("a", "b");
  }

  @Test
  @Promise("RCV-10")
  void aQueueCanBeLookedThroughPageByPage() {
    QueueName queue = queue();
    IntStream.range(0, 25).forEach(i -> send(queue, "m" + i));
    QueueReceiver receiver = receiver(queue);

    List<String> seen = new ArrayList<>();
    SequenceNumber from = SequenceNumber.START;
    while (true) {
      List<ReceivedMessage<byte[]>> page = await(receiver.peek(from, 10));
      if (page.isEmpty()) {
        break;
      }
      assertThat(page).hasSizeLessThanOrEqualTo(10);
      seen.addAll(texts(page));
      from = page.get(page.size() - 1).sequenceNumber().next();
      assertThat(seen).hasSizeLessThanOrEqualTo(25);
    }

    assertThat(seen).isEqualTo(IntStream.range(0, 25).mapToObj(i -> "m" + i).toList());
  }

  @Test
  @Promise("RCV-10")
  void lookingStartsAtTheNumberThatIsAskedFor() {
    QueueName queue = queue();
    sendEach(queue, "a", "b", "c");
    QueueReceiver receiver = receiver(queue);
    SequenceNumber second = peek(receiver).get(1).sequenceNumber();

    assertThat(texts(await(receiver.peek(second, ALL)))).containsExactly("b", "c");
    assertThat(texts(await(receiver.peek(second, 1)))).containsExactly("b");
  }

  @Test
  @Promise("semantics 6")
  void theCountOfAMessageGivenBackIsSeen() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandon());

    assertThat(peek(receiver).get(0).deliveryCount()).isEqualTo(1);
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("RCV-10")
  void aMessageInBackOffIsSeen() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandonAfter(step()));

    assertThat(texts(peek(receiver))).containsExactly("a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("RCV-10")
  void aHolderSeesItsOwnSessionsMessages() {
    QueueName queue = sessionQueue();
    send(queue, "s", "a");
    send(queue, "t", "x");
    send(queue, "s", "b");
    SessionReceiver session = accept(queue, "s");

    assertThat(texts(peek(session))).containsExactly("a", "b");

    consumeAll(session, "a", "b");
  }

  @Test
  @Promise("RCV-10")
  void lookingDoesNotWakeOrDisturbWhoWaits() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var receive = waiting(receiver);
    peek(receiver(queue));

    send(queue, "a");

    assertThat(text(woken(receive))).isEqualTo("a");
  }
}
