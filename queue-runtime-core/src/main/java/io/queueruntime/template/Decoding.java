package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes received messages ready for a caller: payload read, settled through the message itself.
 * What cannot be read is dead-lettered with its bytes, so that it does not come again and again.
 *
 * <p>Thread-safe.
 */
final class Decoding {

  private final MessageConverter converter;
  private final TransientRetry retry;
  private final Duration operationTimeout;

  Decoding(MessageConverter converter, TransientRetry retry, Duration operationTimeout) {
    this.converter = converter;
    this.retry = retry;
    this.operationTimeout = operationTimeout;
  }

  /**
   * The messages with payloads; fails when none of them could be read, after all of those are
   * dead-lettered.
   */
  CompletableFuture<List<ReceivedMessage<Object>>> received(
      QueueReceiver receiver, List<ReceivedMessage<byte[]>> messages, Type type) {
    List<ReceivedMessage<Object>> readable = new ArrayList<>(messages.size());
    List<CompletableFuture<?>> buried = new ArrayList<>();
    SerializationFailed unreadable = null;
    for (ReceivedMessage<byte[]> message : messages) {
      try {
        readable.add(
            message
                .withPayload(converter.fromMessage(message, type))
                .withReceipt(new CallerReceipt(receiver, message, retry, operationTimeout)));
      } catch (SerializationFailed e) {
        unreadable = e;
        buried.add(deadLetter(receiver, message, e));
      }
    }
    @Nullable SerializationFailed failure = readable.isEmpty() ? unreadable : null;
    if (buried.isEmpty()) {
      return CompletableFuture.completedFuture(readable);
    }
    return CompletableFuture.allOf(buried.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              if (failure != null) {
                throw failure;
              }
              return readable;
            });
  }

  /** Deferred messages with payloads, as {@link #received} makes them ready. */
  @SuppressWarnings(
      "unchecked") // the converter's contract: a payload is of the type that was asked for
  <T> CompletableFuture<List<ReceivedMessage<T>>> deferred(
      QueueReceiver receiver, Collection<SequenceNumber> sequenceNumbers, Class<T> type) {
    return Following.of(
        Doing.of(
            "receive-deferred",
            receiver.queue(),
            "receive deferred messages of queue '" + receiver.queue() + "'"),
        receiver.receiveDeferred(sequenceNumbers),
        messages ->
            received(receiver, messages, type)
                .thenApply(read -> (List<ReceivedMessage<T>>) (List<?>) read),
        messages -> giveBack(receiver, messages));
  }

  private CompletableFuture<Void> deadLetter(
      QueueReceiver receiver, ReceivedMessage<byte[]> message, SerializationFailed failure) {
    return retry.call(
        () ->
            receiver.settle(
                message,
                Settlement.deadLetter("SerializationFailed", failure.getMessage(), failure)));
  }

  /** Gives back, uncounted, what nobody waits for any more. */
  void giveBack(QueueReceiver receiver, List<ReceivedMessage<byte[]>> messages) {
    messages.forEach(message -> receiver.settle(message, Settlement.release()));
  }

  /** Messages that were only looked at, with payloads. */
  List<ReceivedMessage<Object>> seen(List<ReceivedMessage<byte[]>> messages, Type type) {
    List<ReceivedMessage<Object>> readable = new ArrayList<>(messages.size());
    for (ReceivedMessage<byte[]> message : messages) {
      readable.add(message.withPayload(converter.fromMessage(message, type)));
    }
    return readable;
  }

  Object payload(ReceivedMessage<byte[]> message, Type type) {
    return converter.fromMessage(message, type);
  }
}
