package io.queueruntime.provider;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Puts messages into one queue. Thread-safe; a message is checked before any I/O. */
public interface QueueSender {

  QueueName queue();

  /**
   * Sends one message; the future completes once it is durable. A message without an id is given
   * one.
   *
   * <p>Fails with {@code QueueNotFound, MessageTooLarge, QueueFull, ValidationFailed} (no session
   * id on a session queue, or one on a plain queue), {@code StorageFailed}, {@code Closed} and what
   * the broker says.
   */
  CompletableFuture<SendReceipt> send(OutgoingMessage message);

  /**
   * Sends many; all are checked before the first one goes. Receipts stand in the order of the
   * messages. Where {@code Capabilities.has(ATOMIC_BATCH)} all become durable together or none;
   * otherwise the list is split to the broker's limits and the future fails with the first part
   * that failed.
   */
  CompletableFuture<List<SendReceipt>> sendAll(List<OutgoingMessage> messages);

  /** Takes a scheduled message back; false when it is due already, or never was. */
  CompletableFuture<Boolean> cancelScheduled(SequenceNumber sequenceNumber);
}
