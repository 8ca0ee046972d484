package io.queueruntime.listener;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One running listener: the threads that take messages out of its queues, call its handler and
 * settle.
 *
 * <p>Thread-safe; starting and stopping can be repeated.
 */
public final class QueueListenerContainer {

  private final ListenerEndpoint endpoint;
  private final ListenerServices services;
  private final ReentrantLock lifecycle = new ReentrantLock();
  private volatile @Nullable ContainerRun run;

  /** Builds a stopped container; does no I/O. */
  public QueueListenerContainer(ListenerEndpoint endpoint, ListenerServices services) {
    this.endpoint = endpoint;
    this.services = services;
  }

  public String id() {
    return endpoint.id();
  }

  public ListenerEndpoint endpoint() {
    return endpoint;
  }

  /**
   * Starts taking messages. Does nothing when it is running already.
   *
   * @throws io.queueruntime.QueueRuntimeException.UnsupportedCapability when the provider cannot do
   *     what a queue needs
   * @throws io.queueruntime.QueueRuntimeException.ConfigurationInvalid when options contradict a
   *     queue's
   */
  public void start() {
    lifecycle.lock();
    try {
      if (run == null) {
        ContainerRun started = new ContainerRun(endpoint, services);
        started.start();
        run = started;
      }
    } finally {
      lifecycle.unlock();
    }
  }

  /** {@link #stop(Duration)} with the listener's own drain timeout. */
  public void stop() {
    stop(endpoint.options().drainTimeout());
  }

  /**
   * Stops taking messages, waits for what is running, interrupts what is still running after {@code
   * drainTimeout}, gives back what was not started, and releases its sessions. Blocks until then,
   * but not on a thread of its own: called from its handler it returns at once, and the stop goes
   * on behind it. Does nothing when it is stopped already.
   */
  public void stop(Duration drainTimeout) {
    ContainerRun running = run;
    if (running != null && running.isOwn(Thread.currentThread())) {
      new Thread(() -> stopNow(drainTimeout), "queue-runtime-stop-" + id()).start();
    } else {
      stopNow(drainTimeout);
    }
  }

  private void stopNow(Duration drainTimeout) {
    lifecycle.lock();
    try {
      ContainerRun running = run;
      if (running != null) {
        running.stop(drainTimeout);
        run = null;
      }
    } finally {
      lifecycle.unlock();
    }
  }

  /** Takes no new messages until {@link #resume()}; sessions are kept for their idle timeout. */
  public void pause() {
    ContainerRun running = run;
    if (running != null) {
      running.pause();
    }
  }

  /** Takes messages again. */
  public void resume() {
    ContainerRun running = run;
    if (running != null) {
      running.resume();
    }
  }

  /** Whether it was started and not stopped; true while paused, and when a loop has failed. */
  public boolean isRunning() {
    return run != null;
  }

  public boolean isPaused() {
    return state() == ContainerState.PAUSED;
  }

  public ContainerState state() {
    ContainerRun running = run;
    if (running == null) {
      return ContainerState.STOPPED;
    }
    if (running.state().isStopping()) {
      return ContainerState.STOPPING;
    }
    if (running.failure() != null) {
      return ContainerState.FAILED;
    }
    return running.state().isPaused() ? ContainerState.PAUSED : ContainerState.RUNNING;
  }

  /** Why a loop ended for good, the first if several did; empty while all is well. */
  public Optional<Throwable> failure() {
    ContainerRun running = run;
    return running == null ? Optional.empty() : Optional.ofNullable(running.failure());
  }

  /**
   * Deliveries that are in work: handlers that run, timed-out ones that have not ended, and
   * settlements under way.
   */
  public int inWork() {
    ContainerRun running = run;
    return running == null ? 0 : running.inWork();
  }
}
