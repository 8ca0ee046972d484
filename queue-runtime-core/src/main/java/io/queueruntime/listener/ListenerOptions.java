package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How one listener works.
 *
 * <p>Immutable.
 */
public final class ListenerOptions {

  /** Sessions in work at once where nothing is said. */
  public static final int DEFAULT_SESSIONS = 8;

  /** Largest batch. */
  public static final int MAX_BATCH_SIZE = 1_000;

  /** Everything at its default. */
  public static final ListenerOptions DEFAULTS = builder().build();

  private final @Nullable Concurrency concurrency;
  private final AckMode ackMode;
  private final @Nullable Integer maxRetries;
  private final BackoffPolicy backoff;
  private final Set<Class<? extends Throwable>> deadLetterOn;
  private final Set<Class<? extends Throwable>> retryOn;
  private final Duration timeout;
  private final Duration maxLockRenewal;
  private final int batchSize;
  private final Duration batchTimeout;
  private final Duration drainTimeout;
  private final boolean autoStartup;
  private final @Nullable QueueErrorHandler errorHandler;
  private final @Nullable QueueName replyDestination;

  private ListenerOptions(Builder from) {
    this.concurrency = from.concurrency;
    this.ackMode = from.ackMode;
    this.maxRetries = from.maxRetries;
    this.backoff = from.backoff;
    this.deadLetterOn = Set.copyOf(from.deadLetterOn);
    this.retryOn = Set.copyOf(from.retryOn);
    this.timeout = from.timeout;
    this.maxLockRenewal = from.maxLockRenewal;
    this.batchSize = from.batchSize;
    this.batchTimeout = from.batchTimeout;
    this.drainTimeout = from.drainTimeout;
    this.autoStartup = from.autoStartup;
    this.errorHandler = from.errorHandler;
    this.replyDestination = from.replyDestination;
  }

  /** Starts with every default. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * How much is in work at once: as set, else 1, and {@value #DEFAULT_SESSIONS} on a session queue.
   */
  public Concurrency concurrency(boolean sessions) {
    if (concurrency != null) {
      return concurrency;
    }
    return Concurrency.of(sessions ? DEFAULT_SESSIONS : 1);
  }

  public AckMode ackMode() {
    return ackMode;
  }

  /** Failed deliveries that are tried again; empty: as many as the queue allows. */
  public OptionalInt maxRetries() {
    return maxRetries == null ? OptionalInt.empty() : OptionalInt.of(maxRetries);
  }

  public BackoffPolicy backoff() {
    return backoff;
  }

  public Set<Class<? extends Throwable>> deadLetterOn() {
    return deadLetterOn;
  }

  public Set<Class<? extends Throwable>> retryOn() {
    return retryOn;
  }

  /** Longest time for one call of the handler; zero: none. */
  public Duration timeout() {
    return timeout;
  }

  /** How long locks are kept alive while the handler runs; zero: not at all. */
  public Duration maxLockRenewal() {
    return maxLockRenewal;
  }

  public int batchSize() {
    return batchSize;
  }

  /** How long a batch is waited for once its first message is there. */
  public Duration batchTimeout() {
    return batchTimeout;
  }

  /** How long a stop waits for what is running before it interrupts. */
  public Duration drainTimeout() {
    return drainTimeout;
  }

  public boolean autoStartup() {
    return autoStartup;
  }

  public Optional<QueueErrorHandler> errorHandler() {
    return Optional.ofNullable(errorHandler);
  }

  /** Where results go when the message itself names no queue for replies. */
  public Optional<QueueName> replyDestination() {
    return Optional.ofNullable(replyDestination);
  }

  /**
   * Collects options. Not thread-safe; setters throw {@link ValidationFailed} for what no listener
   * can have.
   */
  public static final class Builder {
    private @Nullable Concurrency concurrency;
    private AckMode ackMode = AckMode.AUTO;
    private @Nullable Integer maxRetries;
    private BackoffPolicy backoff = BackoffPolicy.DEFAULTS;
    private final Set<Class<? extends Throwable>> deadLetterOn = new LinkedHashSet<>();
    private final Set<Class<? extends Throwable>> retryOn = new LinkedHashSet<>();
    private Duration timeout = Duration.ofMinutes(2);
    private Duration maxLockRenewal = Duration.ofMinutes(5);
    private int batchSize = 1;
    private Duration batchTimeout = Duration.ZERO;
    private Duration drainTimeout = Duration.ofSeconds(20);
    private boolean autoStartup = true;
    private @Nullable QueueErrorHandler errorHandler;
    private @Nullable QueueName replyDestination;

    private Builder() {}

    /** Null: 1, on session queues {@value ListenerOptions#DEFAULT_SESSIONS}. */
    public Builder concurrency(@Nullable Concurrency concurrency) {
      this.concurrency = concurrency;
      return this;
    }

    public Builder ackMode(AckMode ackMode) {
      this.ackMode = ackMode;
      return this;
    }

    /** 0 or more; null: as many as the queue allows. */
    public Builder maxRetries(@Nullable Integer maxRetries) {
      if (maxRetries != null && maxRetries < 0) {
        throw new ValidationFailed(null, "max-retries is 0 or more, found " + maxRetries + ".");
      }
      this.maxRetries = maxRetries;
      return this;
    }

    public Builder backoff(BackoffPolicy backoff) {
      this.backoff = backoff;
      return this;
    }

    /** Adds exceptions that dead-letter at once. */
    @SafeVarargs
    public final Builder deadLetterOn(Class<? extends Throwable>... types) {
      this.deadLetterOn.addAll(Set.of(types));
      return this;
    }

    /** Adds exceptions that are tried again whatever else is said of them. */
    @SafeVarargs
    public final Builder retryOn(Class<? extends Throwable>... types) {
      this.retryOn.addAll(Set.of(types));
      return this;
    }

    public Builder timeout(Duration timeout) {
      this.timeout = notNegative("timeout", timeout);
      return this;
    }

    public Builder maxLockRenewal(Duration maxLockRenewal) {
      this.maxLockRenewal = notNegative("max-lock-renewal", maxLockRenewal);
      return this;
    }

    /** 1 to {@value ListenerOptions#MAX_BATCH_SIZE}. */
    public Builder batchSize(int batchSize) {
      if (batchSize < 1 || batchSize > MAX_BATCH_SIZE) {
        throw new ValidationFailed(
            null, "batch-size is from 1 to " + MAX_BATCH_SIZE + ", found " + batchSize + ".");
      }
      this.batchSize = batchSize;
      return this;
    }

    public Builder batchTimeout(Duration batchTimeout) {
      this.batchTimeout = notNegative("batch-timeout", batchTimeout);
      return this;
    }

    public Builder drainTimeout(Duration drainTimeout) {
      this.drainTimeout = notNegative("drain-timeout", drainTimeout);
      return this;
    }

    public Builder autoStartup(boolean autoStartup) {
      this.autoStartup = autoStartup;
      return this;
    }

    public Builder errorHandler(@Nullable QueueErrorHandler errorHandler) {
      this.errorHandler = errorHandler;
      return this;
    }

    public Builder replyDestination(@Nullable QueueName replyDestination) {
      this.replyDestination = replyDestination;
      return this;
    }

    public ListenerOptions build() {
      return new ListenerOptions(this);
    }

    private static Duration notNegative(String what, Duration duration) {
      if (duration.isNegative()) {
        throw new ValidationFailed(null, what + " is 0 or more, found " + duration + ".");
      }
      return duration;
    }
  }
}
