package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a state store keeps of a message is all of it. */
class StoredFormTests {

  private static final Instant TIME = Instant.ofEpochMilli(1_800_000_000_123L);

  private static final CopyMark MARK =
      new CopyMark(CopyId.of(new UUID(11, 12)), TIME.plusSeconds(600));

  private static final Map<String, Object> HEADERS = new LinkedHashMap<>();

  static {
    HEADERS.put("text", "ä\uD83D\uDE00");
    HEADERS.put("bool", true);
    HEADERS.put("int8", (byte) -1);
    HEADERS.put("int16", (short) -2);
    HEADERS.put("int32", 3);
    HEADERS.put("int64", 4L);
    HEADERS.put("float", 1.5f);
    HEADERS.put("double", -2.5);
    HEADERS.put("time", Instant.ofEpochSecond(7, 8));
    HEADERS.put("id", new UUID(9, 10));
  }

  private final KeptMessage message =
      new KeptMessage(
          ReceivedMessage.of(
                  QueueName.of("orders"), SequenceNumber.of(42), "id-1", new byte[] {1, 2, 3})
              .state(MessageState.ACTIVE)
              .sessionId(SessionId.of("s"))
              .deliveryCount(3)
              .enqueuedTime(TIME)
              .expiresAt(TIME.plusSeconds(60))
              .scheduledEnqueueTime(TIME.minusSeconds(5))
              .correlationId("c".repeat(200)) // longer than a sender may give
              .replyTo("answers")
              .replyToSessionId("r")
              .contentType("text/plain")
              .subject("about")
              .payloadType("order")
              .headers(HEADERS)
              .build(),
          Duration.ofSeconds(60),
          3,
          TIME.plusSeconds(1),
          MARK);

  @Test
  void aMessageComesBackWithAllThatItCarries() {
    KeptMessage read = StoredForm.read(StoredForm.of(message, message.expires()));

    assertThat(read.toMessage().build())
        .usingRecursiveComparison()
        .isEqualTo(message.toMessage().build());
    assertThat(read.timeToLive()).isEqualTo(Duration.ofSeconds(60));
    assertThat(read.deliveries()).isEqualTo(3);
    assertThat(read.mark()).isEqualTo(MARK);
    assertThat(read.firstFailure()).isEqualTo(TIME.plusSeconds(1));
  }

  @Test
  void aMessageThatCarriesNothingComesBackAsItWas() {
    KeptMessage plain =
        new KeptMessage(
            ReceivedMessage.of(QueueName.of("orders"), SequenceNumber.of(1), "id", new byte[0])
                .enqueuedTime(TIME)
                .build(),
            null,
            0,
            null,
            null);

    KeptMessage read = StoredForm.read(StoredForm.of(plain, null));

    assertThat(read.toMessage().build())
        .usingRecursiveComparison()
        .isEqualTo(plain.toMessage().build());
    assertThat(read.timeToLive()).isNull();
    assertThat(read.firstFailure()).isNull();
    assertThat(read.mark()).isNull();
  }

  @Test
  void bytesOfAHeaderComeBack() {
    KeptMessage binary =
        new KeptMessage(
            ReceivedMessage.of(QueueName.of("orders"), SequenceNumber.of(1), "id", new byte[0])
                .enqueuedTime(TIME)
                .headers(Map.of("binary", new byte[] {1, 0, -1}))
                .build(),
            null,
            0,
            null,
            null);

    KeptMessage read = StoredForm.read(StoredForm.of(binary, null));

    assertThat((byte[]) read.content().headers().get("binary")).containsExactly(1, 0, -1);
  }

  @Test
  void itGoesOnAsItWasSent() {
    OutgoingMessage outgoing = message.toOutgoing();

    assertThat(outgoing.messageId()).contains("id-1");
    assertThat(outgoing.correlationId()).contains("c".repeat(200));
    assertThat(outgoing.sessionId()).contains(SessionId.of("s"));
    assertThat(outgoing.timeToLive()).contains(Duration.ofSeconds(60));
    assertThat(outgoing.headers()).isEqualTo(HEADERS);
    assertThat(outgoing.body()).containsExactly(1, 2, 3);
  }

  @Test
  void whatIsCutOffIsRefusedWhereverThatIs() {
    StoredMessage stored = StoredForm.of(message, null);
    for (int length = 0; length < stored.content().length; length++) {
      StoredMessage cut = with(stored, Arrays.copyOf(stored.content(), length));

      assertThat(refusal(cut).reason())
          .as("cut to %d bytes", length)
          .isEqualTo(StorageFailed.Reason.DAMAGED);
    }
  }

  @Test
  void aLengthThatIsNotThereIsRefusedBeforeAnythingIsMadeOfIt() {
    StoredMessage stored = StoredForm.of(message, null);
    byte[] content = stored.content().clone();
    content[45] = 0x7f; // the length of the body, behind version, five times and the deliveries

    assertThat(refusal(with(stored, content)).reason()).isEqualTo(StorageFailed.Reason.DAMAGED);
  }

  @Test
  void whatANewerReleaseWroteIsLeftToIt() {
    StoredMessage stored = StoredForm.of(message, null);
    byte[] content = stored.content().clone();
    content[0] = 2;

    assertThat(refusal(with(stored, content)).reason())
        .isEqualTo(StorageFailed.Reason.NEWER_FORMAT);
  }

  private static StoredMessage with(StoredMessage stored, byte[] content) {
    return new StoredMessage(stored.queue(), stored.number(), stored.messageId(), null, content);
  }

  private static StorageFailed refusal(StoredMessage stored) {
    return catchThrowableOfType(StorageFailed.class, () -> StoredForm.read(stored));
  }
}
