package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MessageContentTests {

  @Test
  void everythingTheSenderSaidComesBack() {
    byte[] body = new byte[256];
    for (int i = 0; i < 256; i++) {
      body[i] = (byte) i;
    }
    OutgoingMessage message =
        OutgoingMessage.of(body)
            .sessionId(SessionId.of("sitzung-ä"))
            .deduplicationKey("key")
            .correlationId("c")
            .replyTo("answers")
            .replyToSessionId("r")
            .contentType("application/json")
            .subject("s")
            .payloadType("order.v1")
            .timeToLive(Duration.ofMillis(1500))
            .scheduledEnqueueTime(Instant.ofEpochMilli(5000))
            .header("text", "täxt")
            .header("bool", true)
            .header("int8", (byte) -3)
            .header("int16", (short) -300)
            .header("int32", -70_000)
            .header("int64", Long.MIN_VALUE)
            .header("float", 1.5f)
            .header("double", Double.NaN)
            .header("time", Instant.ofEpochSecond(12, 345_678_901))
            .header("id", new UUID(1, -2))
            .header("bytes", new byte[] {0, -1})
            .build();

    ByteBuffer content = ByteBuffer.wrap(MessageContent.encode(message, "id-1", 0));
    ReceivedMessage<byte[]> received =
        MessageContent.received(content.duplicate(), QueueName.of("q"), SequenceNumber.of(7))
            .build();

    assertThat(received.messageId()).isEqualTo("id-1");
    assertThat(received.body()).isEqualTo(body);
    assertThat(received.sessionId()).contains(SessionId.of("sitzung-ä"));
    assertThat(received.deduplicationKey()).contains("key");
    assertThat(received.correlationId()).contains("c");
    assertThat(received.replyTo()).contains("answers");
    assertThat(received.replyToSessionId()).contains("r");
    assertThat(received.contentType()).contains("application/json");
    assertThat(received.subject()).contains("s");
    assertThat(received.payloadType()).contains("order.v1");
    assertThat(received.scheduledEnqueueTime()).contains(Instant.ofEpochMilli(5000));
    assertThat(received.headers().keySet()).containsExactlyElementsOf(message.headers().keySet());
    message
        .headers()
        .forEach((name, value) -> assertThat(received.headers().get(name)).isEqualTo(value));

    OutgoingMessage again = MessageContent.decode(content);
    assertThat(MessageContent.encode(again, "id-1", 0)).isEqualTo(content.array());
  }

  @Test
  void garbageIsRefusedWithoutLargeAllocations() {
    Random random = new Random(42);
    byte[] whole =
        MessageContent.encode(OutgoingMessage.of(new byte[20]).header("a", 1L).build(), "id", 0);
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = whole.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }
      ByteBuffer content = ByteBuffer.wrap(broken, 0, random.nextInt(broken.length + 1));
      try {
        MessageContent.decode(content);
      } catch (MalformedRecord
          | java.nio.BufferUnderflowException
          | io.queueruntime.QueueRuntimeException expected) {
        assertThat(expected).isNotNull();
      } catch (java.time.DateTimeException | ArithmeticException expected) {
        assertThat(expected).isNotNull();
      }
    }
  }

  @Test
  void timesAreRoundedUp() {
    assertThat(MessageContent.millisUp(Duration.ofNanos(1))).isEqualTo(1);
    assertThat(MessageContent.millisUp(Duration.ofMillis(3))).isEqualTo(3);
    assertThat(MessageContent.millisUp(Instant.ofEpochSecond(0, 1))).isEqualTo(1);
    assertThat(MessageContent.millisUp(Instant.MAX)).isPositive();
    assertThat(MessageContent.millisUp(Duration.ofSeconds(Long.MAX_VALUE))).isPositive();
  }
}
