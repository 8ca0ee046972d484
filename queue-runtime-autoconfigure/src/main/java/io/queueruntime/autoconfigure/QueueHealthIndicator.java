package io.queueruntime.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether every client still does what it promises: down, with the reason, as soon as one has
 * failed for good, as embedded queues have whose disk failed. Asks nobody outside this process.
 *
 * <p>Thread-safe.
 */
final class QueueHealthIndicator implements HealthIndicator {

  private final QueueClients clients;

  QueueHealthIndicator(QueueClients clients) {
    this.clients = clients;
  }

  @Override
  public Health health() {
    Health.Builder health = Health.up();
    for (ClientDefinition client : clients.definitions()) {
      Optional<Throwable> failure = clients.failure(client);
      if (failure.isPresent()) {
        health.down();
      }
      health.withDetail(client.name(), told(client, failure));
    }
    return health.build();
  }

  private static Map<String, String> told(ClientDefinition client, Optional<Throwable> failure) {
    Map<String, String> told = new LinkedHashMap<>();
    told.put("provider", client.settings().provider());
    told.put("status", failure.isPresent() ? Status.DOWN.getCode() : Status.UP.getCode());
    failure.ifPresent(why -> told.put("reason", String.valueOf(why.getMessage())));
    return told;
  }
}
