package io.queueruntime.observation;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where sends, deliveries and settlements of one client are told: as Micrometer observations, and
 * on meters.
 *
 * <p>Without registries it costs next to nothing. The W3C trace context travels in the unprefixed
 * headers {@code traceparent}, {@code tracestate} and {@code baggage}, put there and read by the
 * propagating handlers that are registered with the observation registry.
 *
 * <p>Thread-safe.
 */
public final class QueueObservations {

  /** Tells nobody. */
  public static final QueueObservations NONE =
      new QueueObservations("none", "none", ObservationRegistry.NOOP, null);

  /** Queues with meters of their own; those beyond share the tag value {@code other}. */
  static final int QUEUES_MAX = 1_000;

  private final String system;
  private final String client;
  private final ObservationRegistry registry;
  private final @Nullable MeterRegistry meters;
  private final Map<QueueName, SenderMeters> senders = new ConcurrentHashMap<>();
  private final Map<Listened, ListenerMeters> listeners = new ConcurrentHashMap<>();

  /**
   * @param system the provider's name, e.g. {@code embedded}; a tag on everything
   * @param client name of the client, e.g. {@code primary}; a tag on everything
   * @param registry who is told of observations; {@code ObservationRegistry.NOOP}: nobody
   * @param meters where meters are kept; null: nowhere
   */
  public QueueObservations(
      String system, String client, ObservationRegistry registry, @Nullable MeterRegistry meters) {
    this.system = system;
    this.client = client;
    this.registry = registry;
    this.meters = meters;
  }

  /**
   * A started observation of a send; starting it puts the trace context into the messages' headers.
   */
  public Observed send(QueueName queue, List<OutgoingMessage.Builder> messages) {
    if (registry.isNoop()) {
      return Observed.BY_NOBODY;
    }
    return Observed.start(
        QueueObservationDocumentation.SEND.observation(
            null,
            DefaultQueueSendConvention.INSTANCE,
            () -> new QueueSendContext(system, client, queue, messages),
            registry),
        registry);
  }

  /**
   * A started observation of a handler's call, continuing the trace of the first of {@code
   * messages}.
   */
  public Observed process(String listener, List<ReceivedMessage<byte[]>> messages) {
    if (registry.isNoop()) {
      return Observed.BY_NOBODY;
    }
    return Observed.start(
        QueueObservationDocumentation.PROCESS.observation(
            null,
            DefaultQueueProcessConvention.INSTANCE,
            () ->
                new QueueProcessContext(system, client, listener, messages.get(0), messages.size()),
            registry),
        registry);
  }

  /**
   * A started observation of a settlement.
   *
   * @param parent the observation of the handler's call, whose trace it belongs to
   */
  public Observed settle(
      String listener, ReceivedMessage<?> message, String settlement, @Nullable Observed parent) {
    if (registry.isNoop()) {
      return Observed.BY_NOBODY;
    }
    Observation observation =
        QueueObservationDocumentation.SETTLE.observation(
            null,
            DefaultQueueSettleConvention.INSTANCE,
            () -> new QueueSettleContext(system, client, listener, message, settlement),
            registry);
    Observed.belongsTo(observation, parent);
    return Observed.start(observation, registry);
  }

  /** The meters of sends to that queue. */
  public SenderMeters senderMeters(QueueName queue) {
    if (meters == null) {
      return SenderMeters.NONE;
    }
    SenderMeters known = senders.get(queue);
    if (known != null) {
      return known;
    }
    String name = senders.size() < QUEUES_MAX ? queue.value() : "other";
    SenderMeters made = new SenderMeters(meters, system, client, name);
    if (senders.size() < QUEUES_MAX) {
      senders.put(queue, made);
    }
    return made;
  }

  private record Listened(String listener, QueueName queue) {}

  /**
   * The meters of one listener on one queue, the same however often it is started: a registry keeps
   * the first gauge of a name and would not look at a second one's numbers. As many as there are
   * listeners.
   */
  public ListenerMeters listenerMeters(String listener, QueueName queue) {
    MeterRegistry registry = meters;
    return registry == null
        ? ListenerMeters.NONE
        : listeners.computeIfAbsent(
            new Listened(listener, queue),
            key -> new ListenerMeters(registry, system, client, listener, queue.value()));
  }
}
