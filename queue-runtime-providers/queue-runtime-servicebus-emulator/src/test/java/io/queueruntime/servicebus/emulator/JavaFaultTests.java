package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Azure's own Java client makes of planted faults. */
@Timeout(300)
class JavaFaultTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final JavaClients clients = new JavaClients(emulator);

  @BeforeEach
  void create() {
    emulator.createQueue("q");
  }

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  @Test
  void aRejectedSendIsTriedAgain() {
    ServiceBusSenderClient sender = clients.sender("q");
    Fault fault = emulator.faults().times(1).rejectSends("amqp:internal-error");

    sender.sendMessage(new ServiceBusMessage("x"));

    assertThat(fault.used()).isEqualTo(1);
    assertThat(emulator.namespace().statistics("q").active()).isEqualTo(1);
  }

  @Test
  void aSettleThatIsRejectedForNowIsTriedAgain() {
    clients.sender("q").sendMessage(new ServiceBusMessage("x"));
    ServiceBusReceiverClient receiver = clients.receiver("q");
    ServiceBusReceivedMessage message =
        receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
    Fault fault = emulator.faults().times(2).rejectSettles("com.microsoft:server-busy");

    receiver.complete(message);

    assertThat(fault.used()).isEqualTo(2);
    assertThat(emulator.namespace().statistics("q").locked()).isZero();
  }

  @Test
  void clientsComeBackAfterTheirSocketsWereCut() {
    ServiceBusSenderClient sender = clients.sender("q");
    ServiceBusReceiverClient receiver = clients.receiver("q");
    sender.sendMessage(new ServiceBusMessage("before"));

    emulator.faults().cutConnections();
    sender.sendMessage(new ServiceBusMessage("after"));

    assertThat(receiver.receiveMessages(1, SOON).stream().findFirst()).isPresent();
  }

  @Test
  void aRefusedAttachIsToldByItsCondition() {
    emulator.faults().refuseAttaches("amqp:unauthorized-access");
    ServiceBusSenderClient sender = clients.sender("q");

    assertThatThrownBy(() -> sender.sendMessage(new ServiceBusMessage("x")))
        .isInstanceOfSatisfying(
            ServiceBusException.class,
            e -> assertThat(e.getReason()).isEqualTo(ServiceBusFailureReason.UNAUTHORIZED));
  }
}
