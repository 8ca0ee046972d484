package io.queueruntime.servicebus.emulator.amqp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.engine.Transport;
import org.apache.qpid.proton.message.Message;

/** A client that speaks plain AMQP and shows everything that comes back. One thread's. */
final class WireClient implements AutoCloseable {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  final Transport transport = Proton.transport();
  final Connection connection = Proton.connection();
  private final Socket socket;
  private int tags;
  private boolean eof;

  private WireClient(int port, String mechanism, int idleMillis) {
    try {
      socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(20);
      socket.setTcpNoDelay(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    transport.setMaxFrameSize(64 * 1024);
    transport.setIdleTimeout(idleMillis);
    if (mechanism != null) {
      transport.sasl().client();
      transport.sasl().setMechanisms(mechanism);
    }
    transport.bind(connection);
    connection.setContainer("wire");
    connection.setHostname("localhost");
  }

  static WireClient connect(int port) {
    return connect(port, "ANONYMOUS");
  }

  static WireClient connect(int port, String mechanism) {
    return connect(port, mechanism, 0);
  }

  static WireClient connect(int port, String mechanism, int idleMillis) {
    WireClient client = new WireClient(port, mechanism, idleMillis);
    client.connection.open();
    client.until(() -> client.connection.getRemoteState() == EndpointState.ACTIVE);
    return client;
  }

  Session session() {
    Session session = connection.session();
    session.open();
    return session;
  }

  /** A link on which this client sends; attached, or refused. */
  Sender sender(Session session, String address) {
    return sender(session, address, SenderSettleMode.UNSETTLED);
  }

  Sender sender(Session session, String address, SenderSettleMode mode) {
    Sender sender = session.sender("s-" + address + "-" + tags++);
    Target target = new Target();
    target.setAddress(address);
    sender.setTarget(target);
    sender.setSource(new Source());
    sender.setSenderSettleMode(mode);
    return attach(sender);
  }

  /** A link on which this client receives, with locks; attached, or refused. */
  Receiver receiver(Session session, String address) {
    return receiver(session, address, null, Map.of());
  }

  Receiver receiver(
      Session session, String address, Map<Symbol, Object> filter, Map<Symbol, Object> properties) {
    return attach(prepare(session, address, filter, properties));
  }

  /** The same without waiting for the answer. */
  Receiver prepare(
      Session session, String address, Map<Symbol, Object> filter, Map<Symbol, Object> properties) {
    Receiver receiver = session.receiver("r-" + address + "-" + tags++);
    Source source = new Source();
    source.setAddress(address);
    source.setFilter(filter);
    receiver.setSource(source);
    Target target = new Target();
    target.setAddress("here-" + tags);
    receiver.setTarget(target);
    receiver.setProperties(properties);
    receiver.setSenderSettleMode(SenderSettleMode.UNSETTLED);
    receiver.setReceiverSettleMode(ReceiverSettleMode.SECOND);
    receiver.open();
    return receiver;
  }

  static Map<Symbol, Object> sessionFilter(String session) {
    Map<Symbol, Object> filter = new HashMap<>();
    filter.put(Symbol.valueOf("com.microsoft:session-filter"), session);
    return filter;
  }

  private <L extends Link> L attach(L link) {
    link.open();
    until(() -> link.getRemoteState() != EndpointState.UNINITIALIZED);
    // A refusal is an attach and a detach: both come together.
    pump();
    return link;
  }

  /** Sends and waits until it is answered. */
  Delivery send(Sender link, String text) {
    Delivery delivery = transfer(link, encoded(message(text)), 0);
    until(delivery::remotelySettled);
    return delivery;
  }

  Delivery transfer(Sender link, byte[] bytes, int format) {
    until(() -> link.getCredit() > 0);
    Delivery delivery =
        link.delivery(("d" + tags++).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    delivery.setMessageFormat(format);
    link.send(bytes, 0, bytes.length);
    link.advance();
    pump();
    return delivery;
  }

  static Message message(String text) {
    Message message = Proton.message();
    message.setBody(new AmqpValue(text));
    return message;
  }

  static byte[] encoded(Message message) {
    byte[] bytes = new byte[64 * 1024];
    int length = message.encode(bytes, 0, bytes.length);
    return java.util.Arrays.copyOf(bytes, length);
  }

  /** One message that has come with its delivery. */
  record Received(Delivery delivery, Message message) {}

  /** Waits for a message; credit is the caller's business. */
  Received receive(Receiver link) {
    until(() -> hasMessage(link));
    return take(link);
  }

  static boolean hasMessage(Receiver link) {
    Delivery current = link.current();
    return current != null && current.isReadable() && !current.isPartial();
  }

  static Received take(Receiver link) {
    Delivery delivery = link.current();
    byte[] bytes = new byte[delivery.pending()];
    link.recv(bytes, 0, bytes.length);
    link.advance();
    Message message = Proton.message();
    message.decode(bytes, 0, bytes.length);
    return new Received(delivery, message);
  }

  /** Asks a management node and waits for its answer. */
  Message ask(Session session, String node, String operation, Map<String, Object> body) {
    Receiver replies = receiver(session, node);
    Sender requests = sender(session, node);
    replies.flow(1);
    Message request = Proton.message();
    request.setMessageId("request-" + tags);
    request.setReplyTo(((Target) replies.getTarget()).getAddress());
    request.setApplicationProperties(
        new ApplicationProperties(new HashMap<>(Map.of("operation", operation))));
    request.setBody(new AmqpValue(body));
    transfer(requests, encoded(request), 0);
    Message answer = receive(replies).message();
    requests.close();
    replies.close();
    until(
        () ->
            requests.getRemoteState() == EndpointState.CLOSED
                && replies.getRemoteState() == EndpointState.CLOSED);
    return answer;
  }

  /** Carries bytes both ways until it is so. */
  void until(BooleanSupplier so) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!so.getAsBoolean()) {
      if (eof || System.nanoTime() > end) {
        throw new AssertionError("It did not happen within a minute; end of stream: " + eof);
      }
      pump();
    }
  }

  /** The error a link ended with. */
  static String errorOf(Link link) {
    return String.valueOf(link.getRemoteCondition().getCondition());
  }

  /** The error a delivery was rejected with. */
  static String errorOf(Delivery delivery) {
    return delivery.getRemoteState() instanceof Rejected rejected && rejected.getError() != null
        ? String.valueOf(rejected.getError().getCondition())
        : "no error, but " + delivery.getRemoteState();
  }

  /** Whether the server has ended the stream. */
  boolean isCut() {
    return eof;
  }

  /** Carries what there is, waiting a moment for more. */
  void pump() {
    try {
      writeAll();
      read();
      writeAll();
    } catch (IOException e) {
      eof = true;
    }
  }

  /** Writes what there is to say. */
  void write() {
    try {
      writeAll();
    } catch (IOException e) {
      eof = true;
    }
  }

  private void writeAll() throws IOException {
    for (int pending = transport.pending(); pending > 0; pending = transport.pending()) {
      byte[] bytes = new byte[pending];
      transport.head().get(bytes);
      transport.pop(pending);
      socket.getOutputStream().write(bytes);
    }
  }

  private void read() throws IOException {
    if (eof) {
      return;
    }
    int room = transport.capacity();
    byte[] bytes = new byte[Math.max(1, room)];
    InputStream in = socket.getInputStream();
    try {
      int count = in.read(bytes);
      if (count < 0) {
        eof = true;
        return;
      }
      if (room > 0) {
        ByteBuffer tail = transport.tail();
        tail.put(bytes, 0, count);
        transport.process();
      }
    } catch (SocketTimeoutException nothingYet) {
      // Nothing came within a moment.
    }
  }

  /** Drops the socket. */
  void drop() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (!socket.isClosed()) {
      connection.close();
      pump();
      drop();
    }
  }
}
