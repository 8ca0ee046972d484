package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.LockToken;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** What an ordered intake asks of its link, on a clock that stands still. */
@Timeout(60)
class IntakeTests implements Intake.Owner {

  private static final Duration LONG = Duration.ofHours(1);

  private final ProviderTime time = new ProviderTime(() -> 0, () -> Duration.ZERO);
  private final Intake intake = new Intake(time, Runnable::run, true, this);
  private final AtomicLong credit = new AtomicLong();
  private final List<FluxSink<ReceivedMessage<byte[]>>> link = new ArrayList<>();

  IntakeTests() {
    intake.attach(
        Flux.create(
            sink -> {
              link.add(sink);
              sink.onRequest(credit::addAndGet);
            }));
  }

  @AfterEach
  void close() {
    time.close();
  }

  /** The broker sends a message if it may. */
  private void sends(long number) {
    assertThat(credit.decrementAndGet()).as("credit for message %d", number).isNotNegative();
    link.get(0)
        .next(
            ReceivedMessage.of(
                    QueueName.of("q"), SequenceNumber.of(number), "" + number, new byte[0])
                .lock(LockToken.of(UUID.randomUUID()), Instant.MAX)
                .build());
  }

  private static List<Long> numbers(CompletableFuture<List<ReceivedMessage<byte[]>>> receive) {
    return receive.join().stream().map(message -> message.sequenceNumber().value()).toList();
  }

  @Test
  void whatIsToReturnHasCreditThoughALaterMessageUsedIt() {
    CompletableFuture<List<ReceivedMessage<byte[]>>> first = intake.receive(1, LONG);
    sends(1);
    assertThat(numbers(first)).containsExactly(1L);
    CompletableFuture<List<ReceivedMessage<byte[]>>> second = intake.receive(1, LONG);
    intake.returns(SequenceNumber.of(1));
    sends(2);
    assertThat(second).isNotDone();

    sends(1);

    assertThat(numbers(second)).containsExactly(1L);
    assertThat(numbers(intake.receive(1, LONG))).containsExactly(2L);
  }

  @Test
  void nothingIsAskedForThatNobodyWaitsFor() {
    assertThat(credit).hasValue(0);
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = intake.receive(3, LONG);
    assertThat(credit).as("one at first").hasValue(1);
    receive.cancel(false);

    intake.receive(1, LONG);

    assertThat(credit).as("what was left serves the next").hasValue(1);
  }

  @Override
  public RuntimeException translate(Throwable error) {
    return new IllegalStateException(error);
  }

  @Override
  public void giveBack(List<ReceivedMessage<byte[]>> late) {
    throw new AssertionError("messages of a session are never late: " + late);
  }

  @Override
  public boolean ended(@Nullable Throwable error) {
    return false;
  }

  @Override
  public CompletableFuture<Boolean> canReturn(SequenceNumber number) {
    return CompletableFuture.completedFuture(true);
  }
}
