package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.engine.Work;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.servicebus.emulator.entity.Occupancy;
import io.queueruntime.servicebus.emulator.message.InvalidMessage;
import io.queueruntime.servicebus.emulator.message.WireMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;
import org.jspecify.annotations.Nullable;

/**
 * A link on which a client sends to one queue: each transfer, single or batch, becomes one send,
 * and is answered once that is stored.
 *
 * <p>Confined to the loop of its connection.
 */
final class IncomingLink implements LinkRole, DeliveryAssembly.Taker {

  private final AmqpConnection connection;
  private final Served served;
  private final Transactions transactions;
  private final Receiver link;
  private final ServedQueue queue;
  private final Occupancy occupancy;
  private final DeliveryAssembly assembly;
  private int creditToGive;

  /** Deliveries whose sending waits for the size of the queue; what comes later waits as well. */
  private int asking;

  private boolean gone;

  IncomingLink(
      AmqpConnection connection,
      Served served,
      Transactions transactions,
      Receiver link,
      ServedQueue queue) {
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
    this.link = link;
    this.queue = queue;
    this.occupancy = served.occupancy(queue);
    this.assembly = new DeliveryAssembly(connection.budget(), link, queue.maxMessageSize(), this);
  }

  /** Lets the client begin. */
  void start() {
    creditToGive = served.limits().creditPerSender();
    giveCredit();
  }

  @Override
  public void delivery(Delivery event) {
    assembly.advance();
  }

  @Override
  public void aborted() {
    creditToGive++;
    giveCredit();
  }

  @Override
  public void take(Delivery delivery, byte[] bytes) {
    ErrorCondition refused = served.refusalOfSend(queue);
    if (refused != null) {
      answer(delivery, ClientSettlements.rejected(refused));
      return;
    }
    // Who does not wait for an answer cannot be refused.
    boolean refusable = !delivery.remotelySettled();
    if (asking > 0 || refusable && occupancy.isToBeAsked(connection.loop().nanoTime())) {
      sendUnlessFull(delivery, bytes);
    } else {
      sendIfValid(delivery, bytes);
    }
  }

  private void sendUnlessFull(Delivery delivery, byte[] bytes) {
    asking++;
    connection.budget().workBegins(bytes.length);
    connection.then(
        served.refusalOfFull(queue, connection.loop()::nanoTime),
        (refused, failure) -> {
          asking--;
          connection.budget().workEnds(bytes.length);
          if (refused != null && refused.isPresent()) {
            answer(delivery, ClientSettlements.rejected(refused.get()));
          } else {
            sendIfValid(delivery, bytes); // which meets a failure of the engine as well
          }
        });
  }

  private void sendIfValid(Delivery delivery, byte[] bytes) {
    try {
      send(delivery, bytes);
    } catch (InvalidMessage invalid) {
      answer(delivery, ClientSettlements.rejected(AmqpErrors.of(invalid, false)));
    }
  }

  private void send(Delivery delivery, byte[] bytes) {
    List<OutgoingMessage> messages = new ArrayList<>();
    for (WireMessage message :
        WireMessage.parseTransfer(
            Integer.toUnsignedLong(delivery.getMessageFormat()),
            bytes,
            served.messageLimits().withMaxMessageBytes(queue.maxMessageSize()))) {
      messages.add(message.toOutgoing(queue.sessions(), served.offset()));
    }
    connection.budget().workBegins(bytes.length);
    if (delivery.getRemoteState() instanceof TransactionalState state) {
      ErrorCondition refused = enlist(state.getTxnId(), messages);
      connection.budget().workEnds(bytes.length);
      answer(
          delivery,
          refused == null
              ? Transactions.within(state.getTxnId(), Accepted.getInstance())
              : ClientSettlements.rejected(refused));
      return;
    }
    occupancy.sent(bytes.length);
    CompletableFuture<List<SendReceipt>> stored = served.engine().send(queue.name(), messages);
    connection.then(
        stored,
        (receipts, failure) -> {
          connection.budget().workEnds(bytes.length);
          answer(
              delivery,
              failure == null
                  ? Accepted.getInstance()
                  : ClientSettlements.rejected(AmqpErrors.of(failure, queue.sessions())));
        });
  }

  private @Nullable ErrorCondition enlist(Binary transaction, List<OutgoingMessage> messages) {
    List<Work> parts = new ArrayList<>(messages.size());
    messages.forEach(message -> parts.add(new Work.Send(queue.name(), message)));
    return transactions.enlist(transaction, parts);
  }

  private void answer(Delivery delivery, DeliveryState state) {
    if (gone) {
      return;
    }
    served
        .faults()
        .answer(
            FaultPoints.Point.SEND_ANSWER,
            queue.name().value(),
            connection.loop(),
            () -> {
              if (!gone) {
                settle(delivery, state);
                connection.touch();
              }
            });
    creditToGive++;
    giveCredit();
  }

  private static void settle(Delivery delivery, DeliveryState state) {
    if (!delivery.remotelySettled()) {
      delivery.disposition(state);
    }
    delivery.settle();
  }

  /** Tops the client up in portions, not after each message. */
  private void giveCredit() {
    boolean worthwhile = creditToGive >= Math.max(1, served.limits().creditPerSender() / 4);
    if (gone || !worthwhile || served.faults().withholdsCredit(queue.name().value())) {
      return;
    }
    int credit = creditToGive;
    creditToGive = 0;
    link.flow(credit);
  }

  @Override
  public CompletableFuture<?> recheck() {
    if (served.isThere(queue)) {
      // A queue that takes no messages says so to each of them.
      giveCredit();
    } else {
      connection.detach(link, AmqpErrors.notFound(queue.name().value()));
    }
    return LinkRole.super.recheck();
  }

  @Override
  public void tooLarge(int size, boolean more) {
    connection.detach(
        link,
        AmqpErrors.of(
            AmqpErrors.MESSAGE_SIZE,
            "The message has %s%d bytes; the entity takes at most %d."
                .formatted(more ? "more than " : "", size, queue.maxMessageSize())));
  }

  @Override
  public String entity() {
    return queue.name().value();
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    connection.detach(link, why);
  }

  @Override
  public void gone() {
    gone = true;
    assembly.close();
  }
}
