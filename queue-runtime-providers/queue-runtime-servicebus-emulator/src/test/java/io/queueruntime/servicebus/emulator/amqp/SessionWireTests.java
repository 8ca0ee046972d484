package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What session links of a plain AMQP client see on the wire. */
@Timeout(300)
class SessionWireTests {

  private static final Symbol FILTER = Symbol.valueOf("com.microsoft:session-filter");

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final WireClient client = WireClient.connect(emulator.port());
  private final Session session = client.session();

  @BeforeEach
  void create() {
    emulator.createQueue("q", queue -> queue.withRequiresSession(true));
    emulator.createQueue("plain");
  }

  @AfterEach
  void close() {
    client.close();
    emulator.close();
  }

  private void send(String group, String text) {
    Message message = WireClient.message(text);
    message.setGroupId(group);
    Delivery delivery =
        client.transfer(client.sender(session, "q"), WireClient.encoded(message), 0);
    client.until(delivery::remotelySettled);
  }

  private static Map<Symbol, Object> patience(long millis) {
    return Map.of(Symbol.valueOf("com.microsoft:timeout"), UnsignedInteger.valueOf(millis));
  }

  private Receiver named(String id) {
    return client.receiver(session, "q", WireClient.sessionFilter(id), Map.of());
  }

  private Receiver next(long millis) {
    return client.prepare(session, "q", WireClient.sessionFilter(null), patience(millis));
  }

  private static Object filter(Link link) {
    return ((Source) link.getRemoteSource()).getFilter().get(FILTER);
  }

  @Test
  void aNamedSessionNeedsNoMessagesAndTellsItsLock() {
    Receiver link = named("a");

    assertThat(filter(link)).isEqualTo("a");
    Object until = link.getRemoteProperties().get(Symbol.valueOf("com.microsoft:locked-until-utc"));
    assertThat(until).isInstanceOf(Long.class);
    long expected = SessionAttach.ticks(Instant.now().plusSeconds(60));
    assertThat((Long) until).isBetween(expected - 300_000_000L, expected + 10_000_000L);
  }

  @Test
  void theNextSessionIsToldByItsName() {
    send("only", "1");

    Receiver link = next(30_000);
    client.until(() -> link.getRemoteState() == EndpointState.ACTIVE);

    assertThat(filter(link)).isEqualTo("only");
  }

  @Test
  void anAttachIsHeldBackUntilASessionHasMessages() {
    Receiver link = next(30_000);
    // The answer to a later attach shows that the first one is not on its way.
    client.receiver(session, "plain");
    assertThat(link.getRemoteState()).isEqualTo(EndpointState.UNINITIALIZED);

    send("late", "1");
    client.until(() -> link.getRemoteState() == EndpointState.ACTIVE);

    assertThat(filter(link)).isEqualTo("late");
  }

  @Test
  void anAttachThatWaitedInVainIsATimeout() {
    Receiver link = next(50);
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(link.getRemoteSource()).isNull();
    assertThat(WireClient.errorOf(link)).isEqualTo("com.microsoft:timeout");
  }

  @Test
  void movingTimeDoesNotEndAnAttachThatWaits() {
    Receiver link = next(30_000);
    client.receiver(session, "plain");

    emulator.advance(Duration.ofDays(400));
    send("late", "1");
    client.until(() -> link.getRemoteState() == EndpointState.ACTIVE);

    assertThat(filter(link)).isEqualTo("late");
  }

  @Test
  void aClientThatGaveUpGetsNoSession() {
    Receiver link = next(30_000);
    client.receiver(session, "plain");
    link.close();
    client.receiver(session, "plain");

    send("a", "1");
    Receiver other = named("a");

    assertThat(filter(other)).isEqualTo("a");
    assertThat(link.getRemoteSource()).isNull();
  }

  @Test
  void aSessionEndedWhileItsAttachWaitedGetsNoAnswer() {
    Session ending = client.session();
    Receiver link = client.prepare(ending, "q", WireClient.sessionFilter(null), patience(30_000));
    client.receiver(session, "plain");
    ending.close();
    client.until(() -> ending.getRemoteState() == EndpointState.CLOSED);

    send("a", "1");
    Receiver other = named("a");

    assertThat(filter(other)).isEqualTo("a");
    assertThat(link.getRemoteState()).isEqualTo(EndpointState.UNINITIALIZED);
  }

  @Test
  void aHeldSessionIsRefused() {
    named("a");

    Receiver second = named("a");
    client.until(() -> second.getRemoteState() == EndpointState.CLOSED);

    assertThat(second.getRemoteSource()).isNull();
    assertThat(WireClient.errorOf(second)).isEqualTo("com.microsoft:session-cannot-be-locked");
  }

  @Test
  void aReceiverWithoutASessionIsRefusedAndTheOtherWayRound() {
    Receiver without = client.receiver(session, "q");
    Receiver with = client.receiver(session, "plain", WireClient.sessionFilter("a"), Map.of());
    client.until(
        () ->
            without.getRemoteState() == EndpointState.CLOSED
                && with.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(without)).isEqualTo("amqp:not-allowed");
    assertThat(WireClient.errorOf(with)).isEqualTo("amqp:not-allowed");
  }

  @Test
  void deadLettersAreReceivedWithoutTheirSession() {
    Receiver dead = client.receiver(session, "q/$deadletterqueue");

    assertThat(dead.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
    assertThat(dead.getRemoteSource()).isNotNull();
  }

  @Test
  void aLockThatRunsOutEndsTheLinkAlsoWhenItAsksForNothing() {
    Receiver link = named("a");

    emulator.advance(Duration.ofMinutes(2));
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo("com.microsoft:session-lock-lost");
    assertThat(filter(named("a"))).isEqualTo("a");
  }

  @Test
  void aLockRunsOutByItselfToo() {
    emulator.createQueue(
        "quick", queue -> queue.withRequiresSession(true).withLockDuration(Duration.ofMillis(150)));
    Receiver link = client.receiver(session, "quick", WireClient.sessionFilter("a"), Map.of());
    link.flow(1);

    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo("com.microsoft:session-lock-lost");
  }

  @Test
  void aDroppedSocketFreesItsSessionsAndTheirMessagesUncounted() {
    send("a", "1");
    WireClient lost = WireClient.connect(emulator.port());
    Receiver held = lost.receiver(lost.session(), "q", WireClient.sessionFilter("a"), Map.of());
    held.flow(1);
    lost.receive(held);

    lost.drop();
    client.until(() -> emulator.connections() == 1);
    Receiver link = named("a");
    link.flow(1);
    Message message = client.receive(link).message();

    assertThat(((AmqpValue) message.getBody()).getValue()).isEqualTo("1");
    assertThat(message.getHeader().getDeliveryCount()).isEqualTo(UnsignedInteger.ZERO);
  }

  @Test
  void aMessageWithoutASessionIsRejected() {
    Delivery delivery = client.send(client.sender(session, "q"), "whose?");

    assertThat(WireClient.errorOf(delivery)).isEqualTo("amqp:not-allowed");
  }
}
