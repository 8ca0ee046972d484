package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.models.DeadLetterOptions;
import com.azure.messaging.servicebus.models.ServiceBusReceiveMode;
import com.azure.messaging.servicebus.models.SubQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Azure's own Java client, unmodified, on plain queues. */
@Timeout(300)
class JavaClientTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final JavaClients clients = new JavaClients(emulator);

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  @Test
  void aMessageIsSentReceivedAndCompleted() {
    emulator.createQueue("orders");
    ServiceBusSenderClient sender = clients.sender("orders");
    ServiceBusReceiverClient receiver = clients.receiver("orders");

    sender.sendMessage(new ServiceBusMessage("hello").setMessageId("m-1").setSubject("greeting"));
    ServiceBusReceivedMessage received = one(receiver);
    receiver.complete(received);

    assertThat(received.getBody().toString()).isEqualTo("hello");
    assertThat(received.getMessageId()).isEqualTo("m-1");
    assertThat(received.getSubject()).isEqualTo("greeting");
    assertThat(received.getDeliveryCount()).isZero();
    assertThat(received.getSequenceNumber()).isEqualTo(1);
    assertThat(emulator.namespace().statistics("orders").active()).isZero();
    assertThat(emulator.namespace().statistics("orders").locked()).isZero();
  }

  @Test
  void aDeadLetterTellsItsReason() {
    emulator.createQueue("orders");
    clients.sender("orders").sendMessage(new ServiceBusMessage("bad").setMessageId("m-1"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");

    receiver.deadLetter(
        one(receiver),
        new DeadLetterOptions()
            .setDeadLetterReason("unreadable")
            .setDeadLetterErrorDescription("it has no body"));

    ServiceBusReceiverClient dead =
        clients.keep(
            clients
                .builder()
                .receiver()
                .queueName("orders")
                .subQueue(SubQueue.DEAD_LETTER_QUEUE)
                .buildClient());
    ServiceBusReceivedMessage letter = one(dead);
    assertThat(letter.getMessageId()).isEqualTo("m-1");
    assertThat(letter.getDeadLetterReason()).isEqualTo("unreadable");
    assertThat(letter.getDeadLetterErrorDescription()).isEqualTo("it has no body");
    dead.complete(letter);
    assertThat(emulator.namespace().statistics("orders").deadLetter()).isZero();
  }

  @Test
  void anAbandonedMessageComesBackWithItsCount() {
    emulator.createQueue("orders");
    clients.sender("orders").sendMessage(new ServiceBusMessage("again"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");

    receiver.abandon(one(receiver));

    ServiceBusReceivedMessage again = one(receiver);
    assertThat(again.getDeliveryCount()).isEqualTo(1);
    receiver.complete(again);
  }

  @Test
  void aBatchArrivesWhole() {
    emulator.createQueue("orders");
    List<ServiceBusMessage> batch = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      batch.add(new ServiceBusMessage("number " + i));
    }

    clients.sender("orders").sendMessages(batch);

    List<String> bodies = new ArrayList<>();
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    while (bodies.size() < 100) {
      for (ServiceBusReceivedMessage message :
          receiver.receiveMessages(100 - bodies.size(), SOON)) {
        bodies.add(message.getBody().toString());
        receiver.complete(message);
      }
    }
    assertThat(bodies).hasSize(100).startsWith("number 0").endsWith("number 99");
  }

  @Test
  void whatIsReceivedAndDeletedIsGone() {
    emulator.createQueue("orders");
    clients.sender("orders").sendMessage(new ServiceBusMessage("once"));
    ServiceBusReceiverClient receiver =
        clients.keep(
            clients
                .builder()
                .receiver()
                .queueName("orders")
                .receiveMode(ServiceBusReceiveMode.RECEIVE_AND_DELETE)
                .buildClient());

    assertThat(one(receiver).getBody().toString()).isEqualTo("once");

    assertThat(emulator.namespace().statistics("orders").active()).isZero();
    assertThat(emulator.namespace().statistics("orders").locked()).isZero();
  }

  private static ServiceBusReceivedMessage one(ServiceBusReceiverClient receiver) {
    return receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
  }
}
