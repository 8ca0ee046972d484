package io.queueruntime.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * What the runtime tells Micrometer of: the names and tags, after OpenTelemetry's conventions for
 * messaging. Ids of messages and sessions are high-cardinality keys: on spans, never on meters.
 */
public enum QueueObservationDocumentation implements ObservationDocumentation {

  /** One send, of a message or of a list. */
  SEND {
    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>>
        getDefaultConvention() {
      return DefaultQueueSendConvention.class;
    }
  },

  /** One call of a listener's handler, until its result is known. */
  PROCESS {
    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>>
        getDefaultConvention() {
      return DefaultQueueProcessConvention.class;
    }
  },

  /** One settlement by a listener, until it is durable. */
  SETTLE {
    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>>
        getDefaultConvention() {
      return DefaultQueueSettleConvention.class;
    }
  };

  @Override
  public KeyName[] getLowCardinalityKeyNames() {
    return LowCardinality.values();
  }

  @Override
  public KeyName[] getHighCardinalityKeyNames() {
    return HighCardinality.values();
  }

  /** Keys with few values: on meters and spans. */
  public enum LowCardinality implements KeyName {
    /** The provider's name. */
    SYSTEM("messaging.system"),
    /** {@code send}, {@code process} or {@code settle}. */
    OPERATION_TYPE("messaging.operation.type"),
    /** What is done: as the type, but a settlement's own name. */
    OPERATION_NAME("messaging.operation.name"),
    /** The queue. */
    DESTINATION("messaging.destination.name"),
    /** The client's name. */
    CLIENT("queue.client"),
    /** The listener's id; {@code none} on a send. */
    LISTENER("queue.listener"),
    /** How the delivery was ended; {@code none} where there is none, or not yet. */
    OUTCOME("queue.outcome"),
    /** Simple class name of the exception; {@code none} where there was none. */
    ERROR("error.type");

    private final String key;

    LowCardinality(String key) {
      this.key = key;
    }

    @Override
    public String asString() {
      return key;
    }
  }

  /** Keys with many values: on spans only. */
  public enum HighCardinality implements KeyName {
    /** The message's id. */
    MESSAGE_ID("messaging.message.id"),
    /** Its correlation id. */
    CONVERSATION_ID("messaging.message.conversation_id"),
    /** Size of its body, in bytes. */
    BODY_SIZE("messaging.message.body.size"),
    /** How many messages, of a batch. */
    BATCH_COUNT("messaging.batch.message_count"),
    /** Its session. */
    SESSION_ID("queue.session.id"),
    /** Which delivery it is, 1 on the first. */
    DELIVERY_COUNT("queue.delivery.count");

    private final String key;

    HighCardinality(String key) {
      this.key = key;
    }

    @Override
    public String asString() {
      return key;
    }
  }
}
