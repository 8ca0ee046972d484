package io.queueruntime.provider.front;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;

/** A queue as a front has to know it. Implementations are immutable. */
public interface FrontQueue {

  QueueName name();

  QueueOptions options();

  /** Whether it was created by this library; of a foreign queue the options are guesses. */
  boolean known();

  /** In how many parts its sessions are kept; 0 for a queue without sessions. */
  int partitions();
}
