package io.queueruntime.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.fake.FakeProvider;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeadLettersTests {

  private static final QueueName QUEUE = QueueName.of("orders");

  private final FakeProvider provider = new FakeProvider().create("orders", QueueOptions.DEFAULTS);
  private final List<Duration> rests = new ArrayList<>();
  private final DeadLetters letters =
      new DeadLetters(
          provider,
          TransientRetry.DEFAULT,
          () -> Instant.parse("2026-01-01T00:00:00Z"),
          rests::add);

  @BeforeEach
  void bury() {
    bury(250);
  }

  private void bury(int count) {
    for (int i = 0; i < count; i++) {
      provider
          .sender(QUEUE)
          .send(OutgoingMessage.of(new byte[0]).header("index", i).header("broken", true).build())
          .join();
    }
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      for (ReceivedMessage<byte[]> message : receiver.receive(1000, Duration.ZERO).join()) {
        receiver.settle(message, Settlement.deadLetter("Test", null)).join();
      }
    }
  }

  private List<Object> indexesBack() {
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      return receiver.peek(SequenceNumber.START, 1000).join().stream()
          .map(message -> message.headers().get("index"))
          .toList();
    }
  }

  @Test
  void lookingChangesNothing() {
    assertThat(letters.list("orders", 10)).hasSize(10).allMatch(m -> m.deadLetter().isPresent());
    assertThat(letters.peek("orders", SequenceNumber.of(241), 100)).hasSize(10);
    assertThat(letters.list("orders", 1_000_000)).hasSize(250);
  }

  @Test
  void allComeBackInOrder() {
    assertThat(letters.replayAll("orders")).isEqualTo(new DeadLetterReport(250, 250, 250));
    assertThat(indexesBack()).hasSize(250).isSortedAccordingTo((a, b) -> (Integer) a - (Integer) b);
    assertThat(letters.list("orders", 1)).isEmpty();
  }

  @Test
  void oneComesBackOnce() {
    assertThat(letters.replay("orders", SequenceNumber.of(3))).isTrue();
    assertThat(letters.replay("orders", SequenceNumber.of(3))).isFalse();
    assertThat(indexesBack()).containsExactly(2);
  }

  @Test
  void chosenOnesAreRepairedAndComeBack() {
    DeadLetterReport report =
        letters.replay(
            "orders",
            DeadLetterRequest.matching(m -> (Integer) m.headers().get("index") % 100 == 0)
                .withEdits(new MessageEdits(Map.of("repaired", true), Set.of("broken"))));
    assertThat(report).isEqualTo(new DeadLetterReport(250, 3, 3));
    assertThat(indexesBack()).containsExactly(0, 100, 200);
    try (QueueReceiver receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      assertThat(receiver.peek(SequenceNumber.START, 1).join().get(0).headers())
          .containsEntry("repaired", true)
          .doesNotContainKey("broken");
    }
  }

  @Test
  void listedOnesComeBack() {
    letters.replay(
        "orders", DeadLetterRequest.of(List.of(SequenceNumber.of(9), SequenceNumber.of(2))));
    assertThat(indexesBack()).containsExactly(1, 8);
  }

  @Test
  void limitEndsTheWork() {
    assertThat(letters.replay("orders", DeadLetterRequest.all().withLimit(7)).done()).isEqualTo(7);
    assertThat(indexesBack()).hasSize(7);
  }

  @Test
  void dryRunOnlyCounts() {
    assertThat(letters.replay("orders", DeadLetterRequest.all().asDryRun()))
        .isEqualTo(new DeadLetterReport(250, 250, 0));
    assertThat(letters.discard("orders", DeadLetterRequest.all().asDryRun()).done()).isZero();
    assertThat(letters.list("orders", 1000)).hasSize(250);
  }

  @Test
  void rateIsKept() {
    letters.replay("orders", DeadLetterRequest.all().withRate(50));
    assertThat(rests).hasSize(4).containsOnly(Duration.ofSeconds(1));
  }

  @Test
  void discardedOnesAreGone() {
    assertThat(letters.discard("orders", DeadLetterRequest.all().withLimit(100)).done())
        .isEqualTo(100);
    assertThat(letters.discard("orders", SequenceNumber.of(101))).isTrue();
    assertThat(letters.list("orders", 1000)).hasSize(149);
    assertThat(indexesBack()).isEmpty();
  }

  @Test
  void whatWasDeadLetteredAfterTheWorkBeganIsLeftAlone() {
    provider.advance(Duration.ofSeconds(1));
    bury(5);
    assertThat(letters.replayAll("orders")).isEqualTo(new DeadLetterReport(250, 250, 250));
    assertThat(letters.list("orders", 1000)).hasSize(5);
  }

  @Test
  void pageOfLettersThatCameAfterTheWorkBeganDoesNotHideTheOlderOnesBehindIt() {
    FakeProvider other = new FakeProvider().create("orders", QueueOptions.DEFAULTS);
    other.sender(QUEUE).send(OutgoingMessage.of(new byte[0]).build()).join();
    other.sender(QUEUE).send(OutgoingMessage.of(new byte[0]).build()).join();
    try (QueueReceiver receiver = other.receiver(QUEUE, SubQueue.MAIN)) {
      List<ReceivedMessage<byte[]>> both = receiver.receive(2, Duration.ZERO).join();
      receiver.settle(both.get(1), Settlement.deadLetter("Test", null)).join();
      other.advance(Duration.ofSeconds(1));
      receiver.settle(both.get(0), Settlement.deadLetter("Test", null)).join();
    }
    DeadLetters slow =
        new DeadLetters(
            other, TransientRetry.DEFAULT, () -> Instant.parse("2026-01-01T00:00:00Z"), rests::add);
    assertThat(slow.replay("orders", DeadLetterRequest.all().withRate(1)))
        .isEqualTo(new DeadLetterReport(1, 1, 1));
  }
}
