package io.queueruntime.servicebus.emulator.conformance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.message.Message;

/** Links of one connection, as Service Bus wants them. Confined to one thread. */
final class RawLinks {

  private static final Symbol SESSION_FILTER = Symbol.valueOf("com.microsoft:session-filter");

  private final RawConnection connection;
  private final Map<String, Sender> senders = new HashMap<>();
  private final Map<String, Receiver> replies = new HashMap<>();
  private int tags;

  RawLinks(RawConnection connection) {
    this.connection = connection;
  }

  /** A delivery with the bytes it carried. */
  record Arrived(Receiver on, Delivery delivery, byte[] bytes) {}

  private Sender sender(String address) {
    Sender known = senders.get(address);
    if (known != null && known.getRemoteState() == EndpointState.ACTIVE) {
      return known;
    }
    Sender sender = connection.session.sender(name());
    Source source = new Source();
    source.setAddress("client");
    sender.setSource(source);
    if (address.isEmpty()) {
      sender.setTarget(new Coordinator());
    } else {
      Target target = new Target();
      target.setAddress(address);
      sender.setTarget(target);
    }
    sender.setSenderSettleMode(SenderSettleMode.UNSETTLED);
    sender.setReceiverSettleMode(ReceiverSettleMode.FIRST);
    connection.open(sender);
    senders.put(address, sender);
    return sender;
  }

  /** Sends, and waits for the outcome; an empty address is the transaction coordinator. */
  DeliveryState send(String address, long format, byte[] bytes, DeliveryState state) {
    Sender sender = sender(address);
    connection.await(
        () -> sender.getCredit() > 0 || sender.getRemoteState() == EndpointState.CLOSED, "credit");
    failIfClosed(sender);
    Delivery delivery =
        sender.delivery(Integer.toString(++tags).getBytes(StandardCharsets.US_ASCII));
    delivery.setMessageFormat((int) format);
    if (state != null) {
      delivery.disposition(state);
    }
    sender.send(bytes, 0, bytes.length);
    sender.advance();
    connection.await(
        () -> delivery.getRemoteState() != null || sender.getRemoteState() == EndpointState.CLOSED,
        "the outcome of a send");
    failIfClosed(sender);
    DeliveryState outcome = delivery.getRemoteState();
    delivery.settle();
    return outcome;
  }

  private static void failIfClosed(Link link) {
    if (link.getRemoteState() == EndpointState.CLOSED) {
      throw RawFailure.of(link.getRemoteCondition());
    }
  }

  /** A receiver; {@code session} empty: the next one, null: none. */
  Receiver receiver(String address, boolean delete, String session, Duration timeout) {
    Receiver receiver = connection.session.receiver(name());
    Source source = new Source();
    source.setAddress(address);
    if (session != null) {
      Map<Symbol, Object> filter = new HashMap<>();
      filter.put(SESSION_FILTER, session.isEmpty() ? null : session);
      source.setFilter(filter);
    }
    receiver.setSource(source);
    Target target = new Target();
    target.setAddress("client");
    receiver.setTarget(target);
    receiver.setSenderSettleMode(delete ? SenderSettleMode.SETTLED : SenderSettleMode.UNSETTLED);
    receiver.setReceiverSettleMode(delete ? ReceiverSettleMode.FIRST : ReceiverSettleMode.SECOND);
    receiver.setProperties(
        Map.of(
            Symbol.valueOf("com.microsoft:timeout"), UnsignedInteger.valueOf(timeout.toMillis())));
    connection.open(receiver);
    return receiver;
  }

  static String sessionOf(Receiver receiver) {
    Map<?, ?> filter = ((Source) receiver.getRemoteSource()).getFilter();
    return String.valueOf(filter.get(SESSION_FILTER));
  }

  /** Takes up to so many; what is not there in time is given up by a drain. */
  List<Arrived> receive(Receiver receiver, int wanted, Duration wait) {
    List<Arrived> arrived = new ArrayList<>();
    failIfClosed(receiver);
    receiver.flow(wanted);
    connection.await(() -> take(receiver, arrived) >= wanted || closed(receiver), wait);
    if (arrived.size() < wanted && !closed(receiver)) {
      receiver.drain(0);
      connection.await(
          () -> {
            take(receiver, arrived);
            return receiver.getRemoteCredit() <= 0 || receiver.getCredit() == 0 || closed(receiver);
          },
          "the answer to a drain");
      receiver.drained();
      receiver.setDrain(false);
    }
    if (arrived.isEmpty()) {
      failIfClosed(receiver);
    }
    return arrived;
  }

