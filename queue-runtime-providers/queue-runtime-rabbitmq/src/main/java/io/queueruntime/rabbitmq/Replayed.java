package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.SequenceNumber;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A dead letter as it goes back to its queue: as it was sent, with a new number and its life begun
 * anew. Thread-safe.
 */
final class Replayed {

  private Replayed() {}

  static AMQP.BasicProperties of(
      Incoming message, MessageEdits edits, Definition to, SequenceNumber number, Instant now) {
    Map<String, Object> headers = new LinkedHashMap<>(message.headers());
    headers
        .keySet()
        .removeIf(
            name ->
                name.startsWith(Wire.DEAD_PREFIX)
                    || name.startsWith("x-first-death-")
                    || name.startsWith("x-last-death-")
                    || name.equals(Wire.DEATH)
                    || name.equals(Wire.DELIVERY_COUNT)
                    || name.equals("x-acquired-count")
                    || name.equals(Wire.DUE)
                    || name.equals(Wire.COPY) // it is no copy of what was sent, but comes through
                    || name.equals(Wire.TYPES)
                    || !Wire.isReserved(name));
    Map<String, Object> own = new LinkedHashMap<>(Wire.read(message.headers()));
    edits.remove().forEach(own::remove);
    own.putAll(edits.set());
    Wire.write(own, headers);
    headers.put(Wire.SEQUENCE, number.value());
    headers.put(Wire.ENQUEUED, now.toEpochMilli());
    long life = Wire.number(headers.get(Wire.TIME_TO_LIVE), 0);
    AMQP.BasicProperties.Builder properties = message.properties().builder();
    if (life > 0) {
      headers.put(Wire.EXPIRES, now.toEpochMilli() + life);
      if (to.known() && to.options().deadLetterOnExpiration()) {
        properties.expiration(String.valueOf(life));
      }
    }
    return properties.headers(headers).deliveryMode(2).build();
  }
}
