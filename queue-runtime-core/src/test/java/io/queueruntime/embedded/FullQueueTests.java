package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.template.QueueTemplate;
import io.queueruntime.template.TemplateOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class FullQueueTests {

  @Test
  void senderLearnsThatTheQueueIsFullBeforeItsTemplateGivesUp() {
    assertThat(EmbeddedOptions.inMemory().sendTimeout())
        .isLessThan(TemplateOptions.DEFAULTS.operationTimeout());
    EmbeddedOptions options =
        EmbeddedOptions.inMemory().withCapacity(1).withSendTimeout(Duration.ofMillis(200));
    try (EmbeddedQueueProvider provider = new EmbeddedQueueProvider(options);
        QueueTemplate template =
            new QueueTemplate(
                provider,
                MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE),
                QueueObservations.NONE,
                TemplateOptions.builder().operationTimeout(Duration.ofMillis(750)).build())) {
      provider.admin().create(QueueName.of("orders"), QueueOptions.DEFAULTS);
      template.send("orders", "the one that has room");
      assertThatThrownBy(() -> template.send("orders", "one too many"))
          .isInstanceOf(QueueFull.class);
    }
  }
}
