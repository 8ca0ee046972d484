package io.queueruntime.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and tags of sends; register one as a global convention to change them. Implementations are
 * thread-safe.
 */
public interface QueueSendConvention extends ObservationConvention<QueueSendContext> {

  @Override
  default boolean supportsContext(Observation.Context context) {
    return context instanceof QueueSendContext;
  }
}
