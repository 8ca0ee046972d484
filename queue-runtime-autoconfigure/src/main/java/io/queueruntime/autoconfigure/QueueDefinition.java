package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Declare;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.DuplicateDetection;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Queue;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Session;
import io.queueruntime.listener.ListenedQueue;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * What the configuration says about one queue: its own settings before those of all queues.
 *
 * <p>Immutable.
 */
final class QueueDefinition {

  private final QueueName name;
  private final boolean declared;
  private final Queue settings;
  private final List<SessionId> sessionIds;

  /**
   * @param declared whether the queue has settings of its own, which makes the configuration their
   *     only source
   * @param settings its settings with those of all queues filled in
   * @param sessionIds the valid ones of its session ids
   */
  QueueDefinition(QueueName name, boolean declared, Queue settings, List<SessionId> sessionIds) {
    this.name = name;
    this.declared = declared;
    this.settings = settings;
    this.sessionIds = List.copyOf(sessionIds);
  }

  QueueName name() {
    return name;
  }

  /** Whether {@code queue-runtime.queues} has an entry for it. */
  boolean isDeclared() {
    return declared;
  }

  Optional<String> client() {
    return Optional.ofNullable(settings.client());
  }

  Optional<Declare> declare() {
    return Optional.ofNullable(settings.declare());
  }

  /** The only sessions it may have, in the order they were written; empty: any. */
  List<SessionId> sessionIds() {
    return sessionIds;
  }

  Duration sessionIdleTimeout() {
    return settings.sessionIdleTimeout() == null
        ? ListenedQueue.DEFAULT_SESSION_IDLE_TIMEOUT
        : settings.sessionIdleTimeout();
  }

  /** Whether the configuration says if there are sessions; empty: it leaves that to the queue. */
  Optional<Boolean> sessions() {
    if (settings.session() != null) {
      return Optional.of(settings.session() == Session.REQUIRED);
    }
    return sessionIds.isEmpty() ? Optional.empty() : Optional.of(true);
  }

  /**
   * What the queue is to be created with, or changed to.
   *
   * @param base what counts where nothing is said: the provider's defaults
   * @param existing what the queue was created with, if it exists
   */
  QueueOptions options(QueueOptions base, @Nullable QueueOptions existing) {
    if (existing == null) {
      return applied(base);
    }
    return applied(declared ? withoutWords(base, existing) : existing);
  }

  /** What the configuration has no words for stays as it is. */
  private static QueueOptions withoutWords(QueueOptions base, QueueOptions existing) {
    return base.withForwardTo(existing.forwardTo())
        .withForwardDeadLettersTo(existing.forwardDeadLettersTo())
        .withAttributes(existing.attributes());
  }

  /**
   * An existing queue with what the configuration says about it, and nothing else, changed. A queue
   * that is declared without a word about sessions is to have none.
   */
  QueueOptions over(QueueOptions existing) {
    return applied(declared ? existing.withSessions(false) : existing);
  }

  private QueueOptions applied(QueueOptions options) {
    QueueOptions applied = options.withSessions(sessions().orElse(options.sessions()));
    applied =
        settings.lockDuration() == null
            ? applied
            : applied.withLockDuration(settings.lockDuration());
    applied =
        settings.maxDeliveryCount() == null
            ? applied
            : applied.withMaxDeliveryCount(settings.maxDeliveryCount());
    applied =
        settings.defaultTimeToLive() == null
            ? applied
            : applied.withDefaultTimeToLive(settings.defaultTimeToLive());
    applied =
        settings.deadLetterOnExpiration() == null
            ? applied
            : applied.withDeadLetterOnExpiration(settings.deadLetterOnExpiration());
    applied = applied.withDuplicateDetectionWindow(window(applied.duplicateDetectionWindow()));
    applied =
        settings.autoDeleteOnIdle() == null
            ? applied
            : applied.withAutoDeleteOnIdle(settings.autoDeleteOnIdle());
    DataSize largest = settings.maxMessageSize();
    applied = largest == null ? applied : applied.withMaxMessageSize(largest.toBytes());
    Map<String, String> attributes = settings.attributes();
    return attributes == null
        ? applied
        : applied.withAttributes(over(attributes, applied.attributes()));
  }

  private @Nullable Duration window(@Nullable Duration otherwise) {
    DuplicateDetection detection = settings.duplicateDetection();
    if (Boolean.FALSE.equals(detection.enabled())) {
      return null;
    }
    if (detection.window() != null) {
      return detection.window();
    }
    return otherwise == null && Boolean.TRUE.equals(detection.enabled())
        ? QueueOptions.DEFAULTS.duplicateDetectionWindow()
        : otherwise;
  }

  /** {@code own} with what it leaves unset taken from {@code shared}. */
  static Queue merge(Queue own, Queue shared) {
    boolean sessionsSaid = own.session() != null || own.sessionIds() != null;
    return new Queue(
        or(own.client(), shared.client()),
        or(own.declare(), shared.declare()),
        sessionsSaid ? own.session() : shared.session(),
        sessionsSaid ? own.sessionIds() : shared.sessionIds(),
        or(own.sessionIdleTimeout(), shared.sessionIdleTimeout()),
        or(own.lockDuration(), shared.lockDuration()),
        or(own.maxDeliveryCount(), shared.maxDeliveryCount()),
        or(own.defaultTimeToLive(), shared.defaultTimeToLive()),
        or(own.deadLetterOnExpiration(), shared.deadLetterOnExpiration()),
        new DuplicateDetection(
            or(own.duplicateDetection().enabled(), shared.duplicateDetection().enabled()),
            or(own.duplicateDetection().window(), shared.duplicateDetection().window())),
        or(own.autoDeleteOnIdle(), shared.autoDeleteOnIdle()),
        or(own.maxMessageSize(), shared.maxMessageSize()),
        own.attributes() == null && shared.attributes() == null
            ? null
            : over(own.attributes(), shared.attributes()));
  }

  private static Map<String, String> over(
      @Nullable Map<String, String> own, @Nullable Map<String, String> shared) {
    Map<String, String> all = new HashMap<>();
    Stream.of(shared, own).filter(Objects::nonNull).forEach(all::putAll);
    return all;
  }

  private static <T> @Nullable T or(@Nullable T own, @Nullable T shared) {
    return own == null ? shared : own;
  }
}
