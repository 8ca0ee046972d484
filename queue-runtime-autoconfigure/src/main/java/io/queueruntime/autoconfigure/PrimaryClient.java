package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.provider.QueueProvider;

/**
 * What the beans of one provider alone are built on: the primary client, and how payloads are
 * converted.
 *
 * <p>Thread-safe.
 */
public final class PrimaryClient {

  private final QueueClients clients;
  private final MessageConverter converter;

  PrimaryClient(QueueClients clients, MessageConverter converter) {
    this.clients = clients;
    this.converter = converter;
  }

  /** How payloads become bodies and back. */
  public MessageConverter converter() {
    return converter;
  }

  /**
   * Its provider; opens it unless it is open.
   *
   * @param type what it has to be
   * @param asking what is being used, for the text of the failure
   * @throws ConfigurationInvalid when it is another one
   */
  public <T extends QueueProvider> T provider(Class<T> type, String asking) {
    String client = clients.primary();
    ClientDefinition definition = client == null ? null : clients.definition(client);
    if (definition == null) {
      throw new ConfigurationInvalid(
          null,
          "%s needs a primary client, and there is none; set queue-runtime.primary."
              .formatted(asking));
    }
    QueueProvider provider = clients.open(definition);
    if (!type.isInstance(provider)) {
      throw new ConfigurationInvalid(
          null,
          "%s cannot be used with client \"%s\", which is on %s; make a client of the right provider the primary one, with queue-runtime.provider or queue-runtime.primary."
              .formatted(asking, definition.name(), provider.name()));
    }
    return type.cast(provider);
  }
}
