package io.queueruntime.observation;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.observation.QueueObservationDocumentation.HighCardinality;
import io.queueruntime.observation.QueueObservationDocumentation.LowCardinality;
import org.jspecify.annotations.Nullable;

/** Tags that the three conventions have in common. Thread-safe. */
final class ConventionKeys {

  static final String NONE = "none";

  private ConventionKeys() {}

  static KeyValues low(
      String system,
      String client,
      String operationType,
      String operationName,
      String queue,
      String listener,
      @Nullable String outcome,
      @Nullable Throwable error) {
    return KeyValues.of(
        KeyValue.of(LowCardinality.SYSTEM, system),
        KeyValue.of(LowCardinality.OPERATION_TYPE, operationType),
        KeyValue.of(LowCardinality.OPERATION_NAME, operationName),
        KeyValue.of(LowCardinality.DESTINATION, queue),
        KeyValue.of(LowCardinality.CLIENT, client),
        KeyValue.of(LowCardinality.LISTENER, listener),
        KeyValue.of(LowCardinality.OUTCOME, outcome == null ? NONE : outcome),
        KeyValue.of(LowCardinality.ERROR, error == null ? NONE : simpleName(error)));
  }

  static KeyValues high(ReceivedMessage<?> message) {
    KeyValues values =
        KeyValues.of(
            KeyValue.of(HighCardinality.MESSAGE_ID, message.messageId()),
            KeyValue.of(HighCardinality.BODY_SIZE, Integer.toString(message.body().length)),
            KeyValue.of(HighCardinality.DELIVERY_COUNT, Integer.toString(message.deliveryCount())));
    if (message.correlationId().isPresent()) {
      values =
          values.and(KeyValue.of(HighCardinality.CONVERSATION_ID, message.correlationId().get()));
    }
    if (message.sessionId().isPresent()) {
      values =
          values.and(KeyValue.of(HighCardinality.SESSION_ID, message.sessionId().get().value()));
    }
    return values;
  }

  static KeyValues batch(int count) {
    return KeyValues.of(KeyValue.of(HighCardinality.BATCH_COUNT, Integer.toString(count)));
  }

  private static String simpleName(Throwable error) {
    String simple = error.getClass().getSimpleName();
    return simple.isEmpty() ? error.getClass().getName() : simple;
  }
}
