package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which number a message has, and which one it was first given. */
class EnqueuedSequenceTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  private final MemoryStorage storage = new MemoryStorage();
  private final ManualEngine manual = new ManualEngine(storage, options -> options);

  @BeforeEach
  void open() {
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
  }

  @Test
  void messageThatBecameDueHasANewNumberAndRemembersTheOneItWasScheduledUnder() {
    schedule("later");
    assertThat(peek(SubQueue.MAIN))
        .extracting(EnqueuedSequenceTests::numbers)
        .containsExactly("1 1");
    manual.send(ORDERS, "now");

    manual.advance(Duration.ofSeconds(10));

    assertThat(peek(SubQueue.MAIN))
        .extracting(EnqueuedSequenceTests::numbers)
        .containsExactly("2 2", "3 1");
  }

  @Test
  void bothNumbersStayThroughAbandonDeadLetteringSnapshotAndRestart() {
    schedule("later");
    manual.advance(Duration.ofSeconds(10));
    ReceivedMessage<byte[]> first = manual.receive(ORDERS, 1).get(0);
    manual.done(manual.engine().abandon(ORDERS, first.lockToken().orElseThrow(), Duration.ZERO));
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);
    ReceivedMessage<byte[]> again = manual.receive(ORDERS, 1).get(0);
    assertThat(numbers(again)).isEqualTo("2 1");

    manual.done(
        manual
            .engine()
            .deadLetter(
                ORDERS,
                again.lockToken().orElseThrow(),
                "bad",
                null,
                null,
                new MessageEdits(java.util.Map.of("h", 1), java.util.Set.of())));
    manual.reopen(storage);

    assertThat(peek(SubQueue.DEAD_LETTER))
        .extracting(EnqueuedSequenceTests::numbers)
        .containsExactly("2 1");
  }

  @Test
  void replayedDeadLetterBeginsAnew() {
    schedule("later");
    manual.advance(Duration.ofSeconds(10));
    ReceivedMessage<byte[]> message = manual.receive(ORDERS, 1).get(0);
    manual.done(
        manual.engine().deadLetter(ORDERS, message.lockToken().orElseThrow(), "bad", null, null));
    manual.done(
        manual.engine().replay(ORDERS, List.of(message.sequenceNumber()), MessageEdits.NONE));

    assertThat(peek(SubQueue.MAIN))
        .extracting(EnqueuedSequenceTests::numbers)
        .containsExactly("3 3");
  }

  private void schedule(String text) {
    manual.done(
        manual
            .engine()
            .send(
                ORDERS,
                ManualEngine.message(text)
                    .scheduledEnqueueTime(manual.wall().plusSeconds(10))
                    .build()));
  }

  private static String numbers(ReceivedMessage<byte[]> message) {
    return message.sequenceNumber() + " " + message.enqueuedSequenceNumber();
  }

  private List<ReceivedMessage<byte[]>> peek(SubQueue subQueue) {
    return manual.done(manual.engine().peek(ORDERS, subQueue, null, SequenceNumber.START, 10));
  }
}
