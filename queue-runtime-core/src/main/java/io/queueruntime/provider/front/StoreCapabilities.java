package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.Support;
import io.queueruntime.store.DuplicateWindow;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What fronts can do with a state store that the broker cannot: said in one place, as it is done in
 * one. Thread-safe.
 */
public final class StoreCapabilities {

  private static final String SCHEDULE =
      "At least once: a message waits in the store, an instance that uses the queue takes it under a lease of a minute when it is due, publishes it and removes it; after a crash in between another one publishes it again, with the same number and message id. Messages of one session follow in the order of their times and numbers as far as one instance publishes them; instances that publish at the same moment may interleave. It takes an instance that uses the queue.";

  private StoreCapabilities() {}

  /**
   * Refuses what no state store does for a queue.
   *
   * @throws ConfigurationInvalid that says what
   */
  public static void check(QueueName queue, QueueOptions options) {
    Duration window = options.duplicateDetectionWindow();
    if (window != null && window.compareTo(DuplicateWindow.MAX_WINDOW) > 0) {
      throw new ConfigurationInvalid(
          queue.value(),
          "Queue '%s' is to remember message ids for %s (duplicate-detection.window); a state store keeps them for at most %s."
              .formatted(queue, window, DuplicateWindow.MAX_WINDOW));
    }
  }

  /**
   * A broker's capabilities, with those that a state store gives it.
   *
   * @param lack what the broker does not do, in a sentence
   * @param store the one that is configured; {@code null}: none, so that they are refused
   */
  public static Capabilities add(
      Capabilities broker, String lack, @Nullable QueueStateStore store) {
    Limits limits = broker.limits();
    Capabilities limited =
        store == null
            ? broker
            : new Capabilities(
                broker.server(),
                broker.supports(),
                new Limits(
                    limits.maxMessageSize(),
                    limits.maxBatchSize(),
                    store.limits().maxSessionStateSize(),
                    limits.maxLockDuration()));
    Support own = broker.of(Capability.SCHEDULE);
    return limited
        .with(
            Capability.SCHEDULE,
            own.isThere()
                ? store == null
                    ? own
                    : Support.emulated(
                        "With a state store: %s Without one: %s".formatted(SCHEDULE, own.words()))
                : Support.byStore(store != null, lack, SCHEDULE))
        .with(
            Capability.CANCEL_SCHEDULED,
            Support.byStore(
                store != null,
                lack,
                "Until an instance takes the message to publish it: either that or the cancelling succeeds."))
        .with(
            Capability.SCHEDULED_VISIBLE,
            Support.byStore(
                store != null, lack, "What is in the store; counted up to 10,000 of a queue."))
        .with(
            Capability.DEFER,
            Support.byStore(
                store != null,
                lack,
                "At least once: a deferred message is in the store before it is acknowledged at the broker; after a crash in between it is in both, with one number and one message id. Who receives it by its number has it under a lease for the lock's length; given back, it stays deferred."))
        .with(
            Capability.SESSION_STATE,
            Support.byStore(
                store != null,
                lack,
                "The state is in the store, under a fence for each part of the queue that the broker gives to one process: who has lost the part can neither read nor write any more."))
        .with(
            Capability.DUPLICATE_DETECTION,
            Support.byStore(
                store != null,
                lack,
                "Ids that callers gave are claimed in the store before a message is sent, and looked up before it is handed out: of all copies one is delivered within the window, also when a sender crashes, after which the id is taken for some seconds more than a send may take. While the store cannot be reached, such messages are neither sent nor handed out. Messages of foreign senders, dead letters sent again, and what was sent before the queue had a window are not looked up."))
        .with(
            Capability.DUPLICATE_OUTCOME,
            Support.byStore(
                store != null,
                lack,
                "A copy is not sent at all once another one has arrived; while that is not known, a send waits for it, and fails when it takes longer than a send may take."));
  }
}
