package io.queueruntime.autoconfigure.servicebus;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Credential;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.CredentialType;

/** Makes what a client signs in with; the SDK renews its tokens. Stateless. */
final class Credentials {

  private Credentials() {}

  /**
   * @param fallback asked when nothing is configured here
   */
  static TokenCredential of(Credential credential, AzureFallback fallback) {
    return switch (credential.type()) {
      case DEFAULT ->
          saysNothing(credential)
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

  private static boolean saysNothing(Credential credential) {
    return credential.type() == CredentialType.DEFAULT
        && credential.tenantId() == null
        && credential.clientId() == null;
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
