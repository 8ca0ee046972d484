package io.queueruntime.kafka;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/** Makes the topics of queues; one that is there already is left as it is. Thread-safe; blocks. */
final class Topics {

  private final KafkaOptions options;
  private final Clients clients;

  Topics(KafkaOptions options, Clients clients) {
    this.options = options;
    this.clients = clients;
  }

  /** Makes both topics of a queue; its own last, which tells that it is there. */
  void create(Definition queue) {
    int partitions = queue.partitions() > 0 ? queue.partitions() : options.partitions();
    createDeadLetters(queue);
    create(queue, queue.topic(), partitions);
  }

  /** Makes the topic of a queue's dead letters, which a topic of somebody else's comes without. */
  void createDeadLetters(Definition queue) {
    create(queue, queue.deadLetters(), 1);
  }

  private void create(Definition queue, String name, int partitions) {
    NewTopic topic =
        new NewTopic(name, Optional.of(partitions), Optional.empty())
            .configs(
                Map.of(
                    "cleanup.policy",
                    "delete",
                    "retention.ms", // a message that nobody has received is not too old
                    "-1",
                    "retention.bytes",
                    "-1",
                    "max.message.bytes",
                    String.valueOf(clients.topicMessageBytes())));
    Catalog.create(
        clients,
        queue.name().value(),
        "create topic '%s' of queue '%s'".formatted(name, queue.name()),
        topic);
  }
}
