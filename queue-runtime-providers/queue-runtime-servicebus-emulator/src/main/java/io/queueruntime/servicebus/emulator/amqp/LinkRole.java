package io.queueruntime.servicebus.emulator.amqp;

import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Delivery;
import org.jspecify.annotations.Nullable;

/** What one link is there for. Confined to the loop of its connection. */
interface LinkRole {

  /** A transfer or a disposition came for that delivery. */
  void delivery(Delivery delivery);

  /** The client changed its credit. */
  default void flow() {}

  /** Room to write has come back after there was none. */
  default void roomAgain() {}

  /** The link is no more, by whatever end; called once. */
  void gone();

  /** Whether the link serves that queue; names are compared without case. */
  boolean serves(String queue);

  /** Ends the link. */
  void detach(@Nullable ErrorCondition why);

  /** Looks again whether what the link rests on is still there; completes when it has. */
  default CompletableFuture<?> recheck() {
    return CompletableFuture.completedFuture(null);
  }

  /** The locks of what the link has handed out are lost, as if they had run out. */
  default void loseLocks() {}
}