  private static boolean closed(Link link) {
    return link.getRemoteState() == EndpointState.CLOSED;
  }

  private static int take(Receiver receiver, List<Arrived> arrived) {
    for (Delivery delivery = receiver.current();
        delivery != null && delivery.isReadable() && !delivery.isPartial();
        delivery = receiver.current()) {
      byte[] bytes = new byte[delivery.pending()];
      receiver.recv(bytes, 0, bytes.length);
      receiver.advance();
      if (delivery.remotelySettled()) {
        delivery.settle();
      }
      arrived.add(new Arrived(receiver, delivery, bytes));
    }
    return arrived.size();
  }

  /** Settles, and waits for the broker's answer. */
  DeliveryState settle(Arrived arrived, DeliveryState outcome) {
    Delivery delivery = arrived.delivery();
    if (closed(arrived.on())) {
      throw RawFailure.of(arrived.on().getRemoteCondition());
    }
    delivery.disposition(outcome);
    connection.await(
        () -> delivery.remotelySettled() || closed(arrived.on()), "the answer to a settlement");
    if (!delivery.remotelySettled()) {
      throw RawFailure.of(arrived.on().getRemoteCondition());
    }
    DeliveryState answer = delivery.getRemoteState();
    delivery.settle();
    return answer;
  }

  /** Waits until the broker detaches the receiver, and fails with its reason. */
  void awaitDetach(Receiver receiver) {
    connection.await(() -> closed(receiver), "a detach");
    failIfClosed(receiver);
  }

  /** Sends without asking for an answer; what is asked later comes after it. */
  void fire(String address, byte[] bytes) {
    Sender sender = sender(address);
    connection.await(() -> sender.getCredit() > 0, "credit");
    Delivery delivery =
        sender.delivery(Integer.toString(++tags).getBytes(StandardCharsets.US_ASCII));
    sender.send(bytes, 0, bytes.length);
    delivery.settle();
    connection.write();
  }

  void close(Receiver receiver) {
    connection.close(receiver);
  }

  /** Asks the node at that address, and gives the answer's body; a refusal fails. */
  Map<?, ?> request(
      String address, String operation, Map<String, Object> body, DeliveryState state) {
    Receiver reply = replies.get(address);
    String replyTo = "replies-" + address;
    if (reply == null || closed(reply)) {
      reply = connection.session.receiver(name());
      Source source = new Source();
      source.setAddress(address);
      Target target = new Target();
      target.setAddress(replyTo);
      reply.setSource(source);
      reply.setTarget(target);
      reply.setSenderSettleMode(SenderSettleMode.SETTLED);
      reply.setReceiverSettleMode(ReceiverSettleMode.FIRST);
      connection.open(reply);
      replies.put(address, reply);
    }
    Message request = Proton.message();
    request.setMessageId(UUID.randomUUID());
    request.setReplyTo(replyTo);
    request.setApplicationProperties(
        new ApplicationProperties(
            Map.of("operation", operation, "com.microsoft:server-timeout", 10_000L)));
    request.setBody(new AmqpValue(body));
    reply.flow(1);
    send(address, 0, RawMessages.encode(request), state);
    List<Arrived> arrived = new ArrayList<>();
    Receiver on = reply;
    connection.await(() -> take(on, arrived) > 0 || closed(on), "the answer to a request");
    failIfClosed(on);
    Message answer = RawMessages.decode(arrived.get(0).bytes());
    if (!request.getMessageId().equals(answer.getCorrelationId())) {
      throw new IllegalStateException("An answer has another request's id.");
    }
    Map<String, Object> properties = answer.getApplicationProperties().getValue();
    int status = (Integer) properties.get("statusCode");
    if (status >= 300) {
      throw new RawFailure(
          String.valueOf(properties.get("errorCondition")),
          String.valueOf(properties.get("statusDescription")));
    }
    return answer.getBody() instanceof AmqpValue value && value.getValue() instanceof Map<?, ?> map
        ? map
        : Map.of();
  }

  /** Closes what was opened for requests and sends. */
  void close() {
    List<Link> open = new ArrayList<>(senders.values());
    open.addAll(replies.values());
    open.forEach(connection::close);
    senders.clear();
    replies.clear();
  }

  private static String name() {
    return "raw-" + UUID.randomUUID();
  }
}
