package io.queueruntime.contract.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.message.QueueName;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoreLimits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What the topics of the contract have in common: the instances of one store, and their clock.
 *
 * <p>Used by one thread, but for {@link #atOnce}.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class StateStoreContract {

  static final QueueName ORDERS = QueueName.of("orders");
  static final QueueName OTHERS = QueueName.of("others");
  static final StoreLimits LIMITS = new StoreLimits(1000, 100);
  static final Duration LEASE = Duration.ofSeconds(30);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @SuppressWarnings("NullAway.Init") // set before each case
  StateStoreFixture fixture;

  /** The first instance, or the one opened last. */
  @SuppressWarnings("NullAway.Init") // set before each case
  QueueStateStore store;

  private final List<QueueStateStore> opened = new ArrayList<>();
  private volatile Instant now = Instant.EPOCH;

  StateStoreContract() {}

  /** A store without entries. */
  protected abstract StateStoreFixture newFixture();

  @BeforeEach
  final void openStore() {
    fixture = newFixture();
    now = fixture.start();
    store = open();
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(QueueStateStore::close);
    fixture.close();
  }

  final Instant now() {
    return now;
  }

  final void pass(Duration duration) {
    now = now.plus(duration);
  }

  private QueueStateStore open() {
    QueueStateStore instance = fixture.open(() -> now, LIMITS);
    opened.add(instance);
    return instance;
  }

  /** Another instance beside those that are open; the one there is where there can be only one. */
  final QueueStateStore another() {
    return fixture.isShared() ? open() : store;
  }

  /** The instance ends without a word to anybody, and the application starts again. */
  final void crash() {
    store.close();
    store = open();
  }

  /** That many instances, or as many times the one there can be. */
  final List<QueueStateStore> instances(int count) {
    List<QueueStateStore> instances = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      instances.add(another());
    }
    return instances;
  }

  /** What becomes of it when all of them start at the same time. */
  static <T> List<T> atOnce(List<? extends Callable<T>> tasks) {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    CyclicBarrier together = new CyclicBarrier(tasks.size());
    try {
      List<Future<T>> results = new ArrayList<>();
      for (Callable<T> task : tasks) {
        results.add(
            threads.submit(
                () -> {
                  together.await();
                  return task.call();
                }));
      }
      List<T> values = new ArrayList<>();
      for (Future<T> result : results) {
        values.add(result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      }
      return values;
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("One of those that ran at once failed.", e);
    } finally {
      threads.shutdownNow();
    }
  }

  /** The future's value, which must come. */
  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("Failed with " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("Nothing came within " + PATIENCE + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting.", e);
    }
  }

  /** The failure a future must end with, in a sentence that says what to do. */
  static void fails(
      Class<? extends QueueRuntimeException> type, CompletableFuture<?> future, String words) {
    Throwable failure =
        future.handle((value, failed) -> failed).orTimeout(60, TimeUnit.SECONDS).join();
    assertThat(failure).isInstanceOf(type).hasMessageContaining(words);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
