package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedShort;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.message.Message;

/** The bytes of AMQP frames, as a client would send them that obeys no rule. */
final class Frames {

  static final byte[] AMQP = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
  static final byte[] SASL = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};

  /** A message whose body is the value true. */
  static final byte[] MESSAGE = {0x00, 0x53, 0x77, 0x41};

  private Frames() {}

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** A frame of AMQP (type 0) or SASL (type 1). */
  static byte[] raw(int type, int channel, byte[] body) {
    return ByteBuffer.allocate(8 + body.length)
        .putInt(8 + body.length)
        .put((byte) 2)
        .put((byte) type)
        .putShort((short) channel)
        .put(body)
        .array();
  }

  static byte[] frame(int channel, byte[] body) {
    return raw(0, channel, body);
  }

  static byte[] frame(int channel, Object performative, byte... payload) {
    return frame(channel, concat(encoded(performative), payload));
  }

  static byte[] encoded(Object value) {
    DecoderImpl decoder = new DecoderImpl();
    EncoderImpl encoder = new EncoderImpl(decoder);
    AMQPDefinedTypes.registerAllTypes(decoder, encoder);
    ByteBuffer buffer = ByteBuffer.allocate(32 * 1024);
    encoder.setByteBuffer(buffer);
    encoder.writeObject(value);
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** What a server's bytes say after its header, without the frames that only keep it alive. */
  static List<Object> performatives(byte[] answer) {
    DecoderImpl decoder = new DecoderImpl();
    AMQPDefinedTypes.registerAllTypes(decoder, new EncoderImpl(decoder));
    List<Object> performatives = new ArrayList<>();
    for (int at = AMQP.length; at < answer.length; at += ByteBuffer.wrap(answer).getInt(at)) {
      int size = ByteBuffer.wrap(answer).getInt(at);
      if (size > 8) {
        decoder.setByteBuffer(ByteBuffer.wrap(answer, at + 8, size - 8).slice());
        performatives.add(decoder.readObject());
      }
    }
    return performatives;
  }

  /** The choice of ANONYMOUS. */
  static byte[] saslInit() {
    byte[] mechanism = "ANONYMOUS".getBytes(US_ASCII);
    byte[] head = {0x00, 0x53, 0x41, (byte) 0xc0, 12, 1, (byte) 0xa3, 9};
    return raw(1, 0, concat(head, mechanism));
  }

  static byte[] open() {
    Open open = new Open();
    open.setContainerId("hostile");
    return frame(0, open);
  }

  static byte[] close() {
    return frame(0, new Close());
  }

  static byte[] begin() {
    return begin(0, 1000);
  }

  static byte[] begin(int channel, int incomingWindow) {
    Begin begin = new Begin();
    begin.setNextOutgoingId(UnsignedInteger.ZERO);
    begin.setIncomingWindow(UnsignedInteger.valueOf(incomingWindow));
    begin.setOutgoingWindow(UnsignedInteger.valueOf(1000));
    return frame(channel, begin);
  }

  static byte[] beginFor(int remoteChannel) {
    Begin begin = new Begin();
    begin.setRemoteChannel(UnsignedShort.valueOf((short) remoteChannel));
    begin.setNextOutgoingId(UnsignedInteger.ZERO);
    begin.setIncomingWindow(UnsignedInteger.ONE);
    begin.setOutgoingWindow(UnsignedInteger.ONE);
    return frame(0, begin);
  }

  static byte[] end() {
    return frame(0, new End());
  }

  /** A link to or from {@code q}. */
  static byte[] attach(Role role, int handle) {
    return attach(role, handle, "q");
  }

  static byte[] attach(Role role, int handle, String address) {
    Source source = new Source();
    source.setAddress(role == Role.RECEIVER ? address : "here");
    Target target = new Target();
    target.setAddress(role == Role.SENDER ? address : "here");
    return attach(role, handle, source, target);
  }

  static byte[] attachCoordinator(int handle) {
    return attach(Role.SENDER, handle, new Source(), new Coordinator());
  }

  /** The next session of {@code s}. */
  static byte[] attachSession(int handle) {
    Source source = new Source();
    source.setAddress("s");
    source.setFilter(WireClient.sessionFilter(null));
    return attach(Role.RECEIVER, handle, source, new Target());
  }

  private static byte[] attach(
      Role role, int handle, Source source, org.apache.qpid.proton.amqp.transport.Target target) {
    Attach attach = new Attach();
    attach.setName("link-" + handle);
    attach.setHandle(UnsignedInteger.valueOf(handle));
    attach.setRole(role);
    attach.setSndSettleMode(SenderSettleMode.UNSETTLED);
    attach.setRcvSettleMode(
        role == Role.RECEIVER ? ReceiverSettleMode.SECOND : ReceiverSettleMode.FIRST);
    attach.setSource(source);
    attach.setTarget(target);
    attach.setInitialDeliveryCount(UnsignedInteger.ZERO);
    return frame(0, attach);
  }

  static byte[] detach(int handle, boolean closed) {
    Detach detach = new Detach();
    detach.setHandle(UnsignedInteger.valueOf(handle));
    detach.setClosed(closed);
    return frame(0, detach);
  }

  static byte[] flow(int handle, int credit, boolean drain) {
    return flow(handle, credit, drain, 1000);
  }

  static byte[] flow(int handle, int credit, boolean drain, int incomingWindow) {
    Flow flow = new Flow();
    flow.setNextIncomingId(UnsignedInteger.ONE);
    flow.setIncomingWindow(UnsignedInteger.valueOf(incomingWindow));
    flow.setNextOutgoingId(UnsignedInteger.ZERO);
    flow.setOutgoingWindow(UnsignedInteger.valueOf(1000));
    flow.setHandle(UnsignedInteger.valueOf(handle));
    flow.setDeliveryCount(UnsignedInteger.ZERO);
    flow.setLinkCredit(UnsignedInteger.valueOf(credit));
    flow.setDrain(drain);
    return frame(0, flow);
  }

  static byte[] transfer(int handle, int id) {
    return transfer(handle, id, false, MESSAGE);
  }

  /** The first frame of a delivery, or the only one. */
  static byte[] transfer(int handle, int id, boolean more, byte... payload) {
    return frame(0, transferOf(handle, id, more), payload);
  }

  static byte[] transfer(int handle, int id, DeliveryState state) {
    Transfer transfer = transferOf(handle, id, false);
    transfer.setState(state);
    return frame(0, transfer, MESSAGE);
  }

  private static Transfer transferOf(int handle, int id, boolean more) {
    Transfer transfer = new Transfer();
    transfer.setHandle(UnsignedInteger.valueOf(handle));
    transfer.setDeliveryId(UnsignedInteger.valueOf(id));
    transfer.setDeliveryTag(new Binary(ByteBuffer.allocate(8).putInt(handle).putInt(id).array()));
    transfer.setMore(more);
    return transfer;
  }

  /** A further frame of a delivery. */
  static byte[] further(int handle, boolean more, byte... payload) {
    Transfer transfer = new Transfer();
    transfer.setHandle(UnsignedInteger.valueOf(handle));
    transfer.setMore(more);
    return frame(0, transfer, payload);
  }

  static byte[] aborted(int handle) {
    Transfer transfer = new Transfer();
    transfer.setHandle(UnsignedInteger.valueOf(handle));
    transfer.setAborted(true);
    return frame(0, transfer);
  }

  static byte[] disposition(int first, int last, DeliveryState state, boolean settled) {
    Disposition disposition = new Disposition();
    disposition.setRole(Role.RECEIVER);
    disposition.setFirst(UnsignedInteger.valueOf(first));
    disposition.setLast(UnsignedInteger.valueOf(last));
    disposition.setState(state);
    disposition.setSettled(settled);
    return frame(0, disposition);
  }

  /** A request to a node that answers on the link whose target is {@code here}. */
  static byte[] request(String operation, Object body) {
    Message request = Proton.message();
    request.setMessageId("1");
    request.setReplyTo("here");
    request.setApplicationProperties(
        new ApplicationProperties(new HashMap<>(Map.of("operation", operation))));
    request.setBody(new AmqpValue(body));
    return WireClient.encoded(request);
  }

  /** A message with that value, e.g. what a coordinator is asked. */
  static byte[] value(Object body) {
    Message message = Proton.message();
    message.setBody(new AmqpValue(body));
    return WireClient.encoded(message);
  }
}
