package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to one queue without sessions, or to its dead letters, that all receivers of a provider
 * share. It is opened by the first receive and anew after a fault that the SDK could not overcome;
 * what was received stays settleable through it meanwhile.
 *
 * <p>Thread-safe.
 */
final class QueueLink implements Intake.Owner {

  private static final Logger log = LoggerFactory.getLogger(QueueLink.class);

  private static final Duration RELEASE_MAX = Duration.ofSeconds(5);

  private final QueueName queue;
  private final SubQueue subQueue;
  private final Connections connections;
  private final ServiceBusRetry retry;
  private final ProviderTime time;

  /** How often the link has ended since it last brought a message. */
  private final AtomicInteger faults = new AtomicInteger();

  private final CallbackThreads callbacks;
  private final IncomingConversion conversion;
  private final Deliveries deliveries;
  private final Settling settling;
  private final Intake intake;
  private @Nullable ServiceBusReceiverAsyncClient client;

  /** Nothing is received any more; what was received can still be settled. */
  private volatile boolean closing;

  private boolean closed;

  /** Nobody finds this link any more; what comes late is still given back. */
  private volatile boolean resting;

  QueueLink(
      QueueName queue,
      SubQueue subQueue,
      Connections connections,
      ServiceBusRetry retry,
      ProviderTime time,
      CallbackThreads callbacks) {
    this.queue = queue;
    this.subQueue = subQueue;
    this.connections = connections;
    this.retry = retry;
    this.time = time;
    this.callbacks = callbacks;
    this.conversion = new IncomingConversion(queue, subQueue, time);
    this.deliveries = new Deliveries(time);
    this.settling =
        new Settling(
            queue,
            this::client,
            Requests.of(() -> connections.receiver(queue, subQueue), retry),
            deliveries,
            time,
            callbacks);
    this.intake = new Intake(time, callbacks, false, this);
  }

  /** The client that everything goes through now. */
  private synchronized ServiceBusReceiverAsyncClient client() {
    if (closed) {
      throw new Closed(
          queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
    }
    if (client == null) {
      client = connections.receiver(queue, subQueue);
    }
    return client;
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> receive(int max, Duration maxWait) {
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = intake.receive(max, maxWait);
    attach();
    return receive;
  }

  private synchronized void attach() {
    if (closing) {
      intake.endAll();
    } else if (!intake.isAttached()) {
      intake.attach(client().receiveMessages().map(this::delivered));
    }
  }

  private ReceivedMessage<byte[]> delivered(ServiceBusReceivedMessage wire) {
    faults.set(0);
    ReceivedMessage<byte[]> message = conversion.delivered(wire);
    deliveries.add(wire, message);
    return message;
  }

  @Override
  public RuntimeException translate(Throwable error) {
    return Failures.of(queue, "receive from").of(error);
  }

  @Override
  public void giveBack(List<ReceivedMessage<byte[]>> late) {
    if (closing) {
      return; // with everything that is held, once the link's credit is gone
    }
    for (ReceivedMessage<byte[]> message : late) {
      settling
          .settle(message, Settlement.release())
          .whenComplete(
              (value, error) -> {
                if (error != null) {
                  log.debug("A message nobody waits for could not be given back.", error);
                }
                if (resting) {
                  drop(); // giving it back has opened another client
                }
              });
    }
  }

  @Override
  public CompletableFuture<Boolean> canReturn(SequenceNumber number) {
    return CompletableFuture.completedFuture(false); // the order of a plain queue is not kept up
  }

  @Override
  public boolean ended(@Nullable Throwable error) {
    log.debug("The link to queue '{}' has ended.", queue, error);
    drop();
    boolean again =
        (error == null || Failures.of(queue, "receive from").of(error).isTransient())
            && faults.incrementAndGet() <= retry.retries();
    if (!again) {
      faults.set(0);
    } else if (intake.hasWaiting()) {
      time.after(retry.delay(), () -> callbacks.execute(this::attachAgain));
    }
    return again;
  }

  private void attachAgain() {
    try {
      if (intake.hasWaiting()) {
        attach();
      }
    } catch (RuntimeException e) {
      intake.failAll(Failures.of(queue, "receive from").of(e));
    }
  }

  /** Closes the client; the next use opens another one. */
  private void drop() {
    ServiceBusReceiverAsyncClient dropped;
    synchronized (this) {
      dropped = client;
      client = null;
    }
    if (dropped != null) {
      callbacks.execute(() -> Blocking.close(dropped::close));
    }
  }

  CompletableFuture<Void> settle(ReceivedMessage<?> message, Settlement settlement) {
    return settling.settle(message, settlement);
  }

  CompletableFuture<Instant> renewLock(ReceivedMessage<?> message) {
    return settling.renewLock(message);
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> receiveDeferred(
      Collection<SequenceNumber> numbers) {
    return Deferred.receive(
        callbacks,
        Failures.of(queue, "receive deferred messages from"),
        List.copyOf(numbers),
        some -> client().receiveDeferredMessages(some).map(this::delivered));
  }

  CompletableFuture<List<ReceivedMessage<byte[]>>> peek(SequenceNumber from, int max) {
    return Peeking.peek(
        callbacks,
        conversion,
        Failures.of(queue, "look into"),
        from,
        max,
        (count, first) -> client().peekMessages(count, first).map(conversion::seen));
  }

  /** Whether nobody would miss the link. */
  boolean isIdle() {
    return !intake.isBusy() && !deliveries.anyHeld();
  }

  /** Closes the link, on which nothing is held, for good: the queue's next use opens another. */
  void rest() {
    resting = true;
    CompletableFuture<?>[] released = released(intake.detach());
    CompletableFuture.allOf(released).whenComplete((value, error) -> drop());
  }

  private CompletableFuture<?>[] released(List<ReceivedMessage<byte[]>> messages) {
    return messages.stream()
        .map(message -> settling.settle(message, Settlement.release()))
        .toArray(CompletableFuture<?>[]::new);
  }

  /**
   * Ends waiting receives empty, and gives back, uncounted, what was received and not settled: it
   * would be locked for nobody. That goes through {@code $management} once the link is closed,
   * since the link's own credit would bring it all back, and so that it includes what has come
   * until then. Idempotent.
   *
   * <p>What the broker sends while the detach is on its way to it is beyond reach: the SDK abandons
   * it by itself, which Service Bus is free to ignore.
   */
  void close() {
    ServiceBusReceiverAsyncClient dropped;
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
      dropped = client;
      client = null;
    }
    intake.endAll();
    intake.detach();
    if (dropped != null) {
      Blocking.close(dropped::close);
    }
    List<ReceivedMessage<byte[]>> held = deliveries.held();
    if (!held.isEmpty()) {
      CompletableFuture.allOf(released(held))
          .orTimeout(RELEASE_MAX.toMillis(), TimeUnit.MILLISECONDS)
          .handle((value, error) -> null)
          .join();
    }
    ServiceBusReceiverAsyncClient released;
    synchronized (this) {
      closed = true;
      released = client;
      client = null;
    }
    if (released != null) {
      Blocking.close(released::close);
    }
  }
}
