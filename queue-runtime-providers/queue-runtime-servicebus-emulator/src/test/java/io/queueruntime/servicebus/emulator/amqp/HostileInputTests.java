package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transaction.Declare;
import org.apache.qpid.proton.amqp.transaction.Discharge;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever bytes come, the server answers with an error or ends the socket, and a healthy
 * connection beside goes on. How many seeds are tried is {@code fuzz.seeds}.
 */
@Timeout(300)
class HostileInputTests {

  private final ServiceBusEmulator emulator =
      ServiceBusEmulator.start(
          EmulatorOptions.DEFAULTS
              .withThreads(1)
              .withAmqp(AmqpLimits.STANDARD.withMaxConnections(20).withLinksPerConnection(10)));
  private final WireClient healthy = WireClient.connect(emulator.port());
  private final Session session = healthy.session();
  private Sender sender;
  private Receiver receiver;

  @BeforeEach
  void create() {
    emulator.createQueue("q").createQueue("beside");
    sender = healthy.sender(session, "beside");
    receiver = healthy.receiver(session, "beside");
  }

  @AfterEach
  void close() {
    healthy.close();
    emulator.close();
  }

  /** One message there and back on the connection that did nothing wrong. */
  private void healthyGoesOn() {
    healthy.send(sender, "still here");
    receiver.flow(1);
    Delivery delivery = healthy.receive(receiver).delivery();
    delivery.disposition(Accepted.getInstance());
    healthy.until(delivery::remotelySettled);
    delivery.settle();
  }

  /** Writes it all and reads until the server ends the stream, or says nothing for a moment. */
  private byte[] answerTo(byte[] input, Duration patience) {
    try (Socket socket = new Socket("127.0.0.1", emulator.port())) {
      socket.setSoTimeout((int) patience.toMillis());
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getOutputStream().write(input);
        socket.getOutputStream().flush();
        InputStream in = socket.getInputStream();
        byte[] bytes = new byte[8192];
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          answer.write(bytes, 0, count);
        }
        answer.writeBytes("<end>".getBytes(ISO_8859_1));
      } catch (IOException resetOrSilence) {
        if (!(resetOrSilence instanceof java.net.SocketTimeoutException)) {
          answer.writeBytes("<end>".getBytes(ISO_8859_1));
        }
      }
      return answer.toByteArray();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String endOf(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return new String(answerTo(all.toByteArray(), Duration.ofSeconds(60)), ISO_8859_1);
  }

