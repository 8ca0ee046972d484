package io.queueruntime.observation;

import io.micrometer.common.KeyValues;

/** Names and tags of handler calls where nothing else is registered. Immutable. */
public final class DefaultQueueProcessConvention implements QueueProcessConvention {

  static final DefaultQueueProcessConvention INSTANCE = new DefaultQueueProcessConvention();

  @Override
  public String getName() {
    return "queue.process";
  }

  @Override
  public String getContextualName(QueueProcessContext context) {
    return "process " + context.queue();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(QueueProcessContext context) {
    return ConventionKeys.low(
        context.system(),
        context.client(),
        "process",
        "process",
        context.queue().value(),
        context.listener(),
        context.outcome(),
        context.getError());
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(QueueProcessContext context) {
    KeyValues values = ConventionKeys.high(context.message());
    return context.count() == 1 ? values : values.and(ConventionKeys.batch(context.count()));
  }
}
