package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.message.LockToken;
import io.queueruntime.servicebus.emulator.message.InvalidMessage;
import java.util.List;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver decides about the messages it was handed, carried out and answered.
 *
 * <p>Confined to the loop of its connection.
 */
final class ClientSettlements {

  private final AmqpConnection connection;
  private final Served served;
  private final Transactions transactions;
  private final ServedQueue queue;
  private final MessageSource source;
  private boolean closed;

  ClientSettlements(
      AmqpConnection connection,
      Served served,
      Transactions transactions,
      ServedQueue queue,
      MessageSource source) {
    this.connection = connection;
    this.served = served;
    this.transactions = transactions;
    this.queue = queue;
    this.source = source;
  }

  /** Acts on the client's outcome for a delivery. */
  void updated(Delivery delivery) {
    delivery.clear();
    DeliveryState state = delivery.getRemoteState();
    if (!(delivery.getContext() instanceof LockToken token)) {
      // It is being settled already; a client that settles meanwhile wants no answer.
      return;
    }
    if (state instanceof TransactionalState within) {
      delivery.setContext(null);
      settleWithin(delivery, token, within);
      return;
    }
    Settlement settlement;
    try {
      settlement = state == null ? null : Settlement.of(state, served.messageLimits());
    } catch (InvalidMessage invalid) {
      delivery.setContext(null);
      answer(delivery, rejected(AmqpErrors.of(invalid, false)));
      return;
    }
    if (settlement == null) {
      if (delivery.remotelySettled()) {
        // Settled without an outcome: the client forgets it, the lock runs out.
        forget(delivery);
      }
      return;
    }
    ErrorCondition refused =
        served.faults().refusal(FaultPoints.Point.SETTLE, queue.name().value());
    if (refused != null) {
      refuse(delivery, token, refused);
      return;
    }
    delivery.setContext(null);
    settle(delivery, token, settlement, state);
  }

  private void settle(
      Delivery delivery, LockToken token, Settlement settlement, DeliveryState state) {
    DeliveryState done = answerTo(state);
    connection.then(
        source.settle(token, settlement),
        (nothing, failure) -> {
          if (failure == null) {
            answer(delivery, done);
          } else {
            refuse(delivery, token, AmqpErrors.of(failure, source.session() != null));
          }
        });
  }

  /**
   * Tells the client that nothing was carried out. What may pass leaves the delivery unsettled, for
   * the Java client then decides again, as often as its retries allow, and a decision about a
   * settled delivery would never leave it. What cannot pass ends the delivery.
   */
  private void refuse(Delivery delivery, LockToken token, ErrorCondition why) {
    if (delivery.remotelySettled()) {
      forget(delivery);
    } else if (AmqpErrors.mayPass(why)) {
      delivery.setContext(token);
      answer(delivery, rejected(why), false);
    } else {
      answer(delivery, rejected(why));
    }
  }

  private void settleWithin(Delivery delivery, LockToken token, TransactionalState within) {
    DeliveryState outcome =
        within.getOutcome() instanceof DeliveryState state ? state : Accepted.getInstance();
    ErrorCondition refused;
    try {
      Settlement settlement = Settlement.of(outcome, served.messageLimits());
      refused =
          settlement == null
              ? AmqpErrors.of(AmqpErrors.INVALID_FIELD, "The transactional state has no outcome.")
              : transactions.enlist(within.getTxnId(), List.of(source.work(token, settlement)));
    } catch (InvalidMessage invalid) {
      refused = AmqpErrors.of(invalid, false);
    }
    if (delivery.remotelySettled()) {
      // A client that has settled cannot decide again after a rollback: the message goes back.
      transactions.onRollback(within.getTxnId(), () -> source.loseLock(token));
    }
    answer(
        delivery,
        refused == null
            ? Transactions.within(within.getTxnId(), answerTo(outcome))
            : rejected(refused));
  }

  private void answer(Delivery delivery, DeliveryState state) {
    answer(delivery, state, true);
  }

  private void answer(Delivery delivery, DeliveryState state, boolean settles) {
    if (closed) {
      return;
    }
    if (delivery.remotelySettled()) {
      delivery.settle();
      return;
    }
    served
        .faults()
        .answer(
            FaultPoints.Point.SETTLE_ANSWER,
            queue.name().value(),
            connection.loop(),
            () -> {
              if (!closed) {
                delivery.disposition(state);
                if (settles) {
                  delivery.settle();
                }
                connection.touch();
              }
            });
  }

  private void forget(Delivery delivery) {
    delivery.setContext(null);
    delivery.settle();
  }

  /** The same kind of outcome without an error: that is how clients know success. */
  private static DeliveryState answerTo(DeliveryState state) {
    if (state instanceof Rejected) {
      return new Rejected();
    }
    if (state instanceof Modified) {
      return new Modified();
    }
    return state instanceof Released ? Released.getInstance() : Accepted.getInstance();
  }

  static Rejected rejected(@Nullable ErrorCondition why) {
    Rejected rejected = new Rejected();
    rejected.setError(why);
    return rejected;
  }

  /** Says nothing more: the link is gone. */
  void close() {
    closed = true;
  }
}
