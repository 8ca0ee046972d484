package io.queueruntime.servicebus.emulator.conformance;

import java.nio.BufferOverflowException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Section;
import org.apache.qpid.proton.message.Message;

/** Messages of proton-j, made as a step says and read as fields. */
final class RawMessages {

  private static final List<String> STATES = List.of("active", "deferred", "scheduled");

  private RawMessages() {}

  static Message of(String id, Step step) {
    Map<String, String> options = step.options();
    Message message = Proton.message();
    message.setMessageId(id.equals("-") ? null : id);
    message.setGroupId(options.get("session"));
    message.setSubject(options.get("subject"));
    message.setCorrelationId(options.get("corr"));
    message.setContentType(options.get("contenttype"));
    message.setAddress(options.get("to"));
    message.setReplyTo(options.get("replyto"));
    message.setReplyToGroupId(options.get("replytosession"));
    if (options.containsKey("ttl")) {
      Header header = new Header();
      header.setTtl(UnsignedInteger.valueOf(Long.parseLong(options.get("ttl"))));
      message.setHeader(header);
    }
    Map<Symbol, Object> annotations = new HashMap<>();
    if (options.containsKey("pk")) {
      annotations.put(Symbol.valueOf("x-opt-partition-key"), options.get("pk"));
    }
    if (options.containsKey("at")) {
      annotations.put(
          Symbol.valueOf("x-opt-scheduled-enqueue-time"),
          new Date(System.currentTimeMillis() + step.count("at", 0)));
    }
    if (!annotations.isEmpty()) {
      message.setMessageAnnotations(new MessageAnnotations(annotations));
    }
    Map<String, Object> properties = JavaMessages.propertiesIn(step);
    for (int i = 0; i < step.count("many", 0); i++) {
      properties.put("p" + i, "y".repeat(step.count("each", 0)));
    }
    if (!properties.isEmpty()) {
      message.setApplicationProperties(new ApplicationProperties(properties));
    }
    message.setBody(body(step));
    return message;
  }

  private static Section body(Step step) {
    String text = step.option("body", "x");
    return switch (step.option("bodytype", "data")) {
      case "value" -> new AmqpValue(text);
      case "sequence" -> new AmqpSequence(List.of(text));
      default -> new Data(new Binary(JavaMessages.data(step, text)));
    };
  }

  static byte[] encode(Message message) {
    for (int size = 4 * 1024; ; size *= 8) {
      byte[] buffer = new byte[size];
      try {
        return Arrays.copyOf(buffer, message.encode(buffer, 0, buffer.length));
      } catch (BufferOverflowException | IndexOutOfBoundsException larger) {
        if (size > 2 * 1024 * 1024) {
          throw larger;
        }
      }
    }
  }

  static Message decode(byte[] bytes) {
    Message message = Proton.message();
    message.decode(bytes, 0, bytes.length);
    return message;
  }

  static long sequenceNumber(Message message) {
    return (Long) annotation(message, "x-opt-sequence-number");
  }

  private static Object annotation(Message message, String name) {
    return message.getMessageAnnotations().getValue().get(Symbol.valueOf(name));
  }

  static Map<String, String> view(Message message) {
    Map<String, String> seen = new LinkedHashMap<>();
    seen.put("id", String.valueOf(message.getMessageId()));
    seen.put("body", text(message.getBody()));
    seen.put("bodytype", type(message.getBody()));
    seen.put("count", Long.toString(message.getHeader().getDeliveryCount().longValue()));
    seen.put("seq", Long.toString(sequenceNumber(message)));
    if (annotation(message, "x-opt-enqueue-sequence-number") instanceof Long first) {
      seen.put("eseq", Long.toString(first));
    }
    seen.put("state", STATES.get((Integer) annotation(message, "x-opt-message-state")));
    seen.put("session", message.getGroupId());
    seen.put("subject", message.getSubject());
    seen.put("corr", text(message.getCorrelationId()));
    seen.put("contenttype", message.getContentType());
    seen.put("to", message.getAddress());
    seen.put("replyto", message.getReplyTo());
    seen.put("replytosession", message.getReplyToGroupId());
    if (message.getHeader().getTtl() != null) {
      seen.put("ttl", Long.toString(message.getHeader().getTtl().longValue()));
    }
    seen.put("pk", text(annotation(message, "x-opt-partition-key")));
    seen.put("source", text(annotation(message, "x-opt-deadletter-source")));
    time(seen, "lockeduntil", annotation(message, "x-opt-locked-until"));
    time(seen, "enqueued", annotation(message, "x-opt-enqueued-time"));
    time(seen, "sched", annotation(message, "x-opt-scheduled-enqueue-time"));
    if (message.getExpiryTime() > 0) {
      seen.put("expires", Long.toString(message.getExpiryTime()));
    }
    if (message.getApplicationProperties() != null) {
      message
          .getApplicationProperties()
          .getValue()
          .forEach((name, value) -> seen.put("prop." + name, String.valueOf(value)));
    }
    seen.put("reason", seen.get("prop.DeadLetterReason"));
    seen.put("description", seen.get("prop.DeadLetterErrorDescription"));
    return seen;
  }

  private static void time(Map<String, String> seen, String name, Object value) {
    if (value != null) {
      seen.put(name, Long.toString(((Date) value).getTime()));
    }
  }

  private static String text(Object value) {
    return value == null ? null : value.toString();
  }

  private static String text(Section body) {
    if (body instanceof AmqpValue value) {
      return String.valueOf(value.getValue());
    }
    if (body instanceof AmqpSequence sequence) {
      return String.join(
          "+", ((List<?>) sequence.getValue()).stream().map(String::valueOf).toList());
    }
    return bytes(((Data) body).getValue());
  }

  static String bytes(Binary binary) {
    return new String(
        binary.getArray(), binary.getArrayOffset(), binary.getLength(), StandardCharsets.UTF_8);
  }

  private static String type(Section body) {
    return body instanceof AmqpValue ? "value" : body instanceof AmqpSequence ? "sequence" : "data";
  }
}
