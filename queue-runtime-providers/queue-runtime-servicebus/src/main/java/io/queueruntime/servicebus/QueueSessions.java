package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverAsyncClient;
import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ProviderFailed;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one queue, as far as this provider is concerned: those it {@linkplain
 * HeldSessions holds}, and those that callers wait for, {@linkplain NamedSessions by id} or
 * {@linkplain NextSessions whichever comes}.
 *
 * <p>How long a hold lasts at first is reckoned from the lock duration as it was known up to ten
 * minutes ago; the broker tells with the first renewal.
 *
 * <p>Thread-safe.
 */
final class QueueSessions {

  private final QueueName queue;
  private final Connections connections;
  private final QueueFacts facts;
  private final ProviderTime time;
  private final CallbackThreads callbacks;
  private final ServiceBusOptions options;
  private final HeldSessions held;
  private final NamedSessions named;
  private final NextSessions next;
  private @Nullable ServiceBusSessionReceiverAsyncClient client;
  private boolean closed;

  QueueSessions(
      QueueName queue,
      Connections connections,
      QueueFacts facts,
      ProviderTime time,
      CallbackThreads callbacks,
      ServiceBusOptions options) {
    this.queue = queue;
    this.connections = connections;
    this.facts = facts;
    this.time = time;
    this.callbacks = callbacks;
    this.options = options;
    this.held = new HeldSessions(queue, time);
    this.named = new NamedSessions(queue, time, callbacks, held, this::checked, this::acceptOne);
    this.next = new NextSessions(queue, time, callbacks, this::checked, this::acceptAny);
  }

  private synchronized ServiceBusSessionReceiverAsyncClient client() {
    if (closed) {
      throw providerClosed();
    }
    if (client == null) {
      client = connections.sessions(queue);
    }
    return client;
  }

  private Closed providerClosed() {
    return new Closed(
        queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
  }

  /** What is known of the queue, which must have sessions. */
  private CompletableFuture<Optional<QueueOptions>> checked() {
    return facts
        .of(queue)
        .thenApply(
            options -> {
              if (options.isPresent() && !options.get().sessions()) {
                throw new ValidationFailed(
                    queue.value(),
                    "Cannot accept a session of queue '%s': it has no sessions.".formatted(queue));
              }
              return options;
            });
  }

  /** A session that was accepted, listened to and noted. */
  private CompletableFuture<ServiceBusSession> holder(
      ServiceBusReceiverAsyncClient receiver, Optional<QueueOptions> options, boolean certain) {
    SessionId id;
    try {
      id = SessionId.of(receiver.getSessionId());
    } catch (QueueRuntimeException e) {
      callbacks.execute(() -> Blocking.close(receiver::close));
      return CompletableFuture.failedFuture(
          new ProviderFailed(
              queue.value(),
              "Cannot accept a session of queue '%s' that some other program made: %s"
                  .formatted(queue, e.getMessage()),
              true,
              e));
    }
    CompletableFuture<Instant> until =
        options.isPresent() && certain
            ? CompletableFuture.completedFuture(time.now().plus(options.get().lockDuration()))
            : Answer.of(callbacks, receiver.renewSessionLock())
                .thenApply(renewed -> time.fromBroker(renewed.toInstant()));
    return until.handle(
        (lockedUntil, error) -> {
          if (error != null) {
            callbacks.execute(() -> Blocking.close(receiver::close));
            throw Failures.of(queue, "accept session '" + id + "' of").of(error);
          }
          ServiceBusSession session =
              new ServiceBusSession(
                  queue,
                  id,
                  receiver,
                  Requests.of(
                      () -> connections.receiver(queue, SubQueue.MAIN), this.options.retry()),
                  lockedUntil,
                  time,
                  callbacks,
                  this.options.maxMessageSize());
          held.add(session);
          session
              .over()
              .thenRun(
                  () -> {
                    if (session.wasLost()) {
                      next.linkEnded();
                    }
                  });
          session.begin();
          return session;
        });
  }

  /** See {@code QueueProvider.acceptSession}. */
  CompletableFuture<SessionReceiver> accept(SessionId id, Duration maxWait) {
    return named.accept(id, bounded(maxWait));
  }

  /** The SDK would begin anew for as long as the broker leaves its link without an answer. */
  private CompletableFuture<ServiceBusSession> acceptOne(
      SessionId id, Optional<QueueOptions> options) {
    Duration longest = this.options.retry().tryTimeout().multipliedBy(2);
    return Answer.of(
            callbacks,
            AskedAgain.of(client().acceptSession(id.value()), time, callbacks).timeout(longest))
        .thenCompose(receiver -> holder(receiver, options, !held.wasHeldLately(id)));
  }

  /** Waits for whichever session comes first, for as long as the SDK does. */
  private CompletableFuture<ServiceBusSession> acceptAny(Optional<QueueOptions> options) {
    return Answer.of(callbacks, client().acceptNextSession())
        .thenCompose(receiver -> holder(receiver, options, true));
  }

  private static Duration bounded(Duration wait) {
    Duration most = Duration.ofDays(36_500);
    return wait.compareTo(most) > 0 ? most : wait;
  }

  /** See {@code QueueProvider.acceptNextSession}. */
  CompletableFuture<Optional<SessionReceiver>> acceptNext(Duration maxWait) {
    return next.accept(bounded(maxWait));
  }

  /** Whether nobody would miss this. */
  boolean isIdle() {
    return held.isEmpty() && next.isIdle();
  }

  /** Closes the client; no accept is under way. */
  void rest() {
    ServiceBusSessionReceiverAsyncClient dropped;
    synchronized (this) {
      dropped = client;
      client = null;
    }
    if (dropped != null) {
      callbacks.execute(() -> Blocking.close(dropped::close));
    }
  }

  /** Gives all sessions back and ends all waiting. */
  void close() {
    List<ServiceBusSession> all;
    ServiceBusSessionReceiverAsyncClient dropped;
    synchronized (this) {
      closed = true;
      all = held.close();
      dropped = client;
      client = null;
    }
    next.close();
    named.close();
    List<CompletableFuture<Void>> closing =
        all.stream().map(ServiceBusSession::closeAsync).toList();
    closing.forEach(CompletableFuture::join);
    if (dropped != null) {
      Blocking.close(dropped::close);
    }
  }
}
