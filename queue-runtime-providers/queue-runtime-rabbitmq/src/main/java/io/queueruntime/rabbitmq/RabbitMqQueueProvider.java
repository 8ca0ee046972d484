package io.queueruntime.rabbitmq;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ from 3.10 on, through its own client.
 *
 * <p>Opening it does no I/O; its connections are made with the first use and again after a fault.
 * What it can do depends on the broker's version, so that asking for its capabilities connects. How
 * each promise is kept, and which are not, stands in {@code docs/rabbitmq.md}.
 *
 * <p>Thread-safe. What depends on its futures may block.
 */
public final class RabbitMqQueueProvider implements QueueProvider {

  /** Its name in the configuration. */
  public static final String NAME = "rabbitmq";

  private final ProviderParts parts;
  private final Fronts fronts;
  private final RabbitMqAdmin admin;
  private boolean closed;

  /** Opens a provider on the machine's clocks. */
  public RabbitMqQueueProvider(RabbitMqOptions options) {
    this(options, new RabbitTime(), Pace.USUAL);
  }

  /** For tests: on clocks that are moved, and at a pace of their own. */
  RabbitMqQueueProvider(RabbitMqOptions options, RabbitTime time, Pace pace) {
    this.parts = new ProviderParts(options, time, pace);
    this.fronts = new Fronts(parts);
    this.admin = new RabbitMqAdmin(parts, fronts);
  }

  ProviderParts parts() {
    return parts;
  }

  /**
   * What a RabbitMQ of that version can do with these options; asks nothing of it.
   *
   * @param version as the server says it, e.g. {@code 3.10.8}
   */
  public static Capabilities capabilities(String version, RabbitMqOptions options) {
    return RabbitMqCapabilities.of(BrokerVersion.of(version), options);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Capabilities capabilities() {
    return RabbitMqCapabilities.of(parts.connections().version(), parts.options());
  }

  /**
   * Where messages go in: a queue, or, for a name with a slash that is no queue's, the exchange
   * before the first slash with the routing key after it, e.g. {@code events/user.created}.
   */
  @Override
  public QueueSender sender(QueueName queue) {
    return new RabbitMqSender(queue, parts);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new RabbitMqReceiver(queue, subQueue, fronts);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    AcceptWait wait = new AcceptWait();
    Following<SessionReceiver> accepted = new Following<>(wait);
    fronts.with(
        queue,
        SubQueue.MAIN,
        wait.future,
        front -> {
          checkSessions(front, queue);
          accepted.front = front;
          front.sessions().accept(sessionId, wait, maxWait);
        });
    wait.future.whenComplete(
        (hold, failure) ->
            accepted.follow(failure, () -> session(queue, hold.orElseThrow(), accepted.front)));
    return accepted;
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    AcceptWait wait = new AcceptWait();
    Following<Optional<SessionReceiver>> accepted = new Following<>(wait);
    fronts.with(
        queue,
        SubQueue.MAIN,
        wait.future,
        front -> {
          checkSessions(front, queue);
          accepted.front = front;
          front.sessions().acceptNext(wait, maxWait);
        });
    wait.future.whenComplete(
        (hold, failure) ->
            accepted.follow(
                failure, () -> hold.map(found -> session(queue, found, accepted.front))));
    return accepted;
  }

  private SessionReceiver session(QueueName queue, SessionHold hold, @Nullable Front front) {
    if (front == null) {
      throw new IllegalStateException("A session was held of no queue.");
    }
    return new RabbitMqSession(queue, hold, front, fronts);
  }

  private static void checkSessions(Front front, QueueName queue) {
    if (!front.hasSessions()) {
      throw new ValidationFailed(
          queue.value(),
          "Queue '%s' has no sessions; receive from it without one.".formatted(queue));
    }
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new RabbitMqDeadLetters(queue, parts, fronts);
  }

  @Override
  public QueueAdmin admin() {
    return admin;
  }

  /** Gives everything back that is not settled, in its order, then closes the connections. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    fronts.close();
    parts.close();
  }

  /** What a caller gets for a wait: cancelling it ends the wait, and a hold that came too late. */
  private static final class Following<T> extends CompletableFuture<T> {
    private final AcceptWait wait;
    private volatile @Nullable Front front;

    Following(AcceptWait wait) {
      this.wait = wait;
    }

    void follow(@Nullable Throwable failure, java.util.function.Supplier<T> value) {
      if (failure != null) {
        completeExceptionally(failure);
      } else {
        T found = value.get();
        if (!complete(found)) {
          giveBack(found);
        }
      }
    }

    private void giveBack(T found) {
      if (found instanceof SessionReceiver session) {
        session.closeAsync();
      } else if (found instanceof Optional<?> some
          && some.isPresent()
          && some.get() instanceof SessionReceiver session) {
        session.closeAsync();
      }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      boolean cancelled = super.cancel(mayInterrupt);
      wait.future.cancel(mayInterrupt);
      return cancelled;
    }
  }
}
