package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long messages live, and what becomes of them then. Used by one thread. */
@Needs(Capability.TIME_TO_LIVE)
public abstract class TimeToLiveContract extends ProviderContract {

  private QueueName queueWithLimit(Duration limit) {
    return queue(options -> options.withDefaultTimeToLive(limit));
  }

  private Duration half() {
    return step().dividedBy(2);
  }

  private Duration twice() {
    return step().multipliedBy(2);
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("TTL-3")
  void anExpiredMessageIsDeadLettered() {
    QueueName queue = queueWithLimit(step());
    send(queue, message("a").messageId("id-1").header("h", "v"));

    pass(step());

    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1);
    assertThat(texts(dead)).containsExactly("a");
    assertThat(dead.get(0).messageId()).isEqualTo("id-1");
    assertThat(dead.get(0).headers()).containsEntry("h", "v");
    DeadLetterDetails details = dead.get(0).deadLetter().orElseThrow();
    assertThat(details.reason()).isEqualTo(DeadLetterDetails.TIME_TO_LIVE_EXPIRED);
    assertThat(details.source()).isEqualTo(queue.value());
    assertThat(details.deliveryCount()).isZero();
  }

  @Test
  @Promise("RCV-11")
  void anExpiredMessageIsNotReceived() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");

    pass(step());
    send(queue, "b");

    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("TTL-3")
  void anExpiredMessageIsGoneWhereTheQueueSaysSo() {
    QueueName queue =
        queue(options -> options.withDefaultTimeToLive(step()).withDeadLetterOnExpiration(false));
    send(queue, "a");

    pass(step());

    nothingIn(receiver(queue));
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 10")
  void aMessageIsReceivedBeforeItExpires() {
    QueueName queue = queueWithLimit(step());
    Instant before = fixture.now();
    send(queue, "a");
    Instant sent = fixture.now();

    pass(half());

    ReceivedMessage<byte[]> message = take(receiver(queue), "a");
    assertThat(message.expiresAt().orElseThrow())
        .isBetween(before.plus(step()).minusSeconds(1), sent.plus(step()).plusSeconds(1));
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("TTL-2")
  void aMessageMayLiveShorterThanItsQueueAllows() {
    QueueName queue = queueWithLimit(twice());
    send(queue, message("short").timeToLive(step()));
    send(queue, "long");

    pass(step());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("short");
    consumeAll(receiver(queue), "long");
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("semantics 10")
  void aMessageCannotLiveLongerThanItsQueueAllows() {
    QueueName queue = queueWithLimit(step());
    send(queue, message("a").timeToLive(twice().multipliedBy(10)));

    pass(step());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("TTL-2")
  void aMessageMayHaveATimeToLiveWhereItsQueueHasNone() {
    QueueName queue = queue();
    send(queue, message("a").timeToLive(step()));
    send(queue, "b");

    pass(step());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
    consumeAll(receiver(queue), "b");
  }

  @Test
  @Promise("TTL-1")
  void withoutATimeToLiveAMessageStays() {
    QueueName queue = queue();
    send(queue, "a");

    pass(step().multipliedBy(20));

    assertThat(take(receiver(queue), "a").expiresAt()).isEmpty();
  }

  @Test
  @Promise("TTL-4")
  void aTimeToLiveOfLessThanASecondIsNotZero() {
    QueueName queue = queue();
    CompletableFuture<List<ReceivedMessage<byte[]>>> receive = waiting(receiver(queue));

    // At some brokers the first receive takes longer to begin than such a message lives.
    for (int sent = 0; sent < 15 && !receive.isDone(); sent++) {
      send(queue, message("a").timeToLive(Duration.ofMillis(900)));
      endsWithin(receive, Duration.ofSeconds(1));
    }

    assertThat(text(woken(receive))).isEqualTo("a");
  }

  private static void endsWithin(CompletableFuture<?> receive, Duration time) {
    receive.copy().completeOnTimeout(null, time.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  @Test
  @Promise("semantics 10")
  void aHeldMessageDoesNotExpire() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    pass(half());
    ReceivedMessage<byte[]> message = take(receiver);

    pass(step().minus(step().dividedBy(10)));
    noDeadLettersIn(queue);

    settle(receiver, message, Settlement.complete());
    noDeadLettersIn(queue);
  }

  @Test
  @Promise("semantics 10")
  void aMessageThatExpiredWhileItWasHeldIsLookedAtWhenItIsAbandoned() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    pass(half());
    ReceivedMessage<byte[]> message = take(receiver);
    pass(step().minus(step().dividedBy(10)));

    settle(receiver, message, Settlement.abandon());

    nothingIn(receiver);
    List<ReceivedMessage<byte[]>> dead = deadLettersOf(queue, 1);
    assertThat(texts(dead)).containsExactly("a");
    assertThat(dead.get(0).deadLetter().orElseThrow().reason())
        .isEqualTo(DeadLetterDetails.TIME_TO_LIVE_EXPIRED);
  }

  @Test
  @Promise("semantics 10")
  void aMessageThatExpiredWhileItWasHeldIsLookedAtWhenItsLockEnds() {
    QueueName queue = queueWithLimit(lock().dividedBy(2));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    take(receiver);

    pass(lock());

    nothingIn(receiver);
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Promise("semantics 10")
  void aMessageThatExpiredWhileItWasHeldIsGoneOnItsReturnWhereTheQueueSaysSo() {
    QueueName queue =
        queue(options -> options.withDefaultTimeToLive(step()).withDeadLetterOnExpiration(false));
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    pass(step());

    settle(receiver, message, Settlement.release());

    nothingIn(receiver);
    noDeadLettersIn(queue);
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("semantics 10")
  void abandoningDoesNotProlongAMessagesLife() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    pass(half());
    settle(receiver, take(receiver), Settlement.abandon());

    pass(half());

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.ABANDON_WITH_DELAY)
  @Promise("semantics 10")
  void aMessageMayExpireInItsBackOff() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    settle(receiver, take(receiver), Settlement.abandonAfter(twice()));

    pass(twice());

    nothingIn(receiver);
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("TTL-5")
  void aScheduledMessagesLifeBeginsWhenItIsDue() {
    QueueName queue = queueWithLimit(step());
    send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(twice())));

    pass(twice());
    pass(half());
    take(receiver(queue), "a");
  }

  @Test
  @Needs(Capability.SCHEDULE)
  @Promise("TTL-5")
  void aScheduledMessageExpiresToo() {
    QueueName queue = queueWithLimit(step());
    send(queue, message("a").scheduledEnqueueTime(fixture.now().plus(twice())));

    pass(twice());
    pass(step());

    nothingIn(receiver(queue));
    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 3")
  void anExpiredHeadLetsItsSessionGoOn() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "a").timeToLive(step()));
    send(queue, "s", "b");
    pass(step());

    consumeAll(accept(queue, "s"), "b");

    assertThat(texts(deadLettersOf(queue, 1))).containsExactly("a");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ABANDON_WITH_DELAY})
  @Promise("semantics 7")
  void aHeadThatExpiresInItsBackOffLetsItsSessionGoOn() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "a").timeToLive(step()));
    send(queue, "s", "b");
    SessionReceiver session = accept(queue, "s");
    settle(session, take(session, "a"), Settlement.abandonAfter(step().multipliedBy(10)));
    var receive = waiting(session);

    pass(step());

    assertThat(text(woken(receive))).isEqualTo("b");
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ACCEPT_NEXT_SESSION})
  @Promise("SES-3")
  void aSessionWithOnlyExpiredMessagesIsNotNext() {
    QueueName queue = sessionQueue();
    send(queue, message("s", "a").timeToLive(step()));

    pass(step());

    noSessionIn(queue);
  }

  @Test
  @Needs(Capability.EXPIRY_ON_TIME)
  @Promise("TTL-3")
  void messagesExpireOneByOne() {
    QueueName queue = queue();
    send(queue, message("last").timeToLive(step().multipliedBy(3)));
    send(queue, message("first").timeToLive(step()));
    send(queue, message("second").timeToLive(twice()));

    pass(step());
    pass(step());

    assertThat(texts(deadLettersOf(queue, 2))).containsExactly("first", "second");
    consumeAll(receiver(queue), "last");
  }

  @Test
  @Needs(Capability.PEEK)
  @Promise("RCV-11")
  void anExpiredMessageIsNotSeenEither() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");

    pass(step());

    assertThat(await(receiver(queue).peek(SequenceNumber.START, 10))).isEmpty();
  }

  @Test
  @Needs({Capability.STATISTICS, Capability.EXPIRY_ON_TIME})
  @Promise("ADM-3")
  void expiredMessagesAreCountedAsDeadLetters() {
    QueueName queue = queueWithLimit(step());
    send(queue, "a");

    pass(step());

    assertThat(provider.admin().statistics(queue).active()).isZero();
    assertThat(provider.admin().statistics(queue).deadLetter()).isEqualTo(1);
  }
}
