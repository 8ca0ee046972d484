package io.queueruntime.provider.front;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.TransientRetry;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoredMessages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what is due of one queue, publishes it, and removes it: in the order in which it became
 * due, and of one session one after the other, so that none overtakes one that failed. Who crashes
 * between the publishing and the removing leaves a message to whoever takes it next, with the same
 * number and the same id.
 *
 * <p>Thread-safe.
 */
final class DuePublishing {

  private static final Logger log = LoggerFactory.getLogger(DuePublishing.class);

  /** Most messages that are taken at once. */
  private static final int TAKEN_MAX = 128;

  /** How long a crashed instance's messages wait for another one. */
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final QueueName queue;
  private final FrontHost host;
  private final StoredMessages scheduled;
  private volatile boolean closed;

  private record Due(LeasedMessage lease, KeptMessage message) {}

  DuePublishing(QueueName queue, FrontHost host, StoredMessages scheduled) {
    this.queue = queue;
    this.host = host;
    this.scheduled = scheduled;
  }

  /** Begins nothing more. */
  void close() {
    closed = true;
  }

  /** Completes with how many were due; fails when one of them could not be published. */
  CompletableFuture<Integer> publish() {
    if (closed) {
      return CompletableFuture.completedFuture(0);
    }
    return scheduled
        .takeDue(queue, TAKEN_MAX, LEASE)
        .thenComposeAsync(
            leases ->
                leases.isEmpty()
                    ? CompletableFuture.completedFuture(0)
                    : publish(leases).thenApply(done -> leases.size()),
            host.callbacks());
  }

  private CompletableFuture<Void> publish(List<LeasedMessage> leases) {
    FrontQueue to;
    try {
      to = host.find(queue);
    } catch (RuntimeException e) {
      return released(leases, e);
    }
    Map<Optional<SessionId>, List<Due>> lines = new LinkedHashMap<>();
    for (LeasedMessage lease : leases) {
      try {
        KeptMessage message = StoredForm.read(lease.message());
        lines
            .computeIfAbsent(message.sessionId(), session -> new ArrayList<>())
            .add(new Due(lease, message));
      } catch (StorageFailed e) {
        log.error("A scheduled message stays in the state store, and is tried again later.", e);
      }
    }
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    lines.forEach(
        (session, line) -> {
          if (session.isPresent()) {
            ends.add(inTurn(to, line, 0));
          } else {
            line.forEach(due -> ends.add(publish(to, due)));
          }
        });
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> inTurn(FrontQueue to, List<Due> line, int at) {
    if (at == line.size()) {
      return CompletableFuture.completedFuture(null);
    }
    return publish(to, line.get(at))
        .handleAsync(
            (done, failure) ->
                failure == null
                    ? inTurn(to, line, at + 1)
                    : released(
                        line.subList(at + 1, line.size()).stream().map(Due::lease).toList(),
                        failure),
            host.callbacks())
        .thenCompose(rest -> rest);
  }

  private CompletableFuture<Void> publish(FrontQueue to, Due due) {
    return (closed ? CompletableFuture.<Void>failedFuture(host.closed(queue)) : post(to, due))
        .handle(
            (done, failure) ->
                failure == null
                    ? TransientRetry.DEFAULT
                        .call(() -> scheduled.remove(due.lease()))
                        .<Void>thenApply(removed -> null)
                    : released(List.of(due.lease()), failure))
        .thenCompose(end -> end);
  }

  private CompletableFuture<Void> post(FrontQueue to, Due due) {
    try {
      return host.publish(to, due.message());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Lets go of messages, for whoever takes them next; fails with that in any case. */
  private CompletableFuture<Void> released(List<LeasedMessage> leases, Throwable why) {
    return CompletableFuture.allOf(
            leases.stream().map(scheduled::release).toArray(CompletableFuture[]::new))
        .handle((done, failure) -> CompletableFuture.<Void>failedFuture(why))
        .thenCompose(failed -> failed);
  }
}
