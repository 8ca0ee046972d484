package io.queueruntime.embedded;

import io.queueruntime.engine.QueueEngine;
import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.DeadLetterQueue;
import io.queueruntime.provider.Limits;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.Server;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The provider that needs no broker: its queues live in this process, and in one directory that
 * outlives it.
 *
 * <p>Opening it recovers what the directory holds, and fails with {@code StorageFailed} when
 * another process owns the directory or when something in it cannot be read. What depends on its
 * futures runs on callback threads and may block.
 *
 * <p>Thread-safe.
 */
public final class EmbeddedQueueProvider implements QueueProvider {

  /** Its name in the configuration. */
  public static final String NAME = "embedded";

  private final EmbeddedOptions options;
  private final QueueEngine engine;
  private final CallbackThreads callbacks;
  private final Capabilities capabilities;
  private final QueueAdmin admin;

  /** Opens the queues and takes the directory into its own. */
  public EmbeddedQueueProvider(EmbeddedOptions options) {
    this.options = options;
    this.callbacks = new CallbackThreads("queue-runtime-callback");
    try {
      this.engine = QueueEngine.open(options.toEngine(), callbacks);
    } catch (RuntimeException | Error failed) {
      callbacks.close();
      throw failed;
    }
    this.capabilities =
        Capabilities.all(
            Server.of("embedded engine"),
            new Limits(
                engine.maxMessageSize(), Integer.MAX_VALUE, engine.maxSessionStateSize(), null));
    this.admin = new EmbeddedAdmin(engine, options.capacity());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public QueueSender sender(QueueName queue) {
    return new EmbeddedSender(engine, queue);
  }

  @Override
  public QueueReceiver receiver(QueueName queue, SubQueue subQueue) {
    return new EmbeddedReceiver(engine, queue, subQueue);
  }

  @Override
  public CompletableFuture<SessionReceiver> acceptSession(
      QueueName queue, SessionId sessionId, Duration maxWait) {
    return engine.acceptSession(queue, sessionId, maxWait, this::sessionReceiver);
  }

  @Override
  public CompletableFuture<Optional<SessionReceiver>> acceptNextSession(
      QueueName queue, Duration maxWait) {
    return engine.acceptNextSession(queue, maxWait, this::sessionReceiver);
  }

  private SessionReceiver sessionReceiver(SessionHold hold) {
    return new EmbeddedSessionReceiver(engine, hold);
  }

  @Override
  public DeadLetterQueue deadLetters(QueueName queue) {
    return new EmbeddedDeadLetters(engine, queue);
  }

  @Override
  public QueueAdmin admin() {
    return admin;
  }

  /** What it was opened with. */
  public EmbeddedOptions options() {
    return options;
  }

  /** Where the queues are and what an acknowledgement promises, for the start-up log. */
  public String description() {
    return switch (options.durability()) {
      case FSYNC -> "embedded, every acknowledgement forced to disk in " + directory();
      case OS ->
          "embedded, written but not forced to disk in "
              + directory()
              + ": survives a crash of the process only";
      case MEMORY -> "embedded, in memory only: nothing survives the end of the process";
    };
  }

  private String directory() {
    return options.directory() == null
        ? ""
        : options.directory().toAbsolutePath().normalize().toString();
  }

  /** Why no more work is taken, or why what is taken will not survive; empty while all is well. */
  public Optional<Throwable> failure() {
    return engine.failure();
  }

  /**
   * Writes a snapshot now, so that the next start has less to read; completes once it is on disk.
   */
  public CompletableFuture<Void> snapshot() {
    return engine.snapshot();
  }

  /**
   * Completes once everything has happened that was due when it was called: how a test lets moved
   * time take effect.
   */
  public CompletableFuture<Void> catchUp() {
    return engine.catchUp();
  }

  @Override
  public void close() {
    engine.close();
    callbacks.close();
  }
}
