package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusReceiverAsyncClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Requests to a queue's {@code $management}, each by a client without a link, for settlements that
 * the link which brought a message does not take.
 *
 * <p>Immutable and thread-safe.
 *
 * @param clients opens a client
 * @param longest how long any settlement may take: the SDK gives each try a time, but a disposition
 *     that meets the end of its link can stay without an answer for ever
 */
record Requests(Supplier<ServiceBusReceiverAsyncClient> clients, Duration longest) {

  /** A dead-lettering looks at the lock before: two tries, and some time between them. */
  static Requests of(Supplier<ServiceBusReceiverAsyncClient> clients, ServiceBusRetry retry) {
    return new Requests(clients, retry.tryTimeout().multipliedBy(2).plusSeconds(5));
  }

  /**
   * Makes a call on a client of its own.
   *
   * @param closing closes the client, which a thread of the SDK must not do
   */
  <T> Mono<T> call(Function<ServiceBusReceiverAsyncClient, Mono<T>> call, Executor closing) {
    return Mono.using(
        clients::get, call, client -> closing.execute(() -> Blocking.close(client::close)));
  }

  /** The call, which fails with a {@code TimeoutException} when it takes too long. */
  <T> Mono<T> bounded(Mono<T> call) {
    return call.timeout(longest);
  }
}
