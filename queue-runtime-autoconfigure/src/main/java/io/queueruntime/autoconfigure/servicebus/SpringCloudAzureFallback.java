package io.queueruntime.autoconfigure.servicebus;

import com.azure.core.credential.TokenCredential;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusConnectionDetails;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusProperties;
import com.azure.spring.cloud.core.implementation.credential.resolver.AzureTokenCredentialResolver;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * What Spring Cloud Azure's beans hold. The only class here that knows Spring Cloud Azure.
 *
 * <p>Thread-safe.
 */
final class SpringCloudAzureFallback implements AzureFallback {

  private static final String DEFAULT_CREDENTIAL = "springCloudAzureDefaultCredential";

  private final ObjectProvider<AzureServiceBusConnectionDetails> details;
  private final ObjectProvider<AzureServiceBusProperties> properties;
  private final ObjectProvider<AzureTokenCredentialResolver> resolver;
  private final ConfigurableListableBeanFactory beans;

  SpringCloudAzureFallback(
      ObjectProvider<AzureServiceBusConnectionDetails> details,
      ObjectProvider<AzureServiceBusProperties> properties,
      ObjectProvider<AzureTokenCredentialResolver> resolver,
      ConfigurableListableBeanFactory beans) {
    this.details = details;
    this.properties = properties;
    this.resolver = resolver;
    this.beans = beans;
  }

  @Override
  public Optional<Found> connectionString() {
    return Optional.ofNullable(details.getIfUnique())
        .map(
            found ->
                new Found(
                    found.getConnectionString(),
                    "the bean of type " + AzureServiceBusConnectionDetails.class.getSimpleName()));
  }

  /** What is configured for Service Bus alone, else the credential of the whole application. */
  @Override
  public Optional<TokenCredential> credential() {
    AzureServiceBusProperties own = properties.getIfUnique();
    AzureTokenCredentialResolver resolving = resolver.getIfUnique();
    if (own != null && resolving != null && resolving.isResolvable(own)) {
      TokenCredential resolved = resolving.resolve(own);
      if (resolved != null) {
        return Optional.of(resolved);
      }
    }
    return beans.containsBean(DEFAULT_CREDENTIAL)
        ? Optional.of(beans.getBean(DEFAULT_CREDENTIAL, TokenCredential.class))
        : Optional.empty();
  }
}
