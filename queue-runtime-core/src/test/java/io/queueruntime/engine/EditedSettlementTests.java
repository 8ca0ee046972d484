package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.InvalidReceipt;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.storage.MemoryStorage;
import io.queueruntime.storage.PowerLossStorage;
import io.queueruntime.storage.Storage;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Settlements that change the headers of the message they settle. */
class EditedSettlementTests {

  private static final QueueName ORDERS = QueueName.of("orders");
  private static final MessageEdits EDITS =
      new MessageEdits(Map.of("attempt", 2, "note", "again"), Set.of("gone"));

  private final MemoryStorage storage = new MemoryStorage();
  private ManualEngine manual = opened(storage);

  @Test
  void abandonedMessageComesBackWithItsHeadersChangedAndTheRestAsItWas() {
    manual.done(
        manual
            .engine()
            .send(
                ORDERS,
                ManualEngine.message("a")
                    .messageId("id")
                    .subject("subject")
                    .header("attempt", 1)
                    .header("gone", "x")
                    .header("kept", true)
                    .build()));
    ReceivedMessage<byte[]> before = receive();
    manual.done(manual.engine().abandon(ORDERS, token(before), Duration.ZERO, EDITS));

    ReceivedMessage<byte[]> after = receive();
    assertThat(after.headers()).isEqualTo(Map.of("attempt", 2, "note", "again", "kept", true));
    assertThat(ManualEngine.text(after)).isEqualTo("a");
    assertThat(after.messageId()).isEqualTo("id");
    assertThat(after.subject()).hasValue("subject");
    assertThat(after.deliveryCount()).isEqualTo(2);
    assertThat(after.sequenceNumber()).isEqualTo(before.sequenceNumber());
    assertThat(after.enqueuedTime()).isEqualTo(before.enqueuedTime());
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
  }

  @Test
  void deferredMessageHasItsEditedHeadersAlsoAfterASnapshotAndARestart() {
    send();
    ReceivedMessage<byte[]> message = receive();
    manual.done(manual.engine().defer(ORDERS, token(message), EDITS));
    manual.done(manual.engine().snapshot());
    manual.reopen(storage);

    assertThat(
            manual.done(
                manual
                    .engine()
                    .receiveDeferred(
                        ORDERS, SubQueue.MAIN, null, List.of(message.sequenceNumber()))))
        .extracting(ReceivedMessage::headers)
        .containsExactly(Map.of("attempt", 2, "note", "again"));
  }

  @Test
  void deadLetterHasItsEditedHeadersAndCanBeEditedAgainThere() {
    send();
    ReceivedMessage<byte[]> message = receive();
    manual.done(manual.engine().deadLetter(ORDERS, token(message), "bad", "because", null, EDITS));
    manual.reopen(storage);

    ReceivedMessage<byte[]> letter = receiveDead();
    assertThat(letter.headers()).isEqualTo(Map.of("attempt", 2, "note", "again"));
    assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("bad");
    assertThat(letter.sequenceNumber()).isEqualTo(message.sequenceNumber());
    manual.done(
        manual
            .engine()
            .abandon(
                ORDERS,
                token(letter),
                Duration.ZERO,
                new MessageEdits(Map.of("seen", true), Set.of("note", "attempt"))));
    manual.reopen(storage);
    assertThat(receiveDead().headers()).isEqualTo(Map.of("seen", true));
  }

  @Test
  void theLastAllowedDeliveryDeadLettersWithItsEdits() {
    manual.done(manual.engine().updateQueue(ORDERS, QueueOptions.DEFAULTS.withMaxDeliveryCount(1)));
    send();
    manual.done(manual.engine().abandon(ORDERS, token(receive()), Duration.ZERO, EDITS));

    ReceivedMessage<byte[]> letter = receiveDead();
    assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("MaxDeliveryCountExceeded");
    assertThat(letter.headers()).containsEntry("attempt", 2);
  }

  @Test
  void theStoredSizeFollowsTheEdits() {
    send();
    long before = manual.done(manual.engine().statistics(ORDERS)).sizeInBytes();
    manual.done(
        manual
            .engine()
            .abandon(
                ORDERS,
                token(receive()),
                Duration.ZERO,
                new MessageEdits(Map.of("blob", new byte[500]), Set.of())));
    assertThat(manual.done(manual.engine().statistics(ORDERS)).sizeInBytes())
        .isBetween(before + 500, before + 600);
    manual.complete(receive());
    assertThat(manual.done(manual.engine().statistics(ORDERS)).sizeInBytes()).isZero();
  }

  @Test
  void editsThatMakeTheMessageTooLargeAreRefusedAndTheLockStays() {
    send();
    ReceivedMessage<byte[]> message = receive();
    int most = (int) manual.engine().maxMessageSize();
    assertThatThrownBy(
            () ->
                manual.done(
                    manual
                        .engine()
                        .abandon(
                            ORDERS,
                            token(message),
                            Duration.ZERO,
                            new MessageEdits(Map.of("blob", new byte[most]), Set.of()))))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("abandon message 1");
    manual.complete(message);
  }

  @Test
  void settlementThatIsRefusedEditsNothing() {
    send();
    ReceivedMessage<byte[]> message = receive();
    manual.done(manual.engine().abandon(ORDERS, token(message), Duration.ZERO));
    assertThatThrownBy(
            () ->
                manual.done(manual.engine().abandon(ORDERS, token(message), Duration.ZERO, EDITS)))
        .isInstanceOf(InvalidReceipt.class);
    assertThat(receive().headers()).isEqualTo(Map.of("gone", "x"));
  }

  @Test
  void afterAPowerCutEditsAndSettlementAreBothThereOrNeither() {
    Set<String> seen = new HashSet<>();
    for (int changes = 0; changes < 4; changes++) {
      for (int seed = 0; seed < 100; seed++) {
        // Of many sizes, so that the two records do not always stand in one sector.
        MessageEdits large = new MessageEdits(Map.of("note", "x".repeat(5 * seed)), Set.of());
        PowerLossStorage disk = new PowerLossStorage();
        manual = opened(disk);
        send();
        LockToken token = token(receive());
        disk.stopAfter(changes);
        var asked = manual.engine().deadLetter(ORDERS, token, "bad", null, null, large);
        manual.run();
        manual.reopen(disk.powerCut(seed));

        List<ReceivedMessage<byte[]>> letters = peek(SubQueue.DEAD_LETTER);
        List<ReceivedMessage<byte[]>> left = peek(SubQueue.MAIN);
        assertThat(letters.size() + left.size()).isEqualTo(1);
        boolean edited = (letters.isEmpty() ? left : letters).get(0).headers().containsKey("note");
        assertThat(edited).isEqualTo(!letters.isEmpty());
        assertThat(edited || asked.isCompletedExceptionally() || !asked.isDone()).isTrue();
        seen.add(edited ? "both" : "neither");
      }
    }
    assertThat(seen).containsExactlyInAnyOrder("both", "neither");
  }

  private static ManualEngine opened(Storage storage) {
    ManualEngine manual = new ManualEngine(storage, options -> options);
    manual.done(manual.engine().createQueue(ORDERS, QueueOptions.DEFAULTS));
    return manual;
  }

  private void send() {
    manual.done(
        manual.engine().send(ORDERS, ManualEngine.message("a").header("gone", "x").build()));
  }

  private ReceivedMessage<byte[]> receive() {
    return manual.receive(ORDERS, 1).get(0);
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
