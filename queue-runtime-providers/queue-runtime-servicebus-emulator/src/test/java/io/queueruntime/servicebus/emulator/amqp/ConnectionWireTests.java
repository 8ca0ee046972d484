package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections: how they begin, stay, ask and end. */
@Timeout(300)
class ConnectionWireTests {

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();

  @BeforeEach
  void create() {
    emulator.createQueue("q");
  }

  @AfterEach
  void close() {
    emulator.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ANONYMOUS", "PLAIN", "MSSBCBS"})
  void everyMechanismThatClientsHaveIsTaken(String mechanism) {
    try (WireClient client = WireClient.connect(emulator.port(), mechanism)) {
      assertThat(client.transport.sasl().getRemoteMechanisms())
          .contains("ANONYMOUS", "PLAIN", "MSSBCBS");
      assertThat(client.transport.sasl().getOutcome()).isEqualTo(Sasl.SaslOutcome.PN_SASL_OK);
      assertThat(client.receiver(client.session(), "q").getRemoteSource()).isNotNull();
    }
  }

  @Test
  void saslMayBeLeftOut() {
    try (WireClient client = WireClient.connect(emulator.port(), null)) {
      assertThat(client.receiver(client.session(), "q").getRemoteSource()).isNotNull();
    }
  }

  @Test
  void anUnknownMechanismEndsTheSocket() {
    assertThatThrownBy(() -> WireClient.connect(emulator.port(), "CRAM-MD5"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("end of stream: true");
  }

  @Test
  void aSilentConnectionIsKeptAlive() {
    try (WireClient client = WireClient.connect(emulator.port(), "ANONYMOUS", 600)) {
      long frames = client.transport.getFramesInput();

      client.until(() -> client.transport.getFramesInput() >= frames + 4);

      assertThat(client.isCut()).isFalse();
    }
  }

  @Test
  void aSessionsBeginHasAllItsFields() {
    try (WireClient client = WireClient.connect(emulator.port())) {
      Session session = client.session();
      client.until(() -> session.getRemoteState() == EndpointState.ACTIVE);

      assertThat(session.getRemoteProperties()).isNotEmpty();
    }
  }

  /** By raw frames, since the client's engine takes the right answer for an error of ours. */
  @Test
  void aSessionThatEndsAsSoonAsItBeganIsAnsweredOnItsChannel() throws IOException {
    byte[] answer;
    try (Socket socket = new Socket("127.0.0.1", emulator.port())) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              Frames.concat(
                  Frames.AMQP,
                  Frames.open(),
                  Frames.begin(),
                  Frames.end(),
                  Frames.begin(),
                  Frames.close()));
      answer = socket.getInputStream().readAllBytes();
    }

    List<Object> performatives = Frames.performatives(answer);

    assertThat(performatives)
        .extracting(performative -> (Object) performative.getClass())
        .containsExactly(Open.class, Begin.class, End.class, Begin.class, Close.class);
    assertThat(performatives)
        .filteredOn(Begin.class::isInstance)
        .extracting(begin -> ((Begin) begin).getRemoteChannel().intValue())
        .containsExactly(0, 0);
  }

  private static Message token(Object id, String replyTo, String token) {
    Message message = Proton.message();
    message.setMessageId(id);
    message.setReplyTo(replyTo);
    message.setApplicationProperties(
        new ApplicationProperties(
            new HashMap<>(
                Map.of(
                    "operation", "put-token",
                    "type", "servicebus.windows.net:sastoken",
                    "name", "amqp://localhost/q"))));
    message.setBody(new AmqpValue(token));
    return message;
  }

  @Test
  void aWrongTokenIsTold() {
    try (WireClient client = WireClient.connect(emulator.port())) {
      Session session = client.session();
      Receiver replies = client.receiver(session, "$cbs");
      Sender requests = client.sender(session, "$cbs");
      replies.flow(10);
      String wrong = "SharedAccessSignature sr=x&sig=eA%3d%3d&se=99999999999&skn=Other";

      client.transfer(
          requests, WireClient.encoded(token(UnsignedLong.valueOf(7), "unknown", wrong)), 0);
      Message answer = client.receive(replies).message();

      assertThat(answer.getCorrelationId()).isEqualTo(UnsignedLong.valueOf(7));
      assertThat(answer.getApplicationProperties().getValue().get("statusCode")).isEqualTo(401);
    }
  }

  @Test
  void answersWaitForCreditAndFindTheirLinkByItsName() {
    try (WireClient client = WireClient.connect(emulator.port())) {
      Session session = client.session();
      Receiver first = client.receiver(session, "$cbs");
      Receiver second = client.receiver(session, "$cbs");
      Sender requests = client.sender(session, "$cbs");
      client.transfer(requests, WireClient.encoded(token("a", second.getName(), "x")), 0);
      client.transfer(requests, WireClient.encoded(token("b", second.getName(), "x")), 0);
      client.receiver(session, "q");
      assertThat(WireClient.hasMessage(second)).isFalse();

      first.flow(5);
      second.flow(1);
      assertThat(client.receive(second).message().getCorrelationId()).isEqualTo("a");
      client.receiver(session, "q");
      assertThat(WireClient.hasMessage(second)).isFalse();
      second.flow(1);

      assertThat(client.receive(second).message().getCorrelationId()).isEqualTo("b");
      assertThat(WireClient.hasMessage(first)).isFalse();
    }
  }

  @Test
  void anUnknownOperationIsNotImplemented() {
    try (WireClient client = WireClient.connect(emulator.port())) {
      Message answer =
          client.ask(client.session(), "q/$management", "com.microsoft:add-rule", Map.of());

      Map<String, Object> properties = answer.getApplicationProperties().getValue();
      assertThat(properties).containsEntry("statusCode", 501);
      assertThat(properties)
          .containsEntry("errorCondition", Symbol.valueOf("amqp:not-implemented"));
    }
  }

  @Test
  void manyConnectionsAreServedAtOnce() {
    List<WireClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        clients.add(WireClient.connect(emulator.port()));
      }
      for (WireClient client : clients) {
        client.send(client.sender(client.session(), "q"), "x");
      }

      assertThat(emulator.connections()).isEqualTo(200);
      assertThat(emulator.namespace().statistics("q").active()).isEqualTo(200);
    } finally {
      clients.forEach(WireClient::drop);
    }
  }

  @Test
  void closingTellsClientsAndEndsTheirSockets() {
    WireClient client = WireClient.connect(emulator.port());
    Thread closing = new Thread(emulator::close);
    closing.start();

    client.until(() -> client.connection.getRemoteState() == EndpointState.CLOSED);
    client.until(client::isCut);

    assertThat(String.valueOf(client.connection.getRemoteCondition().getCondition()))
        .isEqualTo("amqp:connection:forced");
  }

  @Test
  void aPortInUseIsToldInWords() {
    EmulatorOptions same = EmulatorOptions.DEFAULTS.withPort(emulator.port());

    assertThatThrownBy(() -> ServiceBusEmulator.start(same))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("Cannot listen for AMQP");
  }

  @Test
  void whatWasStoredIsThereAfterARestartOnTheSamePort(@TempDir Path data) {
    ServiceBusEmulator first = ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withData(data));
    int port = first.port();
    first.createQueue("kept");
    WireClient before = WireClient.connect(port);
    before.send(before.sender(before.session(), "kept"), "hello");
    first.close();
    before.drop();

    try (ServiceBusEmulator second =
            ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withData(data).withPort(port));
        WireClient after = WireClient.connect(port)) {
      Receiver link = after.receiver(after.session(), "kept");
      link.flow(1);
      WireClient.Received received = after.receive(link);
      Delivery delivery = received.delivery();
      delivery.disposition(Accepted.getInstance());
      after.until(delivery::remotelySettled);

      assertThat(((AmqpValue) received.message().getBody()).getValue()).isEqualTo("hello");
      assertThat(second.namespace().statistics("kept").active()).isZero();
    }
  }
}
