package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.ServiceBusTransactionContext;
import com.azure.messaging.servicebus.models.CompleteOptions;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Transactions of Azure's own Java client. */
@Timeout(300)
class JavaTransactionTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final JavaClients clients = new JavaClients(emulator);

  @BeforeEach
  void create() {
    emulator.createQueue("one").createQueue("two");
  }

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  private long active(String queue) {
    return emulator.namespace().statistics(queue).active();
  }

  @Test
  void whatWasSentAppearsAtTheCommit() {
    ServiceBusSenderClient sender = clients.sender("one");
    ServiceBusTransactionContext transaction = sender.createTransaction();

    sender.sendMessage(new ServiceBusMessage("a"), transaction);
    sender.sendMessage(new ServiceBusMessage("b"), transaction);
    assertThat(active("one")).isZero();
    sender.commitTransaction(transaction);

    assertThat(active("one")).isEqualTo(2);
  }

  @Test
  void aRollbackLeavesNothing() {
    ServiceBusSenderClient sender = clients.sender("one");
    ServiceBusTransactionContext transaction = sender.createTransaction();

    sender.sendMessage(new ServiceBusMessage("a"), transaction);
    sender.scheduleMessage(
        new ServiceBusMessage("b"), OffsetDateTime.now().plusHours(1), transaction);
    sender.rollbackTransaction(transaction);

    sender.sendMessage(new ServiceBusMessage("after"));
    assertThat(active("one")).isEqualTo(1);
    assertThat(emulator.namespace().statistics("one").scheduled()).isZero();
  }

  @Test
  void whatWasScheduledIsThereFromTheCommitOnUnderTheNumberThatWasTold() {
    ServiceBusSenderClient sender = clients.sender("one");
    ServiceBusTransactionContext transaction = sender.createTransaction();

    long told =
        sender.scheduleMessage(
            new ServiceBusMessage("later"), OffsetDateTime.now().plusHours(1), transaction);
    assertThat(emulator.namespace().statistics("one").scheduled())
        .as("before the commit, when a crash would have to forget it")
        .isZero();
    sender.sendMessage(new ServiceBusMessage("meanwhile"));
    sender.commitTransaction(transaction);

    assertThat(emulator.namespace().statistics("one").scheduled()).isEqualTo(1);
    ServiceBusReceiverClient receiver = clients.receiver("one");
    assertThat(receiver.peekMessages(2))
        .extracting(ServiceBusReceivedMessage::getSequenceNumber)
        .containsExactly(told, told + 1);
    sender.cancelScheduledMessage(told);
    assertThat(emulator.namespace().statistics("one").scheduled()).isZero();
  }

  @Test
  void aMessageMovesFromOneQueueToAnother() {
    clients.sender("one").sendMessage(new ServiceBusMessage("order"));
    ServiceBusClientBuilder crossing = clients.newBuilder().enableCrossEntityTransactions();
    ServiceBusReceiverClient receiver =
        clients.keep(crossing.receiver().queueName("one").buildClient());
    ServiceBusSenderClient sender = clients.keep(crossing.sender().queueName("two").buildClient());
    ServiceBusReceivedMessage message =
        receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();

    ServiceBusTransactionContext transaction = receiver.createTransaction();
    receiver.complete(message, new CompleteOptions().setTransactionContext(transaction));
    sender.sendMessage(new ServiceBusMessage("invoice"), transaction);
    assertThat(active("one")).isEqualTo(1);
    receiver.commitTransaction(transaction);

    assertThat(active("one")).isZero();
    assertThat(active("two")).isEqualTo(1);
  }

  @Test
  void aCommitFailsWholeWhenALockIsLost() {
    ServiceBusSenderClient sender = clients.sender("one");
    sender.sendMessage(new ServiceBusMessage("order"));
    ServiceBusReceiverClient receiver = clients.receiver("one");
    ServiceBusReceivedMessage message =
        receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
    ServiceBusTransactionContext transaction = receiver.createTransaction();
    sender.sendMessage(new ServiceBusMessage("reply"), transaction);
    receiver.complete(message, new CompleteOptions().setTransactionContext(transaction));

    emulator.advance(Duration.ofMinutes(2));

    assertThatThrownBy(() -> receiver.commitTransaction(transaction))
        .hasStackTraceContaining("rolled back");
    assertThat(active("one")).isEqualTo(1);
  }
}
