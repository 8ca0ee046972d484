package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.azure.messaging.servicebus.ServiceBusSenderAsyncClient;
import com.azure.messaging.servicebus.models.CreateMessageBatchOptions;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Sends that nobody answers any more; one that never ends stands for those the SDK forgets. */
@Timeout(120)
class LinkWatchTests {

  private static final QueueName QUEUE = QueueName.of("watched");

  private final Emulated emulated = new Emulated();
  private final AtomicLong now = new AtomicLong();
  private final ProviderTime time = new ProviderTime(now::get, () -> Duration.ZERO);
  private ServiceBusSenderAsyncClient client;
  private LinkWatch watch;
  private CompletableFuture<Void> send;

  @BeforeEach
  void begin() {
    emulated.provider(emulated.options()).admin().create(QUEUE, QueueOptions.DEFAULTS);
    client = new Connections(emulated.options()).of(QUEUE).sender(QUEUE);
    watch = new LinkWatch(client, time, Runnable::run);
    watch.batch(new CreateMessageBatchOptions()).block();
    send = watch.send(Mono.never()).toFuture();
  }

  @AfterEach
  void close() {
    client.close();
    time.close();
    emulated.close();
  }

  /** Lets time pass, and waits until the look is over that is due then. */
  private void oneLook() {
    CompletableFuture<Void> after = new CompletableFuture<>();
    time.after(LinkWatch.PATIENCE.plusMillis(1), () -> after.complete(null));
    now.addAndGet(LinkWatch.PATIENCE.plusMillis(2).toNanos());
    time.jumped();
    after.join();
  }

  @Test
  void aSendWithoutAnAnswerIsLeftToItsTimeOutWhileItsLinkIsOpen() {
    for (int i = 0; i < 20; i++) {
      oneLook();
    }

    assertThat(send).isNotDone();
  }

  @Test
  void aSendWhoseLinkHasEndedFailsAsNotConnected() {
    emulated.emulator.faults().cutConnections();
    while (!send.isDone()) { // the client may not have noticed yet
      oneLook();
    }

    assertThat(FailureKind.of(catchThrowable(send::join))).isEqualTo(FailureKind.NOT_CONNECTED);
  }

  @Test
  void aSendOfALinkThatWasOpenedAnewMeanwhileFailsToo() {
    emulated.emulator.faults().cutConnections();
    CompletableFuture<Void> later = send;
    while (!later.isDone()) { // ends once a batch had to wait for another link
      watch.batch(new CreateMessageBatchOptions()).onErrorComplete().block(); // the cut may fail it
      oneLook();
    }

    assertThat(FailureKind.of(catchThrowable(later::join))).isEqualTo(FailureKind.NOT_CONNECTED);
  }
}
