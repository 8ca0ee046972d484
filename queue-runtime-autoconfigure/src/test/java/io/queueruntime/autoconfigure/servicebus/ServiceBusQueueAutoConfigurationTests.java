package io.queueruntime.autoconfigure.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredential;
import com.azure.identity.DefaultAzureCredential;
import com.azure.identity.ManagedIdentityCredential;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusProcessorClient;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.spring.cloud.autoconfigure.implementation.context.AzureGlobalPropertiesAutoConfiguration;
import com.azure.spring.cloud.autoconfigure.implementation.context.AzureTokenCredentialAutoConfiguration;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.AzureServiceBusAutoConfiguration;
import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusConnectionDetails;
import io.queueruntime.autoconfigure.QueueProviderFactory;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Credential;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.CredentialType;
import io.queueruntime.servicebus.ServiceBusQueueProvider;
import io.queueruntime.template.QueueTemplate;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** What is there depends on which jars are there, and which beans. */
class ServiceBusQueueAutoConfigurationTests {

  private static final Credential NOTHING_SAID =
      new Credential(CredentialType.DEFAULT, null, null, null);

  private final ApplicationContextRunner alone =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  QueueRuntimeAutoConfiguration.class, ServiceBusQueueAutoConfiguration.class))
          .withPropertyValues("queue-runtime.embedded.durability=memory");

  private final ApplicationContextRunner withSpringCloudAzure =
      alone.withConfiguration(
          AutoConfigurations.of(
              AzureGlobalPropertiesAutoConfiguration.class,
              AzureTokenCredentialAutoConfiguration.class,
              AzureServiceBusAutoConfiguration.class));

  private static AzureFallback fallback(ApplicationContext context) {
    return context.getBean(AzureFallback.class);
  }

  private static TokenCredential credential(ApplicationContext context) {
    return Credentials.of(NOTHING_SAID, fallback(context));
  }

  @Test
  void theProviderCanBeChosenWhenItsJarsAreThere() {
    alone.run(
        context ->
            assertThat(context.getBeansOfType(QueueProviderFactory.class).values())
                .extracting(QueueProviderFactory::name)
                .containsExactlyInAnyOrder("embedded", "servicebus"));
  }

  @Test
  void withoutAzuresSdkThereIsNoSuchProviderAndTheRestWorks() {
    alone
        .withClassLoader(new FilteredClassLoader("com.azure"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(QueueTemplate.class);
              assertThat(context).doesNotHaveBean(ServiceBusQueueProviderFactory.class);
            });
  }

  @Test
  void withoutTheProvidersJarThereIsNoSuchProviderAndTheRestWorks() {
    withSpringCloudAzure
        .withClassLoader(new FilteredClassLoader(ServiceBusQueueProvider.class))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(QueueTemplate.class);
              assertThat(context).doesNotHaveBean(ServiceBusQueueProviderFactory.class);
            });
  }

  static class Own implements TokenCredential {
    @Override
    public Mono<com.azure.core.credential.AccessToken> getToken(
        com.azure.core.credential.TokenRequestContext request) {
      return Mono.empty();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnCredential {
    @Bean
    TokenCredential mine() {
      return new Own();
    }
  }

  @Test
  void withoutSpringCloudAzureTheOnlyCredentialOfTheApplicationIsTaken() {
    alone
        .withClassLoader(new FilteredClassLoader("com.azure.spring"))
        .withUserConfiguration(OwnCredential.class)
        .run(
            context -> {
              assertThat(credential(context)).isInstanceOf(Own.class);
              assertThat(fallback(context).connectionString()).isEmpty();
            });
  }

  @Test
  void withoutAnyCredentialTheEnvironmentOffersOne() {
    alone
        .withClassLoader(new FilteredClassLoader("com.azure.spring"))
        .run(context -> assertThat(credential(context)).isInstanceOf(DefaultAzureCredential.class));
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnDefaultCredential {
    @Bean
    TokenCredential springCloudAzureDefaultCredential() {
      return new Own();
    }
  }

  @Test
  void theDefaultCredentialOfSpringCloudAzureIsTaken() {
    withSpringCloudAzure
        .withUserConfiguration(OwnDefaultCredential.class)
        .run(context -> assertThat(credential(context)).isInstanceOf(Own.class));
  }

  @Test
  void theCredentialThatSpringCloudAzureHasForServiceBusIsTaken() {
    withSpringCloudAzure
        .withPropertyValues(
            "spring.cloud.azure.servicebus.namespace=orders",
            "spring.cloud.azure.servicebus.profile.tenant-id=t",
            "spring.cloud.azure.servicebus.credential.client-id=c",
            "spring.cloud.azure.servicebus.credential.client-secret=s")
        .run(context -> assertThat(credential(context)).isInstanceOf(ClientSecretCredential.class));
  }

  @Test
  void whatIsConfiguredHereBeatsEveryCredentialThatIsThere() {
    withSpringCloudAzure
        .withUserConfiguration(OwnDefaultCredential.class)
        .run(
            context -> {
              AzureFallback there = fallback(context);
              assertThat(
                      Credentials.of(
                          new Credential(CredentialType.MANAGED_IDENTITY, null, "id", null), there))
                  .isInstanceOf(ManagedIdentityCredential.class);
              assertThat(
                      Credentials.of(
                          new Credential(CredentialType.CLIENT_SECRET, "t", "c", "s"), there))
                  .isInstanceOf(ClientSecretCredential.class);
              assertThat(
                      Credentials.of(
                          new Credential(CredentialType.DEFAULT, null, "id", null), there))
                  .isInstanceOf(DefaultAzureCredential.class);
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Details {
    @Bean
    AzureServiceBusConnectionDetails details() {
      return () ->
          "Endpoint=sb://details.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=k";
    }
  }

  @Test
  void connectionDetailsAreTaken() {
    withSpringCloudAzure
        .withUserConfiguration(Details.class)
        .run(
            context ->
                assertThat(fallback(context).connectionString())
                    .hasValueSatisfying(
                        found -> {
                          assertThat(found.text()).startsWith("Endpoint=sb://details.");
                          assertThat(found)
                              .hasToString("the bean of type AzureServiceBusConnectionDetails");
                        }));
  }

  @Test
  void settingsOfOursMakeSpringCloudAzureBuildNoClients() {
    withSpringCloudAzure
        .withPropertyValues(
            "queue-runtime.provider=embedded", "queue-runtime.servicebus.namespace=orders")
        .run(
            context ->
                assertThat(context)
                    .doesNotHaveBean(ServiceBusClientBuilder.class)
                    .doesNotHaveBean(ServiceBusSenderClient.class)
                    .doesNotHaveBean(ServiceBusReceiverClient.class)
                    .doesNotHaveBean(ServiceBusProcessorClient.class));
  }
}
