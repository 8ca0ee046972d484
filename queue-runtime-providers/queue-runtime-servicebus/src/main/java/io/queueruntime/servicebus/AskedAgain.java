package io.queueruntime.servicebus;

import java.time.Duration;
import java.util.concurrent.Executor;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A call that is made again while it has no answer; the first answer of all, or the first failure,
 * is its answer.
 *
 * <p>Azure's client can open a link on an AMQP session that is just ending, and nobody tells the
 * caller of that link: it closes the links that it has and then opens one more. Its own time-out
 * ends such a call after 30 s. Another call finds the next connection. For calls only of which a
 * second one that meets the first one alive changes nothing: accepts of one session by its id have
 * the same link.
 */
final class AskedAgain {

  /** How long a call may be without an answer before it is made once more. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How many calls are made at most. */
  static final int CALLS_MAX = 10;

  private AskedAgain() {}

  /**
   * The call, to be begun by who subscribes; those without an answer are cancelled with the first
   * one.
   *
   * @param callbacks runs the calls after the first
   */
  static <T> Mono<T> of(Mono<T> call, ProviderTime time, Executor callbacks) {
    Flux<Boolean> again = patience(time, callbacks).repeat(CALLS_MAX - 2);
    return Flux.merge(call, again.flatMap(over -> call, CALLS_MAX)).next();
  }

  private static Mono<Boolean> patience(ProviderTime time, Executor callbacks) {
    return Mono.create(
        sink ->
            sink.onDispose(
                time.after(PATIENCE, () -> callbacks.execute(() -> sink.success(true)))::cancel));
  }
}
