package io.queueruntime.benchmarks;

/** The broker that several clients are measured on, each in a queue of its own. */
interface MeasuredBroker {

  /** Creates an empty queue, the same for all clients. */
  String newQueue();

  void delete(String queue);

  /** Puts messages into it through the broker's own client. */
  void stockUp(String queue, byte[] body, int messages) throws Exception;
}
