package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.models.AbandonOptions;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Azure's Java client asks of the management node, and how time is moved under it. */
@Timeout(300)
class JavaManagementTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final JavaClients clients = new JavaClients(emulator);

  @BeforeEach
  void create() {
    emulator.createQueue("orders");
  }

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  @Test
  void aScheduledMessageComesWhenTimeIsMoved() {
    ServiceBusSenderClient sender = clients.sender("orders");
    long number =
        sender.scheduleMessage(new ServiceBusMessage("later"), OffsetDateTime.now().plusHours(1));
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    assertThat(receiver.peekMessage().getSequenceNumber()).isEqualTo(number);

    emulator.advance(Duration.ofHours(1));

    ServiceBusReceivedMessage due = one(receiver);
    assertThat(due.getBody().toString()).isEqualTo("later");
    receiver.complete(due);
  }

  @Test
  void aScheduledMessageCanBeCancelled() {
    ServiceBusSenderClient sender = clients.sender("orders");
    long number =
        sender.scheduleMessage(new ServiceBusMessage("never"), OffsetDateTime.now().plusHours(1));

    sender.cancelScheduledMessage(number);

    assertThat(emulator.namespace().statistics("orders").scheduled()).isZero();
  }

  @Test
  void aDeferredMessageIsReceivedByItsNumber() {
    clients.sender("orders").sendMessage(new ServiceBusMessage("aside"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    ServiceBusReceivedMessage message = one(receiver);
    receiver.defer(message);

    ServiceBusReceivedMessage deferred =
        receiver.receiveDeferredMessage(message.getSequenceNumber());

    assertThat(deferred.getBody().toString()).isEqualTo("aside");
    receiver.complete(deferred);
    assertThat(emulator.namespace().statistics("orders").deferred()).isZero();
  }

  @Test
  void aRenewedLockOutlivesItsFirstEnd() {
    clients.sender("orders").sendMessage(new ServiceBusMessage("slow"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    ServiceBusReceivedMessage message = one(receiver);

    emulator.advance(Duration.ofSeconds(40));
    assertThat(receiver.renewMessageLock(message)).isAfter(OffsetDateTime.now());
    emulator.advance(Duration.ofSeconds(40));
    receiver.complete(message);

    assertThat(emulator.namespace().statistics("orders").active()).isZero();
  }

  @Test
  void aLockThatRanOutCannotBeUsed() {
    clients.sender("orders").sendMessage(new ServiceBusMessage("slow"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    ServiceBusReceivedMessage message = one(receiver);

    emulator.advance(Duration.ofMinutes(2));

    assertThatThrownBy(() -> receiver.complete(message))
        .isInstanceOfSatisfying(
            ServiceBusException.class,
            e -> assertThat(e.getReason()).isEqualTo(ServiceBusFailureReason.MESSAGE_LOCK_LOST));
  }

  @Test
  void aMessageIsSettledAfterItsLinkIsGone() {
    clients.sender("orders").sendMessage(new ServiceBusMessage("late"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    ServiceBusReceivedMessage message = one(receiver);
    emulator.faults().detachLinks("amqp:link:detach-forced");

    try {
      receiver.complete(message);
    } catch (ServiceBusException linkEndedMeanwhile) {
      // The client had sent its outcome on the link before it heard of the end.
      receiver.complete(message);
    }

    assertThat(emulator.namespace().statistics("orders").active()).isZero();
  }

  @Test
  void propertiesChangeWhenAMessageIsAbandoned() {
    clients.sender("orders").sendMessage(new ServiceBusMessage("x"));
    ServiceBusReceiverClient receiver = clients.receiver("orders");

    receiver.abandon(
        one(receiver), new AbandonOptions().setPropertiesToModify(Map.of("attempt", "first")));

    ServiceBusReceivedMessage again = one(receiver);
    assertThat(again.getApplicationProperties()).containsEntry("attempt", "first");
    receiver.complete(again);
  }

  @Test
  void aMissingQueueIsToldAtOnce() {
    ServiceBusSenderClient sender = clients.sender("nothing");

    assertThatThrownBy(() -> sender.sendMessage(new ServiceBusMessage("x")))
        .isInstanceOfSatisfying(
            ServiceBusException.class,
            e ->
                assertThat(e.getReason())
                    .isEqualTo(ServiceBusFailureReason.MESSAGING_ENTITY_NOT_FOUND));
  }

  @Test
  void aResetEmptiesTheQueuesUnderOpenClients() {
    ServiceBusSenderClient sender = clients.sender("orders");
    ServiceBusReceiverClient receiver = clients.receiver("orders");
    sender.sendMessage(new ServiceBusMessage("before"));

    emulator.reset();
    sender.sendMessage(new ServiceBusMessage("after"));

    ServiceBusReceivedMessage message = one(receiver);
    assertThat(message.getBody().toString()).isEqualTo("after");
    assertThat(message.getSequenceNumber()).isEqualTo(1);
  }

  private static ServiceBusReceivedMessage one(ServiceBusReceiverClient receiver) {
    return receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
  }
}
