package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.LeasedMessage;
import io.queueruntime.store.StoreLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two processes that share a queue and a state store whose clock a test moves, with faults. */
class SchedulesTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final FlakyStore store = new FlakyStore();
  private final ScriptedBroker first = new ScriptedBroker(null, store.store());
  private final ScriptedBroker second = new ScriptedBroker(null, store.store());
  private final Instant due = Instant.now().plus(DAY);

  @AfterEach
  void close() {
    store.unreachable(null);
    first.close();
    second.close();
    store.close();
  }

  @Test
  void aMessageIsPublishedOnceItIsDue() throws Exception {
    schedule(1, null);
    publishDue(first);
    assertThat(first.published()).isEmpty();

    store.advance(DAY);
    publishDue(first);

    assertThat(next(first).messageId()).isEqualTo("id-1");
    assertThat(waiting()).isZero();
  }

  @Test
  void nobodyHasToAskForWhatIsDueSoon() throws Exception {
    await(
        first
            .fronts()
            .schedule(
                QUEUE,
                message(null).scheduledEnqueueTime(Instant.now().plusMillis(50)).build(),
                null,
                "soon",
                SequenceNumber.of(1)));

    assertThat(next(first).messageId()).isEqualTo("soon");
  }

  @Test
  void twoInstancesPublishEachMessageOnce() {
    for (long number = 1; number <= 300; number++) {
      schedule(number, null);
    }
    second.fronts().used(QUEUE);
    store.advance(DAY);

    CompletableFuture<Void> here = first.fronts().schedules().publishDue();
    CompletableFuture<Void> there = second.fronts().schedules().publishDue();
    await(here);
    await(there);

    List<Long> published = new ArrayList<>(numbers(first));
    published.addAll(numbers(second));
    assertThat(published)
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 300).boxed().toList());
    assertThat(waiting()).isZero();
  }

  @Test
  void whatACrashedInstanceHadTakenIsPublishedByAnotherOnceItsLeaseIsOver() throws Exception {
    schedule(1, null);
    store.advance(DAY);
    List<LeasedMessage> crashed = await(store.real().scheduled().takeDue(QUEUE, 10, LEASE));
    assertThat(crashed).hasSize(1);
    second.fronts().used(QUEUE);
    publishDue(second);
    assertThat(second.published()).isEmpty();

    store.advance(LEASE);
    publishDue(second);

    assertThat(next(second).messageId()).isEqualTo("id-1");
    assertThat(waiting()).isZero();
  }

  @Test
  void whatIsTakenCannotBeCancelledAndWhatIsCancelledIsNotPublished() {
    schedule(1, null);
    schedule(2, null);
    store.advance(DAY);
    await(store.real().scheduled().take(QUEUE, List.of(SequenceNumber.of(1)), LEASE));

    assertThat(await(first.fronts().cancelScheduled(QUEUE, SequenceNumber.of(1)))).isFalse();
    assertThat(await(first.fronts().cancelScheduled(QUEUE, SequenceNumber.of(2)))).isTrue();

    store.advance(LEASE);
    publishDue(first);
    assertThat(numbers(first)).containsExactly(1L);
  }

  @Test
  void messagesOfOneSessionFollowInTheOrderOfTheirNumbersAndNoneOvertakesOneThatFailed() {
    for (long number = 1; number <= 3; number++) {
      schedule(number, "s");
    }
    first.refuse(new ConnectionFailed("orders", "The broker cannot be reached.", null));
    store.advance(DAY);
    publishDue(first);
    assertThat(numbers(first)).containsOnly(1L);
    assertThat(waiting()).isEqualTo(3);
    first.published().clear();
    first.refuse(null);

    publishDue(first);

    assertThat(numbers(first)).endsWith(1L, 2L, 3L);
    assertThat(waiting()).isZero();
  }

  @Test
  void aStoreThatFailsForAWhileIsAskedAgainByItself() throws Exception {
    schedule(1, null);
    store.unreachable("takeDue");
    store.advance(DAY);
    publishDue(first);
    assertThat(first.published()).isEmpty();

    store.unreachable(null);

    assertThat(next(first).messageId()).isEqualTo("id-1");
  }

  @Test
  void whatCannotBeKeptIsToldToItsSender() {
    store.unreachable("put");

    assertThat(failureOf(later(1, null))).isInstanceOf(ConnectionFailed.class);
  }

  @Test
  void whatIsTooLargeForTheStoreIsToldWithItsSetting() {
    byte[] large = new byte[StoreLimits.DEFAULTS.maxMessageSize() + 1];
    OutgoingMessage message = OutgoingMessage.of(large).scheduledEnqueueTime(due).build();

    assertThat(failureOf(first.fronts().schedule(QUEUE, message, null, "id", SequenceNumber.of(1))))
        .isInstanceOf(MessageTooLarge.class)
        .hasMessageContaining("queue-runtime.store.max-message-size");
  }

  @Test
  void whatIsPublishedIsWhatWasSent() throws Exception {
    OutgoingMessage sent =
        message("s")
            .timeToLive(Duration.ofSeconds(9))
            .header("h", 7L)
            .scheduledEnqueueTime(due)
            .build();
    await(first.fronts().schedule(QUEUE, sent, null, "id", SequenceNumber.of(1)));
    store.advance(DAY);
    publishDue(first);

    OutgoingMessage published = next(first).toOutgoing();

    assertThat(published.messageId()).contains("id");
    assertThat(published.sessionId()).contains(SessionId.of("s"));
    assertThat(published.timeToLive()).contains(Duration.ofSeconds(9));
    assertThat(published.headers()).containsEntry("h", 7L);
    assertThat(published.scheduledEnqueueTime().orElseThrow()).isAfterOrEqualTo(due);
  }

  private static OutgoingMessage.Builder message(String session) {
    return OutgoingMessage.of(new byte[] {1})
        .sessionId(session == null ? null : SessionId.of(session));
  }

  private CompletableFuture<?> later(long number, String session) {
    return first
        .fronts()
        .schedule(
            QUEUE,
            message(session).scheduledEnqueueTime(due).build(),
            null,
            "id-" + number,
            SequenceNumber.of(number));
  }

  private void schedule(long number, String session) {
    await(later(number, session));
  }

  private static void publishDue(ScriptedBroker broker) {
    await(broker.fronts().schedules().publishDue());
  }

  private static KeptMessage next(ScriptedBroker broker) throws InterruptedException {
    KeptMessage next = broker.published().poll(60, TimeUnit.SECONDS);
    assertThat(next).as("a message that was published").isNotNull();
    return next;
  }

  private static List<Long> numbers(ScriptedBroker broker) {
    return broker.published().stream().map(each -> each.sequenceNumber().value()).toList();
  }

  private int waiting() {
    return await(store.real().scheduled().count(QUEUE));
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    return catchThrowableOfType(CompletionException.class, () -> await(future)).getCause();
  }
}
