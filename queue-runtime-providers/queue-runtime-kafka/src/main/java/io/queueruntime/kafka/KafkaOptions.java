package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.time.Duration;
import java.util.Map;

/**
 * How to reach Kafka, and what is made there. Immutable.
 *
 * @param client properties of Kafka's own clients: {@code bootstrap.servers}, security; what the
 *     provider has to decide itself is overridden
 * @param clientId what the broker's tools show
 * @param partitions of the topic of a queue without sessions created here; 1 to {@value
 *     #PARTITIONS_MAX}
 * @param sessionPartitions of the topic of a session queue created here; 1 to {@value
 *     #PARTITIONS_MAX}
 * @param sessionPrefetch unsettled messages of one partition that are fetched at most; 1 to 10,000
 * @param sendTimeout longest wait for a message to be confirmed
 * @param maxMessageSize largest message, in bytes; topics created here take it
 * @param names what the names of the provider's own topic, groups and transactions start with;
 *     applications that share queues have the same
 * @param keepFinished whether what was completed stays in the topics created here; it is for them
 *     to grow, and to be delivered again once the broker has forgotten the queue's group
 */
public record KafkaOptions(
    Map<String, Object> client,
    String clientId,
    int partitions,
    int sessionPartitions,
    int sessionPrefetch,
    Duration sendTimeout,
    int maxMessageSize,
    String names,
    boolean keepFinished) {

  /** Most partitions of a queue. */
  public static final int PARTITIONS_MAX = 1_000;

  private static final int PREFETCH_MAX = 10_000;

  public KafkaOptions {
    client = Map.copyOf(client);
    between("partitions", partitions, PARTITIONS_MAX);
    between("session-partitions", sessionPartitions, PARTITIONS_MAX);
    between("session-prefetch", sessionPrefetch, PREFETCH_MAX);
    if (sendTimeout.isNegative() || sendTimeout.isZero()) {
      throw new ConfigurationInvalid(null, "send-timeout is more than zero, found " + sendTimeout);
    }
    if (maxMessageSize < 1) {
      throw new ConfigurationInvalid(
          null, "max-message-size is at least 1 byte, found " + maxMessageSize);
    }
  }

  private static void between(String what, int value, int max) {
    if (value < 1 || value > max) {
      throw new ConfigurationInvalid(
          null, "%s is from 1 to %d, found %d.".formatted(what, max, value));
    }
  }

  /** The defaults, with those properties of Kafka's clients. */
  public static KafkaOptions of(Map<String, Object> client) {
    return new KafkaOptions(
        client,
        "queue-runtime",
        12,
        12,
        128,
        Duration.ofSeconds(30),
        1_000_000,
        "queue-runtime",
        false);
  }

  public KafkaOptions withClientId(String value) {
    return new KafkaOptions(
        client,
        value,
        partitions,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names,
        keepFinished);
  }

  public KafkaOptions withPartitions(int value) {
    return new KafkaOptions(
        client,
        clientId,
        value,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names,
        keepFinished);
  }

  public KafkaOptions withSessionPartitions(int value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        value,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names,
        keepFinished);
  }

  public KafkaOptions withSessionPrefetch(int value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        sessionPartitions,
        value,
        sendTimeout,
        maxMessageSize,
        names,
        keepFinished);
  }

  public KafkaOptions withSendTimeout(Duration value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        sessionPartitions,
        sessionPrefetch,
        value,
        maxMessageSize,
        names,
        keepFinished);
  }

  public KafkaOptions withMaxMessageSize(int value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        value,
        names,
        keepFinished);
  }

  public KafkaOptions withNames(String value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        value,
        keepFinished);
  }

  public KafkaOptions withKeepFinished(boolean value) {
    return new KafkaOptions(
        client,
        clientId,
        partitions,
        sessionPartitions,
        sessionPrefetch,
        sendTimeout,
        maxMessageSize,
        names,
        value);
  }

  /** Tells nothing of users and passwords. */
  @Override
  public String toString() {
    return "KafkaOptions[" + client.get("bootstrap.servers") + "]";
  }
}
