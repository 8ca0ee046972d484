package io.queueruntime.servicebus.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceExistsException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import com.azure.messaging.servicebus.administration.models.AccessRights;
import com.azure.messaging.servicebus.administration.models.CreateQueueOptions;
import com.azure.messaging.servicebus.administration.models.EntityStatus;
import com.azure.messaging.servicebus.administration.models.NamespaceProperties;
import com.azure.messaging.servicebus.administration.models.NamespaceType;
import com.azure.messaging.servicebus.administration.models.QueueProperties;
import com.azure.messaging.servicebus.administration.models.QueueRuntimeProperties;
import com.azure.messaging.servicebus.administration.models.SharedAccessAuthorizationRule;
import io.queueruntime.engine.EngineOptions;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The management API as Azure's own client, unmodified, sees it. */
class AdminClientTests {

  private static final Duration NEVER = Duration.parse("P10675199DT2H48M5.4775807S");

  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.STANDARD, new VirtualTime());
  private AdminServer server;
  private ServiceBusAdministrationClient client;

  @BeforeEach
  void start() throws IOException {
    server =
        AdminServer.start(
            namespace,
            SharedAccessKey.DEVELOPMENT,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    client = client("SAS_KEY_VALUE");
  }

  @AfterEach
  void close() {
    server.close();
    namespace.close();
  }

  @Test
  void aQueueMadeWithoutOptionsHasServiceBussDefaults() {
    QueueProperties made = client.createQueue("orders");

    assertThat(made.getName()).isEqualTo("orders");
    assertThat(made.getLockDuration()).isEqualTo(Duration.ofMinutes(1));
    assertThat(made.getMaxDeliveryCount()).isEqualTo(10);
    assertThat(made.getMaxSizeInMegabytes()).isEqualTo(1024);
    assertThat(made.getMaxMessageSizeInKilobytes()).isEqualTo(256);
    assertThat(made.getDefaultMessageTimeToLive()).isEqualTo(NEVER);
    assertThat(made.getAutoDeleteOnIdle()).isEqualTo(NEVER);
    // This client says a minute where the service would take ten.
    assertThat(made.getDuplicateDetectionHistoryTimeWindow()).isEqualTo(Duration.ofMinutes(1));
    assertThat(made.isSessionRequired()).isFalse();
    assertThat(made.isDuplicateDetectionRequired()).isFalse();
    assertThat(made.isDeadLetteringOnMessageExpiration()).isFalse();
    assertThat(made.isBatchedOperationsEnabled()).isTrue();
    assertThat(made.isPartitioningEnabled()).isFalse();
    assertThat(made.getStatus()).isEqualTo(EntityStatus.ACTIVE);
    assertThat(made.getForwardTo()).isNull();
    assertThat(made.getForwardDeadLetteredMessagesTo()).isNull();
    assertThat(made.getUserMetadata()).isNull();
    assertThat(made.getAuthorizationRules()).isEmpty();
  }

  @Test
  void everyOptionArrivesAndComesBack() {
    client.createQueue("target");
    client.createQueue("graveyard");

    CreateQueueOptions all =
        new CreateQueueOptions()
            .setLockDuration(Duration.ofSeconds(45))
            .setMaxDeliveryCount(4)
            .setMaxSizeInMegabytes(2048)
            .setMaxMessageSizeInKilobytes(1024L)
            .setDefaultMessageTimeToLive(Duration.ofDays(14))
            .setAutoDeleteOnIdle(Duration.ofHours(30))
            .setDuplicateDetectionRequired(true)
            .setDuplicateDetectionHistoryTimeWindow(Duration.ofSeconds(20))
            .setDeadLetteringOnMessageExpiration(true)
            .setBatchedOperationsEnabled(false)
            .setPartitioningEnabled(true)
            .setStatus(EntityStatus.SEND_DISABLED)
            .setForwardTo("target")
            .setForwardDeadLetteredMessagesTo("graveyard")
            .setUserMetadata("<a & \"b\"> ü");
    all.getAuthorizationRules()
        .add(
            new SharedAccessAuthorizationRule(
                "reader", "one/+=", "two", List.of(AccessRights.LISTEN, AccessRights.SEND)));
    client.createQueue("all", all);

    QueueProperties read = client.getQueue("ALL");
    assertThat(read.getName()).isEqualTo("all");
    assertThat(read.getLockDuration()).isEqualTo(Duration.ofSeconds(45));
    assertThat(read.getMaxDeliveryCount()).isEqualTo(4);
    assertThat(read.getMaxSizeInMegabytes()).isEqualTo(2048);
    assertThat(read.getMaxMessageSizeInKilobytes()).isEqualTo(1024);
    assertThat(read.getDefaultMessageTimeToLive()).isEqualTo(Duration.ofDays(14));
    assertThat(read.getAutoDeleteOnIdle()).isEqualTo(Duration.ofHours(30));
    assertThat(read.isDuplicateDetectionRequired()).isTrue();
    assertThat(read.getDuplicateDetectionHistoryTimeWindow()).isEqualTo(Duration.ofSeconds(20));
    assertThat(read.isDeadLetteringOnMessageExpiration()).isTrue();
    assertThat(read.isBatchedOperationsEnabled()).isFalse();
    assertThat(read.isPartitioningEnabled()).isTrue();
    assertThat(read.getStatus()).isEqualTo(EntityStatus.SEND_DISABLED);
    assertThat(read.getForwardTo()).endsWith("/target");
    assertThat(read.getForwardDeadLetteredMessagesTo()).endsWith("/graveyard");
    assertThat(read.getUserMetadata()).isEqualTo("<a & \"b\"> ü");
    assertThat(read.getAuthorizationRules())
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.getKeyName()).isEqualTo("reader");
              assertThat(rule.getPrimaryKey()).isEqualTo("one/+=");
              assertThat(rule.getSecondaryKey()).isEqualTo("two");
              assertThat(rule.getAccessRights())
                  .containsExactly(AccessRights.LISTEN, AccessRights.SEND);
            });
    assertThat(namespace.require("all").description().forwardTo()).contains("target");
  }

  @Test
  void aQueueIsChangedByWhatWasReadOfIt() {
    client.createQueue("target");
    client.createQueue(
        "q", new CreateQueueOptions().setSessionRequired(true).setUserMetadata("before"));

    QueueProperties read = client.getQueue("q");
    QueueProperties changed =
        client.updateQueue(
            read.setLockDuration(Duration.ofSeconds(10))
                .setMaxDeliveryCount(3)
                .setForwardDeadLetteredMessagesTo("target")
                .setStatus(EntityStatus.DISABLED));

    assertThat(changed.getLockDuration()).isEqualTo(Duration.ofSeconds(10));
    assertThat(changed.getForwardDeadLetteredMessagesTo()).endsWith("/target");
    assertThat(changed.isSessionRequired()).isTrue();
    assertThat(changed.getUserMetadata()).isEqualTo("before");
    EntityDescription kept = namespace.require("q").description();
    assertThat(kept.maxDeliveryCount()).isEqualTo(3);
    assertThat(kept.status().allowsReceive()).isFalse();

    // What was read back can be sent as it is, and a property that is left out goes.
    client.updateQueue(changed.setForwardDeadLetteredMessagesTo(null));
    assertThat(namespace.require("q").description().forwardDeadLetteredMessagesTo()).isEmpty();
  }

  @Test
  void existenceIsToldAndDeletionEndsIt() {
    assertThat(client.getQueueExists("q")).isFalse();
    client.createQueue("q");
    assertThat(client.getQueueExists("q")).isTrue();

    client.deleteQueue("q");

    assertThat(client.getQueueExists("q")).isFalse();
  }

  @Test
  void aNameWithSlashesIsOneName() {
    client.createQueue("Team/a-b_c.d/orders~1");

    assertThat(client.getQueue("team/A-B_C.D/ORDERS~1").getName())
        .isEqualTo("Team/a-b_c.d/orders~1");
    assertThat(namespace.find("Team/a-b_c.d/orders~1")).isPresent();
    client.deleteQueue("Team/a-b_c.d/orders~1");
    assertThat(namespace.size()).isZero();
  }

  @Test
  void countsAreThoseOfTheEngine() {
    client.createQueue("q");
    QueueName queue = QueueName.of("q");
    for (int i = 0; i < 5; i++) {
      send(queue, OutgoingMessage.of(new byte[100]));
    }
    send(
        queue,
        OutgoingMessage.of(new byte[1])
            .scheduledEnqueueTime(namespace.time().now().plusSeconds(600)));
    List<LockToken> locked =
        namespace.engine().receive(queue, SubQueue.MAIN, 3, Duration.ZERO).join().stream()
            .map(message -> message.lockToken().orElseThrow())
            .toList();
    namespace.engine().deadLetter(queue, locked.get(0), "reason", null, null).join();
    namespace.engine().defer(queue, locked.get(1)).join();

    QueueRuntimeProperties counts = client.getQueueRuntimeProperties("q");

    assertThat(counts.getActiveMessageCount()).isEqualTo(4);
    assertThat(counts.getDeadLetterMessageCount()).isOne();
    assertThat(counts.getScheduledMessageCount()).isOne();
    assertThat(counts.getTotalMessageCount()).isEqualTo(6);
    assertThat(counts.getTransferMessageCount()).isZero();
    assertThat(counts.getSizeInBytes()).isGreaterThan(500);
  }

  @Test
  void timesAreToldByTheClientsClock() {
    OffsetDateTime before = OffsetDateTime.now().minusSeconds(1);
    client.createQueue("q");
    assertThat(client.getQueueRuntimeProperties("q").getCreatedAt())
        .isBetween(before, OffsetDateTime.now().plusSeconds(1));
    assertThat(client.getQueueRuntimeProperties("q").getAccessedAt().getYear()).isOne();

    namespace.advance(Duration.ofDays(2));
    namespace.require("q").accessed(namespace.time().now());
    client.updateQueue(client.getQueue("q").setMaxDeliveryCount(2));

    QueueRuntimeProperties later = client.getQueueRuntimeProperties("q");
    assertThat(later.getCreatedAt()).isBefore(before.minusDays(1));
    assertThat(later.getUpdatedAt()).isBetween(before, OffsetDateTime.now().plusSeconds(1));
    assertThat(later.getAccessedAt()).isBetween(before, OffsetDateTime.now().plusSeconds(1));
  }

  @Test
  void listsArePagedAndInOrder() {
    for (int i = 0; i < 250; i++) {
      namespace.create("q%03d".formatted(i), EntityDescription.DEFAULTS);
    }

    assertThat(client.listQueues().stream().map(QueueProperties::getName))
        .hasSize(250)
        .isSorted()
        .contains("q000", "q099", "q100", "q249");
    assertThat(client.listQueues().streamByPage().map(page -> page.getValue().size()))
        .containsExactly(100, 100, 50);
  }

  @Test
  void emptyListsAndListsOfTopicsAreFine() {
    assertThat(client.listQueues().stream()).isEmpty();
    assertThat(client.listTopics().stream()).isEmpty();
  }

  @Test
  void theNamespaceIsDescribed() {
    NamespaceProperties info = client.getNamespaceProperties();

    assertThat(info.getName()).isEqualTo("sbemulatorns");
    assertThat(info.getNamespaceType()).isEqualTo(NamespaceType.MESSAGING);
    assertThat(info.getMessagingSku()).hasToString("Standard");
    assertThat(info.getCreatedTime()).isNotNull();
  }

  @Test
  void aQueueThatIsNotThereIsNotFound() {
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> client.getQueue("none"));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> client.getQueueRuntimeProperties("none"));
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> client.deleteQueue("none"));
    QueueProperties gone = client.createQueue("gone");
    client.deleteQueue("gone");
    assertThatExceptionOfType(ResourceNotFoundException.class)
        .isThrownBy(() -> client.updateQueue(gone));
  }

  @Test
  void aQueueThatIsThereAlreadyIsRefused() {
    client.createQueue("q");

    assertThatExceptionOfType(ResourceExistsException.class)
        .isThrownBy(() -> client.createQueue("Q"))
        .withMessageContaining("SubCode=40900. The messaging entity 'q' already exists.");
  }

  @Test
  void aValueOutOfBoundsIsRefusedWithItsName() {
    assertThatExceptionOfType(HttpResponseException.class)
        .isThrownBy(
            () ->
                client.createQueue(
                    "q", new CreateQueueOptions().setLockDuration(Duration.ofMinutes(6))))
        .satisfies(refused -> assertThat(refused.getResponse().getStatusCode()).isEqualTo(400))
        .withMessageContaining("'LockDuration' has the value 'PT6M'; allowed is PT5S to PT5M");
    assertThatExceptionOfType(HttpResponseException.class)
        .isThrownBy(() -> client.createQueue("a$b"))
        .withMessageContaining("SubCode=40000");
  }

  @Test
  void aTopicIsRefusedByName() {
    assertThatExceptionOfType(HttpResponseException.class)
        .isThrownBy(() -> client.createTopic("t"))
        .withMessageContaining("this emulator has queues only");
    assertThat(namespace.size()).isZero();
  }

  @Test
  void aTokenSignedWithAnotherKeyIsRefused() {
    assertThatExceptionOfType(ClientAuthenticationException.class)
        .isThrownBy(() -> client("ANOTHER_KEY").createQueue("q"))
        .withMessageContaining("InvalidSignature");
    assertThat(namespace.size()).isZero();
  }

  private void send(QueueName queue, OutgoingMessage.Builder message) {
    namespace.engine().send(queue, message.build()).join();
  }

  private ServiceBusAdministrationClient client(String key) {
    return PlainHttp.client(
        "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey="
            + key
            + ";UseDevelopmentEmulator=true",
        URI.create("http://localhost:" + server.port()));
  }
}
