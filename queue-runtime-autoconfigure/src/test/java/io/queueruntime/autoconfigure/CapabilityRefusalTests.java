package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueSession;
import io.queueruntime.provider.Capability;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;

/** Whatever a broker cannot do and the configuration asks for is refused, and not left out. */
@ExtendWith(OutputCaptureExtension.class)
class CapabilityRefusalTests {

  private static final String SERVER =
      "which client \"main\" (lesser) cannot do on embedded engine: A broker for tests that lacks it on purpose.";

  @TempDir private Path directory;
  private FailedStart start;

  record Order(String id) {}

  static class Ledger {
    @QueueListener("ledger")
    void on(Order order, QueueSession session) {}
  }

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output);
  }

  private void assertRefused(String settings, String description, String action) {
    assertThat(
            start.report(
                "queue-runtime: { provider: lesser, queues.ledger: { declare: create, %s } }"
                    .formatted(settings)))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start:

            [QR-117] %s

            Action:

            [QR-117] %s"""
                .formatted(description, action));
  }

  static class WithoutSessions {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").without(Capability.SESSIONS);
    }
  }

  @Test
  void sessions() {
    start.with(WithoutSessions.class, Ledger.class);

    assertRefused(
        "session: required",
        "Queue \"ledger\" asks for sessions (queue-runtime.queues.ledger.session (application.yml:1:79) is required), "
            + SERVER
            + " It is listened to by @QueueListener method Ledger.on(Order, QueueSession).",
        "Set queue-runtime.queues.ledger.session: none, or reach the queue through another client.");
  }

  @Test
  void listedSessions() {
    start.with(WithoutSessions.class);

    assertRefused(
        "session-ids: [ a, b ]",
        "Queue \"ledger\" asks for sessions (queue-runtime.queues.ledger.session-ids (application.yml:1:85) is a list of 2), "
            + SERVER,
        "Set queue-runtime.queues.ledger.session: none, or reach the queue through another client.");
  }

  static class WithoutChoiceOfSessions {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").without(Capability.ACCEPT_NEXT_SESSION);
    }
  }

  @Test
  void aChoiceOfTheNextSession() {
    start.with(WithoutChoiceOfSessions.class, Ledger.class);

    assertRefused(
        "session: required",
        "@QueueListener method Ledger.on(Order, QueueSession) takes whichever session of queue \"ledger\" has messages, "
            + SERVER,
        "List the sessions: set queue-runtime.queues.ledger.session-ids.");
  }

  static class WithoutDuplicateDetection {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").without(Capability.DUPLICATE_DETECTION);
    }
  }

  @Test
  void duplicateDetectionAlsoWhereNobodyWroteIt() {
    start.with(WithoutDuplicateDetection.class);

    assertRefused(
        "lock-duration: 30s",
        "Queue \"ledger\" asks for duplicate detection (queue-runtime.queues.ledger.duplicate-detection.window is 10m), "
            + SERVER,
        "Set queue-runtime.queues.ledger.duplicate-detection.enabled: false, or reach the queue through another client.");
  }

  static class WithoutStore {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").withoutStoreFor(Capability.DUPLICATE_DETECTION);
    }
  }

  @Test
  void whatOnlyAStateStoreIsMissingForWithTheSettingThatNamesOne() {
    start.with(WithoutStore.class);

    assertRefused(
        "duplicate-detection: { enabled: true, window: 5m }",
        "Queue \"ledger\" asks for duplicate detection (queue-runtime.queues.ledger.duplicate-detection.window (application.yml:1:116) is 5m), "
            + "which client \"main\" (lesser) cannot do on embedded engine: A broker for tests that has none of its own. "
            + "It takes a state store, and queue-runtime.store.type names none.",
        "Set queue-runtime.queues.ledger.duplicate-detection.enabled: false, or set queue-runtime.store.type to jdbc or embedded, or reach the queue through another client.");
  }

  static class WithoutTimeToLive {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").without(Capability.TIME_TO_LIVE);
    }
  }

  @Test
  void messagesThatExpire() {
    start.with(WithoutTimeToLive.class);

    assertRefused(
        "default-time-to-live: 2h",
        "Queue \"ledger\" asks for messages that expire (queue-runtime.queues.ledger.default-time-to-live (application.yml:1:92) is 2h), "
            + SERVER,
        "Remove queue-runtime.queues.ledger.default-time-to-live, or reach the queue through another client.");
  }

  static class WithoutAutoDelete {
    @Bean
    QueueProviderFactory lesser() {
      return new FakeProvider("lesser").without(Capability.AUTO_DELETE_ON_IDLE);
    }
  }

  @Test
  void aQueueThatDeletesItself() {
    start.with(WithoutAutoDelete.class);

    assertRefused(
        "auto-delete-on-idle: 7d",
        "Queue \"ledger\" asks for a queue that deletes itself when idle (queue-runtime.queues.ledger.auto-delete-on-idle (application.yml:1:91) is 7d), "
            + SERVER,
        "Remove queue-runtime.queues.ledger.auto-delete-on-idle, or reach the queue through another client.");
  }
}
