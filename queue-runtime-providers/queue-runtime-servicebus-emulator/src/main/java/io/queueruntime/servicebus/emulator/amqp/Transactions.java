package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import java.util.List;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Receiver;
import org.jspecify.annotations.Nullable;

/** The transactions of one connection. Confined to its loop. */
final class Transactions {

  Transactions(AmqpConnection connection, Served served) {}

  /** The state that tells a client its work is part of the transaction. */
  static TransactionalState within(Binary id, DeliveryState outcome) {
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    state.setOutcome((org.apache.qpid.proton.amqp.messaging.Outcome) outcome);
    return state;
  }

  boolean isOpen(Binary id) {
    return false;
  }

  /** Sends at the commit; why not, if so. */
  @Nullable ErrorCondition send(Binary id, QueueName queue, List<OutgoingMessage> messages) {
    return unknown();
  }

  /** Settles at the commit; why not, if so. */
  @Nullable ErrorCondition settle(
      Binary id, MessageSource source, LockToken token, Settlement settlement) {
    return unknown();
  }

  /** The client wants to declare transactions. */
  void attach(Receiver link) {}

  void rollBackAll() {}

  private static ErrorCondition unknown() {
    return AmqpErrors.of(AmqpErrors.UNKNOWN_TRANSACTION, "No such transaction is open.");
  }
}
