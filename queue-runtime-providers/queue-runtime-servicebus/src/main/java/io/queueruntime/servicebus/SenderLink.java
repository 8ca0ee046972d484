package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.QueueName;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The way of messages into one queue, which all senders of a provider share. Its client is opened
 * by the first send, and another one by the first after a failure that may be the client's own:
 * what waits to be sent goes through the new one then, and what is under way ends where it began.
 *
 * <p>It ends in two steps: {@link #drain} takes nothing more and tells when all is sent, {@link
 * #close} fails what is not.
 *
 * <p>Thread-safe.
 */
final class SenderLink {

  private static final String SEND = "send to";

  private final QueueName queue;
  private final Connections connections;
  private final ProviderTime time;
  private final Executor callbacks;
  private final Consumer<QueueName> refused;
  private final Gatherer gatherer;

  /** Calls under way, other than those for gathered messages. */
  private final Set<Answer<?>> calls = ConcurrentHashMap.newKeySet();

  private @Nullable OpenSender current;

  /** The current sender, and those before it that are not closed yet. */
  private final Set<OpenSender> open = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  /**
   * @param refused told of the queue when it does not take what it is sent
   */
  SenderLink(
      QueueName queue,
      Connections connections,
      ProviderTime time,
      Executor callbacks,
      Consumer<QueueName> refused) {
    this.queue = queue;
    this.connections = connections;
    this.time = time;
    this.callbacks = callbacks;
    this.refused = refused;
    this.gatherer = new Gatherer(queue, this::begin, callbacks, this::troubled);
  }

  /**
   * The sender that everything goes through now, with a call begun on it.
   *
   * @throws Closed when this is closed
   */
  synchronized OpenSender begin() {
    if (closed) {
      throw providerClosed();
    }
    if (current == null || !current.begin()) {
      OpenSender opened = new OpenSender(queue, connections.of(queue), time, callbacks);
      opened.begin();
      open.add(opened);
      opened.over().thenRun(() -> open.remove(opened));
      current = opened;
    }
    return current;
  }

  private Closed providerClosed() {
    return new Closed(
        queue.value(), "Cannot use queue '%s': the provider is closed.".formatted(queue));
  }

  /** Sends one message together with others; see {@link Gatherer#send}. */
  <T> CompletableFuture<T> send(ServiceBusMessage message, long size, T whenSent) {
    return gatherer.send(message, size, whenSent);
  }

  /**
   * Makes a call, which its client stays open for; a failure of it is translated.
   *
   * @param attempt what a failure says was attempted, before the queue's name
   */
  <T> CompletableFuture<T> call(String attempt, Function<OpenSender, Mono<T>> call) {
    OpenSender sender = begin();
    Answer<T> answer =
        Answer.of(
            callbacks,
            Mono.defer(() -> call.apply(sender)).doFinally(signal -> sender.end()),
            error -> {
              troubled(sender, error);
              return Failures.of(queue, attempt).of(error);
            });
    calls.add(answer);
    answer.whenComplete((value, error) -> calls.remove(answer));
    if (closed) { // meanwhile, and what closed this may not have seen the call
      answer.completeExceptionally(unanswered(attempt));
    }
    return answer;
  }

  /** Draws the consequences of a failure, before anybody hears of it. */
  void troubled(OpenSender sender, Throwable error) {
    FailureKind kind = FailureKind.of(error);
    if (mayBeOfConnection(kind)) {
      connections.replace(sender.connection());
      renew(sender);
    } else if (kind == FailureKind.QUEUE_NOT_FOUND) {
      renew(sender); // its connection is well: the broker has answered
    }
    if (!Failures.of(queue, SEND).of(error).isTransient()) {
      refused.accept(queue);
    }
  }

  private static boolean mayBeOfConnection(FailureKind kind) {
    return kind == FailureKind.NOT_CONNECTED
        || kind == FailureKind.TIMED_OUT
        || kind == FailureKind.PASSING;
  }

  /** Retires the sender; whoever comes next gets another one. One that was replaced has no say. */
  private void renew(OpenSender sender) {
    synchronized (this) {
      if (current == sender) {
        current = null;
      }
    }
    sender.retire();
  }

  /** Retires whatever sender there is. */
  void renew() {
    OpenSender sender;
    synchronized (this) {
      sender = current;
    }
    if (sender != null) {
      renew(sender);
    }
  }

  /**
   * Takes no more messages; the future ends, and never fails, when all that came have an answer.
   */
  CompletableFuture<Void> drain() {
    CompletableFuture<?> gathered = gatherer.drain();
    return CompletableFuture.allOf(gathered, ended(calls));
  }

  private static CompletableFuture<?> ended(Set<Answer<?>> calls) {
    return CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new))
        .handle((value, error) -> null);
  }

  /**
   * Fails whatever has no answer yet with {@code Closed}, and closes all clients, also those that
   * were replaced and have calls under way; the future ends, and never fails, when they are closed.
   *
   * @param telling runs what depends on that, and closes clients, which may take its time
   */
  CompletableFuture<Void> close(Executor telling) {
    synchronized (this) { // who opens one does so before, or not at all
      closed = true;
      current = null;
    }
    List<OpenSender> all = List.copyOf(open);
    gatherer.close(telling);
    for (Answer<?> call : calls) {
      if (call.decideFailure(unanswered("use"))) {
        call.handOver(telling);
      }
    }
    all.forEach(sender -> sender.close(telling));
    return CompletableFuture.allOf(
        all.stream().map(OpenSender::over).toArray(CompletableFuture<?>[]::new));
  }

  private Closed unanswered(String attempt) {
    return new Closed(
        queue.value(),
        "Cannot %s queue '%s': the provider was closed before Service Bus answered, so that whether it was done is unknown."
            .formatted(attempt, queue));
  }
}