  @Test
  void noAmqpAtAllEndsTheSocket() {
    assertThat(endOf("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1))).endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aFrameLargerThanAnnouncedIsAFramingError() {
    byte[] huge = ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt(0x02000000).array();

    assertThat(endOf(Frames.AMQP, Frames.open(), huge)).contains("framing-error").endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aFrameSmallerThanItsHeaderIsAFramingError() {
    byte[] tiny = ByteBuffer.allocate(8).putInt(3).putInt(0x02000000).array();

    assertThat(endOf(Frames.AMQP, Frames.open(), tiny)).contains("framing-error").endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void anUnknownPerformativeIsAnError() {
    byte[] unknown = Frames.frame(0, new byte[] {0x00, 0x53, 0x7f, 0x45});

    assertThat(endOf(Frames.AMQP, Frames.open(), unknown)).contains("amqp:").endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void garbageInsteadOfAFrameIsAnError() {
    byte[] garbage = Frames.frame(0, new byte[] {(byte) 0xff, 0x12, 0x34, (byte) 0x99});

    assertThat(endOf(Frames.AMQP, Frames.open(), garbage)).contains("amqp:").endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void garbageAfterSaslEndsTheSocket() {
    byte[] init = {
      0,
      0,
      0,
      28,
      2,
      1,
      0,
      0,
      0,
      0x53,
      0x41,
      (byte) 0xc0,
      15,
      1,
      (byte) 0xa3,
      9,
      'A',
      'N',
      'O',
      'N',
      'Y',
      'M',
      'O',
      'U',
      'S',
      0,
      0,
      0
    };

    assertThat(endOf(Frames.SASL, init, new byte[] {9, 9, 9, 9, 9, 9, 9, 9})).endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void deepNestingEndsTheConnectionAlone() {
    // Each of these bytes begins a descriptor within a descriptor.
    byte[] nested = new byte[60_000];

    assertThat(endOf(Frames.AMQP, Frames.open(), Frames.frame(0, nested)))
        .contains("amqp:connection:framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aRequestNestedWithoutEndIsRejectedAlone() {
    byte[] part = new byte[60_000];
    byte[] peek = Frames.request("com.microsoft:peek-message", Map.of("message-count", 1));

    assertThat(
            endOf(
                Frames.AMQP,
                Frames.open(),
                Frames.begin(),
                Frames.attach(Role.SENDER, 0, "q/$management"),
                Frames.attach(Role.RECEIVER, 1, "q/$management"),
                Frames.flow(1, 10, false),
                Frames.transfer(0, 0, true, part),
                Frames.further(0, true, part),
                Frames.further(0, true, part),
                Frames.further(0, false, part),
                Frames.transfer(0, 1, false, peek),
                Frames.end(),
                Frames.close()))
        .contains("amqp:decode-error")
        .doesNotContain("internal-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void whatIsAskedOfACoordinatorNestedWithoutEndIsRejectedAlone() {
    assertThat(
            endOf(
                Frames.AMQP,
                Frames.open(),
                Frames.begin(),
                Frames.attachCoordinator(0),
                Frames.transfer(0, 0, false, new byte[4000]),
                Frames.close()))
        .contains("amqp:decode-error")
        .doesNotContain("internal-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aListThatClaimsFourBillionItemsIsAnError() {
    byte[] body = {
      0x00, 0x53, 0x10, (byte) 0xd0, 0x7f, -1, -1, -1, 0x7f, -1, -1, -1, (byte) 0xa1, 1, 'x'
    };

    assertThat(endOf(Frames.AMQP, Frames.frame(0, body)))
        .contains("amqp:connection:framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void anArrayThatClaimsFourBillionItemsIsAnError() {
    byte[] body = {
      0x00, 0x53, 0x10, (byte) 0xf0, 0x7f, -1, -1, -1, 0x7f, -1, -1, -1, 0x71, 0, 0, 0, 1
    };

    assertThat(endOf(Frames.AMQP, Frames.frame(0, body)))
        .contains("amqp:connection:framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aDispositionOverAllDeliveriesEverIsRefused() {
    Disposition disposition = new Disposition();
    disposition.setRole(Role.RECEIVER);
    disposition.setFirst(UnsignedInteger.ZERO);
    disposition.setLast(UnsignedInteger.MAX_VALUE);
    disposition.setState(Accepted.getInstance());

    assertThat(endOf(Frames.AMQP, Frames.open(), Frames.begin(), Frames.frame(0, disposition)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void framesTooSmallForAnyMessageAreRefused() {
    Open open = new Open();
    open.setContainerId("hostile");
    open.setMaxFrameSize(UnsignedInteger.valueOf(20));

    assertThat(
            endOf(
                Frames.AMQP,
                Frames.frame(0, open),
                Frames.begin(),
                Frames.attach(Role.RECEIVER, 0)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aTransferOnNoLinkIsAnError() {
    assertThat(endOf(Frames.AMQP, Frames.open(), Frames.begin(), Frames.transfer(7, 0)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aTransferOnALinkThatReceivesIsAnError() {
    assertThat(
            endOf(
                Frames.AMQP,
                Frames.open(),
                Frames.begin(),
                Frames.attach(Role.RECEIVER, 0),
                Frames.transfer(0, 0)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aFlowOnNoLinkIsAnError() {
    Flow flow = new Flow();
    flow.setNextOutgoingId(UnsignedInteger.ZERO);
    flow.setIncomingWindow(UnsignedInteger.ONE);
    flow.setOutgoingWindow(UnsignedInteger.ONE);
    flow.setHandle(UnsignedInteger.valueOf(99));
    flow.setLinkCredit(UnsignedInteger.ONE);

    assertThat(endOf(Frames.AMQP, Frames.open(), Frames.begin(), Frames.frame(0, flow)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void aBeginForAChannelThatNobodyOpenedIsAnError() {
    Begin begin = new Begin();
    begin.setRemoteChannel(UnsignedShort.valueOf((short) 77));
    begin.setNextOutgoingId(UnsignedInteger.ZERO);
    begin.setIncomingWindow(UnsignedInteger.ONE);
    begin.setOutgoingWindow(UnsignedInteger.ONE);

    assertThat(endOf(Frames.AMQP, Frames.open(), Frames.frame(0, begin)))
        .contains("framing-error")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void moreLinksThanAllowedAreRefusedAndManyMoreEndTheConnection() {
    List<byte[]> parts = new ArrayList<>(List.of(Frames.AMQP, Frames.open(), Frames.begin()));
    for (int i = 0; i < 30; i++) {
      parts.add(Frames.attach(Role.RECEIVER, i));
    }

    assertThat(endOf(parts.toArray(byte[][]::new)))
        .contains("resource-limit-exceeded")
        .endsWith("<end>");
    healthyGoesOn();
  }

  @Test
  void moreConnectionsThanAllowedAreTurnedAway() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 25; i++) {
        sockets.add(new Socket("127.0.0.1", emulator.port()));
      }
      Socket last = sockets.get(24);
      last.setSoTimeout(60_000);
      int first = last.getInputStream().read();

      assertThat(first).isEqualTo(-1);
      healthy.until(() -> emulator.connections() == 20);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    healthyGoesOn();
    healthy.until(() -> emulator.connections() == 1);
    assertThat(WireClient.connect(emulator.port()).connection.getRemoteState())
        .isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void bytesMayComeOneByOne() throws IOException {
    byte[] all =
        Frames.concat(
            Frames.AMQP,
            Frames.open(),
            Frames.begin(),
            Frames.attach(Role.SENDER, 0),
            Frames.transfer(0, 0));
    try (Socket socket = new Socket("127.0.0.1", emulator.port())) {
      socket.setTcpNoDelay(true);
      for (byte one : all) {
        socket.getOutputStream().write(one);
        socket.getOutputStream().flush();
      }
      healthy.until(() -> emulator.namespace().statistics("q").active() == 1);
    }
  }

  /** What clients say to the server, before it is broken. */
  private enum Conversation {
    MESSAGES(Frames.attach(Role.SENDER, 0), Frames.transfer(0, 0), Frames.transfer(0, 1)),
    MANY_FRAMES(
        Frames.attach(Role.SENDER, 0),
        Frames.transfer(0, 0, true, Frames.MESSAGE),
        Frames.further(0, true, new byte[40]),
        Frames.aborted(0),
        Frames.transfer(0, 1, true, (byte) 0x00, (byte) 0x53),
        Frames.further(0, false, (byte) 0x77, (byte) 0x41)),
    SETTLEMENTS(
        Frames.attach(Role.SENDER, 0),
        Frames.attach(Role.RECEIVER, 1),
        Frames.flow(1, 3, false),
        Frames.transfer(0, 0),
        Frames.transfer(0, 1),
        Frames.disposition(0, 1, Accepted.getInstance(), false),
        Frames.disposition(0, 0, new Modified(), true),
        Frames.disposition(1, 1, new Rejected(), true)),
    DRAIN(
        Frames.attach(Role.RECEIVER, 1),
        Frames.flow(1, 10, true),
        Frames.flow(1, 0, false),
        Frames.detach(1, false),
        Frames.attach(Role.RECEIVER, 1),
        Frames.detach(1, true),
        Frames.end(),
        Frames.close()),
    REQUESTS(
        Frames.attach(Role.SENDER, 0, "q/$management"),
        Frames.attach(Role.RECEIVER, 1, "q/$management"),
        Frames.flow(1, 10, false),
        Frames.transfer(
            0,
            0,
            false,
            Frames.request(
                "com.microsoft:peek-message",
                Map.of("from-sequence-number", 1L, "message-count", 10))),
        Frames.transfer(
            0,
            1,
            false,
            Frames.request(
                "com.microsoft:receive-by-sequence-number",
                Map.of("sequence-numbers", new Long[] {1L, 2L})))),
    TOKENS(
        Frames.attach(Role.SENDER, 0, "$cbs"),
        Frames.attach(Role.RECEIVER, 1, "$cbs"),
        Frames.flow(1, 10, false),
        Frames.transfer(
            0,
            0,
            false,
            Frames.request("put-token", "SharedAccessSignature sr=a&sig=b&se=1&skn=c"))),
    TRANSACTIONS(
        Frames.attachCoordinator(0),
        Frames.attach(Role.SENDER, 1),
        Frames.transfer(0, 0, false, Frames.value(new Declare())),
        Frames.transfer(1, 1, within()),
        Frames.transfer(0, 2, false, Frames.value(discharge()))),
    SESSIONS(Frames.attachSession(1), Frames.flow(1, 5, false), Frames.detach(1, true)),
    SIGNING_IN(Frames.concat(Frames.SASL, Frames.saslInit()));

    private final byte[] bytes;

    Conversation(byte[]... frames) {
      this(Frames.concat(Frames.AMQP, Frames.open(), Frames.begin(), Frames.concat(frames)));
    }

    Conversation(byte[] bytes) {
      this.bytes = bytes;
    }

    private static TransactionalState within() {
      TransactionalState state = new TransactionalState();
      state.setTxnId(new Binary(new byte[] {0}));
      return state;
    }

    private static Discharge discharge() {
      Discharge discharge = new Discharge();
      discharge.setTxnId(new Binary(new byte[] {0}));
      discharge.setFail(false);
      return discharge;
    }
  }

  @ParameterizedTest
  @EnumSource
  void brokenBytesNeverBreakTheServer(Conversation conversation) {
    emulator.createQueue("s", queue -> queue.withRequiresSession(true));
    byte[] good = conversation.bytes;
    assertThat(new String(answerTo(good, Duration.ofMillis(200)), ISO_8859_1))
        .as("unbroken, it is understood")
        .doesNotContain("framing-error", "decode-error");
    int seeds = Integer.getInteger("fuzz.seeds", 60);
    for (int seed = 0; seed < seeds; seed++) {
      answerTo(broken(good, new Random(seed)), Duration.ofMillis(20));
      if (seed % 25 == 0) {
        healthyGoesOn();
      }
    }
    healthyGoesOn();
    healthy.until(() -> emulator.connections() == 1);
  }

  /** Some bytes differ; at times a piece is said twice or left out, or the end is missing. */
  private static byte[] broken(byte[] good, Random random) {
    byte[] input = good.clone();
    int changes = 1 + random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      // Mostly behind the protocol header, or nothing else would ever be reached.
      int at = random.nextInt(10) == 0 ? random.nextInt(8) : 8 + random.nextInt(good.length - 8);
      input[at] = (byte) random.nextInt(256);
    }
    int from = 8 + random.nextInt(input.length - 8);
    int to = from + random.nextInt(input.length - from);
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(input, from);
      case 1 ->
          Frames.concat(Arrays.copyOf(input, to), Arrays.copyOfRange(input, from, input.length));
      case 2 ->
          Frames.concat(Arrays.copyOf(input, from), Arrays.copyOfRange(input, to, input.length));
      default -> input;
    };
  }
}
