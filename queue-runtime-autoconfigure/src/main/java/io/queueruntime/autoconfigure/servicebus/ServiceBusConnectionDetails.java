package io.queueruntime.autoconfigure.servicebus;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where Service Bus is, for clients whose settings do not say: a bean of this type is what a test
 * container, or an emulator that the application starts, offers.
 *
 * <p>Implementations are thread-safe.
 */
public interface ServiceBusConnectionDetails extends ConnectionDetails {

  /** Connection string of the namespace. */
  String getConnectionString();

  /** Address of the management API where it is not the namespace's own. */
  default @Nullable URI getManagementEndpoint() {
    return null;
  }
}
