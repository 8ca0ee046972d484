package io.queueruntime.autoconfigure.servicebus;

import com.azure.core.credential.TokenCredential;
import java.util.Optional;

/**
 * Beans that stand in for what is not set under {@code queue-runtime.servicebus}. Asked only when
 * it is needed: making a credential can be slow.
 *
 * <p>Implementations are thread-safe.
 */
interface AzureFallback {

  /** The connection string that somebody provides for this application. */
  Optional<Found> connectionString();

  /** What to sign in with. */
  Optional<TokenCredential> credential();
}
