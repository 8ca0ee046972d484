package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.queueruntime.servicebus.emulator.Fault;
import io.queueruntime.servicebus.emulator.Faults;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.message.LockTags;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What planted faults do, and that they end. */
@Timeout(300)
class FaultTests {

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final WireClient client = WireClient.connect(emulator.port());
  private final Session session = client.session();

  @BeforeEach
  void create() {
    emulator.createQueue("q").createQueue("other");
  }

  @AfterEach
  void close() {
    client.close();
    emulator.close();
  }

  private Delivery transfer(Sender link) {
    return client.transfer(link, WireClient.encoded(WireClient.message("x")), 0);
  }

  private long active() {
    return emulator.namespace().statistics("q").active();
  }

  @Test
  void aLostSendAcknowledgementLeavesTheMessageStored() {
    Sender link = client.sender(session, "q");
    Fault fault = emulator.faults().queue("q").times(1).loseSendAcknowledgements();

    Delivery lost = transfer(link);
    Delivery next = transfer(link);
    client.until(next::remotelySettled);

    assertThat(lost.remotelySettled()).isFalse();
    assertThat(fault.used()).isEqualTo(1);
    assertThat(active()).isEqualTo(2);
  }

  @Test
  void faultsOfOneQueueLeaveTheOthersAlone() {
    emulator.faults().queue("q").loseSendAcknowledgements();

    Delivery delivery = client.send(client.sender(session, "other"), "x");

    assertThat(delivery.getRemoteState()).isInstanceOf(Accepted.class);
  }

  @Test
  void aDelayedAcknowledgementComes() {
    emulator.faults().times(1).delaySendAcknowledgements(Duration.ofMillis(300));
    long start = System.nanoTime();

    Delivery delivery = client.send(client.sender(session, "q"), "x");

    assertThat(delivery.getRemoteState()).isInstanceOf(Accepted.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(250));
  }

  @Test
  void rejectedSendsStoreNothingUntilTheFaultIsLifted() {
    Sender link = client.sender(session, "q");
    try (Fault busy = emulator.faults().rejectSends("com.microsoft:server-busy")) {
      assertThat(WireClient.errorOf(client.send(link, "x"))).isEqualTo("com.microsoft:server-busy");
      assertThat(busy.used()).isEqualTo(1);
    }

    assertThat(client.send(link, "x").getRemoteState()).isInstanceOf(Accepted.class);
    assertThat(active()).isEqualTo(1);
  }

  private Delivery received(Receiver link) {
    link.flow(1);
    return client.receive(link).delivery();
  }

  @Test
  void aLostSettleAcknowledgementIsCarriedOut() {
    client.send(client.sender(session, "q"), "x");
    Receiver link = client.receiver(session, "q");
    Delivery delivery = received(link);
    emulator.faults().loseSettleAcknowledgements();

    delivery.disposition(Accepted.getInstance());
    client.until(() -> active() == 0);

    assertThat(delivery.remotelySettled()).isFalse();
  }

  @Test
  void aRejectedSettleIsNotCarriedOut() {
    client.send(client.sender(session, "q"), "x");
    Delivery delivery = received(client.receiver(session, "q"));
    emulator.faults().times(1).rejectSettles("com.microsoft:message-lock-lost");

    delivery.disposition(Accepted.getInstance());
    client.until(delivery::remotelySettled);

    assertThat(WireClient.errorOf(delivery)).isEqualTo("com.microsoft:message-lock-lost");
    assertThat(emulator.namespace().statistics("q").locked()).isEqualTo(1);
  }

  @Test
  void aSettleThatIsRejectedForNowCanBeTriedAgainOnTheSameDelivery() {
    client.send(client.sender(session, "q"), "x");
    Delivery delivery = received(client.receiver(session, "q"));
    emulator.faults().times(1).rejectSettles("com.microsoft:server-busy");

    delivery.disposition(Accepted.getInstance());
    client.until(() -> delivery.getRemoteState() instanceof Rejected);
    assertThat(WireClient.errorOf(delivery)).isEqualTo("com.microsoft:server-busy");
    assertThat(delivery.remotelySettled()).isFalse();
    assertThat(emulator.namespace().statistics("q").locked()).isEqualTo(1);

    delivery.disposition(Accepted.getInstance());
    client.until(delivery::remotelySettled);
    assertThat(delivery.getRemoteState()).isInstanceOf(Accepted.class);
    assertThat(active()).isZero();
  }

