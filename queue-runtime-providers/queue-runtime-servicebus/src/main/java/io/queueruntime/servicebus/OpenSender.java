package io.queueruntime.servicebus;

import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import io.queueruntime.message.QueueName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One of the SDK's sender clients, from its opening to its end: open, then retiring, when no call
 * begins on it any more and those under way go on, and closed with the last of them.
 *
 * <p>Closing it closes the connection when no other client uses that. It does not detach the link:
 * all sender clients that the SDK makes for a queue on one connection share a link, which lasts as
 * long as the connection.
 *
 * <p>Thread-safe.
 */
final class OpenSender {

  private final Connection connection;
  private final ServiceBusSenderAsyncClient client;
  private final Batches batches;
  private final Executor closing;
  private final AtomicBoolean closes = new AtomicBoolean();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private int calls;
  private boolean retiring;

  /**
   * @param closing closes the client and looks at its link, which a thread of the SDK must not do
   */
  OpenSender(QueueName queue, Connection connection, ProviderTime time, Executor closing) {
    this.connection = connection;
    this.client = connection.sender(queue);
    this.batches = new Batches(queue, client, new LinkWatch(client, time, closing));
    this.closing = closing;
  }

  /** What it was opened on. */
  Connection connection() {
    return connection;
  }

  ServiceBusSenderAsyncClient client() {
    return client;
  }

  Batches batches() {
    return batches;
  }

  /** Completes when the client is closed; never fails. */
  CompletableFuture<Void> over() {
    return over;
  }

  /** A call begins, until whose {@link #end} the client stays open; false: too late. */
  synchronized boolean begin() {
    if (!retiring) {
      calls++;
    }
    return !retiring;
  }

  void end() {
    boolean last;
    synchronized (this) {
      calls--;
      last = retiring && calls == 0;
    }
    if (last) {
      close(closing);
    }
  }

  /** Closes the client as soon as no call is under way. Idempotent. */
  void retire() {
    boolean idle;
    synchronized (this) {
      idle = !retiring && calls == 0;
      retiring = true;
    }
    if (idle) {
      close(closing);
    }
  }

  /**
   * Closes the client, whatever is under way. Idempotent; of several threads that are given for it
   * the first that comes to it does it.
   *
   * @param threads closes it, which may take its time
   */
  void close(Executor threads) {
    synchronized (this) {
      retiring = true;
    }
    threads.execute(
        () -> {
          if (closes.compareAndSet(false, true)) {
            Blocking.close(client::close);
            over.complete(null);
          }
        });
  }
}
