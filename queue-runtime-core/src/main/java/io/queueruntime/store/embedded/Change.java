package io.queueruntime.store.embedded;

import io.queueruntime.message.QueueName;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.IdHash;
import io.queueruntime.store.StoredMessage;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What holds from now on: applying one twice is applying it once, which snapshots and recovery rely
 * on. Times are milliseconds since the epoch. Immutable.
 */
sealed interface Change {

  /** The queue it is about. */
  QueueName queue();

  /** Which messages: those set aside, or those to be sent later. */
  enum Shelf {
    DEFERRED,
    SCHEDULED
  }

  /** A copy has the id, for a while. */
  record IdTaken(QueueName queue, IdHash id, CopyId copy, boolean confirmed, long until)
      implements Change {}

  record IdForgotten(QueueName queue, IdHash id) implements Change {}

  record UnitTaken(QueueName queue, String unit, long epoch) implements Change {}

  record StateSet(QueueName queue, IdHash session, byte @Nullable [] state) implements Change {}

  record MessagePut(Shelf shelf, StoredMessage message) implements Change {
    @Override
    public QueueName queue() {
      return message.queue();
    }
  }

  /** Somebody holds the message, or with no token nobody does. */
  record MessageHeld(
      Shelf shelf, QueueName queue, long number, @Nullable UUID token, long until, int count)
      implements Change {}

  record MessageRemoved(Shelf shelf, QueueName queue, long number) implements Change {}

  record QueueForgotten(QueueName queue) implements Change {}
}
