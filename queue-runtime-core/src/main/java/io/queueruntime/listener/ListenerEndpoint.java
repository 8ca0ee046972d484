package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.converter.MessageConverter;
import java.lang.reflect.Type;
import java.util.List;

/**
 * One listener as its author meant it: which queues, which handler, how.
 *
 * <p>Immutable; its handler must be thread-safe when the concurrency is above 1.
 */
public final class ListenerEndpoint {

  private final String id;
  private final List<ListenedQueue> queues;
  private final BatchHandler<Object> handler;
  private final Decoder decoder;
  private final boolean batch;
  private final ListenerOptions options;

  private ListenerEndpoint(
      String id,
      List<ListenedQueue> queues,
      Decoder decoder,
      BatchHandler<Object> handler,
      boolean batch,
      ListenerOptions options) {
    if (id.isBlank()) {
      throw new ConfigurationInvalid(null, "A listener needs an id.");
    }
    if (queues.isEmpty()) {
      throw new ConfigurationInvalid(null, "Listener '" + id + "' names no queue.");
    }
    if (!batch && options.batchSize() > 1) {
      throw new ConfigurationInvalid(
          null,
          "Listener '%s' has batch-size %d, but its handler takes one message; let it take a List."
              .formatted(id, options.batchSize()));
    }
    this.id = id;
    this.queues = List.copyOf(queues);
    this.handler = handler;
    this.decoder = decoder;
    this.batch = batch;
    this.options = options;
  }

  /** A listener that works on one message at a time, and reads its payload itself. */
  public static ListenerEndpoint of(
      String id,
      List<ListenedQueue> queues,
      MessageHandler<byte[]> handler,
      ListenerOptions options) {
    return new ListenerEndpoint(
        id, queues, Decoder.NONE, one(ListenerEndpoint.<byte[]>cast(handler)), false, options);
  }

  /**
   * A listener that works on one message at a time.
   *
   * @param converter reads payloads; what it cannot read is dead-lettered at once, bytes intact
   * @param payload the type to read, generic parameters included
   */
  public static <T> ListenerEndpoint of(
      String id,
      List<ListenedQueue> queues,
      MessageConverter converter,
      Type payload,
      MessageHandler<T> handler,
      ListenerOptions options) {
    return new ListenerEndpoint(
        id,
        queues,
        new Decoder(converter, payload),
        one(ListenerEndpoint.<T>cast(handler)),
        false,
        options);
  }

  /** A listener that works on several messages at a time, and reads their payloads itself. */
  public static ListenerEndpoint ofBatches(
      String id,
      List<ListenedQueue> queues,
      BatchHandler<byte[]> handler,
      ListenerOptions options) {
    return new ListenerEndpoint(
        id, queues, Decoder.NONE, ListenerEndpoint.<byte[]>cast(handler), true, options);
  }

  /**
   * A listener that works on several messages at a time.
   *
   * @param converter reads payloads; what it cannot read is dead-lettered at once, bytes intact,
   *     and the handler is called with the rest
   * @param payload the type to read, generic parameters included
   */
  public static <T> ListenerEndpoint ofBatches(
      String id,
      List<ListenedQueue> queues,
      MessageConverter converter,
      Type payload,
      BatchHandler<T> handler,
      ListenerOptions options) {
    return new ListenerEndpoint(
        id,
        queues,
        new Decoder(converter, payload),
        ListenerEndpoint.<T>cast(handler),
        true,
        options);
  }

  private static BatchHandler<Object> one(MessageHandler<Object> handler) {
    return (messages, delivery) -> handler.handle(messages.get(0), delivery);
  }

  // The decoder that goes with the handler makes payloads of the handler's type, and only those
  // reach it.
  @SuppressWarnings("unchecked")
  private static <T> MessageHandler<Object> cast(MessageHandler<T> handler) {
    return (MessageHandler<Object>) (MessageHandler<?>) handler;
  }

  @SuppressWarnings("unchecked")
  private static <T> BatchHandler<Object> cast(BatchHandler<T> handler) {
    return (BatchHandler<Object>) (BatchHandler<?>) handler;
  }

  /** Name in the registry, in thread names and on meters. */
  public String id() {
    return id;
  }

  public List<ListenedQueue> queues() {
    return queues;
  }

  public ListenerOptions options() {
    return options;
  }

  /** Whether the handler takes several messages at once. */
  public boolean isBatch() {
    return batch;
  }

  BatchHandler<Object> handler() {
    return handler;
  }

  Decoder decoder() {
    return decoder;
  }
}
