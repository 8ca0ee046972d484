package io.queueruntime.samples.brokers;

import io.queueruntime.autoconfigure.servicebus.ServiceBusConnectionDetails;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import java.net.URI;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/**
 * A Service Bus of this application's own, in the profile "servicebus": so that the sample needs no
 * cloud. With a namespace in Azure this class goes, and {@code queue-runtime.servicebus.namespace}
 * comes.
 */
@Configuration(proxyBeanMethods = false)
@Profile("servicebus")
class LocalServiceBus {

  @Bean
  ServiceBusEmulator serviceBusEmulator() {
    return ServiceBusEmulator.start();
  }

  @Bean
  ServiceBusConnectionDetails serviceBus(ServiceBusEmulator emulator) {
    return new ServiceBusConnectionDetails() {
      @Override
      public String getConnectionString() {
        return emulator.connectionString();
      }

      @Override
      public URI getManagementEndpoint() {
        return emulator.managementEndpoint();
      }
    };
  }
}
