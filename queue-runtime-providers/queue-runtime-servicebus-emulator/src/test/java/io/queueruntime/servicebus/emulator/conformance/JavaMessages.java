package io.queueruntime.servicebus.emulator.conformance;

import com.azure.core.amqp.models.AmqpMessageBody;
import com.azure.core.amqp.models.AmqpMessageBodyType;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Messages of Azure's Java SDK, made as a step says and read as fields. */
final class JavaMessages {

  private JavaMessages() {}

  static ServiceBusMessage of(String id, Step step) {
    ServiceBusMessage message = unscheduled(id, step);
    if (step.options().containsKey("at")) {
      message.setScheduledEnqueueTime(
          OffsetDateTime.now().plus(Duration.ofMillis(step.count("at", 0))));
    }
    return message;
  }

  static ServiceBusMessage unscheduled(String id, Step step) {
    ServiceBusMessage message = new ServiceBusMessage(body(step));
    Map<String, String> options = step.options();
    if (!id.equals("-")) {
      message.setMessageId(id);
    }
    if (options.containsKey("session")) {
      message.setSessionId(options.get("session"));
    }
    if (options.containsKey("pk")) {
      message.setPartitionKey(options.get("pk"));
    }
    if (options.containsKey("ttl")) {
      message.setTimeToLive(Duration.ofMillis(Long.parseLong(options.get("ttl"))));
    }
    message
        .setSubject(options.get("subject"))
        .setCorrelationId(options.get("corr"))
        .setContentType(options.get("contenttype"))
        .setTo(options.get("to"))
        .setReplyTo(options.get("replyto"))
        .setReplyToSessionId(options.get("replytosession"));
    message.getApplicationProperties().putAll(propertiesIn(step));
    for (int i = 0; i < step.count("many", 0); i++) {
      message.getApplicationProperties().put("p" + i, "y".repeat(step.count("each", 0)));
    }
    return message;
  }

  private static AmqpMessageBody body(Step step) {
    String text = step.option("body", "x");
    return switch (step.option("bodytype", "data")) {
      case "value" -> AmqpMessageBody.fromValue(text);
      case "sequence" -> AmqpMessageBody.fromSequence(List.of(text));
      default -> AmqpMessageBody.fromData(data(step, text));
    };
  }

  static byte[] data(Step step, String text) {
    if (!step.options().containsKey("size")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    byte[] body = new byte[step.count("size", 0)];
    Arrays.fill(body, (byte) 'x');
    return body;
  }

  static Map<String, Object> propertiesIn(Step step) {
    Map<String, Object> properties = new LinkedHashMap<>();
    step.options()
        .forEach(
            (name, value) -> {
              if (name.startsWith("prop.")) {
                properties.put(name.substring(5), typed(value));
              }
            });
    return properties;
  }

  private static Object typed(String text) {
    if (text.matches("-?\\d+")) {
      return Integer.valueOf(text);
    }
    if (text.matches("-?\\d+\\.\\d+")) {
      return Double.valueOf(text);
    }
    return text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : text;
  }

  static Map<String, String> view(ServiceBusReceivedMessage message) {
    Map<String, String> seen = new LinkedHashMap<>();
    AmqpMessageBody body = message.getRawAmqpMessage().getBody();
    seen.put("id", message.getMessageId());
    seen.put("body", text(body));
    seen.put("bodytype", body.getBodyType().toString().toLowerCase(Locale.ROOT));
    seen.put("count", Long.toString(message.getDeliveryCount()));
    seen.put("seq", Long.toString(message.getSequenceNumber()));
    if (message.getEnqueuedSequenceNumber() != 0) {
      seen.put("eseq", Long.toString(message.getEnqueuedSequenceNumber()));
    }
    seen.put("state", message.getState().toString().toLowerCase(Locale.ROOT));
    seen.put("session", message.getSessionId());
    seen.put("subject", message.getSubject());
    seen.put("corr", message.getCorrelationId());
    seen.put("contenttype", message.getContentType());
    seen.put("to", message.getTo());
    seen.put("replyto", message.getReplyTo());
    seen.put("replytosession", message.getReplyToSessionId());
    if (message.getTimeToLive() != null) {
      seen.put("ttl", Long.toString(message.getTimeToLive().toMillis()));
    }
    seen.put("pk", message.getPartitionKey());
    seen.put("reason", message.getDeadLetterReason());
    seen.put("description", message.getDeadLetterErrorDescription());
    seen.put("source", message.getDeadLetterSource());
    time(seen, "lockeduntil", message.getLockedUntil());
    time(seen, "enqueued", message.getEnqueuedTime());
    time(seen, "expires", message.getExpiresAt());
    time(seen, "sched", message.getScheduledEnqueueTime());
    message
        .getApplicationProperties()
        .forEach((name, value) -> seen.put("prop." + name, String.valueOf(value)));
    return seen;
  }

  private static void time(Map<String, String> seen, String name, OffsetDateTime time) {
    if (time != null) {
      seen.put(name, Long.toString(time.toInstant().toEpochMilli()));
    }
  }

  private static String text(AmqpMessageBody body) {
    if (body.getBodyType() == AmqpMessageBodyType.VALUE) {
      return String.valueOf(body.getValue());
    }
    if (body.getBodyType() == AmqpMessageBodyType.SEQUENCE) {
      return String.join("+", body.getSequence().stream().map(String::valueOf).toList());
    }
    return new String(body.getFirstData(), StandardCharsets.UTF_8);
  }
}
