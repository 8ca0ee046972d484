package io.queueruntime.message;

/**
 * Names of the headers under which a handler sees what the broker says about a message. Never
 * forwarded on send.
 */
public final class QueueHeaders {

  /** Every name here starts with it; incoming headers that do are dropped. */
  public static final String PREFIX = "queue_";

  public static final String MESSAGE_ID = PREFIX + "messageId";
  public static final String SESSION_ID = PREFIX + "sessionId";
  public static final String SEQUENCE_NUMBER = PREFIX + "sequenceNumber";

  /** 1 on the first delivery. */
  public static final String DELIVERY_COUNT = PREFIX + "deliveryCount";

  public static final String ENQUEUED_TIME = PREFIX + "enqueuedTime";
  public static final String LOCKED_UNTIL = PREFIX + "lockedUntil";
  public static final String EXPIRES_AT = PREFIX + "expiresAt";
  public static final String SCHEDULED_ENQUEUE_TIME = PREFIX + "scheduledEnqueueTime";
  public static final String CORRELATION_ID = PREFIX + "correlationId";
  public static final String REPLY_TO = PREFIX + "replyTo";
  public static final String REPLY_TO_SESSION_ID = PREFIX + "replyToSessionId";
  public static final String CONTENT_TYPE = PREFIX + "contentType";
  public static final String SUBJECT = PREFIX + "subject";
  public static final String QUEUE = PREFIX + "queue";
  public static final String CLIENT = PREFIX + "client";
  public static final String PAYLOAD_TYPE = PREFIX + "payloadType";
  public static final String DEAD_LETTER_REASON = PREFIX + "deadLetterReason";
  public static final String DEAD_LETTER_ERROR_DESCRIPTION = PREFIX + "deadLetterErrorDescription";
  public static final String DEAD_LETTER_SOURCE = PREFIX + "deadLetterSource";

  /** The broker's own message object. */
  public static final String NATIVE = PREFIX + "native";

  private QueueHeaders() {}

  /** Whether the name is reserved for the runtime. */
  public static boolean isReserved(String name) {
    return name.startsWith(PREFIX);
  }
}
