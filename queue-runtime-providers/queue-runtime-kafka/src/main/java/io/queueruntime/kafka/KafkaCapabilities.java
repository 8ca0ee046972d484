package io.queueruntime.kafka;

import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.Support;
import io.queueruntime.provider.front.StoreCapabilities;
import io.queueruntime.store.QueueStateStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be done on a Kafka of some version. Thread-safe. */
final class KafkaCapabilities {

  private static final int BATCH_MAX = 10_000;
  private static final long STATE_BYTES_MAX = 1_048_576;

  private KafkaCapabilities() {}

  static Capabilities of(
      BrokerVersion version, KafkaOptions options, @Nullable QueueStateStore store) {
    Capabilities capabilities =
        Capabilities.all(
                new Server("Kafka", version.text()),
                new Limits(options.maxMessageSize(), BATCH_MAX, STATE_BYTES_MAX, null))
            .with(
                Capability.SESSIONS,
                Support.emulated(
                    "A session's messages are in the partition that its id belongs to as a key, and a partition is with one process at a time: in order, and worked on by one. When a partition moves to another process, what was not settled moves along, also what a handler still works on here: two may work on one message then, and what the first settles is refused."))
            .with(
                Capability.ACCEPT_NEXT_SESSION,
                Support.emulated("Among the sessions of the partitions that this process has."))
            .with(
                Capability.RENEW_LOCK,
                Support.emulated(
                    "The runtime keeps the lock on its own clock; Kafka leaves a partition with its process as long as that lives."))
            .with(
                Capability.TIME_TO_LIVE,
                Support.emulated(
                    "An expired message is never handed out, and is dead-lettered when it would be received."))
            .with(
                Capability.PEEK,
                Support.emulated(
                    "Reads what the group of the queue has not finished, at most 20,000 messages of a queue."))
            .with(
                Capability.ABANDON_WITH_DELAY,
                Support.emulated(
                    "The message stays with this process for its delay; when its partition moves to another process before, it comes at once."))
            .with(
                Capability.DEAD_LETTER_REPLAY,
                Support.emulated(
                    "At least once: the dead letter is sent again and confirmed before it is removed; after a crash in between both are there, with one message id. Fails while another process receives from the dead letters."))
            .with(
                Capability.STATISTICS,
                Support.emulated("Counts what the group of the queue has not finished."))
            .without(List.of(Capability.SCHEDULE), "Kafka keeps nothing beside its topics.")
            .without(
                List.of(Capability.DEDUPLICATION_KEY), "Kafka cannot replace a message that waits.")
            .without(
                List.of(Capability.ATOMIC_BATCH),
                "A batch is sent in one go and confirmed message by message; the provider does not use Kafka's transactions yet.")
            .without(
                List.of(Capability.EXACT_DELIVERY_COUNT),
                "Deliveries are counted by the process that holds the message; when it ends, or its partition moves, the count begins again: a message that ends its process each time is never dead-lettered for its count.")
            .without(
                List.of(Capability.DETAILED_STATISTICS),
                "Kafka knows neither of locks nor of sessions.")
            .without(
                List.of(Capability.EXPIRY_ON_TIME),
                "The runtime looks at what it receives; Kafka looks at nothing.")
            .without(
                List.of(Capability.CAPACITY),
                "Kafka deletes the oldest messages of a topic that is full.")
            .without(
                List.of(Capability.AUTO_DELETE_ON_IDLE), "Kafka does not delete topics by itself.");
    return StoreCapabilities.add(capabilities, "Kafka keeps nothing beside its topics.", store);
  }
}
