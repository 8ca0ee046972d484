package io.queueruntime.autoconfigure;

import io.queueruntime.listener.QueueListenerContainer;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * All listeners of an application, by id: to look at one, to start and stop it, to pause and resume
 * it.
 *
 * <p>They start after everything else of the application and stop before it, so that a handler
 * never meets a web server or a pool that is gone. They stop beside each other, each within its
 * drain timeout.
 *
 * <p>Thread-safe.
 */
public final class QueueListenerRegistry implements SmartLifecycle {

  /** Late to start, early to stop, like the listeners of Spring for Kafka. */
  static final int PHASE = Integer.MAX_VALUE - 100;

  private static final Logger log = LoggerFactory.getLogger(QueueListenerRegistry.class);

  private final ConcurrentSkipListMap<String, QueueListenerContainer> containers =
      new ConcurrentSkipListMap<>();
  private volatile boolean running;
  private volatile CompletableFuture<Void> stopped = CompletableFuture.completedFuture(null);

  QueueListenerRegistry() {}

  /** Adds a listener; one that comes while the others run is started at once. */
  void add(QueueListenerContainer container) {
    if (containers.putIfAbsent(container.id(), container) != null) {
      throw new IllegalStateException("There is a listener \"" + container.id() + "\" already.");
    }
    if (running) {
      startIfAsked(container);
    }
  }

  /** The listener of that id. */
  public Optional<QueueListenerContainer> find(String id) {
    return Optional.ofNullable(containers.get(id));
  }

  /**
   * The listener of that id.
   *
   * @throws NoSuchElementException when there is none; the text names those there are
   */
  public QueueListenerContainer get(String id) {
    return find(id)
        .orElseThrow(
            () ->
                new NoSuchElementException(
                    "There is no listener \""
                        + id
                        + "\". Listeners: "
                        + String.join(", ", containers.keySet())
                        + "."));
  }

  /** All listeners in the order of their ids. */
  public List<QueueListenerContainer> list() {
    return List.copyOf(containers.values());
  }

  /** The ids of all listeners, in order. */
  public List<String> ids() {
    return List.copyOf(containers.keySet());
  }

  /** Takes no new messages in any listener until {@link #resume()}. */
  public void pause() {
    containers.values().forEach(QueueListenerContainer::pause);
  }

  /** Takes messages again in all listeners that were paused. */
  public void resume() {
    containers.values().forEach(QueueListenerContainer::resume);
  }

  /** Starts the listeners that start with the application. */
  @Override
  public void start() {
    running = true;
    containers.values().forEach(QueueListenerRegistry::startIfAsked);
  }

  private static void startIfAsked(QueueListenerContainer container) {
    if (container.endpoint().options().autoStartup()) {
      container.start();
    }
  }

  /** Stops all listeners and waits until they have. */
  @Override
  public void stop() {
    stopAll().join();
  }

  @Override
  public void stop(Runnable callback) {
    // Not kept: whoever the callback wakes must find the listeners stopped, not this still to end.
    stopAll().whenComplete((all, failure) -> callback.run());
  }

  /**
   * One thread each for as long as it takes: a stop blocks, and those of many listeners must not
   * add up.
   */
  private CompletableFuture<Void> stopAll() {
    running = false;
    List<QueueListenerContainer> active =
        containers.values().stream().filter(QueueListenerContainer::isRunning).toList();
    if (active.isEmpty()) {
      return stopped;
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(active.size(), task -> new Thread(task, "queue-runtime-stop"));
    List<CompletableFuture<Void>> stops = new ArrayList<>();
    active.forEach(
        container -> stops.add(CompletableFuture.runAsync(() -> stop(container), threads)));
    threads.shutdown();
    stopped = CompletableFuture.allOf(stops.toArray(CompletableFuture[]::new));
    return stopped;
  }

  private static void stop(QueueListenerContainer container) {
    try {
      container.stop();
    } catch (RuntimeException e) {
      log.error("Listener \"{}\" could not be stopped; the others are.", container.id(), e);
    }
  }

  /** Also true while a stop still drains, so that a context that closes meanwhile waits for it. */
  @Override
  public boolean isRunning() {
    return running || !stopped.isDone();
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
