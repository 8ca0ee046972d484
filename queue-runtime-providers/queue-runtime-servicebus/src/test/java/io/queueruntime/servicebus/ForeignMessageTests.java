package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.azure.core.amqp.models.AmqpMessageBody;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages that other programs send and receive, with the SDK alone. */
class ForeignMessageTests {

  private static final QueueName QUEUE = QueueName.of("shared");
  private static final Duration WAIT = Duration.ofSeconds(10);

  private final Emulated emulated = new Emulated();
  private final ServiceBusQueueProvider provider = emulated.provider();
  private final ServiceBusClientBuilder foreign =
      new ServiceBusClientBuilder().connectionString(emulated.emulator.connectionString());

  ForeignMessageTests() {
    emulated.emulator.createQueue(QUEUE.value());
  }

  @AfterEach
  void close() {
    provider.close();
    emulated.close();
  }

  private ReceivedMessage<byte[]> sentBySomebodyElse(ServiceBusMessage message) {
    try (ServiceBusSenderClient sender = foreign.sender().queueName(QUEUE.value()).buildClient()) {
      sender.sendMessage(message);
    }
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      ReceivedMessage<byte[]> received = receiver.receive(1, WAIT).join().get(0);
      receiver.settle(received, Settlement.complete()).join();
      return received;
    }
  }

  @Test
  void aBodyThatIsAValueIsItsText() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage(AmqpMessageBody.fromValue("Grüße")));

    assertThat(new String(message.body(), StandardCharsets.UTF_8)).isEqualTo("Grüße");
    assertThat(message.messageId()).isNotBlank();
  }

  @Test
  void aBodyThatIsASequenceIsItsText() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage(AmqpMessageBody.fromSequence(List.of(1L, "b"))));

    assertThat(new String(message.body(), StandardCharsets.UTF_8)).isEqualTo("[1, b]");
  }

  @Test
  void aSessionIdOnAPlainQueueHindersNobody() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage("a").setSessionId("s"));

    assertThat(message.body()).isEqualTo("a".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void foreignTypesBecomeTheNearestOnesAHeaderMayHave() {
    ServiceBusMessage sent = new ServiceBusMessage("a");
    OffsetDateTime at = OffsetDateTime.parse("2026-03-04T05:06:07.1234567+02:00");
    sent.getApplicationProperties().put("at", at);
    sent.getApplicationProperties().put("took", Duration.ofSeconds(90));

    assertThat(sentBySomebodyElse(sent).headers())
        .containsOnly(entry("at", at.toInstant()), entry("took", "PT1M30S"));
  }

  /** The SDK alone says that it sent such a message, and sends nothing. */
  @Test
  void aMessageNearTheLimitIsSentOrRefusedButNeverLost() {
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      for (int size = 255_900; size < 262_200; size += 300) {
        OutgoingMessage message = OutgoingMessage.of(new byte[size]).build();
        CompletableFuture<?> sent = provider.sender(QUEUE).send(message);
        try {
          sent.join();
        } catch (CompletionException e) {
          assertThat(e).hasCauseInstanceOf(MessageTooLarge.class);
          continue;
        }
        ReceivedMessage<byte[]> received = receiver.receive(1, WAIT).join().get(0);
        assertThat(received.body()).hasSize(size);
        receiver.settle(received, Settlement.complete()).join();
      }
    }
  }

  @Test
  void theBrokersOwnMessageIsThereForWhoNeedsIt() {
    ReceivedMessage<byte[]> message =
        sentBySomebodyElse(new ServiceBusMessage("a").setTo("somewhere"));

    assertThat(message.nativeMessage())
        .containsInstanceOf(ServiceBusReceivedMessage.class)
        .get()
        .extracting(wire -> ((ServiceBusReceivedMessage) wire).getTo())
        .isEqualTo("somewhere");
  }

  @Test
  void somebodyElseReadsWhatTheRuntimeSends() {
    provider
        .sender(QUEUE)
        .send(
            OutgoingMessage.of("{}".getBytes(StandardCharsets.UTF_8))
                .messageId("id-1")
                .contentType("application/json")
                .subject("order")
                .header("tenant", "acme")
                .build())
        .join();

    try (ServiceBusReceiverClient receiver =
        foreign.receiver().queueName(QUEUE.value()).buildClient()) {
      ServiceBusReceivedMessage message =
          receiver.receiveMessages(1, WAIT).stream().findFirst().orElseThrow();
      assertThat(message.getBody()).hasToString("{}");
      assertThat(message.getMessageId()).isEqualTo("id-1");
      assertThat(message.getContentType()).isEqualTo("application/json");
      assertThat(message.getSubject()).isEqualTo("order");
      assertThat(message.getApplicationProperties()).containsOnly(entry("tenant", "acme"));
    }
  }
}
