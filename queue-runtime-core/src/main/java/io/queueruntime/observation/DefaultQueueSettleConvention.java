package io.queueruntime.observation;

import io.micrometer.common.KeyValues;

/** Names and tags of settlements where nothing else is registered. Immutable. */
public final class DefaultQueueSettleConvention implements QueueSettleConvention {

  static final DefaultQueueSettleConvention INSTANCE = new DefaultQueueSettleConvention();

  @Override
  public String getName() {
    return "queue.settle";
  }

  @Override
  public String getContextualName(QueueSettleContext context) {
    return "settle " + context.message().queue();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(QueueSettleContext context) {
    return ConventionKeys.low(
        context.system(),
        context.client(),
        "settle",
        context.settlement(),
        context.message().queue().value(),
        context.listener(),
        context.settlement(),
        context.getError());
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(QueueSettleContext context) {
    return ConventionKeys.high(context.message());
  }
}
