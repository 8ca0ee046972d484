package io.queueruntime.servicebus.emulator.amqp;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A link on which a client asks: each message is one request, whose answer goes to the reply link
 * it names. A client has as many unanswered requests as it has credit for, or loses the link.
 *
 * <p>Confined to the loop of its connection.
 */
final class RequestLink implements LinkRole, DeliveryAssembly.Taker {

  private static final int CREDIT = 100;
  private static final Symbol TRACKING = Symbol.valueOf("com.microsoft:tracking-id");

  private final AmqpConnection connection;
  private final Served served;
  private final Receiver link;
  private final LinkAddress address;
  private final RequestHandler handler;
  private final RequestNodes nodes;
  private final @Nullable ServedQueue queue;
  private final DeliveryAssembly assembly;
  private int unanswered;
  private boolean gone;

  /**
   * @param queue whose management is asked; null: no queue's
   */
  RequestLink(
      AmqpConnection connection,
      Served served,
      Receiver link,
      LinkAddress address,
      RequestHandler handler,
      RequestNodes nodes,
      @Nullable ServedQueue queue) {
    this.queue = queue;
    this.connection = connection;
    this.served = served;
    this.link = link;
    this.address = address;
    this.handler = handler;
    this.nodes = nodes;
    this.assembly = new DeliveryAssembly(connection.budget(), link, largest(), this);
  }

  /** Lets the client ask. */
  void start() {
    link.flow(CREDIT);
  }

  @Override
  public void delivery(Delivery event) {
    assembly.advance();
  }

  @Override
  public void aborted() {
    link.flow(1);
    connection.touch();
  }

  /** A request carries messages and what names them. */
  private int largest() {
    return 2 * (queue == null ? served.messageLimits().maxMessageBytes() : queue.maxMessageSize());
  }

  @Override
  public void take(Delivery delivery, byte[] bytes) {
    if (unanswered == CREDIT) {
      connection.detach(
          link,
          AmqpErrors.of(
              AmqpErrors.TRANSFER_LIMIT,
              "The credit of link '%s' is %d requests without an answer; there are so many."
                  .formatted(link.getName(), CREDIT)));
      return;
    }
    Binary transaction =
        delivery.getRemoteState() instanceof TransactionalState state ? state.getTxnId() : null;
    Message message = Proton.message();
    try {
      message.decode(bytes, 0, bytes.length);
    } catch (RuntimeException | StackOverflowError malformed) {
      settle(
          delivery,
          ClientSettlements.rejected(
              AmqpErrors.of(AmqpErrors.DECODE, "The request is not encoded as AMQP 1.0 says.")));
      link.flow(1);
      return;
    }
    settle(
        delivery,
        transaction == null
            ? Accepted.getInstance()
            : Transactions.within(transaction, Accepted.getInstance()));
    ask(message, transaction, bytes.length);
  }

  private void ask(Message message, @Nullable Binary transaction, int size) {
    Map<String, Object> properties =
        message.getApplicationProperties() == null
            ? Map.of()
            : message.getApplicationProperties().getValue();
    Object body = message.getBody() instanceof AmqpValue value ? value.getValue() : null;
    RequestHandler.Request request =
        new RequestHandler.Request(
            String.valueOf(properties.get("operation")), properties, body, transaction);
    unanswered++;
    connection.budget().workBegins(size);
    nodes.inTurn(
        () ->
            connection.then(
                gone ? CompletableFuture.completedFuture(null) : handler.handle(request),
                (response, failure) -> {
                  unanswered--;
                  connection.budget().workEnds(size);
                  nodes.answered();
                  if (gone) {
                    return;
                  }
                  link.flow(1);
                  if (response != null) {
                    reply(message, properties, response);
                  }
                }));
  }

  private void reply(Message request, Map<String, Object> asked, RequestHandler.Response response) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("statusCode", response.status());
    properties.put("statusDescription", response.description());
    if (response.condition() != null) {
      properties.put("errorCondition", response.condition());
    }
    Object tracking = asked.get(TRACKING.toString());
    if (tracking != null) {
      properties.put(TRACKING.toString(), tracking);
    }
    Message reply = Proton.message();
    Object correlation =
        request.getMessageId() == null ? request.getCorrelationId() : request.getMessageId();
    if (correlation != null) {
      reply.setCorrelationId(correlation);
    }
    reply.setApplicationProperties(new ApplicationProperties(properties));
    if (response.body() != null) {
      reply.setBody(new AmqpValue(response.body()));
    }
    nodes.find(address, request.getReplyTo()).ifPresent(link -> link.send(reply));
  }

  private static void settle(Delivery delivery, DeliveryState state) {
    if (!delivery.remotelySettled()) {
      delivery.disposition(state);
    }
    delivery.settle();
  }

  @Override
  public void tooLarge(int size, boolean more) {
    connection.detach(
        link,
        AmqpErrors.of(
            AmqpErrors.MESSAGE_SIZE, "A request has at most %d bytes.".formatted(largest())));
  }

  @Override
  public void gone() {
    gone = true;
    assembly.close();
  }

  @Override
  public String entity() {
    return address.entity();
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    connection.detach(link, why);
  }

  @Override
  public CompletableFuture<?> recheck() {
    if (queue != null && !served.isThere(queue)) {
      connection.detach(link, AmqpErrors.notFound(address.entity()));
    }
    return LinkRole.super.recheck();
  }
}
