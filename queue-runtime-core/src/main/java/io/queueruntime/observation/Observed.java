package io.queueruntime.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One observation as the work that is observed sees it: whatever an observation handler throws is
 * logged and goes no further, so that a broken tracer costs traces, and never a message or a
 * listener.
 *
 * <p>Thread-safe as far as the observation is.
 */
public final class Observed {

  /** Told to nobody. */
  public static final Observed BY_NOBODY = new Observed(Observation.NOOP, ObservationRegistry.NOOP);

  private static final Logger log = LoggerFactory.getLogger(Observed.class);
  private static final AtomicBoolean COMPLAINED = new AtomicBoolean();

  /** Work that runs within an observation. */
  @FunctionalInterface
  public interface Within extends AutoCloseable {
    @Override
    void close();
  }

  private static final Within NOWHERE = () -> {};

  private final Observation observation;
  private final ObservationRegistry registry;

  private Observed(Observation observation, ObservationRegistry registry) {
    this.observation = observation;
    this.registry = registry;
  }

  /** Starts the observation; one that cannot be started is told to nobody. */
  static Observed start(Observation observation, ObservationRegistry registry) {
    try {
      return new Observed(observation.start(), registry);
    } catch (RuntimeException | LinkageError e) {
      complain("start", e);
      return BY_NOBODY;
    }
  }

  /** What was observed belongs to {@code parent}; to be called before the start. */
  static void belongsTo(Observation observation, @Nullable Observed parent) {
    if (parent != null && !parent.observation.isNoop()) {
      observation.parentObservation(parent.observation);
    }
  }

  /** Makes it the current observation of this thread until what is returned is closed. */
  public Within openScope() {
    if (observation.isNoop()) {
      return NOWHERE;
    }
    Observation.Scope before = registry.getCurrentObservationScope();
    try {
      Observation.Scope scope = observation.openScope();
      return () -> close(scope, before);
    } catch (RuntimeException | LinkageError e) {
      // The thread is used again: what had been opened by then must not stay its current one.
      registry.setCurrentObservationScope(before);
      complain("open the scope of", e);
      return NOWHERE;
    }
  }

  private void close(Observation.Scope scope, Observation.@Nullable Scope before) {
    try {
      scope.close();
    } catch (RuntimeException | LinkageError e) {
      registry.setCurrentObservationScope(before);
      complain("close the scope of", e);
    }
  }

  /** How the delivery is ended. */
  public void outcome(String outcome) {
    if (observation.getContext() instanceof QueueProcessContext context) {
      context.setOutcome(outcome);
    }
  }

  /** What was observed failed. */
  public void error(Throwable failure) {
    try {
      observation.error(failure);
    } catch (RuntimeException | LinkageError e) {
      complain("tell the failure of", e);
    }
  }

  /** What was observed has ended. */
  public void stop() {
    try {
      observation.stop();
    } catch (RuntimeException | LinkageError e) {
      complain("stop", e);
    }
  }

  private static void complain(String attempted, Throwable failure) {
    if (COMPLAINED.compareAndSet(false, true)) {
      log.warn(
          "An observation handler failed to {} an observation; work goes on without it. Look for its cause among the"
              + " application's ObservationHandlers; further failures are logged at debug level.",
          attempted,
          failure);
    } else {
      log.debug("An observation handler failed to {} an observation.", attempted, failure);
    }
  }
}
