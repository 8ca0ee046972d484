package io.queueruntime.servicebus.emulator.amqp;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * The places where a test makes the broker fail, and what is planted there.
 *
 * <p>Thread-safe.
 */
public final class FaultPoints {

  /** Where something can be planted. */
  public enum Point {
    /** The answer to a send that was stored. */
    SEND_ANSWER,
    /** The answer to a settlement that was carried out. */
    SETTLE_ANSWER,
    /** A send, before anything is stored. */
    SEND,
    /** A settlement, before it is carried out. */
    SETTLE,
    /** The attach of a link. */
    ATTACH,
    /** The answer to an attach. */
    ATTACH_ANSWER,
    /** The credit a sender is given. */
    CREDIT,
    /** A request to a queue's management, before it is carried out. */
    REQUEST,
    /** A token that is put for a queue, before it is looked at. */
    TOKEN
  }

  private final List<PlantedFault> planted = new CopyOnWriteArrayList<>();

  /** Plants a fault; of several that apply, the one planted first takes effect. */
  public void plant(PlantedFault fault) {
    planted.add(fault);
  }

  /** Takes the fault away, whether it has taken effect or not. */
  public void lift(PlantedFault fault) {
    planted.remove(fault);
  }

  /** Takes all faults away. */
  public void liftAll() {
    planted.clear();
  }

  /** Gives an answer: now, later or never. */
  void answer(Point point, String queue, SelectorLoop loop, Runnable answer) {
    PlantedFault fault = planted.isEmpty() ? null : take(point, queue);
    if (fault == null) {
      answer.run();
    } else if (fault.delay() != null) {
      loop.after(fault.delay(), answer);
    }
  }

  /** Why the operation is refused here, if it is. */
  @Nullable ErrorCondition refusal(Point point, String queue) {
    PlantedFault fault = planted.isEmpty() ? null : take(point, queue);
    return fault == null || fault.condition() == null
        ? null
        : new ErrorCondition(Symbol.valueOf(fault.condition()), fault.text());
  }

  /** Whether senders of that queue get no credit. */
  boolean withholdsCredit(String queue) {
    return concern(Point.CREDIT, queue);
  }

  /** Whether something is planted there for that queue, whether it takes effect or not. */
  boolean concern(Point point, String queue) {
    for (PlantedFault fault : planted) {
      if (fault.point() == point && fault.concerns(queue)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable PlantedFault take(Point point, String queue) {
    PlantedFault taken = null;
    for (PlantedFault fault : planted) {
      if (taken == null && fault.point() == point && fault.concerns(queue) && fault.use()) {
        taken = fault;
      }
    }
    if (taken != null && taken.isUsedUp()) {
      planted.remove(taken);
    }
    return taken;
  }
}
