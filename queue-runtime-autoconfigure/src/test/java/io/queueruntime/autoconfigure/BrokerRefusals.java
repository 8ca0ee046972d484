package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.template.AcceptedSession;
import io.queueruntime.template.QueueTemplate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.Environment;

/**
 * Every row of the capabilities' table that a real broker does not support, and what a user reads
 * whose application asks for it: by a setting, or by a call while it starts. The remaining rows are
 * those that nobody can ask for.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrokerRefusals {

  /** What settings ask for. */
  private static final Set<Capability> BY_SETTING =
      EnumSet.of(Capability.DUPLICATE_DETECTION, Capability.AUTO_DELETE_ON_IDLE);

  /** What only a call asks for. */
  private static final Set<Capability> BY_CALL =
      EnumSet.of(
          Capability.SCHEDULE,
          Capability.CANCEL_SCHEDULED,
          Capability.DEDUPLICATION_KEY,
          Capability.DEFER,
          Capability.SESSION_STATE,
          Capability.CAPACITY);

  /** What there is no way to ask for: how exact something is that is there. */
  private static final Set<Capability> BY_NOBODY =
      EnumSet.of(
          Capability.SCHEDULED_VISIBLE,
          Capability.EXPIRY_ON_TIME,
          Capability.DUPLICATE_OUTCOME,
          Capability.EXACT_DELIVERY_COUNT,
          Capability.ATOMIC_BATCH,
          Capability.DETAILED_STATISTICS);

  @TempDir private Path directory;
  private FailedStart start;

  record Order(String id) {}

  static class Ledger {
    @QueueListener("ledger")
    void on(Order order, QueueSession session) {}
  }

  /** The provider's name, as configured. */
  abstract String provider();

  abstract Class<?> autoConfiguration();

  /** The property that says where the broker is, with its value. */
  abstract String place();

  /** The broker's name and version, as they stand in the text. */
  abstract String server();

  /** Why each row is not there, word for word. */
  abstract Map<Capability, String> reasons();

  @BeforeEach
  void newStart(CapturedOutput output) {
    start =
        new FailedStart(directory, output)
            .with(autoConfiguration())
            .argument("--" + place())
            .argument("--logging.level.org.apache.kafka=off");
  }

  /** What a user reads of a setting of queue "ledger". */
  final void assertRefused(String settings, String code, String description, String action) {
    assertThat(
            start.report(
                "queue-runtime: { provider: %s, queues.ledger: { declare: create, %s } }"
                    .formatted(provider(), settings)))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start:

            [%1$s] %2$s

            Action:

            [%1$s] %3$s"""
                .formatted(code, description, action));
  }

  /** Where a setting begins that stands first, behind what every such text begins with. */
  final int column(int among) {
    return provider().length() + among;
  }

  private String cannot(Capability capability) {
    return "which client \"main\" (%s) cannot do on %s: %s"
        .formatted(provider(), server(), reasons().get(capability));
  }

  @Test
  void duplicateDetection() {
    start.with(Ledger.class);

    assertRefused(
        "session: required, duplicate-detection.window: 10m",
        "QR-117",
        "Queue \"ledger\" asks for duplicate detection (queue-runtime.queues.ledger.duplicate-detection.window (application.yml:1:%d) is 10m), %s It is listened to by @QueueListener method Ledger.on(Order, QueueSession)."
            .formatted(column(111), cannot(Capability.DUPLICATE_DETECTION)),
        "Set queue-runtime.queues.ledger.duplicate-detection.enabled: false, or set queue-runtime.store.type to jdbc or embedded, or reach the queue through another client.");
  }

  @Test
  void deletionWhenIdle() {
    assertRefused(
        "auto-delete-on-idle: 10m",
        "QR-117",
        "Queue \"ledger\" asks for a queue that deletes itself when idle (queue-runtime.queues.ledger.auto-delete-on-idle (application.yml:1:%d) is 10m), %s"
            .formatted(column(85), cannot(Capability.AUTO_DELETE_ON_IDLE)),
        "Remove queue-runtime.queues.ledger.auto-delete-on-idle, or reach the queue through another client.");
  }

  /** Asks for one thing while the application starts. */
  static class Asking implements ApplicationRunner {
    private final QueueTemplate queues;
    private final QueueAdmin admin;
    private final Capability asked;

    Asking(QueueTemplate queues, QueueAdmin admin, Environment environment) {
      this.queues = queues;
      this.admin = admin;
      this.asked = environment.getRequiredProperty("asked", Capability.class);
    }

    @Override
    public void run(ApplicationArguments arguments) {
      switch (asked) {
        case SCHEDULE -> queues.to("calls").delay(Duration.ofMinutes(5)).send("later");
        case CANCEL_SCHEDULED -> queues.cancelScheduled("calls", SequenceNumber.START);
        case DEDUPLICATION_KEY -> queues.to("calls").deduplicationKey("cart").send("again");
        case DEFER -> queues.receiveDeferred("calls", String.class, List.of(SequenceNumber.START));
        case SESSION_STATE -> {
          queues.to("sessions").session("ann").send("first");
          try (AcceptedSession session =
              queues.acceptSession("sessions", "ann", Duration.ofSeconds(60)).orElseThrow()) {
            session.setState(new byte[] {1});
          }
        }
        case CAPACITY ->
            admin.create(
                QueueName.of("bounded"),
                QueueOptions.DEFAULTS.withDuplicateDetectionWindow(null).withCapacity(10));
        default -> throw new IllegalStateException("Nobody can ask for " + asked + " by a call.");
      }
    }
  }

  private Stream<Capability> calls() {
    return reasons().keySet().stream().filter(BY_CALL::contains);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void whatOnlyACallAsksFor(Capability capability) {
    start.with(Asking.class).argument("--asked=" + capability);
    String queue =
        switch (capability) {
          case SESSION_STATE -> "sessions";
          case CAPACITY -> "bounded";
          default -> "calls";
        };

    assertThat(
            start.report(
                "queue-runtime: { provider: %s, defaults.declare: create, queues: { calls: {}, sessions.session: required } }"
                    .formatted(provider())))
        .isEqualTo(
            """
            Description:

            [QR-117] Queue '%s' is kept by %s, without %s: %s

            Action:

            [QR-117] Use another provider for this queue, or do without."""
                .formatted(queue, server(), capability.title(), reasons().get(capability)));
  }

  @Test
  void noRowIsMissingHereAndNoReasonIsAnother() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(autoConfiguration()), "queue-runtime.provider=" + provider(), place())) {
      Capabilities capabilities =
          application.bean(QueueClients.class).provider("main").capabilities();

      Map<Capability, String> unsupported = new EnumMap<>(Capability.class);
      for (Capability capability : Capability.values()) {
        if (!capabilities.has(capability)) {
          unsupported.put(capability, capabilities.of(capability).words());
        }
      }
      assertThat(unsupported).isEqualTo(reasons());
      assertThat(capabilities.server()).hasToString(server());
    }
    Set<Capability> looked = EnumSet.copyOf(BY_SETTING);
    looked.addAll(BY_CALL);
    looked.addAll(BY_NOBODY);
    assertThat(looked).containsAll(reasons().keySet());
  }
}
