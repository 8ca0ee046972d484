package io.queueruntime.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.SessionLocked;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A session as its holder gets it from the provider, and who gives up before. */
@Timeout(60)
class EmbeddedAcceptTests {

  private static final QueueName ACCOUNTS = QueueName.of("accounts");
  private static final SessionId ADA = SessionId.of("ada");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final EmbeddedQueueProvider provider =
      new EmbeddedQueueProvider(EmbeddedOptions.inMemory());

  @BeforeEach
  void create() {
    provider.admin().create(ACCOUNTS, QueueOptions.DEFAULTS.withSessions(true));
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private void send() {
    provider.sender(ACCOUNTS).send(OutgoingMessage.of(new byte[1]).sessionId(ADA).build()).join();
  }

  @Test
  void whatDependsOnAnAcceptRunsOnACallbackThread() {
    CompletableFuture<Optional<SessionReceiver>> accepting =
        provider.acceptNextSession(ACCOUNTS, MINUTE);
    CompletableFuture<String> where =
        accepting.thenApply(session -> Thread.currentThread().getName());
    send();
    assertThat(where.join()).startsWith("queue-runtime-callback-");
    assertThat(accepting.join().orElseThrow().sessionId()).isEqualTo(ADA);
  }

  @Test
  void whoGivesUpWaitingForASessionLeavesItToTheNext() {
    SessionReceiver holder = provider.acceptSession(ACCOUNTS, ADA, Duration.ZERO).join();
    CompletableFuture<SessionReceiver> impatient = provider.acceptSession(ACCOUNTS, ADA, MINUTE);
    CompletableFuture<SessionReceiver> next = provider.acceptSession(ACCOUNTS, ADA, MINUTE);

    impatient.cancel(false);
    holder.close();

    assertThat(next.join().sessionId()).isEqualTo(ADA);
    assertThat(impatient).isCancelled();
  }

  @Test
  void whoGivesUpWaitingForAnySessionLeavesItToTheNext() {
    CompletableFuture<Optional<SessionReceiver>> impatient =
        provider.acceptNextSession(ACCOUNTS, MINUTE);
    CompletableFuture<Optional<SessionReceiver>> next =
        provider.acceptNextSession(ACCOUNTS, MINUTE);

    assertThat(impatient.complete(Optional.empty())).isTrue();
    send();

    assertThat(next.join()).isPresent();
  }

  @Test
  void waitingForATimeDoesNotGiveUp() throws Exception {
    CompletableFuture<Optional<SessionReceiver>> accepting =
        provider.acceptNextSession(ACCOUNTS, MINUTE);
    assertThatThrownBy(() -> accepting.get(1, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    send();
    assertThat(accepting.get()).isPresent();
  }

  @Test
  void theEnginesFailureArrivesAsItIs() {
    provider.acceptSession(ACCOUNTS, ADA, Duration.ZERO).join();
    CompletableFuture<SessionReceiver> locked =
        provider.acceptSession(ACCOUNTS, ADA, Duration.ZERO);
    assertThatThrownBy(locked::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(SessionLocked.class);
    assertThatThrownBy(provider.acceptNextSession(QueueName.of("nowhere"), Duration.ZERO)::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(QueueNotFound.class);
  }
}
