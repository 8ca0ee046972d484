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

  /** The queue that the link leads to, as its client wrote it or as it was created; or nothing. */
  String entity();

  /** Whether the link serves that queue; names are compared without case. */
  default boolean serves(String queue) {
    return entity().equalsIgnoreCase(queue);
  }

  /** Ends the link. */
  void detach(@Nullable ErrorCondition why);

  /** Looks again whether what the link rests on is still there; completes when it has. */
  default CompletableFuture<?> recheck() {
    return CompletableFuture.completedFuture(null);
  }
}
