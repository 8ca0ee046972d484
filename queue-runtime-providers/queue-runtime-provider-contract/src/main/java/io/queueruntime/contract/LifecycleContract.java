package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.provider.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How providers and receivers end. Used by one thread. */
public abstract class LifecycleContract extends ProviderContract {

  @Test
  @Promise("QueueProvider.name")
  void aProviderHasANameAndLimits() {
    assertThat(provider.name()).matches("[a-z][a-z0-9-]*");
    assertThat(provider.capabilities()).isEqualTo(fixture.capabilities());
    assertThat(provider.capabilities().limits().maxMessageSize()).isPositive();
    assertThat(provider.capabilities().limits().maxBatchSize()).isPositive();
  }

  @Test
  @Promise("QueueProvider")
  void makingSendersAndReceiversAsksNothingOfTheBroker() {
    QueueName unknown = fixture.newQueueName();

    assertThatCode(
            () -> {
              provider.sender(unknown);
              receiver(unknown);
              deadLetterReceiver(unknown);
              provider.deadLetters(unknown);
            })
        .doesNotThrowAnyException();
    assertThat(provider.admin().exists(unknown)).isFalse();
  }

  @Test
  @Promise("semantics 17")
  void aClosedProviderSendsNothing() {
    QueueName queue = queue();
    QueueSender sender = provider.sender(queue);
    provider.close();

    assertThat(failure(Closed.class, sender.send(message("a").build())).isTransient()).isFalse();
    failure(Closed.class, sender.sendAll(List.of(message("a").build())));
    failure(Closed.class, provider.sender(queue).send(message("a").build()));
  }

  @Test
  @Promise("semantics 17")
  void aClosedProviderReceivesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    provider.close();

    failure(Closed.class, receiver.receive(1, Duration.ZERO));
    failure(Closed.class, receiver.receive(1, LONG));
  }

  @Test
  @Promise("semantics 17")
  void aClosedProviderSettlesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    ReceivedMessage<byte[]> message = take(receiver);
    provider.close();

    failure(Closed.class, receiver.settle(message, Settlement.complete()));
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("semantics 17")
  void aClosedProviderAcceptsNoSession() {
    QueueName queue = sessionQueue();
    provider.close();

    failure(Closed.class, provider.acceptSession(queue, SessionId.of("s"), Duration.ZERO));
    failure(Closed.class, provider.acceptNextSession(queue, LONG));
  }

  @Test
  @Needs({Capability.PEEK, Capability.DEAD_LETTER_REPLAY})
  @Promise("semantics 17")
  void aClosedProviderTouchesNoDeadLetters() {
    QueueName queue = queue();
    var deadLetters = provider.deadLetters(queue);
    provider.close();

    failure(Closed.class, deadLetters.peek(SequenceNumber.START, 1));
    failure(Closed.class, deadLetters.replay(List.of(SequenceNumber.of(1)), MessageEdits.NONE));
    failure(Closed.class, deadLetters.discard(List.of(SequenceNumber.of(1))));
    failure(Closed.class, deadLetters.purge());
  }

  @Test
  @Promise("semantics 17")
  void aClosedProvidersAdminDoesNothing() {
    QueueName queue = queue();
    var admin = provider.admin();
    provider.close();

    assertThatThrownBy(() -> admin.create(fixture.newQueueName(), fixture.queueOptions()))
        .isInstanceOf(Closed.class);
    assertThatThrownBy(() -> admin.exists(queue)).isInstanceOf(Closed.class);
    assertThatThrownBy(admin::list).isInstanceOf(Closed.class);
  }

  @Test
  @Promise("semantics 17")
  void closingAProviderAgainDoesNothing() {
    provider.close();

    assertThatCode(provider::close).doesNotThrowAnyException();
  }

  @Test
  @Promise("QueueProvider.close")
  void closingAProviderEndsWaitingReceivesEmpty() {
    var receive = waiting(receiver(queue()));

    provider.close();

    assertThat(await(receive)).isEmpty();
  }

  @Test
  @Needs(Capability.SESSIONS)
  @Promise("QueueProvider.close")
  void closingAProviderEndsASessionsWaitingReceiveEmpty() {
    SessionReceiver session = accept(sessionQueue(), "s");
    var receive = waiting(session);

    provider.close();

    assertThat(await(receive)).isEmpty();
    failure(Closed.class, session.receive(1, Duration.ZERO));
    assertThatCode(session::close).doesNotThrowAnyException();
  }

  @Test
  @Needs({Capability.SESSIONS, Capability.ACCEPT_NEXT_SESSION})
  @Promise("QueueProvider.close")
  void closingAProviderEndsWaitingForSessions() {
    QueueName queue = sessionQueue();
    accept(queue, "s");
    CompletableFuture<SessionReceiver> one = provider.acceptSession(queue, SessionId.of("s"), LONG);
    CompletableFuture<Optional<SessionReceiver>> next = provider.acceptNextSession(queue, LONG);
    settleDown();
    assertThat(one).isNotDone();
    assertThat(next).isNotDone();

    provider.close();

    failure(Closed.class, one);
    try {
      assertThat(await(next)).isEmpty();
    } catch (Closed e) {
      assertThat(e.isTransient()).isFalse();
    }
  }

  @Test
  @Needs(Capability.CAPACITY)
  @Promise("QueueProvider.close")
  void closingAProviderEndsSendersThatAreHeldBack() {
    QueueName queue = queue(options -> options.withCapacity(1));
    send(queue, "a");
    CompletableFuture<SendReceipt> send = provider.sender(queue).send(message("b").build());
    settleDown();
    assertThat(send).isNotDone();

    provider.close();

    failure(Closed.class, send);
  }

  @Test
  @Promise("QueueReceiver.close")
  void closingAReceiverEndsItsWaitingReceivesEmpty() {
    QueueName queue = queue();
    QueueReceiver receiver = receiver(queue);
    var first = waiting(receiver);
    var second = waiting(receiver);

    receiver.close();

    assertThat(await(first)).isEmpty();
    assertThat(await(second)).isEmpty();
    send(queue, "a");
    assertThat(take(receiver(queue), "a").deliveryCount()).isEqualTo(1);
  }

  @Test
  @Promise("QueueReceiver.close")
  void closingAReceiverLeavesOthersWaiting() {
    QueueName queue = queue();
    QueueReceiver closed = receiver(queue);
    waiting(closed);
    var other = waiting(receiver(queue));

    closed.close();
    send(queue, "a");

    assertThat(text(woken(other))).isEqualTo("a");
  }

  @Test
  @Promise("QueueReceiver.close")
  void aClosedReceiverReceivesNothing() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    receiver.close();

    failure(Closed.class, receiver.receive(1, fixture.look()));

    take(receiver(queue), "a");
  }

  @Test
  @Promise("QueueReceiver.close")
  void closingAReceiverAgainDoesNothing() {
    QueueReceiver receiver = receiver(queue());
    receiver.close();

    assertThatCode(receiver::close).doesNotThrowAnyException();
  }

  @Test
  @Promise("QueueReceiver.close")
  void whatAClosedReceiverHadReceivedStaysHeld() {
    QueueName queue = queue();
    send(queue, "a");
    QueueReceiver receiver = receiver(queue);
    take(receiver);

    receiver.close();

    nothingIn(receiver(queue));
  }
}
