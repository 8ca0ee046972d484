package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.engine.QueueEngine;
import java.time.Duration;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Binary;
import org.jspecify.annotations.Nullable;

/** What the holder of a session may do with it. Thread-safe. */
final class SessionWork {

  private static final String STATE = "session-state";

  private final QueueEngine engine;
  private final Supplier<Duration> offset;

  SessionWork(QueueEngine engine, Supplier<Duration> offset) {
    this.engine = engine;
    this.offset = offset;
  }

  CompletableFuture<Answer> renew(Request request) {
    return engine
        .renewSession(request.hold())
        .thenApply(until -> Answer.ok(Map.of("expiration", Date.from(until.minus(offset.get())))));
  }

  CompletableFuture<Answer> state(Request request) {
    return engine
        .sessionState(request.hold())
        .thenApply(
            state -> {
              // The name is there even when there is no state.
              Map<String, @Nullable Object> body = new HashMap<>();
              body.put(STATE, state.map(Binary::new).orElse(null));
              return Answer.ok(body);
            });
  }

  CompletableFuture<Answer> setState(Request request) {
    return engine
        .setSessionState(request.hold(), request.body().binary(STATE))
        .handle((done, failure) -> failure == null ? Answer.ok() : Answer.of(refusal(failure)));
  }

  /** Of all that can be wrong with a state, only its size is found out by the engine. */
  private static Refusal refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof ValidationFailed tooLarge
        ? new Refusal(Condition.OUT_OF_RANGE, String.valueOf(tooLarge.getMessage()))
        : Refusal.of(failure, true);
  }
}
