package io.queueruntime.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.validation.Validator;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything an application needs to send to queues and to listen to them: a {@link QueueTemplate},
 * a {@link QueueAdmin} and {@link DeadLetters} for each client, and the listeners found on its
 * beans, in a {@link QueueListenerRegistry}.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
      "org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@EnableConfigurationProperties(QueueRuntimeProperties.class)
@Import({ClientBeansRegistrar.class, PayloadFormats.class})
public class QueueRuntimeAutoConfiguration {

  @Bean
  static QueueListenerBeanPostProcessor queueListenerBeanPostProcessor() {
    return new QueueListenerBeanPostProcessor();
  }

  @Bean
  static QueueListenerLazyInitializationExcludeFilter
      queueListenerLazyInitializationExcludeFilter() {
    return new QueueListenerLazyInitializationExcludeFilter();
  }

  @Bean
  ConfiguredProperties queueRuntimeConfiguredProperties(Environment environment) {
    return new ConfiguredProperties(environment);
  }

  @Bean
  EmbeddedQueueProviderFactory embeddedQueueProviderFactory() {
    return new EmbeddedQueueProviderFactory();
  }

  @Bean
  EmbeddedQueueStateStoreFactory embeddedQueueStateStoreFactory() {
    return new EmbeddedQueueStateStoreFactory();
  }

  @Bean
  QueueStateStores queueStateStores(
      QueueRuntimeProperties properties,
      ObjectProvider<QueueStateStoreFactory> factories,
      ConfiguredProperties configured) {
    return new QueueStateStores(properties.store(), factories.orderedStream().toList(), configured);
  }

  /** Takes the stores so that they are closed after every client. */
  @Bean
  QueueClients queueClients(
      QueueRuntimeProperties properties,
      ObjectProvider<QueueProviderFactory> factories,
      QueueStateStores stores,
      ConfiguredProperties configured) {
    return new QueueClients(
        new ClientSelection(properties, factories.orderedStream().toList(), configured));
  }

  @Bean
  QueueCatalog queueCatalog(
      QueueRuntimeProperties properties, QueueClients clients, ConfiguredProperties configured) {
    return new QueueCatalog(properties, clients.names(), configured);
  }

  @Bean
  PayloadConversion queuePayloadConversion(
      QueueRuntimeProperties properties,
      ObjectProvider<MessageConverter> converters,
      ObjectProvider<PayloadFormat> formats,
      ObjectProvider<JsonMapper> json,
      ConfigurableListableBeanFactory beanFactory,
      ConfiguredProperties configured) {
    return new PayloadConversion(
        properties.payload(),
        converters.orderedStream().toList(),
        formats.orderedStream().toList(),
        json.getIfAvailable(() -> JsonMapper.builder().findAndAddModules().build()),
        beanFactory.getBeanClassLoader(),
        configured);
  }

  @Bean
  PrimaryClient queuePrimaryClient(QueueClients clients, PayloadConversion conversion) {
    return new PrimaryClient(clients, conversion.converter());
  }

  @Bean
  ClientBeans queueClientBeans(
      QueueClients clients,
      QueueCatalog catalog,
      PayloadConversion conversion,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<MeterRegistry> meters) {
    return new ClientBeans(
        clients,
        catalog,
        conversion,
        client ->
            new QueueObservations(
                provider(clients, client),
                client,
                observations.getIfAvailable(() -> ObservationRegistry.NOOP),
                meters.getIfAvailable()));
  }

  private static String provider(QueueClients clients, String client) {
    ClientDefinition definition = clients.definition(client);
    return definition == null ? "unknown" : definition.settings().provider();
  }

  @Bean
  @ConditionalOnMissingBean
  QueueTemplate queueTemplate(ClientBeans beans) {
    return beans.template(null);
  }

  @Bean
  @ConditionalOnMissingBean
  QueueAdmin queueAdmin(ClientBeans beans) {
    return beans.admin(null);
  }

  @Bean
  @ConditionalOnMissingBean
  DeadLetters deadLetters(ClientBeans beans) {
    return beans.deadLetters(null);
  }

  @Bean
  QueueListenerRegistry queueListenerRegistry() {
    return new QueueListenerRegistry();
  }

  @Bean
  QueueStartup queueStartup(
      QueueRuntimeProperties properties,
      ConfiguredProperties configured,
      QueueClients clients,
      QueueStateStores stores,
      QueueCatalog catalog,
      PayloadConversion conversion,
      ClientBeans beans,
      ObjectProvider<Validator> validator,
      QueueListenerBeanPostProcessor discovery,
      QueueListenerRegistry registry,
      ConfigurableListableBeanFactory beanFactory,
      Environment environment) {
    ListenerOverrides overrides = new ListenerOverrides(configured);
    return new QueueStartup(
        properties,
        configured,
        clients,
        stores,
        catalog,
        conversion,
        overrides,
        new ListenerPlanner(
            properties.listener(), overrides, clients.names(), beanFactory, configured),
        new ListenerAssembly(
            clients,
            beans,
            conversion,
            validator.getIfUnique(),
            Threading.VIRTUAL.isActive(environment),
            beanFactory),
        discovery,
        registry);
  }
}
