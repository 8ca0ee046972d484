package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.message.LockTags;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transaction.Declare;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transaction.Discharge;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Transactions of a plain AMQP client. */
@Timeout(300)
class TransactionWireTests {

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final WireClient client = WireClient.connect(emulator.port());
  private final Session session = client.session();
  private Sender coordinator;

  @BeforeEach
  void create() {
    emulator.createQueue("q").createQueue("r");
    coordinator = session.sender("coordinator");
    coordinator.setTarget(new Coordinator());
    coordinator.setSource(new Source());
    coordinator.open();
    client.until(() -> coordinator.getCredit() > 0);
  }

  @AfterEach
  void close() {
    client.close();
    emulator.close();
  }

  private Delivery ask(Object what) {
    Message message = Proton.message();
    message.setBody(new AmqpValue(what));
    Delivery delivery = client.transfer(coordinator, WireClient.encoded(message), 0);
    client.until(delivery::remotelySettled);
    return delivery;
  }

  private Binary declare() {
    return ((Declared) ask(new Declare()).getRemoteState()).getTxnId();
  }

  private Delivery discharge(Binary id, boolean fail) {
    Discharge discharge = new Discharge();
    discharge.setTxnId(id);
    discharge.setFail(fail);
    return ask(discharge);
  }

  private Delivery sendWithin(Binary id, Sender link) {
    byte[] bytes = WireClient.encoded(WireClient.message("x"));
    client.until(() -> link.getCredit() > 0);
    Delivery delivery =
        link.delivery(UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    delivery.disposition(state);
    link.send(bytes, 0, bytes.length);
    link.advance();
    client.until(delivery::remotelySettled);
    return delivery;
  }

  private long active(String queue) {
    return emulator.namespace().statistics(queue).active();
  }

  @Test
  void sendsToTwoQueuesAppearTogether() {
    Binary id = declare();

    Delivery sent = sendWithin(id, client.sender(session, "q"));
    sendWithin(id, client.sender(session, "r"));
    assertThat(active("q") + active("r")).isZero();
    Delivery done = discharge(id, false);

    assertThat(sent.getRemoteState())
        .isInstanceOfSatisfying(
            TransactionalState.class,
            state -> {
              assertThat(state.getTxnId()).isEqualTo(id);
              assertThat(state.getOutcome()).isInstanceOf(Accepted.class);
            });
    assertThat(done.getRemoteState()).isInstanceOf(Accepted.class);
    assertThat(active("q")).isEqualTo(1);
    assertThat(active("r")).isEqualTo(1);
  }

  @Test
  void aFailedDischargeLeavesNothing() {
    Binary id = declare();
    sendWithin(id, client.sender(session, "q"));

    discharge(id, true);

    client.send(client.sender(session, "q"), "after");
    assertThat(active("q")).isEqualTo(1);
  }

  @Test
  void anOutcomeWithinATransactionCountsAtTheCommit() {
    client.send(client.sender(session, "q"), "x");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    Delivery delivery = client.receive(link).delivery();
    Binary id = declare();
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    state.setOutcome(Accepted.getInstance());

    delivery.disposition(state);
    client.until(delivery::remotelySettled);
    assertThat(active("q")).isEqualTo(1);
    discharge(id, false);

    assertThat(active("q")).isZero();
  }

  @Test
  void anUnknownTransactionIsRejected() {
    Binary unknown = new Binary(new byte[] {9, 9});

    assertThat(WireClient.errorOf(discharge(unknown, false)))
        .isEqualTo("amqp:transaction:unknown-id");
    assertThat(WireClient.errorOf(sendWithin(unknown, client.sender(session, "q"))))
        .isEqualTo("amqp:transaction:unknown-id");
  }

  @Test
  void theEndOfTheCoordinatorLinkRollsBack() {
    Binary id = declare();
    Sender link = client.sender(session, "q");
    sendWithin(id, link);

    coordinator.close();
    client.until(() -> coordinator.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(sendWithin(id, link))).isEqualTo("amqp:transaction:unknown-id");
    assertThat(active("q")).isZero();
  }

  @Test
  void aTransactionTakesAHundredMessagesAndNoMore() {
    Binary id = declare();
    Sender link = client.sender(session, "q");
    for (int i = 0; i < 100; i++) {
      sendWithin(id, link);
    }

    Delivery tooMany = sendWithin(id, link);
    discharge(id, false);

    assertThat(WireClient.errorOf(tooMany)).isEqualTo("amqp:resource-limit-exceeded");
    assertThat(active("q")).isEqualTo(100);
  }

  @Test
  void aCommitThatCannotBeDoneIsARollback() {
    client.send(client.sender(session, "q"), "x");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    Delivery delivery = client.receive(link).delivery();
    UUID token = LockTags.read(delivery.getTag()).orElseThrow().value();
    Binary id = declare();
    sendWithin(id, client.sender(session, "r"));
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    state.setOutcome(Accepted.getInstance());
    delivery.disposition(state);
    client.until(delivery::remotelySettled);
    client.ask(
        session,
        "q/$management",
        "com.microsoft:update-disposition",
        Map.of("lock-tokens", new UUID[] {token}, "disposition-status", "abandoned"));

    Delivery done = discharge(id, false);
    assertThat(WireClient.errorOf(done)).isEqualTo("amqp:transaction:rollback");
    assertThat(((Rejected) done.getRemoteState()).getError().getDescription())
        .contains("Cannot complete a message")
        .doesNotContain("Exception");
    assertThat(active("q")).isEqualTo(1);
    assertThat(active("r")).isZero();
  }
}
