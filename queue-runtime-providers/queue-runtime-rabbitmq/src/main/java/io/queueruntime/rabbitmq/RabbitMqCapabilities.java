package io.queueruntime.rabbitmq;

import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.Support;
import io.queueruntime.provider.front.StoreCapabilities;
import io.queueruntime.store.QueueStateStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be done on a RabbitMQ of some version. Thread-safe. */
final class RabbitMqCapabilities {

  private static final int BATCH_MAX = 10_000;
  private static final long STATE_BYTES_MAX = 1_048_576;

  private RabbitMqCapabilities() {}

  static Capabilities of(
      BrokerVersion version, RabbitMqOptions options, @Nullable QueueStateStore store) {
    Capabilities capabilities =
        Capabilities.all(
                new Server("RabbitMQ", version.text()),
                new Limits(options.maxMessageSize(), BATCH_MAX, STATE_BYTES_MAX, null))
            .with(
                Capability.SESSIONS,
                Support.emulated(
                    "Sessions share %d partition queues, each with one active consumer: the messages of a session are in order and with one process at a time. While a lost connection is not noticed yet, up to the heartbeat's time-out, two may work on one message."
                        .formatted(options.sessionPartitions())))
            .with(
                Capability.ACCEPT_NEXT_SESSION,
                Support.emulated(
                    "Among the sessions of those partitions that this process is the active consumer of."))
            .with(
                Capability.RENEW_LOCK,
                Support.emulated(
                    "The runtime keeps the lock on its own clock; the broker holds the delivery as long as the connection lives, at most for its consumer timeout, 30 minutes as it comes."))
            .with(
                Capability.SCHEDULE,
                Support.emulated(
                    "At least once: messages wait in queues whose time to live leads into the next one, to 0.1 s and for at most 310 days; after a crash of the broker one may come twice, with the same id."))
            .with(
                Capability.TIME_TO_LIVE,
                Support.emulated(
                    "An expired message is never handed out; the broker dead-letters it once it is at the head of its queue, the runtime when it would be received."))
            .with(
                Capability.PEEK,
                Support.emulated(
                    "Messages are fetched and given back: those that another process holds are not seen, and session queues only where this process is the active consumer."))
            .with(
                Capability.ABANDON_WITH_DELAY,
                Support.emulated(
                    "The message stays with this process for its delay, at most for the broker's consumer timeout; when the process ends before, it comes back at once."))
            .with(
                Capability.DEAD_LETTER_REPLAY,
                Support.emulated(
                    "At least once: the dead letter is sent again and confirmed before it is removed; after a crash in between both are there, with one message id."))
            .with(
                Capability.STATISTICS,
                Support.emulated(
                    "Counts what is ready at the broker and what this process holds; what other processes hold is not seen."))
            .without(
                List.of(Capability.DEDUPLICATION_KEY),
                "RabbitMQ cannot replace a message that waits.")
            .without(
                List.of(Capability.ATOMIC_BATCH),
                "RabbitMQ's transactions are atomic within one queue only; a batch is sent in one go and confirmed message by message.")
            .without(
                List.of(Capability.DETAILED_STATISTICS),
                "RabbitMQ tells clients neither what others hold, nor sizes, nor of sessions.")
            .without(
                List.of(Capability.EXPIRY_ON_TIME),
                "RabbitMQ looks at the head of a queue only, and the runtime at what it receives.")
            .without(
                List.of(Capability.CAPACITY),
                "RabbitMQ refuses at once where a sender is to be held back, and some messages too late.")
            .without(
                List.of(Capability.AUTO_DELETE_ON_IDLE),
                "RabbitMQ deletes an idle queue with its messages, and takes one without consumers for idle.");
    Capabilities stored =
        StoreCapabilities.add(capabilities, "RabbitMQ keeps nothing beside its queues.", store);
    return version.releasesUncounted()
        ? stored.with(
            Capability.EXACT_DELIVERY_COUNT,
            Support.unsupported(
                "Failed deliveries are counted by the process that holds the message; when it ends, all of them count as one."))
        : stored.with(
            Capability.EXACT_DELIVERY_COUNT,
            Support.unsupported(
                "Before 4.3 RabbitMQ counts every return of a message, also of one that was only fetched; and all failed deliveries of a process that ends count as one."));
  }
}
