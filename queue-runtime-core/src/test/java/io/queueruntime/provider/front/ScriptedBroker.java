package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.ProviderTime;
import io.queueruntime.store.QueueStateStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A broker that has every queue, with one session at most, and brings what tests tell it to. */
final class ScriptedBroker implements FrontHost, AutoCloseable {

  /** How long a send takes at most; longer than any machine is slow. */
  static final Duration SEND_TIMEOUT = Duration.ofMinutes(10);

  private final ProviderTime time;
  private final CallbackThreads callbacks = new CallbackThreads("scripted-broker");
  private final DeliveryHistory history = new DeliveryHistory();
  private final Fronts fronts;
  private final BlockingQueue<ScriptedFeed> begun = new LinkedBlockingQueue<>();
  private final BlockingQueue<KeptMessage> published = new LinkedBlockingQueue<>();
  private volatile @Nullable RuntimeException refusal;
  private final BlockingQueue<String> buried = new LinkedBlockingQueue<>();
  private final @Nullable SessionId session;
  private final @Nullable QueueStateStore store;
  private final @Nullable Duration window;
  private volatile boolean closed;

  /**
   * Starts no thread yet.
   *
   * @param session that all messages are of; {@code null}: its queues have no sessions
   */
  ScriptedBroker(@Nullable SessionId session) {
    this(session, null);
  }

  /** With a state store beside it. */
  ScriptedBroker(@Nullable SessionId session, @Nullable QueueStateStore store) {
    this(session, store, null, new ProviderTime("scripted-broker-time"));
  }

  /**
   * With a clock of the test's.
   *
   * @param window of its queues; {@code null}: none
   */
  ScriptedBroker(
      @Nullable SessionId session,
      @Nullable QueueStateStore store,
      @Nullable Duration window,
      ProviderTime time) {
    this.session = session;
    this.store = store;
    this.window = window;
    this.time = time;
    this.fronts = new Fronts(this);
  }

  @Override
  public Fronts fronts() {
    return fronts;
  }

  /** The next feed that somebody wants messages of. */
  ScriptedFeed awaitBegun() {
    try {
      ScriptedFeed next = begun.poll(60, TimeUnit.SECONDS);
      assertThat(next).as("a feed that was begun").isNotNull();
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for a feed.", e);
    }
  }

  @Override
  public String broker() {
    return "the scripted broker";
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
  public DeliveryHistory history() {
    return history;
  }

  @Override
  public Optional<QueueStateStore> store() {
    return Optional.ofNullable(store);
  }

  @Override
  public Duration sendTimeout() {
    return SEND_TIMEOUT;
  }

  @Override
  public boolean countsEveryReturn() {
    return false;
  }

  @Override
  public Duration restAfter() {
    return Duration.ofMinutes(1);
  }

  @Override
  public int sessionPrefetch() {
    return 10;
  }

  @Override
  public List<Feed> feeds(FrontQueue queue, SubQueue subQueue, Feed.Sink sink) {
    return List.of(new ScriptedFeed(queue.name(), session, sink, begun::add));
  }

  @Override
  public int feedOf(FrontQueue queue, SessionId session) {
    return 0;
  }

  @Override
  public FrontQueue find(QueueName queue) {
    return new Known(queue, session == null ? 0 : 1, window);
  }

  @Override
  public boolean isFresh(QueueName queue) {
    return true;
  }

  @Override
  public FrontQueue last(FrontQueue known) {
    return known;
  }

  @Override
  public void forget(QueueName queue) {
    // it knows of none
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public Closed closed(QueueName queue) {
    return new Closed(queue.value(), "The scripted broker was closed.");
  }

  @Override
  public QueueRuntimeException unsupported(QueueName queue, Capability capability) {
    return new UnsupportedCapability(queue.value(), "Not scripted: " + capability.title());
  }

  @Override
  public QueueRuntimeException failure(@Nullable QueueName queue, String doing, Throwable failure) {
    return failure instanceof QueueRuntimeException known
        ? known
        : new ProviderFailed(null, "Cannot " + doing + ".", false, failure);
  }

  @Override
  public CompletableFuture<Void> publish(FrontQueue queue, KeptMessage message) {
    published.add(message);
    RuntimeException refused = refusal;
    return refused == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(refused);
  }

  /** The kept messages that it was told to publish, in that order, also those it refused. */
  BlockingQueue<KeptMessage> published() {
    return published;
  }

  /** Refuses to publish from now on; {@code null}: does not. */
  void refuse(@Nullable RuntimeException why) {
    refusal = why;
  }

  @Override
  public CompletableFuture<Void> bury(FrontQueue queue, KeptMessage message, Letter letter) {
    buried.add(letter.reason());
    return CompletableFuture.completedFuture(null);
  }

  /** The reasons of the kept messages that went to the dead-letter queue, as they did. */
  BlockingQueue<String> buried() {
    return buried;
  }

  @Override
  public CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int maxMessages) {
    return CompletableFuture.completedFuture(List.of());
  }

  @Override
  public void close() {
    closed = true;
    fronts.close();
    time.close();
    callbacks.close();
  }

  private record Known(QueueName name, int partitions, @Nullable Duration window)
      implements FrontQueue {

    @Override
    public QueueOptions options() {
      return QueueOptions.DEFAULTS
          .withSessions(partitions > 0)
          .withLockDuration(Duration.ofMinutes(5))
          .withDuplicateDetectionWindow(window);
    }

    @Override
    public boolean known() {
      return true;
    }
  }
}
