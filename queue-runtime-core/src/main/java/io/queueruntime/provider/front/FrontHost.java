package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
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
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What fronts need of the provider they work for. Implementations are thread-safe. */
public interface FrontHost {

  /** The broker as its makers write it, e.g. {@code RabbitMQ}. */
  String broker();

  ProviderTime time();

  CallbackThreads callbacks();

  DeliveryHistory history();

  /** Keeps what the broker does not, where one is configured. */
  Optional<QueueStateStore> store();

  /** How long a send takes at most. */
  Duration sendTimeout();

  /** Whether the broker counts each return of a message, also of one that nobody had. */
  boolean countsEveryReturn();

  /** How long after the last demand fetched messages go back to the broker. */
  Duration restAfter();

  /** Unsettled messages of one part of a session queue that are fetched at most. */
  int sessionPrefetch();

  /** The feeds of a queue, in the order of its parts; one for what has no sessions. */
  List<Feed> feeds(FrontQueue queue, SubQueue subQueue, Feed.Sink sink);

  /** In which of the feeds the messages of a session are. */
  int feedOf(FrontQueue queue, SessionId session);

  /**
   * The queue; looks it up, and blocks for it, when it is not known.
   *
   * @throws QueueRuntimeException {@code QueueNotFound} when there is none, and what the broker
   *     says
   */
  FrontQueue find(QueueName queue);

  /** Whether {@link #find} would not block. */
  boolean isFresh(QueueName queue);

  /** What was known last of a queue, however old, so that nobody has to wait. */
  FrontQueue last(FrontQueue known);

  /** What was known of a queue is not right any more. */
  void forget(QueueName queue);

  boolean isClosed();

  /** What is said once the provider is closed. */
  Closed closed(QueueName queue);

  /** What is said to who asks for what is not there. */
  QueueRuntimeException unsupported(QueueName queue, Capability capability);

  /**
   * What the client's failure means.
   *
   * @param doing what was attempted, e.g. {@code receive from queue 'orders'}
   */
  QueueRuntimeException failure(@Nullable QueueName queue, String doing, Throwable failure);

  /** What is received from here. */
  Fronts fronts();

  /**
   * Puts a message that the state store keeps into its queue, enqueued now, with the number that it
   * has; completes once the broker has confirmed it.
   */
  CompletableFuture<Void> publish(FrontQueue queue, KeptMessage message);

  /**
   * Puts a copy of a message that the state store keeps into the dead-letter queue; completes once
   * the broker has confirmed it.
   */
  CompletableFuture<Void> bury(FrontQueue queue, KeptMessage message, Letter letter);

  /** Looks at messages: see {@link io.queueruntime.provider.QueueReceiver#peek}. */
  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(
      QueueName queue,
      SubQueue subQueue,
      @Nullable SessionId session,
      SequenceNumber from,
      int maxMessages);
}
