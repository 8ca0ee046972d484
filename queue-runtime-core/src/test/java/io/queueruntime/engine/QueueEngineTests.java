package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The engine in one thread, turn by turn, on clocks that the test moves. */
class QueueEngineTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final QueueName ACCOUNTS = QueueName.of("accounts");

  private final MemoryStorage storage = new MemoryStorage();
  private final ManualEngine manual = new ManualEngine(storage, options -> options);

  @BeforeEach
  void open() {
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(3)));
    manual.done(manual.engine().createQueue(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true)));
  }

  @Test
  void messagesAreReceivedInTheOrderTheyWereSentAndAreGoneOnceCompleted() {
    send("a");
    send("b");
    send("c");

    List<ReceivedMessage<byte[]>> messages = receive(10);
    assertThat(messages).extracting(ManualEngine::text).containsExactly("a", "b", "c");
    assertThat(messages).extracting(ReceivedMessage::deliveryCount).containsOnly(1);
    messages.forEach(manual::complete);
    assertThat(receive(10)).isEmpty();
    assertThat(manual.done(manual.engine().statistics(ORDERS)).pending()).isZero();
  }

  @Test
  void aWaitingReceiverIsServedBySendBackoffScheduleAndLockExpiry() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> waiting = waiting();
    manual.run();
    assertThat(waiting).isNotDone();
    send("a");
    ReceivedMessage<byte[]> first = manual.done(waiting).get(0);

    CompletableFuture<List<ReceivedMessage<byte[]>>> again = waiting();
    manual.done(
        manual.engine().abandon(ORDERS, first.lockToken().orElseThrow(), Duration.ofSeconds(10)));
    manual.advance(Duration.ofMillis(9_999));
    assertThat(again).isNotDone();
    manual.advance(Duration.ofMillis(1));
    ReceivedMessage<byte[]> second = manual.done(again).get(0);
    assertThat(second.deliveryCount()).isEqualTo(2);

    CompletableFuture<List<ReceivedMessage<byte[]>>> third = waiting();
    manual.advance(Duration.ofSeconds(59));
    assertThat(third).isNotDone();
    manual.advance(Duration.ofSeconds(1));
    assertThat(manual.done(third).get(0).deliveryCount()).isEqualTo(3);
    assertThatThrownBy(() -> manual.complete(second)).isInstanceOf(LockLost.class);
  }

  @Test
  void theLastAllowedDeliveryDeadLettersAtOnceAndReplayStartsAnew() {
    send("poison");
    for (int delivery = 1; delivery <= 3; delivery++) {
      ReceivedMessage<byte[]> message = receive(1).get(0);
      assertThat(message.deliveryCount()).isEqualTo(delivery);
      manual.done(
          manual.engine().abandon(ORDERS, message.lockToken().orElseThrow(), Duration.ZERO));
    }
    assertThat(receive(1)).isEmpty();
    List<ReceivedMessage<byte[]>> letters =
        manual.done(
            manual.engine().peek(ORDERS, SubQueue.DEAD_LETTER, null, SequenceNumber.START, 10));
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).deadLetter().orElseThrow().reason())
        .isEqualTo("MaxDeliveryCountExceeded");

    assertThat(
            manual.done(
                manual
                    .engine()
                    .replay(ORDERS, List.of(letters.get(0).sequenceNumber()), MessageEdits.NONE)))
        .isEqualTo(1);
    assertThat(
            manual.done(
                manual
                    .engine()
                    .replay(ORDERS, List.of(letters.get(0).sequenceNumber()), MessageEdits.NONE)))
        .isZero();
    assertThat(receive(10)).extracting(ReceivedMessage::deliveryCount).containsExactly(1);
  }

  @Test
  void aSessionKeepsItsOrderThroughAbandonAndChangeOfHolder() {
    for (String text : List.of("1", "2", "3")) {
      manual.done(
          manual
              .engine()
              .send(ACCOUNTS, ManualEngine.message(text).sessionId(SessionId.of("s")).build()));
    }
    SessionHold hold =
        manual.done(manual.engine().acceptNextSession(ACCOUNTS, Duration.ZERO)).orElseThrow();
    List<ReceivedMessage<byte[]>> two =
        manual.done(manual.engine().receive(hold, 2, Duration.ZERO));
    manual.done(
        manual.engine().abandon(ACCOUNTS, two.get(1).lockToken().orElseThrow(), Duration.ZERO));
    manual.done(
        manual
            .engine()
            .abandon(ACCOUNTS, two.get(0).lockToken().orElseThrow(), Duration.ofSeconds(5)));
    assertThat(manual.done(manual.engine().receive(hold, 3, Duration.ZERO)))
        .as("the head is in back-off")
        .isEmpty();
    manual.advance(Duration.ofSeconds(5));
    assertThat(manual.done(manual.engine().receive(hold, 3, Duration.ZERO)))
        .extracting(ManualEngine::text)
        .containsExactly("1", "2", "3");

    CompletableFuture<Optional<SessionHold>> next =
        manual.engine().acceptNextSession(ACCOUNTS, Duration.ofMinutes(5));
    manual.done(manual.engine().releaseSession(hold));
    List<ReceivedMessage<byte[]>> all =
        manual.done(manual.engine().receive(manual.done(next).orElseThrow(), 3, Duration.ZERO));
    assertThat(all).extracting(ManualEngine::text).containsExactly("1", "2", "3");
    assertThat(all).extracting(ReceivedMessage::deliveryCount).containsExactly(2, 2, 1);
  }

  @Test
  void everythingDurableIsThereAfterAReopenWithAndWithoutASnapshot() {
    for (boolean snapshot : new boolean[] {false, true}) {
      send("kept" + snapshot);
      manual.done(
          manual
              .engine()
              .send(
                  ORDERS,
                  ManualEngine.message("later")
                      .scheduledEnqueueTime(manual.wall().plusSeconds(100))
                      .build()));
      manual.done(
          manual
              .engine()
              .send(
                  ACCOUNTS,
                  ManualEngine.message("m")
                      .messageId("once" + snapshot)
                      .sessionId(SessionId.of("s"))
                      .build()));
      SessionHold hold =
          manual.done(manual.engine().acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO));
      manual.done(manual.engine().setSessionState(hold, new byte[] {1, 2}));
      if (snapshot) {
        manual.done(manual.engine().snapshot());
      }
      ReceivedMessage<byte[]> message = receive(1).get(0);
      manual.done(manual.engine().defer(ORDERS, message.lockToken().orElseThrow()));

      manual.reopen(storage);

      assertThat(
              manual.done(
                  manual
                      .engine()
                      .receiveDeferred(
                          ORDERS, SubQueue.MAIN, null, List.of(message.sequenceNumber()))))
          .extracting(ManualEngine::text)
          .containsExactly("kept" + snapshot);
      assertThat(
              manual
                  .done(
                      manual
                          .engine()
                          .send(
                              ACCOUNTS,
                              ManualEngine.message("m")
                                  .messageId("once" + snapshot)
                                  .sessionId(SessionId.of("s"))
                                  .build()))
                  .outcome())
          .isEqualTo(SendOutcome.DUPLICATE);
      SessionHold again =
          manual.done(manual.engine().acceptSession(ACCOUNTS, SessionId.of("s"), Duration.ZERO));
      assertThat(manual.done(manual.engine().sessionState(again))).hasValue(new byte[] {1, 2});
      assertThat(manual.done(manual.engine().receive(again, 10, Duration.ZERO))).isNotEmpty();
      manual.advance(Duration.ofSeconds(100));
      assertThat(receive(10)).extracting(ManualEngine::text).containsExactly("later");
      manual.advance(Duration.ofSeconds(61));
      receive(10).forEach(manual::complete);
      manual.done(manual.engine().deleteQueue(ORDERS));
      manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    }
  }

  @Test
  void churnDoesNotLetTheJournalGrowAndAStuckMessageDoesNotPinIt() {
    send("stuck");
    manual.done(manual.engine().defer(ORDERS, receive(1).get(0).lockToken().orElseThrow()));
    byte[] body = new byte[2000];
    for (int i = 0; i < 2000; i++) {
      manual.done(manual.engine().send(ORDERS, OutgoingMessage.of(body).build()));
      receive(1).forEach(manual::complete);
      manual.advance(Duration.ofMillis(50));
    }
    for (int i = 0; i < 50; i++) {
      manual.advance(Duration.ofMillis(200));
    }
    assertThat(storage.list().stream().filter(name -> name.endsWith(".qj")).count())
        .isLessThanOrEqualTo(8);
    assertThat(
            manual.done(
                manual
                    .engine()
                    .receiveDeferred(ORDERS, SubQueue.MAIN, null, List.of(SequenceNumber.of(1)))))
        .extracting(ManualEngine::text)
        .containsExactly("stuck");
  }

  @Test
  void aPeekAtDeadLettersCanBeLimitedToOneSession() {
    for (String session : List.of("a", "b")) {
      manual.done(
          manual
              .engine()
              .send(
                  ACCOUNTS,
                  ManualEngine.message(session).sessionId(SessionId.of(session)).build()));
      SessionHold hold =
          manual.done(
              manual.engine().acceptSession(ACCOUNTS, SessionId.of(session), Duration.ZERO));
      ReceivedMessage<byte[]> message =
          manual.done(manual.engine().receive(hold, 1, Duration.ZERO)).get(0);
      manual.done(
          manual
              .engine()
              .deadLetter(ACCOUNTS, message.lockToken().orElseThrow(), "bad", null, null));
    }

    assertThat(
            manual.done(
                manual
                    .engine()
                    .peek(
                        ACCOUNTS,
                        SubQueue.DEAD_LETTER,
                        SessionId.of("b"),
                        SequenceNumber.START,
                        10)))
        .extracting(ManualEngine::text)
        .containsExactly("b");
  }

  private CompletableFuture<List<ReceivedMessage<byte[]>>> waiting() {
    return manual.engine().receive(ORDERS, SubQueue.MAIN, 1, Duration.ofHours(1));
  }

  private List<ReceivedMessage<byte[]>> receive(int max) {
    return manual.receive(ORDERS, max);
  }

  private void send(String text) {
    manual.send(ORDERS, text);
  }
}
