package io.queueruntime.autoconfigure.servicebus;

import com.azure.core.credential.TokenCredential;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusConnectionDetails;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusProperties;
import com.azure.spring.cloud.core.implementation.credential.resolver.AzureTokenCredentialResolver;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.servicebus.ServiceBusQueueProvider;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Azure Service Bus as a provider that {@code queue-runtime.provider} can choose; nothing is opened
 * unless it does.
 */
@AutoConfiguration(before = QueueRuntimeAutoConfiguration.class)
@ConditionalOnClass({ServiceBusQueueProvider.class, ServiceBusClientBuilder.class})
public final class ServiceBusQueueAutoConfiguration {

  private static final String DETAILS =
      "com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusConnectionDetails";

  ServiceBusQueueAutoConfiguration() {}

  @Bean
  ServiceBusQueueProviderFactory serviceBusQueueProviderFactory(
      ObjectProvider<ServiceBusConnectionDetails> details, AzureFallback azure) {
    return new ServiceBusQueueProviderFactory(details, azure);
  }

  /** With Spring Cloud Azure, whose beans stand in for what is not set. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({
    AzureServiceBusConnectionDetails.class,
    AzureServiceBusProperties.class,
    AzureTokenCredentialResolver.class
  })
  static class WithSpringCloudAzure {

    @Bean
    AzureFallback queueRuntimeAzureFallback(
        ObjectProvider<AzureServiceBusConnectionDetails> details,
        ObjectProvider<AzureServiceBusProperties> properties,
        ObjectProvider<AzureTokenCredentialResolver> resolver,
        ConfigurableListableBeanFactory beans) {
      return new SpringCloudAzureFallback(details, properties, resolver, beans);
    }
  }

  /** Without it: a credential that the application has as its only one. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingClass(DETAILS)
  static class WithoutSpringCloudAzure {

    @Bean
    AzureFallback queueRuntimeAzureFallback(ObjectProvider<TokenCredential> credentials) {
      return new AzureFallback() {
        @Override
        public Optional<Found> connectionString() {
          return Optional.empty();
        }

        @Override
        public Optional<TokenCredential> credential() {
          return Optional.ofNullable(credentials.getIfUnique());
        }
      };
    }
  }
}
