package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferOverflowException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A link on which a client hears answers: what it has given no credit for, or does not read, waits
 * here, up to a bound.
 *
 * <p>Confined to the loop of its connection.
 */
final class ReplyLink implements LinkRole {

  /** Answers a client may leave waiting. */
  private static final int MAX_WAITING = 1000;

  private static final int MAX_REPLY_BYTES = 128 * 1024 * 1024;

  private final AmqpConnection connection;
  private final Sender link;
  private final LinkAddress address;
  private final Consumer<ReplyLink> onGone;
  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private long tags;

  ReplyLink(
      AmqpConnection connection, Sender link, LinkAddress address, Consumer<ReplyLink> onGone) {
    this.connection = connection;
    this.link = link;
    this.address = address;
    this.onGone = onGone;
  }

  boolean isOf(LinkAddress node) {
    return RequestNodes.sameNode(address, node);
  }

  /** Whether a request means this link. */
  boolean isCalled(@Nullable String replyTo) {
    if (replyTo == null) {
      return false;
    }
    String target =
        link.getRemoteTarget() instanceof Target known && known.getAddress() != null
            ? known.getAddress()
            : "";
    return replyTo.equals(target) || replyTo.equals(link.getName());
  }

  /** Sends the answer once there is credit. */
  void send(Message reply) {
    byte[] bytes = encode(reply);
    waiting.add(bytes);
    connection.budget().answersWait(bytes.length);
    pump();
    if (waiting.size() > MAX_WAITING) {
      connection.detach(
          link,
          AmqpErrors.of(
              AmqpErrors.RESOURCE_LIMIT,
              "%d answers wait for credit on link '%s'."
                  .formatted(waiting.size(), link.getName())));
    }
  }

  /** Touches the connection only when there is something to write: it asks again after that. */
  private void pump() {
    boolean something = false;
    while (!waiting.isEmpty() && link.getCredit() > 0 && connection.hasRoom(link, this)) {
      byte[] bytes = waiting.remove();
      connection.budget().answersWait(-bytes.length);
      Delivery delivery = link.delivery(Long.toString(tags++, 36).getBytes(US_ASCII));
      link.sendNoCopy(ReadableBuffer.ByteBufferReader.wrap(bytes));
      if (link.getRemoteSenderSettleMode() == SenderSettleMode.UNSETTLED) {
        link.advance();
      } else {
        delivery.settle();
      }
      something = true;
    }
    boolean sendsNoMore = waiting.isEmpty() || link.getCredit() <= 0;
    // Credit that is given back takes along what waits for the client's session window.
    if (link.getDrain() && sendsNoMore && connection.isWritten(link, this)) {
      link.drained();
      something = true;
    }
    if (something) {
      connection.touch();
    }
  }

  /** The codec tells only by failing that its buffer is too small. */
  private static byte[] encode(Message reply) {
    for (int size = 4096; ; size *= 4) {
      byte[] buffer = new byte[size];
      try {
        return Arrays.copyOf(buffer, reply.encode(buffer, 0, buffer.length));
      } catch (BufferOverflowException | IndexOutOfBoundsException tooSmall) {
        if (size >= MAX_REPLY_BYTES) {
          throw tooSmall;
        }
      }
    }
  }

  @Override
  public void flow() {
    pump();
  }

  @Override
  public void roomAgain() {
    pump();
  }

  @Override
  public void delivery(Delivery delivery) {
    if (delivery.isUpdated() && (delivery.getRemoteState() != null || delivery.remotelySettled())) {
      delivery.settle();
    }
  }

  @Override
  public void gone() {
    waiting.forEach(bytes -> connection.budget().answersWait(-bytes.length));
    waiting.clear();
    onGone.accept(this);
  }

  @Override
  public String entity() {
    return address.entity();
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    connection.detach(link, why);
  }
}
