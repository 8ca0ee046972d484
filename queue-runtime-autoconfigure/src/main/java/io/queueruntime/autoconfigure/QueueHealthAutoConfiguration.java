package io.queueruntime.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The application's health as far as its queues go, where Spring Boot's health module is there;
 * {@code management.health.queueruntime.enabled=false} leaves it out.
 */
@AutoConfiguration(after = QueueRuntimeAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(QueueClients.class)
@ConditionalOnEnabledHealthIndicator("queueruntime")
public final class QueueHealthAutoConfiguration {

  QueueHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "queueRuntimeHealthIndicator")
  HealthIndicator queueRuntimeHealthIndicator(
      QueueClients clients, QueueListenerRegistry listeners) {
    return new QueueHealthIndicator(clients, listeners);
  }
}
