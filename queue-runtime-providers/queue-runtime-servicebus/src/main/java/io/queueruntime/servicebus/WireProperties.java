package io.queueruntime.servicebus;

import io.queueruntime.message.QueueHeaders;

/**
 * The application properties by which the runtime carries what Service Bus has no field for. All
 * begin with the runtime's own prefix, so that they are never taken for a user's header.
 */
final class WireProperties {

  static final String PAYLOAD_TYPE = QueueHeaders.PAYLOAD_TYPE;

  /**
   * The id of a message that was replayed: on the wire it has another one, since a queue that
   * detects duplicates would drop it.
   */
  static final String REPLAYED_ID = QueueHeaders.PREFIX + "replayedId";

  /** Timestamp: when a delivery first ended without being completed. */
  static final String FIRST_FAILURE = QueueHeaders.PREFIX + "firstFailure";

  /** Timestamp: when the message was dead-lettered. */
  static final String LAST_FAILURE = QueueHeaders.PREFIX + "lastFailure";

  /** Class name of what the handler threw last. */
  static final String EXCEPTION_CLASS = QueueHeaders.PREFIX + "exceptionClass";

  /** Deliveries when the message was dead-lettered. */
  static final String DELIVERIES = QueueHeaders.PREFIX + "deliveries";

  /** Never on the wire: why a message that was looked at cannot be read. */
  static final String UNREADABLE = QueueHeaders.PREFIX + "unreadable";

  /** Set by Service Bus on messages of the dead-letter queue. */
  static final String DEAD_LETTER_REASON = "DeadLetterReason";

  /** Set by Service Bus on messages of the dead-letter queue. */
  static final String DEAD_LETTER_DESCRIPTION = "DeadLetterErrorDescription";

  private WireProperties() {}
}
