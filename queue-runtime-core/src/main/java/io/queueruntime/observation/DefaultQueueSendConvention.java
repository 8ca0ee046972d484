package io.queueruntime.observation;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.observation.QueueObservationDocumentation.HighCardinality;

/** Names and tags of sends where nothing else is registered. Immutable. */
public final class DefaultQueueSendConvention implements QueueSendConvention {

  static final DefaultQueueSendConvention INSTANCE = new DefaultQueueSendConvention();

  @Override
  public String getName() {
    return "queue.send";
  }

  @Override
  public String getContextualName(QueueSendContext context) {
    return "send " + context.queue();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(QueueSendContext context) {
    return ConventionKeys.low(
        context.system(),
        context.client(),
        "send",
        "send",
        context.queue().value(),
        ConventionKeys.NONE,
        null,
        context.getError());
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(QueueSendContext context) {
    OutgoingMessage message = context.message();
    if (message == null) {
      return ConventionKeys.batch(context.count());
    }
    KeyValues values =
        KeyValues.of(
            KeyValue.of(HighCardinality.BODY_SIZE, Integer.toString(message.body().length)));
    if (message.messageId().isPresent()) {
      values = values.and(KeyValue.of(HighCardinality.MESSAGE_ID, message.messageId().get()));
    }
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
}
