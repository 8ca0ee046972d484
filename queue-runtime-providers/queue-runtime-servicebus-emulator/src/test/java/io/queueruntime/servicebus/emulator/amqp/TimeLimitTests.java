package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends after some time, by a clock that goes on only when told. */
@Timeout(300)
class TimeLimitTests {

  private static final Duration MOMENT = Duration.ofMillis(200);

  private final ManualTime time = new ManualTime();
  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime());
  private SelectorLoop loop;
  private AmqpServer server;

  @BeforeEach
  void start() throws IOException {
    serve(false);
    namespace.create("q", EntityDescription.DEFAULTS);
    namespace.create("s", EntityDescription.DEFAULTS.withRequiresSession(true));
  }

  private void serve(boolean tokensRequired) throws IOException {
    loop = new SelectorLoop("time-limits", time);
    ServerSocketChannel listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listening.configureBlocking(false);
    Served served =
        new Served(
            namespace,
            new AmqpSettings(
                AmqpLimits.STANDARD,
                MessageLimits.STANDARD,
                SharedAccessKey.DEVELOPMENT,
                tokensRequired),
            new FaultPoints());
    server = new AmqpServer(served, namespace, listening, name -> loop, 1);
  }

  @AfterEach
  void close() {
    server.close();
    namespace.close();
  }

  /** Moves time; what is due has been done, and written, when it returns. */
  private void advance(Duration by) {
    time.advance(by);
    fireTimers();
    fireTimers();
  }

  /** Timers that are due fire before one that comes last; what they wrote goes out after it. */
  private void fireTimers() {
    CompletableFuture<Void> fired = new CompletableFuture<>();
    loop.execute(() -> loop.after(Duration.ZERO, () -> fired.complete(null)));
    fired.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static void await(BooleanSupplier so) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void whoDoesNotOpenWithinAMinuteIsCut() throws IOException {
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      await(() -> server.live().count() == 1);
      server.live().links(null);

      advance(Duration.ofSeconds(60).minus(MOMENT));
      assertThat(server.live().count()).isEqualTo(1);

      advance(MOMENT);
      assertThat(server.live().count()).isZero();
    }
  }

  @Test
  void whoHasOpenedMayStaySilentForFourMinutesAndIsClosedAfterEight() {
    WireClient client = WireClient.connect(server.port());
    // What was said within a period is found at its end only.
    assertThat(client.transport.getRemoteIdleTimeout()).isEqualTo(240_000);
    client.session();
    client.receiver(client.session(), "q");
    advance(Duration.ofSeconds(480));
    advance(Duration.ofSeconds(480).minus(MOMENT));
    assertThat(server.live().count()).isEqualTo(1);

    advance(MOMENT);

    assertThat(server.live().count()).isZero();
    client.until(() -> client.connection.getRemoteState() == EndpointState.CLOSED);
    assertThat(String.valueOf(client.connection.getRemoteCondition().getCondition()))
        .isEqualTo("amqp:resource-limit-exceeded");
    client.drop();
  }

  @Test
  void whoWantsToHearFromUsOftenDoes() {
    try (WireClient client = WireClient.connect(server.port(), "ANONYMOUS", 60_000)) {
      client.receiver(client.session(), "q");
      client.pump();
      long frames = client.transport.getFramesInput();

      advance(Duration.ofSeconds(15));
      advance(Duration.ofSeconds(15));

      client.until(() -> client.transport.getFramesInput() > frames);
    }
  }

  @Test
  void whoDoesNotReadWhyItEndsIsCutAfterFiveSeconds() {
    WireClient client = WireClient.connect(server.port());
    server.live().freeze(true);
    server.live().close("amqp:connection:forced", "Ends.");

    advance(Duration.ofSeconds(5).minus(MOMENT));
    assertThat(server.live().count()).isEqualTo(1);

    advance(MOMENT);
    assertThat(server.live().count()).isZero();
    client.drop();
  }

  @Test
  void whoPutsNoTokenIsClosedAfterTwentySecondsWhereTheyAreRequired() throws IOException {
    server.close();
    serve(true);
    WireClient client = WireClient.connect(server.port());

    advance(Duration.ofSeconds(20).minus(MOMENT));
    assertThat(server.live().count()).isEqualTo(1);

    advance(MOMENT);
    client.until(() -> client.connection.getRemoteState() == EndpointState.CLOSED);
    assertThat(String.valueOf(client.connection.getRemoteCondition().getCondition()))
        .isEqualTo("amqp:unauthorized-access");
    assertThat(client.connection.getRemoteCondition().getDescription())
        .contains("no valid token within 20 seconds");
    client.drop();
  }

  @Test
  void whoPutsAValidTokenWithinTwentySecondsStays() throws Exception {
    server.close();
    serve(true);
    try (WireClient client = WireClient.connect(server.port())) {
      advance(Duration.ofSeconds(20).minus(MOMENT));
      assertThat(RequiredTokensTests.putFor(client, "amqp://localhost/q")).isEqualTo(200);

      advance(Duration.ofSeconds(21));

      assertThat(client.sender(client.session(), "q").getRemoteTarget()).isNotNull();
    }
  }

  @Test
  void aSocketThatIsGoneBeforeItIsServedLeavesNoTimer() throws IOException {
    SocketChannel closed = SocketChannel.open();
    closed.close();
    Served served =
        new Served(
            namespace,
            new AmqpSettings(
                AmqpLimits.STANDARD, MessageLimits.STANDARD, SharedAccessKey.DEVELOPMENT, true),
            new FaultPoints());
    CompletableFuture<Integer> timers = new CompletableFuture<>();

    loop.execute(
        () -> {
          assertThatThrownBy(() -> new AmqpConnection(loop, closed, served, gone -> {}))
              .isInstanceOf(ClosedChannelException.class);
          timers.complete(loop.timersSet());
        });

    assertThat(timers.orTimeout(60, TimeUnit.SECONDS).join()).isZero();
  }

  @Test
  void aReceiverThatWaitsForASessionIsToldWhenItsTimeIsOver() {
    try (WireClient client = WireClient.connect(server.port())) {
      Receiver link =
          client.prepare(
              client.session(),
              "s",
              WireClient.sessionFilter(null),
              Map.of(Symbol.valueOf("com.microsoft:timeout"), UnsignedInteger.valueOf(30_000)));
      client.until(() -> server.live().links("s") == 1);

      advance(Duration.ofSeconds(30).minus(MOMENT));
      assertThat(server.live().links("s")).isEqualTo(1);

      advance(MOMENT);
      client.until(() -> link.getRemoteState() == EndpointState.CLOSED);
      assertThat(WireClient.errorOf(link)).isEqualTo("com.microsoft:timeout");
    }
  }

  @Test
  void aTransactionIsOpenForTwoMinutesAndThenRolledBack() {
    try (WireClient client = WireClient.connect(server.port())) {
      Session session = client.session();
      Sender coordinator = session.sender("coordinator");
      coordinator.setTarget(new Coordinator());
      coordinator.setSource(new Source());
      coordinator.open();
      Binary id = ((Declared) ask(client, coordinator, new Declare()).getRemoteState()).getTxnId();
      Sender link = client.sender(session, "q");
      sendWithin(client, link, id, "first");

      advance(Duration.ofMinutes(2).minus(MOMENT));
      Delivery inTime = sendWithin(client, link, id, "second");
      advance(MOMENT);
      Delivery late = sendWithin(client, link, id, "third");
      Discharge discharge = new Discharge();
      discharge.setTxnId(id);
      discharge.setFail(false);

      assertThat(inTime.getRemoteState()).isInstanceOf(TransactionalState.class);
      assertThat(WireClient.errorOf(late)).isEqualTo("amqp:transaction:unknown-id");
      assertThat(WireClient.errorOf(ask(client, coordinator, discharge)))
          .isEqualTo("amqp:transaction:unknown-id");
      assertThat(namespace.statistics("q").active()).isZero();
    }
  }

  private static Delivery ask(WireClient client, Sender coordinator, Object what) {
    client.until(() -> coordinator.getCredit() > 0);
    Delivery delivery = client.transfer(coordinator, Frames.value(what), 0);
    client.until(delivery::remotelySettled);
    return delivery;
  }

  private static Delivery sendWithin(WireClient client, Sender link, Binary id, String text) {
    byte[] bytes = Frames.value(text);
    Delivery delivery = link.delivery(text.getBytes(StandardCharsets.US_ASCII));
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    delivery.disposition(state);
    link.send(bytes, 0, bytes.length);
    link.advance();
    client.until(delivery::remotelySettled);
    return delivery;
  }
}
