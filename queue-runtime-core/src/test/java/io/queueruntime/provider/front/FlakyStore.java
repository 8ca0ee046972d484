package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.StoredMessages;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A state store in memory whose clock is moved, and that cannot be reached when a test says so. */
final class FlakyStore implements AutoCloseable {

  private final AtomicLong movedMillis = new AtomicLong();
  private final QueueStateStore real =
      EmbeddedStateStore.open(
          EmbeddedStoreOptions.inMemory()
              .withClock(() -> Instant.now().plusMillis(movedMillis.get())));
  private volatile @Nullable String unreachable;

  /** The store without faults. */
  QueueStateStore real() {
    return real;
  }

  /** The store as instances have it. */
  QueueStateStore store() {
    return proxy(QueueStateStore.class, real);
  }

  /** Lets that operation on messages fail from now on; {@code null}: none. */
  void unreachable(@Nullable String operation) {
    unreachable = operation;
  }

  void advance(Duration time) {
    movedMillis.addAndGet(time.toMillis());
  }

  private <T> T proxy(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (type == StoredMessages.class && method.getName().equals(unreachable)) {
                return CompletableFuture.failedFuture(
                    new ConnectionFailed("orders", "The store cannot be reached.", null));
              }
              try {
                Object answer = method.invoke(target, arguments);
                return answer instanceof StoredMessages messages
                    ? proxy(StoredMessages.class, messages)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Override
  public void close() {
    real.close();
  }
}
