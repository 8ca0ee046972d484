package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.util.BinaryData;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import io.queueruntime.servicebus.emulator.entity.Entity;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What senders are told of a queue that holds as much as it may, through Azure's own client. */
@Timeout(120)
class JavaQuotaTests {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int MESSAGE = 200_000;

  /** Those that fit into a megabyte, and the one that goes past it. */
  private static final int MOST = 6;

  private final ServiceBusEmulator emulator =
      ServiceBusEmulator.start()
          .createQueue("small", description -> description.withMaxSizeInMegabytes(1));
  private final JavaClients clients = new JavaClients(emulator);
  private final ServiceBusSenderClient sender = clients.sender("small");

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  private void send() {
    sender.sendMessage(new ServiceBusMessage(BinaryData.fromBytes(new byte[MESSAGE])));
  }

  private void assertFull() {
    assertThatThrownBy(this::send)
        .isInstanceOfSatisfying(
            ServiceBusException.class,
            e -> assertThat(e.getReason()).isEqualTo(ServiceBusFailureReason.QUOTA_EXCEEDED));
  }

  @Test
  void queueThatHoldsItsMaximumTakesNothingMoreUntilThereIsRoom() {
    for (int i = 0; i < MOST; i++) {
      send();
    }
    assertFull();
    assertThat(emulator.namespace().statistics("small").active()).isEqualTo(MOST);

    ServiceBusReceiverClient receiver = clients.receiver("small");
    ServiceBusReceivedMessage first =
        receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
    receiver.complete(first);

    send();
    assertFull();
  }

  @Test
  void queueThatIsMadeLargerTakesMore() {
    for (int i = 0; i < MOST; i++) {
      send();
    }
    assertFull();

    Entity small = emulator.namespace().find("small").orElseThrow();
    emulator.namespace().update("small", small.description().withMaxSizeInMegabytes(2));

    send();
  }

  @Test
  void fullQueueLeavesOthersAlone() {
    emulator.createQueue("other");
    for (int i = 0; i < MOST; i++) {
      send();
    }
    assertFull();

    clients.sender("other").sendMessage(new ServiceBusMessage("x"));

    assertThat(emulator.namespace().statistics("other").active()).isEqualTo(1);
  }
}
