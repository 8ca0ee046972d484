package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import io.queueruntime.autoconfigure.PayloadFormatTests.Inbox;
import io.queueruntime.autoconfigure.kafka.KafkaQueueAutoConfiguration;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.message.CloudEventAttributes;
import io.queueruntime.message.ReceivedMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same formats, and events, by way of a real Kafka. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PayloadFormatsOnKafkaTests {

  @Test
  void aListenerReadsWhatEachMessageSaysItIs(@TempDir Path data) throws Exception {
    try (LocalKafka broker = LocalKafka.start(data);
        RunningApplication application =
            RunningApplication.start(
                List.of(KafkaQueueAutoConfiguration.class, Inbox.class),
                "queue-runtime.provider=kafka",
                "queue-runtime.kafka.bootstrap-servers=" + broker.bootstrapServers(),
                "queue-runtime.defaults.declare=create",
                "logging.level.org.apache.kafka=off")) {
      Inbox inbox = application.bean(Inbox.class);
      for (String type : List.of("application/json", "application/cbor", "application/msgpack")) {
        application.template().to("orders").contentType(type).send(PayloadFormatTests.ORDER);

        ReceivedMessage<?> message = inbox.next();
        assertThat(message.contentType()).contains(type);
        assertThat(message.payload()).isEqualTo(PayloadFormatTests.ORDER);
      }
      application.template().send("texts", StringValue.of("größe"));
      assertThat(inbox.next().payload()).isEqualTo(StringValue.of("größe"));

      CloudEventAttributes placed = CloudEventAttributes.of("7", "/shop", "com.acme.order.placed");
      application.template().to("orders").cloudEvent(placed).send(PayloadFormatTests.ORDER);
      ReceivedMessage<?> event = inbox.next();
      assertThat(CloudEventAttributes.of(event)).contains(placed);
      assertThat(event.payload()).isEqualTo(PayloadFormatTests.ORDER);
    }
  }
}
