package io.queueruntime.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLockLost;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.observation.QueueObservations;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** A failed call says what was being done, on which queue, and with which message. */
class FailedOperationTests {

  private static final Duration NO_WAIT = Duration.ZERO;

  private final EmbeddedQueueProvider provider =
      new EmbeddedQueueProvider(EmbeddedOptions.inMemory());
  private final QueueTemplate template =
      new QueueTemplate(
          provider,
          MessageConverter.standard(JsonMapper.builder().build(), PayloadTypes.NONE),
          QueueObservations.NONE,
          TemplateOptions.builder().operationTimeout(Duration.ofSeconds(30)).build(),
          TransientRetry.DEFAULT,
          Instant::now);

  @AfterEach
  void close() {
    template.close();
    provider.close();
  }

  private static QueueRuntimeException failure(ThrowingCallable call) {
    return catchThrowableOfType(QueueRuntimeException.class, call);
  }

  private static QueueRuntimeException failure(CompletableFuture<?> future) {
    return (QueueRuntimeException)
        catchThrowableOfType(CompletionException.class, future::join).getCause();
  }

  private static void assertSays(QueueRuntimeException failure, String operation) {
    assertThat(failure).isInstanceOf(QueueNotFound.class);
    assertThat(failure.queue()).contains("gone");
    assertThat(failure.operation()).contains(operation);
    assertThat(failure.messageId()).isEmpty();
  }

  @Test
  void aSendNamesItsMessage() {
    QueueRuntimeException sent = failure(() -> template.to("gone").messageId("m-1").send("x"));
    QueueRuntimeException later = failure(template.to("gone").messageId("m-2").sendAsync("x"));

    assertThat(sent).isInstanceOf(QueueNotFound.class);
    assertThat(sent.operation()).contains("send");
    assertThat(sent.messageId()).contains("m-1");
    assertThat(later.operation()).contains("send");
    assertThat(later.messageId()).contains("m-2");
  }

  @Test
  void whatIsAboutNoSingleMessageNamesNone() {
    List<SequenceNumber> first = List.of(SequenceNumber.START);

    assertSays(failure(() -> template.sendAll("gone", List.of("a", "b"))), "send");
    assertSays(failure(() -> template.receive("gone", String.class, NO_WAIT)), "receive");
    assertSays(failure(template.receiveAsync("gone", String.class, NO_WAIT)), "receive");
    assertSays(
        failure(() -> template.receiveDeferred("gone", String.class, first)), "receive-deferred");
    assertSays(failure(() -> template.peek("gone", String.class, first.get(0), 1)), "peek");
    assertSays(failure(() -> template.cancelScheduled("gone", first.get(0))), "cancel-scheduled");
    assertSays(failure(() -> template.acceptSession("gone", "s", NO_WAIT)), "accept-session");
    assertSays(failure(() -> template.acceptNextSession("gone", NO_WAIT)), "accept-next-session");
    DeadLetters letters = new DeadLetters(provider);
    assertSays(failure(() -> letters.list("gone", 1)), "peek");
    assertSays(failure(() -> letters.replay("gone", first.get(0))), "replay");
    assertSays(failure(() -> letters.discard("gone", first.get(0))), "discard");
  }

  @Test
  void aSettlementNamesItsMessage() {
    QueueName queue = QueueName.of("orders");
    provider.admin().create(queue, QueueOptions.DEFAULTS);
    template.to("orders").messageId("m-1").send("x");
    ReceivedMessage<String> message =
        template.receive("orders", String.class, NO_WAIT).orElseThrow();
    provider.admin().delete(queue);
    provider.admin().create(queue, QueueOptions.DEFAULTS);

    QueueRuntimeException completed = failure(message::complete);
    QueueRuntimeException renewed = failure(message::renewLock);

    assertThat(completed.operation()).contains("complete");
    assertThat(completed.messageId()).contains("m-1");
    assertThat(renewed.operation()).contains("renew-lock");
    assertThat(renewed.messageId()).contains("m-1");
  }

  @Test
  void aLostSessionNamesWhatWasTried() {
    QueueName queue = QueueName.of("ledger");
    provider.admin().create(queue, QueueOptions.DEFAULTS.withSessions(true));
    AcceptedSession session = template.acceptSession("ledger", "s", NO_WAIT).orElseThrow();
    session.close();

    QueueRuntimeException state = failure(session::state);
    assertThat(state.operation()).contains("get-session-state");
    assertThat(state.queue()).contains("ledger");
    assertThat(failure(session.setStateAsync(null)).operation()).contains("set-session-state");
    assertThat(failure(session::renewLock).operation()).contains("renew-session-lock");
  }

  @Test
  void anAnswerThatNeverCameNamesTheQueueToo() {
    QueueRuntimeException late =
        failure(
            () ->
                Waiting.join(
                    Doing.of("peek", QueueName.of("orders"), "peek at queue 'orders'"),
                    new CompletableFuture<>(),
                    Duration.ofMillis(1)));

    assertThat(late).isInstanceOf(OperationTimedOut.class);
    assertThat(late.queue()).contains("orders");
    assertThat(late.operation()).contains("peek");
  }

  @Test
  void whoeverNotesItFirstKnowsBest() {
    QueueRuntimeException failure = new LockLost("orders", "Gone.");

    assertThat(failure.operation()).isEmpty();
    assertThat(failure.during("complete", "m-1")).isSameAs(failure);
    failure.during("send", "m-2");

    assertThat(failure.operation()).contains("complete");
    assertThat(failure.messageId()).contains("m-1");
    assertThat(new SessionLockLost("orders", "Gone.").messageId()).isEmpty();
  }
}
