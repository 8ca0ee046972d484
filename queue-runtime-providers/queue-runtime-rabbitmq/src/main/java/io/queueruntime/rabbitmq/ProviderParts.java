package io.queueruntime.rabbitmq;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the parts of one provider share. Thread-safe. */
final class ProviderParts implements FrontHost {

  private final RabbitMqOptions options;
  private final @Nullable QueueStateStore store;
  private final ProviderTime time;
  private final Pace pace;
  private final Connections connections;
  private final CallbackThreads callbacks = new CallbackThreads("queue-runtime-rabbitmq");
  private final SequenceNumbers numbers;
  private final Definitions definitions;
  private final Declarations declarations;
  private final Publisher publisher;
  private final DelayLadder ladder;
  private final DeadLettering deadLettering;
  private final DeliveryHistory history = new DeliveryHistory();
  private final Peeking peeking = new Peeking(this);
  private final Fronts fronts;
  private final String instance = UUID.randomUUID().toString();

  ProviderParts(
      RabbitMqOptions options, @Nullable QueueStateStore store, ProviderTime time, Pace pace) {
    this.options = options;
    this.store = store;
    this.pace = pace;
    this.time = time;
    this.connections = new Connections(options);
    this.numbers = new SequenceNumbers(time::millis);
    Catalog catalog = new Catalog(connections, options.names());
    this.definitions = new Definitions(connections, catalog);
    this.declarations = new Declarations(connections, catalog, definitions, options, time);
    this.publisher = new Publisher(connections, options.sendTimeout(), time, callbacks);
    this.ladder = new DelayLadder(connections, options.names(), pace.rungs());
    this.deadLettering = new DeadLettering(this);
    this.fronts = new Fronts(this);
  }

  RabbitMqOptions options() {
    return options;
  }

  @Override
  public ProviderTime time() {
    return time;
  }

  Pace pace() {
    return pace;
  }

  Connections connections() {
    return connections;
  }

  @Override
  public CallbackThreads callbacks() {
    return callbacks;
  }

  SequenceNumbers numbers() {
    return numbers;
  }

  Definitions definitions() {
    return definitions;
  }

  Declarations declarations() {
    return declarations;
  }

  Publisher publisher() {
    return publisher;
  }

  DelayLadder ladder() {
    return ladder;
  }

  DeadLettering deadLettering() {
    return deadLettering;
  }

  @Override
  public Optional<QueueStateStore> store() {
    return Optional.ofNullable(store);
  }

  @Override
  public DeliveryHistory history() {
    return history;
  }

  /**
   * How much this process wants to be a partition's active consumer, 0 to 255: each process draws
   * another order of the partitions, so that they spread evenly, and few move when one comes or
   * goes.
   */
  int rankOf(String partition) {
    return Definition.partitionOf(instance + partition, 256);
  }

  /** Fails once the provider is closed. */
  void open(QueueName queue) {
    if (connections.isClosed()) {
      throw closed(queue);
    }
  }

  @Override
  public Closed closed(QueueName queue) {
    return new Closed(
        queue.value(),
        "Queue '%s' cannot be used any more: its RabbitMQ client was closed.".formatted(queue));
  }

  @Override
  public UnsupportedCapability unsupported(QueueName queue, Capability capability) {
    return new UnsupportedCapability(
        queue.value(),
        "Queue '%s' is kept by RabbitMQ %s, without %s: %s"
            .formatted(
                queue,
                connections.version().text(),
                capability.title(),
                capabilities().of(capability).words()));
  }

  /** What can be done on the broker that is there; asks it for its version. */
  Capabilities capabilities() {
    return RabbitMqCapabilities.of(connections.version(), options, store);
  }

  // For fronts

  @Override
  public Duration sendTimeout() {
    return options.sendTimeout();
  }

  @Override
  public String broker() {
    return "RabbitMQ";
  }

  @Override
  public boolean countsEveryReturn() {
    return !connections.version().releasesUncounted();
  }

  @Override
  public Duration restAfter() {
    return pace.restAfter();
  }

  @Override
  public int sessionPrefetch() {
    return options.sessionPrefetch();
  }

  @Override
  public List<Feed> feeds(FrontQueue queue, SubQueue subQueue, Feed.Sink sink) {
    Definition found = (Definition) queue;
    if (subQueue == SubQueue.DEAD_LETTER) {
      return List.of(new ChannelFeed(found.deadLetters(), found, true, -1, this, sink));
    }
    if (found.partitions() == 0) {
      return List.of(new ChannelFeed(found.name().value(), found, false, -1, this, sink));
    }
    List<Feed> feeds = new ArrayList<>();
    for (int number = 0; number < found.partitions(); number++) {
      feeds.add(new ChannelFeed(found.partition(number), found, false, number, this, sink));
    }
    return feeds;
  }

  @Override
  public int feedOf(FrontQueue queue, SessionId session) {
    return Definition.partitionOf(session.value(), queue.partitions());
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
    return connections.isClosed();
  }

  @Override
  public QueueRuntimeException failure(@Nullable QueueName queue, String doing, Throwable failure) {
    return Failures.of(queue == null ? null : queue.value(), doing, failure);
  }

  @Override
  public CompletableFuture<Void> publish(FrontQueue queue, KeptMessage message) {
    Definition to = (Definition) queue;
    Outgoing outgoing =
        Outgoing.of(message.toOutgoing(), message.mark(), to, message.sequenceNumber(), time.now());
    String key = to.target(message.sessionId().map(SessionId::value).orElse(null));
    CompletableFuture<Void> confirmed =
        publisher.publish(to.name().value(), "", key, outgoing.properties(), outgoing.body());
    confirmed.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            definitions.forget(to.name()); // it may be gone
          }
        });
    return confirmed;
  }

  @Override
  public CompletableFuture<Void> bury(FrontQueue queue, KeptMessage message, Letter letter) {
    Definition of = (Definition) queue;
    return deadLettering.bury(of, Incoming.kept(of, message), letter);
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int maxMessages) {
    return peeking.peek(fronts, queue, subQueue, session, from, maxMessages);
  }

  /** What was received from here. */
  @Override
  public Fronts fronts() {
    return fronts;
  }

  void close() {
    publisher.close();
    connections.close();
    time.close();
    callbacks.close();
  }
}
