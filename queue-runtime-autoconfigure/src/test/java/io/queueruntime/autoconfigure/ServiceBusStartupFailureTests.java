package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.servicebus.ServiceBusQueueAutoConfiguration;
import io.queueruntime.listener.QueueListener;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/**
 * What a user reads whose settings of Azure Service Bus cannot work. Nothing of it needs a network:
 * no such start gets as far as asking a namespace.
 */
@ExtendWith(OutputCaptureExtension.class)
class ServiceBusStartupFailureTests {

  private static final String KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw==";
  private static final String STRING =
      "Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey="
          + KEY;

  @TempDir private Path directory;
  private FailedStart start;

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(ServiceBusQueueAutoConfiguration.class)
  static class Azure {}

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output).with(Azure.class);
  }

  @AfterEach
  void noSecretWasPrinted(CapturedOutput output) {
    assertThat(output.getAll()).doesNotContain(KEY).doesNotContain("s3cr3t");
  }

  private void assertReport(String yaml, String code, String description, String action) {
    assertThat(start.report(yaml))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start:

            [%1$s] %2$s

            Action:

            [%1$s] %3$s"""
                .formatted(code, description, action));
  }

  @Test
  void neitherConnectionStringNorNamespace() {
    assertReport(
        "queue-runtime.provider: servicebus",
        "QR-104",
        "Client \"main\" has neither queue-runtime.servicebus.connection-string nor queue-runtime.servicebus.namespace.",
        "Set one of them. With a namespace the credential is the one the environment offers, unless queue-runtime.servicebus.credential says otherwise.");
  }

  @Test
  void aConnectionStringThatIsBlank() {
    assertReport(
        """
        queue-runtime:
          clients:
            azure:
              servicebus:
                connection-string: ${NOT_SET_ANYWHERE:}
        """,
        "QR-104",
        "Client \"azure\" has neither queue-runtime.clients.azure.servicebus.connection-string nor queue-runtime.clients.azure.servicebus.namespace. queue-runtime.clients.azure.servicebus.connection-string (application.yml:5:28) is blank.",
        "Set one of them. With a namespace the credential is the one the environment offers, unless queue-runtime.clients.azure.servicebus.credential says otherwise.");
  }

  @Test
  void bothConnectionStringAndNamespace() {
    assertReport(
        """
        queue-runtime:
          servicebus:
            connection-string: %s
            namespace: orders
        """
            .formatted(STRING),
        "QR-105",
        "Client \"main\" has both queue-runtime.servicebus.connection-string (application.yml:3:24) and queue-runtime.servicebus.namespace (application.yml:4:16): one signs in with a key, the other with a credential.",
        "Remove one of them.");
  }

  @Test
  void aConnectionStringThatCannotBeRead() {
    assertReport(
        "queue-runtime.servicebus.connection-string: "
            + STRING.replace("SharedAccessKeyName", "SharedAccesKeyName"),
        "QR-106",
        "queue-runtime.servicebus.connection-string (application.yml:1:45): The Service Bus connection string cannot be used: the key of its part 2 is none of Endpoint, SharedAccessKeyName, SharedAccessKey, SharedAccessSignature, EntityPath, UseDevelopmentEmulator. Copy it again from the namespace's shared access policies; it looks like Endpoint=sb://<namespace>.servicebus.windows.net/;SharedAccessKeyName=<name>;SharedAccessKey=<key>.",
        "Correct it; if a shell cut it at \";\" or \"$\", quote it.");
  }

  @Test
  void aConnectionStringOfSpringCloudAzureThatCannotBeRead() {
    assertReport(
        """
        queue-runtime.provider: servicebus
        spring.cloud.azure.servicebus.connection-string: %s
        """
            .formatted(KEY),
        "QR-106",
        "spring.cloud.azure.servicebus.connection-string (application.yml:2:50): The Service Bus connection string cannot be used: the key of its part 1 is none of Endpoint, SharedAccessKeyName, SharedAccessKey, SharedAccessSignature, EntityPath, UseDevelopmentEmulator. Copy it again from the namespace's shared access policies; it looks like Endpoint=sb://<namespace>.servicebus.windows.net/;SharedAccessKeyName=<name>;SharedAccessKey=<key>.",
        "Correct it; if a shell cut it at \";\" or \"$\", quote it.");
  }

  static class Payments {
    @QueueListener("payments")
    void on(String payment) {}
  }

  @Test
  void aConnectionStringOfAnotherQueue() {
    start.with(Payments.class);

    assertReport(
        "queue-runtime.servicebus.connection-string: " + STRING + ";EntityPath=orders",
        "QR-107",
        "queue-runtime.servicebus.connection-string (application.yml:1:45) is limited by its EntityPath to queue \"orders\", but client \"main\" is to reach queue \"payments\".",
        "Use a connection string of the whole namespace, or a client of its own for queue \"payments\".");
  }

  private static final String NAMESPACE = "queue-runtime.servicebus.namespace: orders\n";

  @Test
  void aLockThatIsTooLong() {
    assertReport(
        NAMESPACE + "queue-runtime.queues.orders.lock-duration: 10m",
        "QR-108",
        "queue-runtime.queues.orders.lock-duration (application.yml:2:44) is 10m; Service Bus allows 5m at most.",
        "Set queue-runtime.queues.orders.lock-duration to 5m or less and let the runtime renew it: queue-runtime.listener.max-lock-renewal: 10m.");
  }

  @Test
  void aLockThatIsTooShortForAllQueues() {
    assertReport(
        NAMESPACE
            + """
            queue-runtime.defaults.lock-duration: 4s
            queue-runtime.queues.orders.session: none
            """,
        "QR-108",
        "queue-runtime.defaults.lock-duration (application.yml:2:39) is 4s; Service Bus allows 5s to 5m.",
        "Set queue-runtime.queues.orders.lock-duration, e.g. to 60s.");
  }

  @Test
  void aDuplicateWindowThatIsTooShort() {
    assertReport(
        NAMESPACE + "queue-runtime.queues.orders.duplicate-detection.window: 10s",
        "QR-109",
        "queue-runtime.queues.orders.duplicate-detection.window (application.yml:2:57) is 10s; Service Bus allows 20s to 7d.",
        "Set queue-runtime.queues.orders.duplicate-detection.window, e.g. to 10m.");
  }

  @Test
  void severalLimitsAtOnceOfSeveralQueues() {
    assertThat(
            start.report(
                NAMESPACE
                    + """
                    queue-runtime.queues:
                      orders: { auto-delete-on-idle: 1m, max-delivery-count: 5000 }
                      bulk: { max-message-size: 200MB, default-time-to-live: 10ms }
                    """))
        .contains(
            "for 4 reasons",
            "queue-runtime.queues.bulk.default-time-to-live (application.yml:4:58) is 10ms; Service Bus allows 1s or more.",
            "queue-runtime.queues.bulk.max-message-size (application.yml:4:29) is 209715200B; Service Bus allows 100MB at most.",
            "queue-runtime.queues.orders.auto-delete-on-idle (application.yml:3:34) is 1m; Service Bus allows 5m or more.",
            "queue-runtime.queues.orders.max-delivery-count (application.yml:3:58) is 5000; Service Bus allows 2000 at most.");
  }

  @Test
  void settingsOfTwoProvidersAndNoChoice() {
    assertReport(
        NAMESPACE + "queue-runtime.embedded.durability: memory",
        "QR-138",
        "Client \"main\" has settings of 2 providers and does not say which one to use: queue-runtime.embedded.durability (application.yml:2:36), queue-runtime.servicebus.namespace (application.yml:1:37).",
        "Set queue-runtime.provider to one of: embedded, servicebus.");
  }

  @Test
  void aNamespaceThatIsAnAddress() {
    assertReport(
        "queue-runtime.servicebus.namespace: sb://orders.servicebus.windows.net/",
        "QR-159",
        "queue-runtime.servicebus.namespace (application.yml:1:37) is \"sb://orders.servicebus.windows.net/\", which is neither a name nor a host name.",
        "Write the name alone, e.g. orders, or its host, e.g. orders.servicebus.windows.net, without scheme, port and path.");
  }

  @Test
  void aConnectionStringInPlaceOfANamespace() {
    assertThat(start.report("queue-runtime.servicebus.namespace: " + STRING))
        .contains("[QR-159]", "is \"(hidden)\"");
  }

  @Test
  void aClientSecretWithoutItsTenant() {
    assertReport(
        """
        queue-runtime:
          servicebus:
            namespace: orders
            credential: { type: client-secret, client-id: app, client-secret: s3cr3t }
        """,
        "QR-158",
        "queue-runtime.servicebus.credential.type (application.yml:4:25) is client-secret, but queue-runtime.servicebus.credential.tenant-id is not set.",
        "Set queue-runtime.servicebus.credential.tenant-id.");
  }

  @Test
  void aSecretThatNobodyUses() {
    assertReport(
        """
        queue-runtime:
          servicebus:
            namespace: orders
            credential: { client-secret: s3cr3t }
        """,
        "QR-158",
        "queue-runtime.servicebus.credential.client-secret (application.yml:4:34) is set, but queue-runtime.servicebus.credential.type is default, which takes none.",
        "Set queue-runtime.servicebus.credential.type to client-secret, or remove queue-runtime.servicebus.credential.client-secret.");
  }

  @Test
  void aManagedIdentityOfATenant() {
    assertReport(
        """
        queue-runtime:
          servicebus:
            namespace: orders
            credential: { type: managed-identity, client-id: id, tenant-id: t }
        """,
        "QR-158",
        "queue-runtime.servicebus.credential.tenant-id (application.yml:4:69) is set, but queue-runtime.servicebus.credential.type (application.yml:4:25) is managed-identity, which takes none.",
        "Set queue-runtime.servicebus.credential.type to default, or remove queue-runtime.servicebus.credential.tenant-id.");
  }

  @Test
  void aCredentialBesideAConnectionStringWhereWarningsFailTheStart() {
    assertReport(
        """
        queue-runtime:
          strict: true
          servicebus:
            connection-string: %s
            credential: { type: managed-identity }
        """
            .formatted(STRING),
        "QR-158",
        "Client \"main\" signs in with queue-runtime.servicebus.connection-string (application.yml:4:24), so that nothing below queue-runtime.servicebus.credential has an effect.",
        "Remove queue-runtime.servicebus.credential, or the connection string, and set queue-runtime.servicebus.namespace.");
  }

  @Test
  void aKindOfCredentialThatNobodyKnows() {
    assertReport(
        NAMESPACE + "queue-runtime.servicebus.credential.type: manged-identity",
        "QR-139",
        "queue-runtime.servicebus.credential.type (application.yml:2:43) is \"manged-identity\"; allowed is one of default, managed-identity, client-secret.",
        "Did you mean \"managed-identity\"? Set queue-runtime.servicebus.credential.type, e.g. to default.");
  }

  @Test
  void numbersAndAddressesOutOfRange() {
    assertThat(
            start.report(
                NAMESPACE
                    + """
                    queue-runtime.servicebus:
                      prefetch: -1
                      connections: 0
                      management-endpoint: localhost:5300
                      custom-endpoint: https://bus.internal.example
                    """))
        .contains(
            "[QR-139] queue-runtime.servicebus.prefetch (application.yml:3:13) is -1; allowed is 0 to 5000.",
            "[QR-139] queue-runtime.servicebus.connections (application.yml:4:16) is 0; allowed is 1 to 100.",
            "[QR-139] queue-runtime.servicebus.management-endpoint (application.yml:5:24) is \"localhost:5300\"; allowed is an address with http or https.",
            "[QR-139] queue-runtime.servicebus.custom-endpoint (application.yml:6:20) is \"https://bus.internal.example\"; allowed is an address with host and port.");
  }

  @Test
  void aSettingThatNobodyReads() {
    assertThat(
            start.report(
                """
                queue-runtime:
                  strict: true
                  servicebus:
                    name-space: orders
                    prefech: 1
                """))
        .contains(
            "[QR-143] queue-runtime.servicebus.prefech (application.yml:5:14) is not a setting of queue-runtime, so it has no effect.");
  }
}
