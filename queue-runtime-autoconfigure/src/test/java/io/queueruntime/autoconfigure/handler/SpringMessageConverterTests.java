package io.queueruntime.autoconfigure.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;
import tools.jackson.databind.json.JsonMapper;

/** Spring's messages on their way to a queue. */
class SpringMessageConverterTests {

  private final SpringMessageConverter converter =
      new SpringMessageConverter(
          MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE));

  @Test
  void thePayloadIsWrittenAsWithoutTheMessage() {
    OutgoingMessage written =
        converter.toMessage(MessageBuilder.withPayload(Map.of("a", 1)).build(), null).build();

    assertThat(new String(written.body(), StandardCharsets.UTF_8)).isEqualTo("{\"a\":1}");
    assertThat(written.contentType()).hasValue("application/json");
  }

  @Test
  void headersTravelUnlessTheyAreSpringsOrTheRuntimesOwnOrMeanNothingElsewhere() {
    Message<String> message =
        MessageBuilder.withPayload("text")
            .setHeader("tenant", "acme")
            .setHeader("count", 3)
            .setHeader("unit", TimeUnit.DAYS)
            .setHeader("object", new Object())
            .setHeader(QueueHeaders.SEQUENCE_NUMBER, 7L)
            .build();

    assertThat(converter.toMessage(message, null).build().headers())
        .isEqualTo(Map.of("tenant", "acme", "count", 3, "unit", "DAYS"));
  }

  @Test
  void nothingElseIsWrittenAndNothingIsRead() {
    ReceivedMessage<byte[]> received =
        ReceivedMessage.of(QueueName.of("q"), SequenceNumber.START, "m", new byte[0]).build();

    assertThat(converter.canWrite("text", null)).isFalse();
    assertThat(converter.canWrite(MessageBuilder.withPayload("text").build(), null)).isTrue();
    assertThat(converter.canRead(Message.class, null)).isFalse();
    assertThatThrownBy(() -> converter.fromMessage(received, Message.class))
        .isInstanceOf(SerializationFailed.class);
  }
}
