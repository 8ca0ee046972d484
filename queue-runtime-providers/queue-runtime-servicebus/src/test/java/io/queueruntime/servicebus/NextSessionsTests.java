package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.SessionReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Accepts of whichever session comes that begin while a link ends, and may be forgotten. */
@Timeout(60)
class NextSessionsTests {

  private static final QueueName QUEUE = QueueName.of("sessions");
  private static final Duration LONG = Duration.ofHours(1);

  private final AtomicLong now = new AtomicLong();
  private final ProviderTime time = new ProviderTime(now::get, () -> Duration.ZERO);
  private final CallbackThreads callbacks = new CallbackThreads("next-sessions-under-test");
  private final BlockingQueue<CompletableFuture<ServiceBusSession>> begun =
      new LinkedBlockingQueue<>();
  private final NextSessions next =
      new NextSessions(
          QUEUE,
          time,
          callbacks,
          () -> CompletableFuture.completedFuture(Optional.empty()),
          options -> {
            CompletableFuture<ServiceBusSession> accept = new CompletableFuture<>();
            begun.add(accept);
            return accept;
          });

  @AfterEach
  void close() {
    callbacks.close();
    time.close();
  }

  private CompletableFuture<Optional<SessionReceiver>> accept() {
    return next.accept(LONG);
  }

  /** Lets time pass, and waits until the callbacks that are due then are over. */
  private void pass(Duration duration) {
    CompletableFuture<Void> after = new CompletableFuture<>();
    time.after(duration, () -> callbacks.execute(() -> after.complete(null)));
    now.addAndGet(duration.toNanos());
    time.jumped();
    after.join();
  }

  private CompletableFuture<ServiceBusSession> nextBegun() throws InterruptedException {
    CompletableFuture<ServiceBusSession> accept = begun.poll(30, TimeUnit.SECONDS);
    assertThat(accept).as("an accept that is begun").isNotNull();
    return accept;
  }

  @Test
  void anAcceptThatBeganAboutTheEndOfALinkGetsAnotherOneBesideIt() throws Exception {
    next.linkEnded();
    pass(NextSessions.DOUBTFUL.minusMillis(1));
    CompletableFuture<Optional<SessionReceiver>> waiting = accept();
    nextBegun();

    pass(NextSessions.TRUSTED);
    CompletableFuture<ServiceBusSession> second = nextBegun();
    second.completeExceptionally(new IllegalStateException("planted"));

    assertThat(waiting.handle((session, error) -> error).join()).hasRootCauseMessage("planted");
  }

  @Test
  void aDoubtfulAcceptThatFailsFailsNobody() throws Exception {
    CompletableFuture<Optional<SessionReceiver>> waiting = accept();
    CompletableFuture<ServiceBusSession> first = nextBegun();
    next.linkEnded();
    pass(NextSessions.TRUSTED);
    nextBegun();

    first.completeExceptionally(new IllegalStateException("planted"));

    assertThat(waiting).isNotDone();
    assertThat(next.isIdle()).isFalse();
  }

  @Test
  void anAcceptThatWaitedBeforeALinkEndedIsTrusted() throws Exception {
    accept();
    nextBegun();
    pass(NextSessions.DOUBTFUL);

    next.linkEnded();
    pass(LONG.minusMinutes(1));

    assertThat(begun).isEmpty();
  }

  @Test
  void anAcceptThatBeginsLaterIsTrusted() throws Exception {
    next.linkEnded();
    pass(NextSessions.DOUBTFUL);

    accept();
    nextBegun();
    pass(LONG.minusMinutes(1));

    assertThat(begun).isEmpty();
  }

  @Test
  void whatIsForgottenIsNotForgottenHere() throws Exception {
    next.linkEnded();
    CompletableFuture<Optional<SessionReceiver>> waiting = accept();
    CompletableFuture<ServiceBusSession> forgotten = nextBegun();
    pass(NextSessions.TRUSTED);
    nextBegun().completeExceptionally(new IllegalStateException("planted"));
    assertThat(waiting.handle((session, error) -> error).join()).isNotNull();

    assertThat(next.isIdle()).as("the client may still get a session").isFalse();
    forgotten.completeExceptionally(new IllegalStateException("planted"));

    assertThat(next.isIdle()).isTrue();
  }
}
