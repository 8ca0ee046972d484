package io.queueruntime.autoconfigure.store;

import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.store.jdbc.JdbcStateStore;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * A state store in a database that {@code queue-runtime.store.type} can choose; nothing is opened
 * unless it does and a provider asks for it.
 */
@AutoConfiguration(
    before = QueueRuntimeAutoConfiguration.class,
    afterName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@ConditionalOnClass({JdbcStateStore.class, DataSource.class})
public final class JdbcStateStoreAutoConfiguration {

  JdbcStateStoreAutoConfiguration() {}

  @Bean
  JdbcQueueStateStoreFactory jdbcQueueStateStoreFactory(ConfigurableListableBeanFactory beans) {
    return new JdbcQueueStateStoreFactory(beans);
  }
}
