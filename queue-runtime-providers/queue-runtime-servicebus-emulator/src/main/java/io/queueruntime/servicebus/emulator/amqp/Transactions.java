package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.engine.Work;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Outcome;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one connection: what is to be done is kept until the client says whether it
 * is, and is then done together or not at all. A transaction that nobody ends is rolled back.
 *
 * <p>Confined to the loop of its connection.
 */
final class Transactions {

  /** Parts of one transaction, as the service takes them. */
  static final int MAX_PARTS = 100;

  /** How long a transaction may be open. */
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private static final int MAX_OPEN = 1000;

  /** Bytes that all open transactions of one connection may keep. */
  private static final long MAX_BYTES = 64L * 1024 * 1024;

  private final AmqpConnection connection;
  private final Served served;
  private final Map<Binary, Transaction> open = new HashMap<>();
  private long declared;
  private long bytes;

  Transactions(AmqpConnection connection, Served served) {
    this.connection = connection;
    this.served = served;
  }

  /** One transaction that is open. */
  private static final class Transaction {
    final List<Work> parts = new ArrayList<>();
    final List<Runnable> undo = new ArrayList<>();
    long bytes;
    final CoordinatorLink declaredOn;
    final SelectorLoop.Timer end;

    Transaction(CoordinatorLink declaredOn, SelectorLoop.Timer end) {
      this.declaredOn = declaredOn;
      this.end = end;
    }
  }

  /** The state that tells a client its work is part of the transaction. */
  static TransactionalState within(Binary id, DeliveryState outcome) {
    TransactionalState state = new TransactionalState();
    state.setTxnId(id);
    state.setOutcome((Outcome) outcome);
    return state;
  }

  /** Opens a transaction; empty when too many are open. */
  Optional<Binary> declare(CoordinatorLink link) {
    if (open.size() >= MAX_OPEN) {
      return Optional.empty();
    }
    Binary id = new Binary(ByteBuffer.allocate(Long.BYTES).putLong(++declared).array());
    open.put(id, new Transaction(link, connection.loop().after(LONGEST, () -> rollBack(id))));
    return Optional.of(id);
  }

  boolean isOpen(Binary id) {
    return open.containsKey(id);
  }

  /** Does the parts at the commit; why not, if so. */
  @Nullable ErrorCondition enlist(Binary id, List<Work> parts) {
    Transaction transaction = open.get(id);
    if (transaction == null) {
      return unknown();
    }
    if (transaction.parts.size() + parts.size() > MAX_PARTS) {
      return AmqpErrors.of(
          AmqpErrors.RESOURCE_LIMIT,
          "A transaction has at most %d messages; start another one.".formatted(MAX_PARTS));
    }
    long more = sizeOf(parts);
    if (bytes + more > MAX_BYTES) {
      return AmqpErrors.of(
          AmqpErrors.RESOURCE_LIMIT,
          "The open transactions of a connection hold at most %d bytes; end some."
              .formatted(MAX_BYTES));
    }
    bytes += more;
    transaction.bytes += more;
    transaction.parts.addAll(parts);
    return null;
  }

  /**
   * Has something undone that cannot wait for the commit, when the transaction is rolled back; at
   * once when it is not open any more.
   */
  void onRollback(Binary id, Runnable undo) {
    Transaction transaction = open.get(id);
    if (transaction == null) {
      undo.run();
    } else {
      transaction.undo.add(undo);
    }
  }

  /** Does everything that belongs to the transaction; fails when nothing of it was done. */
  CompletableFuture<Void> commit(Binary id) {
    Transaction transaction = end(id);
    if (transaction == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("No transaction is open."));
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    connection.then(
        served.engine().transact(transaction.parts),
        (receipts, failure) -> {
          if (failure == null) {
            done.complete(null);
          } else {
            transaction.undo.forEach(Runnable::run);
            done.completeExceptionally(failure);
          }
        });
    return done;
  }

  /** Forgets everything that belongs to the transaction; locks stay until they run out. */
  void rollBack(Binary id) {
    Transaction transaction = end(id);
    if (transaction != null) {
      transaction.undo.forEach(Runnable::run);
    }
  }

  private @Nullable Transaction end(Binary id) {
    Transaction transaction = open.remove(id);
    if (transaction != null) {
      transaction.end.cancel();
      bytes -= transaction.bytes;
    }
    return transaction;
  }

  private static long sizeOf(List<Work> parts) {
    long size = 0;
    for (Work part : parts) {
      size += part instanceof Work.Send send ? send.message().body().length : 0;
    }
    return size;
  }

  void rollBackAll() {
    List.copyOf(open.keySet()).forEach(this::rollBack);
  }

  /** Rolls back what was declared on that link and has not ended. */
  void rollBackAll(CoordinatorLink link) {
    List.copyOf(open.entrySet()).stream()
        .filter(entry -> entry.getValue().declaredOn == link)
        .forEach(entry -> rollBack(entry.getKey()));
  }

  static ErrorCondition unknown() {
    return AmqpErrors.of(
        AmqpErrors.UNKNOWN_TRANSACTION,
        "No such transaction is open: it was never declared, has ended, or was open for longer than %s."
            .formatted(LONGEST));
  }
}
