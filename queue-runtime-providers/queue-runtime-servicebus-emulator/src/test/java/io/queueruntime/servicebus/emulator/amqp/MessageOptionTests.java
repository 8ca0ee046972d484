package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages are as large as the options and their queue say, on whatever way they come. */
@Timeout(300)
class MessageOptionTests {

  private static ServiceBusEmulator emulator(MessageLimits limits) {
    return ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withMessages(limits)).createQueue("q");
  }

  private static Delivery send(WireClient client, Message message) {
    Sender link = client.sender(client.session(), "q");
    Delivery delivery = client.transfer(link, WireClient.encoded(message), 0);
    client.until(delivery::remotelySettled);
    return delivery;
  }

  private static Message withProperty(int length) {
    Message message = WireClient.message("x");
    message.setApplicationProperties(
        new ApplicationProperties(new HashMap<>(Map.of("p", "x".repeat(length)))));
    return message;
  }

  @Test
  void propertiesAreAsLargeAsTheOptionsSay() {
    try (ServiceBusEmulator emulator =
            emulator(
                MessageLimits.STANDARD.withMaxPropertyBytes(500).withMaxPropertiesBytes(1000));
        WireClient client = WireClient.connect(emulator.port())) {

      assertThat(send(client, withProperty(400)).getRemoteState()).isInstanceOf(Accepted.class);
      assertThat(send(client, withProperty(600)).getRemoteState()).isNotInstanceOf(Accepted.class);
    }
  }

  @Test
  void idsAreAsLongAsTheOptionsSay() {
    try (ServiceBusEmulator emulator = emulator(MessageLimits.STANDARD.withMaxIdLength(10));
        WireClient client = WireClient.connect(emulator.port())) {
      Message message = WireClient.message("x");
      message.setMessageId("12345678901");

      assertThat(send(client, message).getRemoteState()).isNotInstanceOf(Accepted.class);
    }
  }

  @Test
  void linksTakeMessagesAsLargeAsTheOptionsSay() {
    try (ServiceBusEmulator emulator = emulator(MessageLimits.STANDARD.withMaxMessageBytes(4096));
        WireClient client = WireClient.connect(emulator.port())) {
      Session session = client.session();
      emulator.createQueue("large", queue -> queue.withMaxMessageSizeInKilobytes(1024));

      assertThat(client.sender(session, "q").getRemoteMaxMessageSize().intValue()).isEqualTo(4096);
      assertThat(client.sender(session, "large").getRemoteMaxMessageSize().intValue())
          .isEqualTo(1024 * 1024);
    }
  }

  @Test
  void whatAQueueTakesCanBeScheduledAsWell() {
    try (ServiceBusEmulator emulator = emulator(MessageLimits.STANDARD);
        WireClient client = WireClient.connect(emulator.port())) {
      emulator.createQueue("large", queue -> queue.withMaxMessageSizeInKilobytes(1024));

      assertThat(schedule(client, "large", 700 * 1024)).containsEntry("statusCode", 200);
      assertThat(schedule(client, "large", 1024 * 1024)).containsEntry("statusCode", 413);
      assertThat(schedule(client, "q", 300 * 1024)).containsEntry("statusCode", 413);
      assertThat(emulator.namespace().statistics("large").scheduled()).isEqualTo(1);
    }
  }

  private static Map<String, Object> schedule(WireClient client, String queue, int size) {
    Message later = Proton.message();
    later.setBody(new Data(new Binary(new byte[size])));
    later.setMessageAnnotations(
        new MessageAnnotations(
            new HashMap<>(
                Map.of(
                    Symbol.valueOf("x-opt-scheduled-enqueue-time"),
                    Date.from(Instant.now().plusSeconds(3600))))));
    Session session = client.session();
    Receiver replies = client.receiver(session, queue + "/$management");
    Sender requests = client.sender(session, queue + "/$management");
    replies.flow(1);
    Message request = Proton.message();
    request.setMessageId("1");
    request.setReplyTo(((Target) replies.getTarget()).getAddress());
    request.setApplicationProperties(
        new ApplicationProperties(
            new HashMap<>(Map.of("operation", "com.microsoft:schedule-message"))));
    request.setBody(
        new AmqpValue(
            Map.of("messages", List.of(Map.of("message", new Binary(encoded(later, size)))))));
    client.transfer(requests, encoded(request, size), 0);
    return client.receive(replies).message().getApplicationProperties().getValue();
  }

  private static byte[] encoded(Message message, int size) {
    byte[] bytes = new byte[size + 4096];
    return java.util.Arrays.copyOf(bytes, message.encode(bytes, 0, bytes.length));
  }

  @Test
  void limitsThatCannotBeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MessageLimits.STANDARD.withMaxIdLength(129))
        .withMessage("maxIdLength: allowed is 1 to 128, found 129.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MessageLimits.STANDARD.withMaxMessageBytes(0));
  }

  @Test
  void receivingIsAnAccessAsSendingIs() {
    try (ServiceBusEmulator emulator = emulator(MessageLimits.STANDARD);
        WireClient client = WireClient.connect(emulator.port())) {
      Session session = client.session();
      client.send(client.sender(session, "q"), "x");
      Instant sent = emulator.namespace().require("q").accessedAt().orElseThrow();
      emulator.advance(Duration.ofHours(1));
      Receiver link = client.receiver(session, "q");
      link.flow(1);

      client.receive(link);

      assertThat(emulator.namespace().require("q").accessedAt().orElseThrow())
          .isAfter(sent.plus(Duration.ofMinutes(59)));
    }
  }
}
