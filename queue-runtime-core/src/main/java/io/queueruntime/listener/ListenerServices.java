package io.queueruntime.listener;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.QueueProvider;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What all listener containers of one client share: the provider, how replies are written, what is
 * observed, and on which threads handlers run.
 *
 * <p>Thread-safe.
 */
public final class ListenerServices {

  private final QueueProvider provider;
  private final MessageConverter converter;
  private final QueueObservations observations;
  private final @Nullable Executor handlerExecutor;
  private final boolean virtualThreads;
  private final Timings timings;
  private final LockRenewer renewer;

  private ListenerServices(Builder from) {
    this.provider = from.provider;
    this.converter = from.converter;
    this.observations = from.observations;
    this.handlerExecutor = from.handlerExecutor;
    this.virtualThreads = from.virtualThreads;
    this.timings = from.timings;
    this.renewer = new LockRenewer(from.timings.ticker());
  }

  /** Starts with no observation, and handlers on the threads that receive. */
  public static Builder builder(QueueProvider provider, MessageConverter converter) {
    return new Builder(provider, converter);
  }

  QueueProvider provider() {
    return provider;
  }

  MessageConverter converter() {
    return converter;
  }

  QueueObservations observations() {
    return observations;
  }

  Optional<Executor> handlerExecutor() {
    return Optional.ofNullable(handlerExecutor);
  }

  boolean virtualThreads() {
    return virtualThreads;
  }

  Timings timings() {
    return timings;
  }

  LockRenewer renewer() {
    return renewer;
  }

  /** Collects the services. Not thread-safe. */
  public static final class Builder {
    private final QueueProvider provider;
    private final MessageConverter converter;
    private QueueObservations observations = QueueObservations.NONE;
    private @Nullable Executor handlerExecutor;
    private boolean virtualThreads;
    private Timings timings = Timings.DEFAULTS;

    private Builder(QueueProvider provider, MessageConverter converter) {
      this.provider = provider;
      this.converter = converter;
    }

    public Builder observations(QueueObservations observations) {
      this.observations = observations;
      return this;
    }

    /**
     * Handlers run there instead of on the container's own threads; the caller shuts it down, after
     * the containers.
     */
    public Builder handlerExecutor(@Nullable Executor handlerExecutor) {
      this.handlerExecutor = handlerExecutor;
      return this;
    }

    /** The container's own threads are virtual ones, where the JDK has them (21 and later). */
    public Builder virtualThreads(boolean virtualThreads) {
      this.virtualThreads = virtualThreads;
      return this;
    }

    Builder timings(Timings timings) {
      this.timings = timings;
      return this;
    }

    public ListenerServices build() {
      return new ListenerServices(this);
    }
  }
}
