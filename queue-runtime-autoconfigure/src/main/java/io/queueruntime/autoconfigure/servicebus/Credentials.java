package io.queueruntime.autoconfigure.servicebus;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Credential;

/** Makes what a client signs in with; the SDK renews its tokens. Stateless. */
final class Credentials {

  private Credentials() {}

  /**
   * @param fallback asked when nothing is configured here
   */
  static TokenCredential of(Credential credential, AzureFallback fallback) {
    return switch (credential.type()) {
      case DEFAULT ->
          credential.isUnset()
              ? fallback.credential().orElseGet(() -> environment(credential))
              : environment(credential);
      case MANAGED_IDENTITY -> {
        ManagedIdentityCredentialBuilder builder = new ManagedIdentityCredentialBuilder();
        yield (credential.clientId() == null ? builder : builder.clientId(credential.clientId()))
            .build();
      }
      case CLIENT_SECRET ->
          new ClientSecretCredentialBuilder()
              .tenantId(credential.tenantId())
              .clientId(credential.clientId())
              .clientSecret(credential.clientSecret())
              .build();
    };
  }

  private static TokenCredential environment(Credential credential) {
    DefaultAzureCredentialBuilder builder = new DefaultAzureCredentialBuilder();
    if (credential.tenantId() != null) {
      builder.tenantId(credential.tenantId());
    }
    if (credential.clientId() != null) {
      builder
          .managedIdentityClientId(credential.clientId())
          .workloadIdentityClientId(credential.clientId());
    }
    return builder.build();
  }
}
