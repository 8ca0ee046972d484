package io.queueruntime.benchmarks;

import java.util.function.Consumer;

/** One way to work with a broker: ours, Spring's, or the broker's own client. Stateless. */
interface BrokerClient {

  /** What the table calls it. */
  String name();

  /**
   * Connects, and begins to receive.
   *
   * @param consumers messages that are handled at once; 0: none is received
   * @param handler gets each body; what it returned from is acknowledged
   */
  Work open(String queue, int consumers, Consumer<byte[]> handler) throws Exception;

  /** A client at work. Thread-safe. */
  interface Work extends AutoCloseable {

    /** A way to send for one thread. */
    Send sender() throws Exception;
  }

  /** Sends one message and returns once the broker has it for good. */
  interface Send {
    void send(byte[] body) throws Exception;
  }
}
