package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueStatistics;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueAdmin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Queues as Service Bus keeps them: what can be said of them, and what stays as it is. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class QueueManagementTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final QueueName TARGET = QueueName.of("archive");
  private static final QueueName DEAD = QueueName.of("morgue");

  private final Emulated emulated = new Emulated();
  private final ServiceBusQueueProvider provider = emulated.provider();
  private final QueueAdmin admin = provider.admin();

  @AfterEach
  void close() {
    provider.close();
    emulated.close();
  }

  private QueueOptions found(QueueName queue) {
    return admin.describe(queue).orElseThrow().options();
  }

  private void createTargets() {
    admin.create(TARGET, QueueOptions.DEFAULTS);
    admin.create(DEAD, QueueOptions.DEFAULTS);
  }

  private static QueueOptions forwarding() {
    return QueueOptions.DEFAULTS.withForwardTo(TARGET).withForwardDeadLettersTo(DEAD);
  }

  @Test
  void aQueueTellsWhereItForwardsTo() {
    createTargets();
    admin.create(QUEUE, forwarding());

    assertThat(found(QUEUE)).isEqualTo(forwarding());
    provider.sender(QUEUE).send(OutgoingMessage.of(new byte[] {7}).messageId("m").build()).join();
    try (var receiver = provider.receiver(TARGET, SubQueue.MAIN)) {
      assertThat(receiver.receive(1, Duration.ofMinutes(1)).join())
          .extracting(ReceivedMessage::messageId)
          .containsExactly("m");
    }
  }

  @Test
  void aQueueThatIsChangedForwardsAsBefore() {
    createTargets();
    admin.create(QUEUE, forwarding());

    admin.update(QUEUE, found(QUEUE).withMaxDeliveryCount(3));

    assertThat(found(QUEUE)).isEqualTo(forwarding().withMaxDeliveryCount(3));
  }

  @Test
  void forwardingBeginsAndEndsByAChange() {
    createTargets();
    admin.create(QUEUE, QueueOptions.DEFAULTS);

    admin.update(QUEUE, forwarding());
    assertThat(found(QUEUE)).isEqualTo(forwarding());
    admin.update(QUEUE, QueueOptions.DEFAULTS);

    assertThat(found(QUEUE)).isEqualTo(QueueOptions.DEFAULTS);
  }

  @Test
  void aCreationRaceIsSettledByLookingAtWhatTheOtherCreated() {
    try (ServiceBusQueueProvider other = emulated.provider()) {
      assertThat(admin.describe(QUEUE)).isEmpty();
      assertThat(other.admin().create(QUEUE, QueueOptions.DEFAULTS)).isTrue();

      assertThat(admin.create(QUEUE, QueueOptions.DEFAULTS)).isFalse();
      assertThatThrownBy(() -> admin.create(QUEUE, QueueOptions.DEFAULTS.withSessions(true)))
          .isInstanceOf(ConfigurationInvalid.class)
          .hasMessageContaining("sessions are not used on the existing queue");
    }
  }

  @Test
  void whoMeetsAnotherThatIsJustCreatingTheQueueTakesWhatThatOneCreated() throws IOException {
    AtomicInteger conflicts = new AtomicInteger();
    HttpServer front =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.createContext(
        "/",
        exchange -> {
          if (!exchange.getRequestMethod().equals("PUT")) {
            answer(exchange, answer -> answer);
            return;
          }
          try (exchange) {
            boolean busy = conflicts.incrementAndGet() < 3;
            if (!busy) {
              admin.create(QUEUE, QueueOptions.DEFAULTS); // the other one has come to its end
            }
            byte[] body =
                "<Error><Code>409</Code><Detail>SubCode=%s</Detail></Error>"
                    .formatted(
                        busy
                            ? "40901. Another conflicting operation is in progress."
                            : "40900. Conflict.")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.sendResponseHeaders(409, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    front.start();
    URI endpoint = URI.create("http://127.0.0.1:" + front.getAddress().getPort());
    try (ServiceBusQueueProvider fronted =
        emulated.provider(emulated.options().withManagementEndpoint(endpoint))) {
      assertThat(fronted.admin().create(QUEUE, QueueOptions.DEFAULTS)).isFalse();
    } finally {
      front.stop(0);
    }
    assertThat(conflicts).hasValue(3);
  }

  @Test
  void aQueueThatDetectsDuplicatesIsNotTakenForOneThatDoesNot() {
    admin.create(QUEUE, QueueOptions.DEFAULTS);

    assertThatThrownBy(
            () -> admin.create(QUEUE, QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null)))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("duplicates are detected on the existing queue");
  }

  @Test
  void aQueueIsCreatedWithASizeWhichChangesLeaveAloneOrChange() {
    QueueOptions large =
        QueueOptions.DEFAULTS.withAttributes(Map.of(QueueSettings.SIZE_IN_MEGABYTES, "2048"));
    admin.create(QUEUE, large);

    assertThat(found(QUEUE)).isEqualTo(large);
    admin.update(QUEUE, QueueOptions.DEFAULTS.withMaxDeliveryCount(3));
    assertThat(found(QUEUE)).isEqualTo(large.withMaxDeliveryCount(3));
    admin.update(QUEUE, large.withAttributes(Map.of(QueueSettings.SIZE_IN_MEGABYTES, "3072")));
    assertThat(found(QUEUE).attributes()).containsEntry(QueueSettings.SIZE_IN_MEGABYTES, "3072");
  }

  @Test
  void aQueueIsPartitionedFromTheBeginningOrNever() {
    QueueOptions partitioned =
        QueueOptions.DEFAULTS.withAttributes(Map.of(QueueSettings.PARTITIONED, "true"));
    admin.create(QUEUE, partitioned);
    admin.create(TARGET, QueueOptions.DEFAULTS);

    assertThat(found(QUEUE)).isEqualTo(partitioned);
    assertThat(found(TARGET).attributes()).isEmpty();
    assertThatThrownBy(() -> admin.update(TARGET, partitioned))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining("it is not partitioned and is configured to be partitioned");
  }

  @Test
  void aQueueWithMessagesHasASizeOfAtLeastTheirBodies() {
    admin.create(QUEUE, QueueOptions.DEFAULTS);
    assertThat(admin.statistics(QUEUE).sizeInBytes()).isZero();

    for (int i = 0; i < 3; i++) {
      provider.sender(QUEUE).send(OutgoingMessage.of(new byte[1_000]).build()).join();
    }

    assertThat(admin.statistics(QUEUE).sizeInBytes()).isBetween(3_000L, 30_000L);
  }

  @Test
  void theSizeOfAllPartitionsTogetherIsNotTakenForAConfiguredOne() throws IOException {
    QueueOptions partitioned =
        QueueOptions.DEFAULTS.withAttributes(Map.of(QueueSettings.PARTITIONED, "true"));
    admin.create(QUEUE, partitioned);

    QueueOptions ofAllPartitions =
        told(
            answer -> answer.replaceAll("(MaxSizeInMegabytes>)1024<", "$116384<"),
            fronted -> fronted.describe(QUEUE).orElseThrow().options());
    QueueOptions ofOne =
        told(
            answer ->
                answer
                    .replaceAll("(MaxSizeInMegabytes>)1024<", "$116384<")
                    .replaceAll("(EnablePartitioning>)true<", "$1false<"),
            fronted -> fronted.describe(QUEUE).orElseThrow().options());

    assertThat(ofAllPartitions).isEqualTo(partitioned);
    assertThat(ofOne.attributes())
        .containsExactly(Map.entry(QueueSettings.SIZE_IN_MEGABYTES, "16384"));
  }

  @Test
  void statisticsTellWhatIsOnItsWayToAnotherQueue() throws IOException {
    admin.create(QUEUE, QueueOptions.DEFAULTS);

    QueueStatistics statistics =
        told(
            answer ->
                answer
                    .replaceAll("(TransferMessageCount>)0<", "$13<")
                    .replaceAll("(TransferDeadLetterMessageCount>)0<", "$14<"),
            fronted -> fronted.statistics(QUEUE));

    assertThat(statistics).isEqualTo(new QueueStatistics(0, 0, 0, 0, 0, 0, 0, 3, 4));
  }

  /**
   * Something that the namespace is asked, where its answers say what the emulator's never do.
   *
   * @param change what is made of the emulator's answers
   */
  private <T> T told(UnaryOperator<String> change, Function<QueueAdmin, T> asked)
      throws IOException {
    HttpServer front =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.createContext("/", exchange -> answer(exchange, change));
    front.start();
    URI endpoint = URI.create("http://127.0.0.1:" + front.getAddress().getPort());
    try (ServiceBusQueueProvider fronted =
        emulated.provider(emulated.options().withManagementEndpoint(endpoint))) {
      return asked.apply(fronted.admin());
    } finally {
      front.stop(0);
    }
  }

  private void answer(HttpExchange exchange, UnaryOperator<String> change) throws IOException {
    URI asked = exchange.getRequestURI();
    HttpRequest request =
        HttpRequest.newBuilder(emulated.emulator.managementEndpoint().resolve(asked.toString()))
            .header("Authorization", exchange.getRequestHeaders().getFirst("Authorization"))
            .build();
    try (exchange) {
      String told =
          change.apply(
              HttpClient.newHttpClient()
                  .send(request, HttpResponse.BodyHandlers.ofString())
                  .body());
      byte[] body = told.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/atom+xml");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
