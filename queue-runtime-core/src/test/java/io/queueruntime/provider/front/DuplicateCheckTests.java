package io.queueruntime.provider.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.QueueFull;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SessionId;
import io.queueruntime.store.Claim;
import io.queueruntime.store.CopyId;
import io.queueruntime.store.QueueStateStore;
import io.queueruntime.store.embedded.EmbeddedStateStore;
import io.queueruntime.store.embedded.EmbeddedStoreOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Processes that send to one queue with a duplicate window, through one state store. */
class DuplicateCheckTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final SessionId SESSION = SessionId.of("customer");
  private static final Duration WINDOW = Duration.ofHours(1);

  private final MovedTime time = new MovedTime();
  private final QueueStateStore shared =
      EmbeddedStateStore.open(EmbeddedStoreOptions.inMemory().withClock(time));
  private final List<ScriptedBroker> brokers = new ArrayList<>();

  @AfterEach
  void close() {
    brokers.forEach(ScriptedBroker::close);
    shared.close();
  }

  private ScriptedBroker broker(@Nullable QueueStateStore store, @Nullable SessionId session) {
    ScriptedBroker broker = new ScriptedBroker(session, store, WINDOW, time.provider());
    brokers.add(broker);
    return broker;
  }

  private ScriptedSender sender(@Nullable QueueStateStore store) {
    return new ScriptedSender(QUEUE, broker(store, null));
  }

  private ScriptedSender sessionSender(QueueStateStore store) {
    return new ScriptedSender(QUEUE, broker(store, SESSION));
  }

  private static OutgoingMessage message(String id) {
    return OutgoingMessage.of(new byte[] {1}).messageId(id).build();
  }

  private static OutgoingMessage inSession(String id) {
    return message(id).toBuilder().sessionId(SESSION).build();
  }

  @Test
  void aSecondCopyIsNotPublished() {
    ScriptedSender sender = sender(shared);

    assertThat(outcome(sender.send(message("1")))).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(outcome(sender.send(message("1")))).isEqualTo(SendOutcome.DUPLICATE);

    assertThat(sender.awaitPublished().id()).isEqualTo("1");
    assertThat(sender.published()).isZero();
  }

  @Test
  void ofTwoSendersAtOnceOnePublishesAndTheOtherHearsOfIt() {
    ScriptedSender one = sender(shared).unsure();
    ScriptedSender other = sender(shared);
    CompletableFuture<SendReceipt> first = one.send(message("1"));
    ScriptedSender.Publication publication = one.awaitPublished();

    CompletableFuture<SendReceipt> second = other.send(message("1"));
    publication.confirm();

    assertThat(outcome(first)).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(outcome(second)).isEqualTo(SendOutcome.DUPLICATE);
    assertThat(other.published()).isZero();
  }

  @Test
  void whoseCopyStaysInDoubtForAsLongAsASendMayTakeHearsIt() {
    await(shared.duplicates().claim(QUEUE, "1", CopyId.random(), WINDOW));
    ScriptedStore store = new ScriptedStore(shared);
    ScriptedSender other = sender(store);
    CompletableFuture<SendReceipt> second = other.send(message("1"));
    store.awaitClaim();

    time.pass(ScriptedBroker.SEND_TIMEOUT);

    assertThat(failure(second))
        .isInstanceOf(OperationTimedOut.class)
        .hasMessageContaining("Cannot send message '1' to queue 'orders'")
        .satisfies(why -> assertThat(((QueueRuntimeException) why).isTransient()).isTrue());
    assertThat(other.published()).isZero();
  }

  @Test
  void theClaimOfACrashedSenderRunsOut() {
    ScriptedSender crashed = sender(new ScriptedStore(shared).deafToConfirms()).unsure();
    crashed.send(message("1"));
    crashed.awaitPublished();

    time.pass(ScriptedBroker.SEND_TIMEOUT.plusSeconds(6));

    assertThat(outcome(sender(shared).send(message("1")))).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void whatTheBrokerRefusedGivesItsIdBack() {
    ScriptedSender sender = sender(shared).unsure();
    CompletableFuture<SendReceipt> first = sender.send(message("1"));
    sender
        .awaitPublished()
        .confirmed()
        .completeExceptionally(new QueueFull(QUEUE.value(), "The scripted broker is full."));
    assertThat(failure(first)).isInstanceOf(QueueFull.class);

    CompletableFuture<SendReceipt> second = sender.send(message("1"));
    sender.awaitPublished().confirm();

    assertThat(outcome(second)).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void whatMayHaveArrivedKeepsItsId() {
    ScriptedSender sender = sender(shared).unsure();
    CompletableFuture<SendReceipt> first = sender.send(message("1"));
    ScriptedSender.Publication publication = sender.awaitPublished();
    CopyMark mark = publication.itsMark();
    publication
        .confirmed()
        .completeExceptionally(new ConnectionFailed(QUEUE.value(), "The connection ended.", null));
    assertThat(failure(first)).isInstanceOf(ConnectionFailed.class);
    assertThat(await(shared.duplicates().claim(QUEUE, "1", CopyId.random(), WINDOW)).outcome())
        .isEqualTo(Claim.Outcome.IN_DOUBT);

    assertThat(await(shared.duplicates().confirm(QUEUE, "1", mark.copy(), mark.until()))).isTrue();

    assertThat(outcome(sender.send(message("1")))).isEqualTo(SendOutcome.DUPLICATE);
  }

  @Test
  void whatIsSentWhileTheStoreCannotBeReachedFailsAndIsNotPublished() {
    ScriptedStore store = new ScriptedStore(shared);
    ScriptedSender sender = sender(store);
    store.fail(true);
    assertThat(failure(sender.send(message("1")))).isInstanceOf(ConnectionFailed.class);
    assertThat(sender.published()).isZero();

    store.fail(false);

    assertThat(outcome(sender.send(message("1")))).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void aSendHasHappenedThoughTheStoreDoesNotHearOfIt() {
    ScriptedStore store = new ScriptedStore(shared);
    ScriptedSender sender = sender(store).unsure();
    CompletableFuture<SendReceipt> send = sender.send(message("1"));
    ScriptedSender.Publication publication = sender.awaitPublished();
    store.fail(true);

    publication.confirm();

    assertThat(outcome(send)).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void messagesOfASessionArePublishedInTheirOrderThoughTheWindowAnswersInAnother() {
    ScriptedStore store = new ScriptedStore(shared).holdingClaims();
    ScriptedSender sender = sessionSender(store);
    CompletableFuture<SendReceipt> first = sender.send(inSession("1"));
    Runnable firstAnswer = store.awaitHeld();
    CompletableFuture<SendReceipt> second = sender.send(inSession("2"));
    Runnable secondAnswer = store.awaitHeld();
    OutgoingMessage unasked = OutgoingMessage.of(new byte[1]).sessionId(SESSION).build();
    CompletableFuture<SendReceipt> third = sender.send(unasked);

    secondAnswer.run();
    assertThat(sender.published()).isZero();
    firstAnswer.run();

    await(CompletableFuture.allOf(first, second, third));
    assertThat(
            List.of(
                sender.awaitPublished().id(),
                sender.awaitPublished().id(),
                sender.awaitPublished().id()))
        .containsExactly("1", "2", "none");
  }

  @Test
  void aSessionWaitsForACopyInDoubtAndAQueueWithoutSessionsDoesNot() {
    ScriptedSender crashed = sender(new ScriptedStore(shared).deafToConfirms()).unsure();
    crashed.send(message("1"));
    CopyMark mark = crashed.awaitPublished().itsMark();
    ScriptedSender sessions = sessionSender(shared);
    CompletableFuture<SendReceipt> doubtful = sessions.send(inSession("1"));
    CompletableFuture<SendReceipt> behind = sessions.send(inSession("2"));
    ScriptedSender plain = sender(shared);
    plain.send(message("1"));

    assertThat(outcome(plain.send(message("3")))).isEqualTo(SendOutcome.ENQUEUED);
    assertThat(sessions.published()).isZero();

    await(shared.duplicates().confirm(QUEUE, "1", mark.copy(), mark.until()));
    assertThat(outcome(doubtful)).isEqualTo(SendOutcome.DUPLICATE);
    assertThat(outcome(behind)).isEqualTo(SendOutcome.ENQUEUED);
  }

  @Test
  void aCopyInDoubtEndsWithItsProvider() {
    ScriptedSender crashed = sender(new ScriptedStore(shared).deafToConfirms()).unsure();
    crashed.send(message("1"));
    crashed.awaitPublished();
    ScriptedBroker closing = broker(shared, null);
    CompletableFuture<SendReceipt> send = new ScriptedSender(QUEUE, closing).send(message("1"));

    closing.close();

    assertThat(failure(send)).isInstanceOf(Closed.class);
  }

  @Test
  void withoutTheStoreThatOthersHaveNothingIsSentUnasked() {
    ScriptedSender sender = sender(null);

    assertThat(failure(sender.send(message("1")))).isInstanceOf(UnsupportedCapability.class);
    assertThat(sender.published()).isZero();
  }

  private static SendOutcome outcome(CompletableFuture<SendReceipt> send) {
    return await(send).outcome();
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Throwable failure(CompletableFuture<?> future) {
    return catchThrowableOfType(CompletionException.class, () -> await(future)).getCause();
  }
}
