package io.queueruntime.kafka;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.provider.SequenceNumbers;
import io.queueruntime.provider.front.DeliveryHistory;
import io.queueruntime.provider.front.Feed;
import io.queueruntime.provider.front.FrontHost;
import io.queueruntime.provider.front.FrontQueue;
import io.queueruntime.provider.front.Fronts;
import io.queueruntime.provider.front.KeptMessage;
import io.queueruntime.provider.front.Letter;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the parts of one provider share. Thread-safe. */
final class ProviderParts implements FrontHost {

  private final KafkaOptions options;
  private final @Nullable QueueStateStore store;
  private final ProviderTime time;
  private final Duration restAfter;
  private final Clients clients;
  private final CallbackThreads callbacks = new CallbackThreads("queue-runtime-kafka");
  private final DeliveryHistory history = new DeliveryHistory();
  private final SequenceNumbers numbers;
  private final Catalog catalog;
  private final Definitions definitions;
  private final Topics topics;
  private final Trimming trimming;
  private final Browsing browsing;
  private final Fronts fronts;

  ProviderParts(
      KafkaOptions options,
      @Nullable QueueStateStore store,
      ProviderTime time,
      Duration restAfter) {
    this.options = options;
    this.store = store;
    this.restAfter = restAfter;
    this.time = time;
    this.clients = new Clients(options);
    this.numbers = new SequenceNumbers(time::millis);
    this.catalog = new Catalog(clients, options.names());
    this.definitions = new Definitions(clients, catalog);
    this.topics = new Topics(options, clients);
    this.trimming = new Trimming(clients, !options.keepFinished());
    this.browsing = new Browsing(this);
    this.fronts = new Fronts(this);
  }

  KafkaOptions options() {
    return options;
  }

  Clients clients() {
    return clients;
  }

  SequenceNumbers numbers() {
    return numbers;
  }

  Catalog catalog() {
    return catalog;
  }

  Definitions definitions() {
    return definitions;
  }

  Topics topics() {
    return topics;
  }

  Trimming trimming() {
    return trimming;
  }

  Browsing browsing() {
    return browsing;
  }

  @Override
  public Fronts fronts() {
    return fronts;
  }

  /** The group that all who receive from a topic are members of. */
  String group(String topic) {
    return options.names() + "." + topic;
  }

  /** Up to where a group has finished each partition, and what it noted beside it. */
  Map<TopicPartition, OffsetAndMetadata> committed(QueueName queue, String group) {
    return clients.ask(
        queue.value(),
        "look how far queue '%s' is received".formatted(queue),
        admin -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  /** What can be done on the broker that is there; asks it for its version. */
  Capabilities capabilities() {
    return KafkaCapabilities.of(clients.version(), options, store);
  }

  // For fronts

  @Override
  public Duration sendTimeout() {
    return options.sendTimeout();
  }

  @Override
  public String broker() {
    return "Kafka";
  }

  @Override
  public ProviderTime time() {
    return time;
  }

  @Override
  public CallbackThreads callbacks() {
    return callbacks;
  }

  @Override
  public Optional<QueueStateStore> store() {
    return Optional.ofNullable(store);
  }

  @Override
  public DeliveryHistory history() {
    return history;
  }

  @Override
  public boolean countsEveryReturn() {
    return false;
  }

  @Override
  public Duration restAfter() {
    return restAfter;
  }

  @Override
  public int sessionPrefetch() {
    return options.sessionPrefetch();
  }

  @Override
  public List<Feed> feeds(FrontQueue queue, SubQueue subQueue, Feed.Sink sink) {
    Definition found = (Definition) queue;
    boolean dead = subQueue == SubQueue.DEAD_LETTER;
    String topic = dead ? found.deadLetters() : found.topic();
    return List.of(new GroupFeed(topic, found, dead, this, sink));
  }

  @Override
  public int feedOf(FrontQueue queue, SessionId session) {
    return 0;
  }

  @Override
  public Definition find(QueueName queue) {
    return definitions.of(queue);
  }

  @Override
  public boolean isFresh(QueueName queue) {
    return definitions.isFresh(queue);
  }

  @Override
  public FrontQueue last(FrontQueue known) {
    return definitions.last((Definition) known);
  }

  @Override
  public void forget(QueueName queue) {
    definitions.forget(queue);
  }

  @Override
  public boolean isClosed() {
    return clients.isClosed();
  }

  @Override
  public Closed closed(QueueName queue) {
    return new Closed(
        queue.value(),
        "Queue '%s' cannot be used any more: its Kafka client was closed.".formatted(queue));
  }

  /** Fails once the provider is closed. */
  void open(QueueName queue) {
    if (isClosed()) {
      throw closed(queue);
    }
  }

  @Override
  public UnsupportedCapability unsupported(QueueName queue, Capability capability) {
    return new UnsupportedCapability(
        queue.value(),
        "Queue '%s' is kept by Kafka %s, without %s: %s"
            .formatted(
                queue,
                clients.version().text(),
                capability.title(),
                capabilities().of(capability).words()));
  }

  @Override
  public QueueRuntimeException failure(@Nullable QueueName queue, String doing, Throwable failure) {
    return Failures.of(queue == null ? null : queue.value(), doing, failure);
  }

  @Override
  public CompletableFuture<Void> publish(FrontQueue queue, KeptMessage message) {
    Definition to = (Definition) queue;
    return clients
        .send(
            Outgoing.of(
                message.toOutgoing(),
                message.messageId(),
                message.mark(),
                to,
                message.sequenceNumber(),
                time.now()))
        .handle(
            (done, failure) -> {
              if (failure == null) {
                return CompletableFuture.<Void>completedFuture(null);
              }
              definitions.forget(to.name()); // it may be gone
              return CompletableFuture.<Void>failedFuture(failure);
            })
        .thenCompose(end -> end);
  }

  @Override
  public CompletableFuture<Void> bury(FrontQueue queue, KeptMessage message, Letter letter) {
    return clients
        .send(Outgoing.dead((Definition) queue, message, letter, numbers.next()))
        .thenApply(done -> null);
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int maxMessages) {
    return browsing.peek(queue, subQueue, session, from, maxMessages);
  }

  void close() {
    fronts.close();
    browsing.close();
    catalog.close();
    clients.close();
    time.close();
    callbacks.close();
  }
}
