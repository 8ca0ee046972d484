package io.queueruntime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the model says of calls that need no disk. */
class QueueModelTests {

  private static final OutgoingMessage MESSAGE =
      OutgoingMessage.of(new byte[1]).messageId("id").build();

  private final QueueModel model = new QueueModel(1_800_000_000_000L, 0);

  QueueModelTests() {
    model.create(
        "orders", QueueOptions.DEFAULTS.withDuplicateDetectionWindow(Duration.ofMinutes(5)));
  }

  @Test
  void aTransactionThatSendsWhatWasSentBeforeChangesNothingThatSurvives() {
    sendTogether();
    long changes = model.changes();
    assertThat(changes).isGreaterThan(1);

    sendTogether();
    assertThat(model.changes()).isEqualTo(changes);
  }

  private void sendTogether() {
    model.together(same -> same.send("orders", List.of(MESSAGE), List.of("id")));
  }
}
