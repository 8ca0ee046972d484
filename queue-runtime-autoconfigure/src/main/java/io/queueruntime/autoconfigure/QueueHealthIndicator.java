package io.queueruntime.autoconfigure;

import io.queueruntime.listener.ContainerState;
import io.queueruntime.listener.QueueListenerContainer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether every client and listener still does what it promises: down, with the reason, as soon as
 * one has failed for good, as embedded queues have whose disk failed, or a listener whose queue is
 * not there. Asks nobody outside this process.
 *
 * <p>Thread-safe.
 */
final class QueueHealthIndicator implements HealthIndicator {

  private static final String FAILED_LISTENERS = "failedListeners";

  private final QueueClients clients;
  private final QueueListenerRegistry listeners;

  QueueHealthIndicator(QueueClients clients, QueueListenerRegistry listeners) {
    this.clients = clients;
    this.listeners = listeners;
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
    Map<String, String> failed = failedListeners();
    if (!failed.isEmpty()) {
      health.down().withDetail(FAILED_LISTENERS, failed);
    }
    return health.build();
  }

  /** Those that take nothing any more, with the reason, until somebody starts them again. */
  private Map<String, String> failedListeners() {
    Map<String, String> failed = new LinkedHashMap<>();
    for (QueueListenerContainer listener : listeners.list()) {
      if (listener.state() == ContainerState.FAILED) {
        listener
            .failure()
            .ifPresent(why -> failed.put(listener.id(), String.valueOf(why.getMessage())));
      }
    }
    return failed;
  }

  private static Map<String, String> told(ClientDefinition client, Optional<Throwable> failure) {
    Map<String, String> told = new LinkedHashMap<>();
    told.put("provider", client.settings().provider());
    told.put("status", failure.isPresent() ? Status.DOWN.getCode() : Status.UP.getCode());
    failure.ifPresent(why -> told.put("reason", String.valueOf(why.getMessage())));
    return told;
  }
}
