package io.queueruntime.servicebus.emulator.spring;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;

/**
 * What an application's configuration has to say so that its clients reach the emulator: the way
 * there, and nothing of the way that the application takes elsewhere. Stateless.
 */
final class EmulatorProperties {

  private static final String MAIN = "queue-runtime.servicebus.";
  private static final String MAIN_PROVIDER = "queue-runtime.provider";

  /** A setting of a further client; group 1 is what the settings of its Service Bus start with. */
  private static final Pattern FURTHER_CLIENT =
      Pattern.compile("(queue-runtime\\.clients(?:\\.[^.\\[]+|\\[[^]]*])\\.servicebus\\.).+");

  private EmulatorProperties() {}

  /**
   * The properties of every client that has settings of Service Bus, else of the only one there is.
   * To come before all others: blank is what takes another's value away.
   */
  static MapPropertySource of(
      ConfigurableEnvironment environment, String connectionString, String managementEndpoint) {
    Map<String, Object> properties = new HashMap<>();
    for (String client : clients(environment)) {
      properties.put(client + "connection-string", connectionString);
      properties.put(client + "management-endpoint", managementEndpoint);
      properties.put(client + "namespace", "");
      properties.put(client + "credential.type", "default");
      properties.put(client + "credential.tenant-id", "");
      properties.put(client + "credential.client-id", "");
      properties.put(client + "credential.client-secret", "");
      properties.put(client + "transport", "amqp");
    }
    // Spring Cloud Azure allows a namespace beside it, and signs in with the string.
    properties.put("spring.cloud.azure.servicebus.connection-string", connectionString);
    properties.put("spring.cloud.azure.servicebus.client.transport-type", "amqp");
    return new MapPropertySource(EmulatedServiceBus.class.getName(), properties);
  }

  private static Set<String> clients(ConfigurableEnvironment environment) {
    Set<String> clients = new TreeSet<>();
    environment.getPropertySources().stream()
        .filter(EnumerablePropertySource.class::isInstance)
        .map(EnumerablePropertySource.class::cast)
        .flatMap(source -> Arrays.stream(source.getPropertyNames()))
        .forEach(
            name -> {
              Matcher further = FURTHER_CLIENT.matcher(name);
              if (further.matches()) {
                clients.add(further.group(1));
              } else if (name.startsWith(MAIN)) {
                clients.add(MAIN);
              }
            });
    if (clients.isEmpty() || "servicebus".equals(environment.getProperty(MAIN_PROVIDER))) {
      clients.add(MAIN);
    }
    return clients;
  }
}
