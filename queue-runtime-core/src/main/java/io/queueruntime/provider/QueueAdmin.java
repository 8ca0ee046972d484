package io.queueruntime.provider;

import io.queueruntime.message.QueueDescription;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import java.util.List;
import java.util.Optional;

/** Creates, deletes and describes queues. Thread-safe; every method blocks until it is durable. */
public interface QueueAdmin {

  /**
   * Creates the queue; false when it exists already, whose options are then left alone.
   *
   * @throws io.queueruntime.QueueRuntimeException.ConfigurationInvalid when it exists and differs
   *     in what cannot be changed: whether it has sessions
   */
  boolean create(QueueName queue, QueueOptions options);

  /**
   * Changes the options of an existing queue.
   *
   * @throws io.queueruntime.QueueRuntimeException.ConfigurationInvalid when it differs in what
   *     cannot be changed
   * @throws io.queueruntime.QueueRuntimeException.QueueNotFound when there is no such queue
   */
  void update(QueueName queue, QueueOptions options);

  /**
   * Deletes the queue with its messages, dead letters, sessions and duplicate history; false when
   * there was none.
   */
  boolean delete(QueueName queue);

  boolean exists(QueueName queue);

  /** What the queue was created with; empty when there is none. */
  Optional<QueueDescription> describe(QueueName queue);

  /** Counts and size; throws {@code QueueNotFound} when there is none. */
  QueueStatistics statistics(QueueName queue);

  /** Removes every message that no receiver has locked, but no dead letters; returns how many. */
  long purge(QueueName queue);

  /** The names of all queues, in alphabetical order. */
  List<QueueName> list();
}