  @Test
  void attachesAreRefused() {
    emulator.faults().times(1).refuseAttaches("amqp:unauthorized-access");

    Sender refused = client.sender(session, "q");
    client.until(() -> refused.getRemoteState() == EndpointState.CLOSED);
    Sender second = client.sender(session, "q");

    assertThat(refused.getRemoteTarget()).isNull();
    assertThat(WireClient.errorOf(refused)).isEqualTo("amqp:unauthorized-access");
    assertThat(second.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void withheldCreditIsGivenWhenTheFaultIsLifted() {
    Fault fault = emulator.faults().queue("q").withholdCredit();
    Sender link = client.sender(session, "q");
    client.receiver(session, "other");
    assertThat(link.getCredit()).isZero();

    fault.lift();

    client.until(() -> link.getCredit() > 0);
  }

  @Test
  void liveLinksOfOneQueueAreDetached() {
    Receiver link = client.receiver(session, "q");
    Receiver other = client.receiver(session, "other");

    emulator.faults().queue("q").detachLinks("amqp:link:detach-forced");
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo("amqp:link:detach-forced");
    assertThat(other.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void liveLinksAreDetachedWithoutAnErrorToo() {
    Receiver link = client.receiver(session, "q");

    emulator.faults().detachLinks();
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat((Object) link.getRemoteCondition().getCondition()).isNull();
  }

  @Test
  void lostLocksAreAsIfTheyHadRunOut() {
    client.send(client.sender(session, "q"), "x");
    Receiver link = client.receiver(session, "q");
    Delivery delivery = received(link);

    emulator.faults().loseLocks();
    delivery.disposition(Accepted.getInstance());
    client.until(delivery::remotelySettled);
    link.flow(1);

    assertThat(WireClient.errorOf(delivery)).isEqualTo("com.microsoft:message-lock-lost");
    assertThat(client.receive(link).message().getDeliveryCount()).isEqualTo(1);
  }

  private long locked() {
    return emulator.namespace().statistics("q").locked();
  }

  @Test
  void locksAreLostThoughTheirLinkIsClosed() {
    client.send(client.sender(session, "q"), "x");
    Receiver link = client.receiver(session, "q");
    received(link);
    link.close();
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);
    assertThat(locked()).isEqualTo(1);

    emulator.faults().queue("q").loseLocks();

    assertThat(locked()).isZero();
  }

  @Test
  void locksOfDeferredMessagesAreLost() {
    client.send(client.sender(session, "q"), "x");
    Delivery delivery = received(client.receiver(session, "q"));
    Modified deferred = new Modified();
    deferred.setUndeliverableHere(true);
    delivery.disposition(deferred);
    client.until(delivery::remotelySettled);
    ask(
        "com.microsoft:receive-by-sequence-number",
        Map.of("sequence-numbers", new Long[] {1L}, "receiver-settle-mode", 1));
    assertThat(locked()).isEqualTo(1);

    emulator.faults().loseLocks();

    assertThat(locked()).isZero();
  }

  private Map<String, Object> ask(String operation, Map<String, Object> body) {
    return client
        .ask(session, "q/$management", operation, body)
        .getApplicationProperties()
        .getValue();
  }

  @Test
  void aRejectedSettleIsRejectedOnWhateverWayItComes() {
    client.send(client.sender(session, "q"), "x");
    Delivery delivery = received(client.receiver(session, "q"));
    Fault fault = emulator.faults().times(1).rejectSettles("com.microsoft:message-lock-lost");
    UUID token = LockTags.read(delivery.getTag()).orElseThrow().value();
    Map<String, Object> complete =
        Map.of("disposition-status", "completed", "lock-tokens", new UUID[] {token});

    Map<String, Object> rejected = ask("com.microsoft:update-disposition", complete);

    assertThat(rejected)
        .containsEntry("statusCode", 410)
        .containsEntry("errorCondition", Symbol.valueOf("com.microsoft:message-lock-lost"));
    assertThat(locked()).isEqualTo(1);
    assertThat(fault.used()).isEqualTo(1);
    assertThat(ask("com.microsoft:update-disposition", complete)).containsEntry("statusCode", 200);
    assertThat(active()).isZero();
  }

  @Test
  void requestsAreRejectedWithTheStatusOfTheirCondition() {
    emulator.faults().queue("q").times(1).rejectRequests("com.microsoft:server-busy");
    Map<String, Object> peek = Map.of("from-sequence-number", 0L, "message-count", 1);

    assertThat(ask("com.microsoft:peek-message", peek))
        .containsEntry("statusCode", 503)
        .containsEntry("errorCondition", Symbol.valueOf("com.microsoft:server-busy"));
    assertThat(ask("com.microsoft:peek-message", peek)).containsEntry("statusCode", 204);
  }

  @Test
  void delayedAttachesAreAnsweredInTheEnd() {
    Fault fault = emulator.faults().queue("q").times(2).delayAttaches(Duration.ofMillis(200));
    long start = System.nanoTime();

    Sender sender = client.sender(session, "q");
    Duration waited = Duration.ofNanos(System.nanoTime() - start);
    client.receiver(session, "q").flow(1);

    assertThat(waited).isGreaterThanOrEqualTo(Duration.ofMillis(190));
    assertThat(fault.used()).isEqualTo(2);
    assertThat(client.send(sender, "x").getRemoteState()).isInstanceOf(Accepted.class);
  }

  @Test
  void anAttachWhoseLinkEndsBeforeItIsAnsweredIsRefused() {
    emulator.faults().queue("q").delayAttaches(Duration.ofHours(1));
    Receiver link = client.prepare(session, "q", null, Map.of());
    client.receiver(session, "other");
    assertThat(emulator.links("q")).isEqualTo(1);

    emulator.faults().queue("q").detachLinks("amqp:link:detach-forced");
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(link.getRemoteSource()).as("never opened").isNull();
    assertThat(WireClient.errorOf(link)).isEqualTo("amqp:link:detach-forced");
    assertThat(emulator.links("q")).isZero();
  }

  @Test
  void anAttachThatItsClientGaveUpIsNotAnsweredAnyMore() {
    emulator.faults().queue("q").delayAttaches(Duration.ofMillis(500));
    Session given = client.session();
    Receiver up = client.prepare(given, "q", null, Map.of());
    client.receiver(session, "other");
    given.close();
    client.until(() -> given.getRemoteState() == EndpointState.CLOSED);

    // Its answer comes after the other's would have.
    Receiver later = client.receiver(session, "q");

    assertThat(later.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
    assertThat(client.connection.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
    assertThat(emulator.links("q")).isEqualTo(1);
    assertThat(up.getLocalState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void faultsRefuseLimitsThatMeanNothingToThem() {
    Faults faults = emulator.faults();

    assertThatIllegalStateException()
        .isThrownBy(() -> faults.queue("q").closeConnections("amqp:connection:forced"))
        .withMessageContaining("queue(\"q\")");
    assertThatIllegalStateException().isThrownBy(() -> faults.queue("q").cutConnections());
    assertThatIllegalStateException().isThrownBy(() -> faults.queue("q").freezeConnections());
    assertThatIllegalStateException()
        .isThrownBy(() -> faults.times(2).detachLinks("amqp:link:detach-forced"))
        .withMessageContaining("times(2)");
    assertThatIllegalStateException().isThrownBy(() -> faults.times(1).loseLocks());
    assertThatIllegalStateException().isThrownBy(() -> faults.times(1).withholdCredit());
    assertThatIllegalStateException().isThrownBy(() -> faults.times(1).cutConnections());
    assertThat(client.isCut()).isFalse();
  }

  @Test
  void lostSessionLocksEndTheirLinks() {
    emulator.createQueue("s", queue -> queue.withRequiresSession(true));
    Receiver link = client.receiver(session, "s", WireClient.sessionFilter("a"), Map.of());

    emulator.faults().queue("s").loseLocks();
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo("com.microsoft:session-lock-lost");
  }

  @Test
  void connectionsAreClosedWithAnError() {
    emulator.faults().closeConnections("amqp:connection:forced");
    client.until(() -> client.connection.getRemoteState() == EndpointState.CLOSED);

    assertThat(String.valueOf(client.connection.getRemoteCondition().getCondition()))
        .isEqualTo("amqp:connection:forced");
    assertThat(WireClient.connect(emulator.port()).connection.getRemoteState())
        .isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void socketsAreCutWithoutAWord() {
    emulator.faults().cutConnections();
    client.until(client::isCut);

    assertThat(client.connection.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void aFrozenConnectionGoesOnWhereItStopped() {
    Sender link = client.sender(session, "q");
    Delivery before = client.send(link, "x");
    Fault fault = emulator.faults().freezeConnections();

    Delivery frozen = transfer(link);
    for (int i = 0; i < 10; i++) {
      client.pump();
    }
    assertThat(before.remotelySettled()).isTrue();
    assertThat(frozen.remotelySettled()).isFalse();
    assertThat(client.isCut()).isFalse();
    fault.lift();

    client.until(frozen::remotelySettled);
    assertThat(active()).isEqualTo(2);
  }

  @Test
  void liftingAllEndsEveryFault() {
    emulator.faults().rejectSends("com.microsoft:server-busy");
    emulator.faults().withholdCredit();
    emulator.faults().freezeConnections();

    emulator.faults().liftAll();

    assertThat(client.send(client.sender(session, "q"), "x").getRemoteState())
        .isInstanceOf(Accepted.class);
  }
}
