package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.spring.cloud.autoconfigure.implementation.servicebus.properties.AzureServiceBusConnectionDetails;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Credential;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.CredentialType;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.ServiceBus;
import io.queueruntime.autoconfigure.StartupProblem.Severity;
import io.queueruntime.autoconfigure.servicebus.ServiceBusConnectionDetails;
import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Which settings count, where several could. */
class ServiceBusSettingsTests {

  private static final String STRING =
      "Endpoint=sb://%s.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=s3cr3t";

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(ServiceBusQueueAutoConfiguration.class));

  private static ProviderSettings settings(ApplicationContext context) {
    return new ProviderSettings(
        "main",
        "servicebus",
        "queue-runtime.servicebus",
        new ConfiguredProperties(context.getEnvironment()));
  }

  /** What the log would say of a client with these settings. */
  private static void assertReached(
      ApplicationContextRunner application, String expected, String... properties) {
    application
        .withPropertyValues(properties)
        .run(
            context -> {
              QueueProviderFactory factory = context.getBean(QueueProviderFactory.class);
              ProviderSettings settings = settings(context);
              assertThat(factory.check(settings)).isEmpty();
              assertThat(factory.summary(settings)).isEqualTo(expected);
            });
  }

  private void assertReached(String expected, String... properties) {
    assertReached(application, expected, properties);
  }

  @Test
  void aNamespaceIsAShortNameOrAWholeHostName() {
    assertReached(
        "orders.servicebus.windows.net, default credential",
        "queue-runtime.servicebus.namespace=orders");
    assertReached(
        "orders.servicebus.chinacloudapi.cn, managed-identity credential, amqp-web-sockets",
        "queue-runtime.servicebus.namespace=orders.servicebus.chinacloudapi.cn",
        "queue-runtime.servicebus.credential.type=managed-identity",
        "queue-runtime.servicebus.transport=amqp-web-sockets");
  }

  @Test
  void aConnectionStringIsShownByItsHostAlone() {
    assertReached(
        "a.servicebus.windows.net",
        "queue-runtime.servicebus.connection-string=" + STRING.formatted("a"));
    assertReached(
        "localhost:5672 (emulator)",
        "queue-runtime.servicebus.connection-string=Endpoint=sb://localhost:5672;SharedAccessKeyName=r;SharedAccessKey=k;UseDevelopmentEmulator=true");
  }

  @Test
  void aCredentialThatAConnectionStringLeavesWithoutEffectIsOnlyWarnedAbout() {
    application
        .withPropertyValues(
            "queue-runtime.servicebus.connection-string=" + STRING.formatted("a"),
            "queue-runtime.servicebus.credential.type=managed-identity")
        .run(
            context ->
                assertThat(context.getBean(QueueProviderFactory.class).check(settings(context)))
                    .singleElement()
                    .satisfies(
                        problem -> {
                          assertThat(problem.code()).isEqualTo("QR-158");
                          assertThat(problem.severity()).isEqualTo(Severity.WARNING);
                        }));
  }

  @Test
  void whatIsBlankIsAsIfItWereNotSet() {
    assertReached(
        "a.servicebus.windows.net",
        "queue-runtime.servicebus.connection-string=" + STRING.formatted("a"),
        "queue-runtime.servicebus.namespace=",
        "queue-runtime.servicebus.credential.type=default",
        "queue-runtime.servicebus.credential.client-id=",
        "queue-runtime.servicebus.credential.client-secret=");
    assertReached(
        "b.servicebus.windows.net, managed-identity credential",
        "queue-runtime.servicebus.namespace=b",
        "queue-runtime.servicebus.credential.type=managed-identity",
        "queue-runtime.servicebus.credential.tenant-id=",
        "queue-runtime.servicebus.credential.client-secret=");
  }

  @Test
  void whatIsNotSetIsTakenFromSpringCloudAzure() {
    assertReached(
        "a.servicebus.windows.net",
        "spring.cloud.azure.servicebus.connection-string=" + STRING.formatted("a"));
    assertReached(
        "b.servicebus.windows.net, default credential, amqp-web-sockets",
        "spring.cloud.azure.servicebus.namespace=b",
        "spring.cloud.azure.servicebus.client.transport-type=amqp_web_sockets");
    assertReached(
        "b.servicebus.usgovcloudapi.net, default credential",
        "spring.cloud.azure.servicebus.namespace=b",
        "spring.cloud.azure.servicebus.domain-name=servicebus.usgovcloudapi.net");
  }

  @Test
  void settingsOfOursBeatThoseOfSpringCloudAzure() {
    assertReached(
        "ours.servicebus.windows.net, default credential",
        "queue-runtime.servicebus.namespace=ours",
        "queue-runtime.servicebus.transport=amqp",
        "spring.cloud.azure.servicebus.connection-string=" + STRING.formatted("theirs"),
        "spring.cloud.azure.servicebus.client.transport-type=AMQP_WEB_SOCKETS");
  }

  @Configuration(proxyBeanMethods = false)
  static class Details {
    @Bean
    AzureServiceBusConnectionDetails details() {
      return () -> STRING.formatted("details");
    }
  }

  @Test
  void connectionDetailsBeatThePropertiesOfSpringCloudAzureButNotOurs() {
    ApplicationContextRunner withDetails = application.withUserConfiguration(Details.class);
    assertReached(
        withDetails,
        "details.servicebus.windows.net",
        "spring.cloud.azure.servicebus.connection-string=" + STRING.formatted("theirs"));
    assertReached(
        withDetails,
        "ours.servicebus.windows.net",
        "queue-runtime.servicebus.connection-string=" + STRING.formatted("ours"));
  }

  @Configuration(proxyBeanMethods = false)
  static class Given {
    @Bean
    ServiceBusConnectionDetails given() {
      return () -> STRING.formatted("given");
    }
  }

  @Test
  void aServiceBusThatTheApplicationIsGivenBeatsWhatSpringCloudAzureHas() {
    ApplicationContextRunner given = application.withUserConfiguration(Given.class, Details.class);
    assertReached(given, "given.servicebus.windows.net");
    assertReached(
        given,
        "ours.servicebus.windows.net, default credential",
        "queue-runtime.servicebus.namespace=ours");
  }

  @Test
  void noTextOfTheSettingsHoldsASecret() {
    new ApplicationContextRunner()
        .withPropertyValues(
            "queue-runtime.servicebus.connection-string=" + STRING.formatted("a"),
            "queue-runtime.clients.b.servicebus.credential.client-secret=s3cr3t")
        .run(
            context -> {
              QueueRuntimeProperties properties =
                  new ConfiguredProperties(context.getEnvironment())
                      .binder()
                      .bind("queue-runtime", QueueRuntimeProperties.class)
                      .get();
              assertThat(properties.servicebus().connectionString()).contains("s3cr3t");
              assertThat(properties.toString()).contains("******").doesNotContain("s3cr3t");
            });
    assertThat(new Credential(CredentialType.DEFAULT, "t", "c", null))
        .hasToString("Credential[type=DEFAULT, tenantId=t, clientId=c, clientSecret=null]");
    assertThat(ServiceBus.class.getRecordComponents())
        .as("a new one may be a secret: see toString")
        .hasSize(12);
  }
}
