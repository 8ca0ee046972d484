package io.queueruntime.engine;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;

/** A queue whose messages have no records that anybody counts. */
final class UnrecordedQueue {

  private UnrecordedQueue() {}

  static QueueState make() {
    return new QueueState(
        1,
        QueueName.of("q"),
        QueueOptions.DEFAULTS,
        0,
        new EngineState.RecordUse() {
          @Override
          public void retain(long position, int size) {}

          @Override
          public void release(long position, int size) {}
        });
  }
}
