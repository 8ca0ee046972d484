package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where tokens are required, clients reach what their tokens are for, and for as long. */
@Timeout(300)
class RequiredTokensTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator =
      ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withTokensRequired(true));

  @BeforeEach
  void create() {
    emulator.createQueue("q").createQueue("other");
  }

  @AfterEach
  void close() {
    emulator.close();
  }

  private static String token(String audience, Instant end) throws Exception {
    String resource = URLEncoder.encode(audience, StandardCharsets.UTF_8);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        new SecretKeySpec(
            SharedAccessKey.DEVELOPMENT.value().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signature =
        mac.doFinal((resource + "\n" + end.getEpochSecond()).getBytes(StandardCharsets.UTF_8));
    return "SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s"
        .formatted(
            resource,
            URLEncoder.encode(
                Base64.getEncoder().encodeToString(signature), StandardCharsets.UTF_8),
            end.getEpochSecond(),
            SharedAccessKey.DEVELOPMENT.name());
  }

  /** Puts a token on a link pair of its own and tells the answer's status. */
  private static Object put(WireClient client, String audience, String token) {
    org.apache.qpid.proton.engine.Session session = client.session();
    Receiver replies = client.receiver(session, "$cbs");
    Sender requests = client.sender(session, "$cbs");
    replies.flow(1);
    Message message = Proton.message();
    message.setMessageId("1");
    message.setReplyTo(((Target) replies.getTarget()).getAddress());
    message.setApplicationProperties(
        new ApplicationProperties(
            new HashMap<>(
                Map.of(
                    "operation", "put-token",
                    "type", "servicebus.windows.net:sastoken",
                    "name", audience))));
    message.setBody(new AmqpValue(token));
    client.transfer(requests, WireClient.encoded(message), 0);
    Object status =
        client.receive(replies).message().getApplicationProperties().getValue().get("statusCode");
    requests.close();
    replies.close();
    client.until(() -> replies.getRemoteState() == EndpointState.CLOSED);
    return status;
  }

  static Object putFor(WireClient client, String audience) throws Exception {
    return put(client, audience, token(audience, Instant.now().plusSeconds(3600)));
  }

  private static void assertRefused(WireClient client, Link link) {
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);
    assertThat(WireClient.errorOf(link)).isEqualTo("amqp:unauthorized-access");
  }

  @Test
  void nothingIsReachedWithoutAToken() {
    try (WireClient client = WireClient.connect(emulator.port())) {
      var session = client.session();

      assertRefused(client, client.sender(session, "q"));
      assertRefused(client, client.receiver(session, "q"));
      assertRefused(client, client.receiver(session, "q/$deadletterqueue"));
      assertRefused(client, client.sender(session, "q/$management"));
      assertRefused(client, client.receiver(session, "q/$management"));
      assertRefused(client, client.sender(session, "no-such-queue"));
    }
  }

  @Test
  void aTokenReachesWhatItIsForAndWhatIsBelow() throws Exception {
    try (WireClient client = WireClient.connect(emulator.port())) {
      var session = client.session();
      assertThat(putFor(client, "amqp://localhost/q")).isEqualTo(200);

      assertThat(client.send(client.sender(session, "Q"), "x").getRemoteState())
          .isInstanceOf(Accepted.class);
      assertThat(client.receiver(session, "q/$deadletterqueue").getRemoteSource()).isNotNull();
      assertThat(client.sender(session, "q/$management").getRemoteTarget()).isNotNull();
      assertRefused(client, client.sender(session, "other"));

      assertThat(putFor(client, "sb://localhost:1/")).isEqualTo(200);
      assertThat(client.sender(session, "other").getRemoteTarget()).isNotNull();
    }
  }

  @Test
  void whatATokenIsSignedForCountsAndNotWhatItIsPutAs() throws Exception {
    try (WireClient client = WireClient.connect(emulator.port())) {
      put(client, "amqp://localhost/q", token("amqp://x/other", Instant.now().plusSeconds(3600)));

      assertRefused(client, client.sender(client.session(), "q"));
    }
  }

  @Test
  void linksEndWithTheirToken() throws Exception {
    try (WireClient client = WireClient.connect(emulator.port())) {
      putFor(client, "amqp://localhost/q");
      putFor(client, "amqp://localhost/other");
      Sender link = client.sender(client.session(), "q");
      Sender stays = client.sender(client.session(), "other");
      Object status;
      do {
        // One that ends in a moment takes the first one's place, unless it has ended already.
        status =
            put(
                client,
                "amqp://localhost/q",
                token("amqp://localhost/q", Instant.now().plusSeconds(2)));
      } while (!status.equals(200));

      assertRefused(client, link);
      assertThat(stays.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
    }
  }

  @Test
  void thePasswordOfSaslIsTheKeyItself() throws JMSException {
    SharedAccessKey key = SharedAccessKey.DEVELOPMENT;
    String address = "amqp://127.0.0.1:" + emulator.port();
    Connection connection =
        new JmsConnectionFactory(key.name(), key.value(), address).createConnection();
    connection.start();
    Session session = connection.createSession();
    session.createProducer(session.createQueue("q")).send(session.createTextMessage("x"));
    connection.close();

    assertThat(emulator.namespace().statistics("q").active()).isOne();
    assertThatThrownBy(
            () -> new JmsConnectionFactory(key.name(), "wrong", address).createConnection().start())
        .isInstanceOf(JMSException.class);
  }

  private ServiceBusClientBuilder azure(String connectionString) {
    return new ServiceBusClientBuilder().connectionString(connectionString);
  }

  @Test
  void azuresClientPutsItsTokens() {
    String connection = emulator.connectionString();
    try (ServiceBusSenderClient sender = azure(connection).sender().queueName("q").buildClient();
        ServiceBusReceiverClient receiver =
            azure(connection).receiver().queueName("q").buildClient()) {
      sender.sendMessage(new ServiceBusMessage("x"));
      sender.scheduleMessage(new ServiceBusMessage("later"), OffsetDateTime.now().plusHours(1));
      ServiceBusReceivedMessage message =
          receiver.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
      receiver.renewMessageLock(message);
      receiver.complete(message);
    }

    assertThat(emulator.namespace().statistics("q").active()).isZero();
    assertThat(emulator.namespace().statistics("q").scheduled()).isOne();
  }

  @Test
  void azuresClientHearsThatItsKeyIsWrong() {
    String wrong =
        emulator.connectionString().replace("SharedAccessKey=SAS_KEY_VALUE", "SharedAccessKey=bad");
    AtomicReference<ServiceBusFailureReason> reason = new AtomicReference<>();
    try (ServiceBusSenderClient sender = azure(wrong).sender().queueName("q").buildClient()) {
      assertThatThrownBy(() -> sender.sendMessage(new ServiceBusMessage("x")))
          .isInstanceOfSatisfying(ServiceBusException.class, e -> reason.set(e.getReason()));
    }

    assertThat(reason.get()).isEqualTo(ServiceBusFailureReason.UNAUTHORIZED);
  }

  @Test
  void tokensCanBeRejected() throws Exception {
    emulator.faults().queue("q").times(1).rejectTokens("amqp:unauthorized-access");
    try (WireClient client = WireClient.connect(emulator.port())) {
      assertThat(putFor(client, "amqp://localhost/other")).isEqualTo(200);
      assertThat(putFor(client, "amqp://localhost/q")).isEqualTo(401);
      assertThat(putFor(client, "amqp://localhost/q")).isEqualTo(200);
    }
  }
}
