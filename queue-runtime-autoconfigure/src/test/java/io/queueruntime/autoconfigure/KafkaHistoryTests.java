package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.kafka.KafkaHistory;
import io.queueruntime.autoconfigure.kafka.KafkaQueueAutoConfiguration;
import io.queueruntime.kafka.local.LocalKafka;
import io.queueruntime.listener.QueueListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An application that builds its state from the events of a user. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KafkaHistoryTests {

  record Renamed(String name) {}

  static class Projection {
    private final CountDownLatch seen = new CountDownLatch(3);

    @QueueListener("user-events")
    void on(Renamed event) {
      seen.countDown();
    }
  }

  @Test
  void eventsThatAListenerHasCompletedAreReadAgain(@TempDir Path data) throws Exception {
    try (LocalKafka broker = LocalKafka.start(data);
        RunningApplication application =
            RunningApplication.start(
                List.of(KafkaQueueAutoConfiguration.class, Projection.class),
                "queue-runtime.provider=kafka",
                "queue-runtime.kafka.bootstrap-servers=" + broker.bootstrapServers(),
                "queue-runtime.kafka.keep-finished=true",
                "queue-runtime.queues.user-events.declare=create",
                "queue-runtime.queues.user-events.session=required",
                "logging.level.org.apache.kafka=off")) {
      for (String name : List.of("Ann", "Anne", "Annette")) {
        application.template().to("user-events").session("42").send(new Renamed(name));
      }
      application.template().to("user-events").session("43").send(new Renamed("Ben"));
      assertThat(application.bean(Projection.class).seen.await(60, TimeUnit.SECONDS)).isTrue();

      List<Renamed> events = new ArrayList<>();
      long count =
          application
              .bean(KafkaHistory.class)
              .replay("user-events", "42", Renamed.class, event -> events.add(event.payload()));

      assertThat(count).isEqualTo(3);
      assertThat(events)
          .containsExactly(new Renamed("Ann"), new Renamed("Anne"), new Renamed("Annette"));
    }
  }

  @Test
  void onAnotherProviderItSaysWhatToDo() {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(KafkaQueueAutoConfiguration.class),
            "queue-runtime.embedded.durability=memory")) {
      KafkaHistory history = application.bean(KafkaHistory.class);

      assertThatThrownBy(() -> history.replay("user-events", "42", Renamed.class, event -> {}))
          .isInstanceOf(ConfigurationInvalid.class)
          .hasMessage(
              "KafkaHistory cannot be used with client \"main\", which is on embedded; make a client of the right provider the primary one, with queue-runtime.provider or queue-runtime.primary.");
    }
  }
}
