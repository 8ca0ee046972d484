package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two processes that share a queue's part and a state store, one after the other. */
class FencedStatesTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final SessionId SESSION = SessionId.of("s");

  private final QueueStateStore store = EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory());
  private final ScriptedBroker first = new ScriptedBroker(SESSION, store);
  private final ScriptedBroker second = new ScriptedBroker(SESSION, store);

  @AfterEach
  void close() {
    first.close();
    second.close();
    store.close();
  }

  @Test
  void whoHasLostThePartCanNeitherWriteNorRead() {
    SessionReceiver late = accept(first);
    await(late.setState(bytes("of the first")));
    SessionReceiver next = accept(second);
    assertThat(await(next.state())).contains(bytes("of the first"));
    await(next.setState(bytes("of the second")));

    assertThat(failureOf(late.setState(bytes("too late")))).isInstanceOf(SessionLockLost.class);

    assertThat(failureOf(late.state())).isInstanceOf(SessionLockLost.class);
    assertThat(await(next.state())).contains(bytes("of the second"));
  }

  @Test
  void whoFindsThatItHasLostThePartAsksTheBrokerForItAnew() {
    SessionReceiver late = accept(first);
    first.awaitBegun();
    await(late.setState(bytes("of the first")));
    await(accept(second).setState(bytes("of the second")));

    failureOf(late.state());

    SessionReceiver again = accept(first);
    first.awaitBegun();
    assertThat(await(again.state())).contains(bytes("of the second"));
  }

  @Test
  void whatIsAskedOfASessionHappensInItsOrder() {
    SessionReceiver session = accept(first);
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int step = 1; step <= 100; step++) {
      last = session.setState(bytes("step " + step));
    }

    assertThat(await(session.state())).contains(bytes("step 100"));
    await(last);
  }

  private static SessionReceiver accept(ScriptedBroker broker) {
    return await(broker.fronts().acceptSession(QUEUE, SESSION, Duration.ofSeconds(30)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    return catchThrowableOfType(CompletionException.class, () -> await(future)).getCause();
  }
}
