package io.queueruntime.contract;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.QueueProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * One provider for one case of the contract: how it is opened, and how its time is moved.
 *
 * <p>Needs a public or package-private constructor without parameters; a new one is made for each
 * case and closed after it. Used by one thread.
 */
public interface ProviderFixture extends AutoCloseable {

  /** What the provider can do; asked before it is opened. */
  Capabilities capabilities();

  /**
   * Opens the provider on a place of its own, without queues that a case could meet. Called once.
   */
  QueueProvider open();

  /**
   * Moves the provider's time on and returns once all that has become due has happened, and all
   * that was asked of the provider before has at least begun. Zero moves nothing. With a broker
   * whose clock cannot be moved this waits.
   */
  void advance(Duration duration);

  /** The provider's wall clock. */
  Instant now();

  /**
   * Closes the provider in good order and opens it again on the same place. Only called when {@link
   * #canReopen()}.
   */
  default QueueProvider reopen() {
    throw new UnsupportedOperationException(getClass().getName() + " cannot reopen its provider.");
  }

  /** Whether what the provider keeps outlives its {@code close()}. */
  default boolean canReopen() {
    return false;
  }

  /** Opens the provider on what a sudden death left of it. Only called when {@link #canCrash()}. */
  default QueueProvider crash() {
    throw new UnsupportedOperationException(getClass().getName() + " cannot crash its provider.");
  }

  /**
   * Whether what the provider keeps outlives its process's death, and this fixture can bring that
   * about.
   */
  default boolean canCrash() {
    return false;
  }

  /**
   * What a case starts from for the queues it creates: no time to live, no duplicate detection, no
   * limits.
   */
  default QueueOptions queueOptions() {
    return QueueOptions.DEFAULTS.withDefaultTimeToLive(null).withDuplicateDetectionWindow(null);
  }

  /** A queue's name that no other case uses. */
  default QueueName newQueueName() {
    return QueueName.of("contract-" + UUID.randomUUID());
  }

  /**
   * The unit of time to live, delays and windows in the cases; a broker in real time wants it
   * short.
   */
  default Duration step() {
    return Duration.ofSeconds(20);
  }

  /** How long a send waits for room in a full queue. */
  default Duration sendTimeout() {
    return Duration.ofSeconds(30);
  }

  /** Longest wait, in real time, for what must happen: a guard, which a busy machine keeps to. */
  default Duration patience() {
    return Duration.ofSeconds(60);
  }

  /**
   * How long a receive may look, in the provider's time, to find what is ready; zero where once is
   * enough. It ends when something is found, so that a guard is meant, shorter than {@link
   * #patience()}.
   */
  default Duration look() {
    return Duration.ZERO;
  }

  /**
   * How long a receive looks, in the provider's time, where it must find nothing; zero where once
   * is enough. It is waited for to its end.
   */
  default Duration glance() {
    return look();
  }

  /** Closes the provider and removes all it has left. */
  @Override
  void close();
}
