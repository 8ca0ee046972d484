package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.management.Refusal;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.transaction.Declare;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transaction.Discharge;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * The link on which a client declares and discharges transactions. Its end rolls back what was
 * declared on it.
 *
 * <p>Confined to the loop of its connection.
 */
final class CoordinatorLink implements LinkRole, DeliveryAssembly.Taker {

  private static final int CREDIT = 100;
  private static final int MAX_BYTES = 4096;

  private final AmqpConnection connection;
  private final Transactions transactions;
  private final Receiver link;
  private final DeliveryAssembly assembly;
  private boolean gone;

  CoordinatorLink(AmqpConnection connection, Transactions transactions, Receiver link) {
    this.connection = connection;
    this.transactions = transactions;
    this.link = link;
    this.assembly = new DeliveryAssembly(connection.budget(), link, MAX_BYTES, this);
  }

  /** Lets the client begin. */
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

  @Override
  public void take(Delivery delivery, byte[] bytes) {
    Object asked = value(bytes);
    if (asked instanceof Declare) {
      declare(delivery);
    } else if (asked instanceof Discharge discharge && discharge.getTxnId() != null) {
      discharge(delivery, discharge);
    } else {
      answer(
          delivery,
          rejected(
              AmqpErrors.of(AmqpErrors.DECODE, "A coordinator is asked to declare or discharge.")));
    }
  }

  private static @Nullable Object value(byte[] bytes) {
    try {
      Message message = Proton.message();
      message.decode(bytes, 0, bytes.length);
      return message.getBody() instanceof AmqpValue body ? body.getValue() : null;
    } catch (RuntimeException | StackOverflowError malformed) {
      return null;
    }
  }

  private void declare(Delivery delivery) {
    Binary id = transactions.declare(this).orElse(null);
    if (id == null) {
      answer(
          delivery,
          rejected(AmqpErrors.of(AmqpErrors.RESOURCE_LIMIT, "Too many transactions are open.")));
      return;
    }
    Declared answer = new Declared();
    answer.setTxnId(id);
    answer(delivery, answer);
  }

  private void discharge(Delivery delivery, Discharge discharge) {
    Binary id = discharge.getTxnId();
    if (!transactions.isOpen(id)) {
      answer(delivery, rejected(Transactions.unknown()));
    } else if (Boolean.TRUE.equals(discharge.getFail())) {
      transactions.rollBack(id);
      answer(delivery, Accepted.getInstance());
    } else {
      connection.then(
          transactions.commit(id),
          (done, failure) ->
              answer(
                  delivery,
                  failure == null
                      ? Accepted.getInstance()
                      : rejected(
                          AmqpErrors.of(
                              AmqpErrors.ROLLBACK,
                              "The transaction was rolled back. "
                                  + Refusal.of(failure, false).text()))));
    }
  }

  private void answer(Delivery delivery, DeliveryState state) {
    if (gone) {
      return;
    }
    if (!delivery.remotelySettled()) {
      delivery.disposition(state);
    }
    delivery.settle();
    link.flow(1);
    connection.touch();
  }

  private static DeliveryState rejected(ErrorCondition why) {
    return ClientSettlements.rejected(why);
  }

  @Override
  public void tooLarge(int size, boolean more) {
    connection.detach(
        link,
        AmqpErrors.of(
            AmqpErrors.MESSAGE_SIZE,
            "What a coordinator is asked has at most %d bytes.".formatted(MAX_BYTES)));
  }

  @Override
  public void gone() {
    gone = true;
    assembly.close();
    transactions.rollBackAll(this);
  }

  @Override
  public String entity() {
    return "";
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    connection.detach(link, why);
  }
}
