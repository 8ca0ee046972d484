package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.LockToken;
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

/** What time and failed deliveries do not do to deferred messages and to dead letters. */
class DeferredAndDeadTests {

  private static final QueueName ORDERS = QueueName.of("orders");

  private final MemoryStorage storage = new MemoryStorage();
  private final ManualEngine manual = new ManualEngine(storage, options -> options);

  @BeforeEach
  void open() {
    manual.done(
        manual
            .engine()
            .createQueue(
                ORDERS,
                QueueOptions.DEFAULTS
                    .withMaxDeliveryCount(3)
                    .withDefaultTimeToLive(Duration.ofSeconds(100))));
    manual.send(ORDERS, "x");
  }

  @Test
  void deferredMessageDoesNotExpireNotEvenOverARestart() {
    ReceivedMessage<byte[]> message = manual.receive(ORDERS, 1).get(0);
    manual.done(manual.engine().defer(ORDERS, token(message)));
    manual.advance(Duration.ofSeconds(200));
    assertThat(peek(SubQueue.MAIN)).hasSize(1);
    manual.reopen(storage);
    manual.advance(Duration.ofSeconds(200));
    assertThat(peek(SubQueue.DEAD_LETTER)).isEmpty();

    ReceivedMessage<byte[]> fetched = fetch(message.sequenceNumber());
    assertThat(fetched.deliveryCount()).isEqualTo(2);
    manual.done(manual.engine().abandon(ORDERS, token(fetched), Duration.ZERO));
    assertThat(peek(SubQueue.DEAD_LETTER)).isEmpty();
    manual.complete(fetch(message.sequenceNumber()));
  }

  @Test
  void deadLetterIsNotDeadLetteredAgainAndKeepsTheCountOfItsFailures() {
    ReceivedMessage<byte[]> message = manual.receive(ORDERS, 1).get(0);
    manual.done(manual.engine().deadLetter(ORDERS, token(message), "bad", null, null));

    for (int i = 0; i < 5; i++) {
      ReceivedMessage<byte[]> letter = receiveDead();
      assertThat(letter.deliveryCount()).isEqualTo(1);
      switch (i) {
        case 0, 1 -> manual.done(manual.engine().abandon(ORDERS, token(letter), Duration.ZERO));
        case 2 -> manual.done(manual.engine().release(ORDERS, token(letter)));
        case 3 -> manual.advance(Duration.ofSeconds(1000));
        default -> manual.reopen(storage);
      }
    }
    assertThat(peek(SubQueue.DEAD_LETTER))
        .extracting(ReceivedMessage::deliveryCount)
        .containsExactly(1);
    manual.complete(receiveDead());
    assertThat(peek(SubQueue.DEAD_LETTER)).isEmpty();
  }

  private ReceivedMessage<byte[]> fetch(SequenceNumber number) {
    return manual
        .done(manual.engine().receiveDeferred(ORDERS, SubQueue.MAIN, null, List.of(number)))
        .get(0);
  }

  private ReceivedMessage<byte[]> receiveDead() {
    return manual
        .done(manual.engine().receive(ORDERS, SubQueue.DEAD_LETTER, 1, Duration.ZERO))
        .get(0);
  }

  private List<ReceivedMessage<byte[]>> peek(SubQueue subQueue) {
    return manual.done(manual.engine().peek(ORDERS, subQueue, null, SequenceNumber.START, 10));
  }

  private static LockToken token(ReceivedMessage<byte[]> message) {
    return message.lockToken().orElseThrow();
  }
}
