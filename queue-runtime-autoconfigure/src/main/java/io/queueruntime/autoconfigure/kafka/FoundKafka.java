package io.queueruntime.autoconfigure.kafka;

import java.util.Map;
import java.util.Objects;

/**
 * How to connect, and who said so. Immutable.
 *
 * @param client properties of Kafka's own clients
 * @param where for people to read; no secret
 */
record FoundKafka(Map<String, Object> client, String where) {

  static final String SERVERS = "bootstrap.servers";

  String servers() {
    return Objects.toString(client.get(SERVERS), "");
  }

  /** Without the clients' properties, among which there may be a password. */
  @Override
  public String toString() {
    return "FoundKafka[%s, by %s]".formatted(servers(), where);
  }
}
