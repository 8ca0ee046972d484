package io.queueruntime.servicebus.emulator.amqp;

import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Link;
import org.jspecify.annotations.Nullable;

/**
 * An attach that a test wants to be answered later, or never. Once the client has given up it hears
 * nothing any more.
 *
 * <p>Confined to the loop of its connection.
 */
final class DelayedAttach implements LinkRole {

  private final AmqpConnection connection;
  private final Link link;
  private final String entity;
  private final Runnable attach;
  private final Consumer<@Nullable ErrorCondition> refuse;
  private boolean over;

  /**
   * @param attach answers the attach
   * @param refuse answers it with an error
   */
  DelayedAttach(
      AmqpConnection connection,
      Link link,
      String entity,
      Runnable attach,
      Consumer<@Nullable ErrorCondition> refuse) {
    this.connection = connection;
    this.link = link;
    this.entity = entity;
    this.attach = attach;
    this.refuse = refuse;
  }

  /** Waits as long as the fault says; at once when there is none. */
  void begin(FaultPoints faults) {
    connection.assign(link, this);
    faults.answer(FaultPoints.Point.ATTACH_ANSWER, entity, connection.loop(), this::go);
  }

  private void go() {
    answer(attach);
  }

  private void answer(Runnable answer) {
    if (!over) {
      over = true;
      connection.reassign(this);
      link.setContext(null);
      answer.run();
      connection.touch();
    }
  }

  @Override
  public void gone() {
    over = true;
  }

  @Override
  public String entity() {
    return entity;
  }

  @Override
  public void detach(@Nullable ErrorCondition why) {
    answer(() -> refuse.accept(why));
  }

  @Override
  public void delivery(Delivery delivery) {}
}
