package io.queueruntime.servicebus;

import com.azure.core.util.BinaryData;
import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SessionId;
import java.util.Map;

/** A message of the runtime as one of Service Bus. Immutable and thread-safe. */
final class OutgoingConversion {

  /** What a message costs beside its body, its texts and its headers: section and field heads. */
  private static final int FRAME_BYTES = 100;

  private static final int HEADER_BYTES = 12;

  private OutgoingConversion() {}

  /**
   * Everything but the time a message is scheduled for.
   *
   * @param id the message's own, or one that was made for it
   */
  static ServiceBusMessage convert(OutgoingMessage message, String id) {
    ServiceBusMessage wire = new ServiceBusMessage(BinaryData.fromBytes(message.body()));
    wire.setMessageId(id);
    // Most messages have few of these, and are many: nothing is made for those that are not there.
    SessionId session = message.sessionId().orElse(null);
    if (session != null) {
      wire.setSessionId(session.value());
    }
    wire.setCorrelationId(message.correlationId().orElse(null));
    wire.setReplyTo(message.replyTo().orElse(null));
    wire.setReplyToSessionId(message.replyToSessionId().orElse(null));
    wire.setContentType(message.contentType().orElse(null));
    wire.setSubject(message.subject().orElse(null));
    if (message.timeToLive().isPresent()) {
      wire.setTimeToLive(message.timeToLive().get());
    }
    if (!message.headers().isEmpty() || message.payloadType().isPresent()) {
      Map<String, Object> properties = wire.getApplicationProperties();
      message.headers().forEach((name, value) -> properties.put(name, HeaderTypes.toWire(value)));
      message.payloadType().ifPresent(type -> properties.put(WireProperties.PAYLOAD_TYPE, type));
    }
    return wire;
  }

  /** About what the message takes on the wire, in bytes; never less than its body and headers. */
  static long size(OutgoingMessage message) {
    long size = FRAME_BYTES + (long) message.body().length;
    size += length(message.messageId().orElse(""));
    size += length(message.sessionId().map(SessionId::value).orElse(""));
    size += length(message.correlationId().orElse(""));
    size += length(message.replyTo().orElse(""));
    size += length(message.replyToSessionId().orElse(""));
    size += length(message.contentType().orElse(""));
    size += length(message.subject().orElse(""));
    size += length(message.payloadType().orElse(""));
    for (Map.Entry<String, Object> header : message.headers().entrySet()) {
      size += length(header.getKey()) + length(header.getValue()) + HEADER_BYTES;
    }
    return size;
  }

  private static long length(Object value) {
    if (value instanceof String text) {
      return utf8Length(text);
    }
    return value instanceof byte[] bytes ? bytes.length : 16;
  }

  private static long utf8Length(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (unit >= 0x800 && !Character.isSurrogate(unit)) {
        bytes += 2;
      } else if (unit >= 0x80) {
        bytes++; // also for each half of a pair, which is of 4 bytes
      }
    }
    return bytes;
  }
}
