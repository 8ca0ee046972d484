package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.Closed;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A provider that is opened when it is first needed: beans can be built on it before the start has
 * found out whether everything else is right.
 *
 * <p>Thread-safe.
 */
final class OnDemandQueueProvider implements QueueProvider {

  private final String name;
  private final Supplier<QueueProvider> opener;
  private volatile @Nullable QueueProvider opened;
  private boolean closed;

  OnDemandQueueProvider(String name, Supplier<QueueProvider> opener) {
    this.name = name;
    this.opener = opener;
  }

  /** Opens it unless it is open; fails as the provider does. */
  QueueProvider open() {
    QueueProvider provider = opened;
    return provider == null ? openOnce() : provider;
  }

  /** What it opened; null before. */
  @Nullable QueueProvider opened() {
    return opened;
  }

  private synchronized QueueProvider openOnce() {
    QueueProvider provider = opened;
    if (provider == null) {
      if (closed) {
        throw new Closed(null, "The " + name + " client was closed with its application.");
      }
      provider = opener.get();
      opened = provider;
    }
    return provider;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Capabilities capabilities() {
    return open().capabilities();
  }

  @Override
  public QueueSender sender(QueueName queue) {
    return open().sender(queue);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return open().receiver(queue, subQueue);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return open().acceptSession(queue, sessionId, maxWait);
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return open().acceptNextSession(queue, maxWait);
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return open().deadLetters(queue);
  }

  @Override
  public QueueAdmin admin() {
    return open().admin();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (opened != null) {
      opened.close();
    }
  }
}
