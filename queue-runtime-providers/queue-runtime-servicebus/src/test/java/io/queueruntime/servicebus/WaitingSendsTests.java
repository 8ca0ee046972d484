package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.provider.CallbackThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sends that come before anything is known of their queue. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WaitingSendsTests {

  private static final QueueName QUEUE = QueueName.of("unknown");
  private static final OutgoingMessage MESSAGE = OutgoingMessage.of(new byte[1]).build();

  private final ServiceBusOptions options =
      ServiceBusOptions.connectionString(
          "Endpoint=sb://nowhere.invalid;SharedAccessKeyName=n;SharedAccessKey=a2V5");
  private final ProviderTime time = new ProviderTime(() -> 0, () -> Duration.ZERO);
  private final CallbackThreads callbacks = new CallbackThreads("waiting-sends-under-test");
  private final Connections connections = new Connections(options);
  private final List<CompletableFuture<Optional<QueueOptions>>> asked = new ArrayList<>();
  private final QueueFacts facts =
      new QueueFacts(
          time,
          Runnable::run,
          Duration.ofMinutes(1),
          queue -> {
            CompletableFuture<Optional<QueueOptions>> answer = new CompletableFuture<>();
            asked.add(answer);
            return answer;
          });

  @AfterEach
  void close() {
    callbacks.close();
    time.close();
  }

  private ServiceBusSender sender() {
    return new ServiceBusSender(
        QUEUE,
        new Senders(options, connections, time, callbacks, queue -> {}),
        new Links(options, connections, time, callbacks),
        facts,
        time,
        options.maxMessageSize());
  }

  @Test
  void onlySoManySendsWaitForTheFirstLookAtAQueueAndTheNextAreToldToComeLater() {
    ServiceBusSender sender = sender();
    List<CompletableFuture<SendReceipt>> waiting =
        IntStream.range(0, 100_000).mapToObj(i -> sender.send(MESSAGE)).toList();
    assertThat(waiting).noneMatch(CompletableFuture::isDone);

    CompletableFuture<SendReceipt> more = sender.send(MESSAGE);
    CompletableFuture<List<SendReceipt>> ofAnother = sender().sendAll(List.of(MESSAGE));

    assertThat(more).isCompletedExceptionally();
    assertThat(catchThrowable(more::join))
        .hasCauseInstanceOf(Throttled.class)
        .hasMessageContaining("'unknown'")
        .hasMessageContaining("100000 messages wait");
    assertThat(catchThrowable(ofAnother::join)).hasCauseInstanceOf(Throttled.class);

    asked.get(0).complete(Optional.empty());

    assertThat(waiting)
        .allSatisfy(
            send -> assertThat(catchThrowable(send::join)).hasCauseInstanceOf(QueueNotFound.class));
    assertThat(sender.send(MESSAGE)).as("waits for another look").isNotDone();
    assertThat(asked).hasSize(2);
  }
}
