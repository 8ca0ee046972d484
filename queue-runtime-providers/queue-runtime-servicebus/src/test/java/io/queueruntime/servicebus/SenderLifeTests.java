package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.queueruntime.QueueRuntimeException.Closed;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.provider.SessionReceiver;
import io.queueruntime.servicebus.emulator.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What sends notice of the end of the sender they go through: as little as can be. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SenderLifeTests {

  private static final QueueName QUEUE = QueueName.of("lives");

  private final Emulated emulated = new Emulated();

  /** Answers may take for ever here: what ends before it does so by itself. */
  private final ServiceBusOptions options =
      emulated
          .options()
          .withRetry(new ServiceBusRetry(0, Duration.ofMillis(1), Duration.ofMinutes(10)));

  private final ServiceBusQueueProvider provider = emulated.provider(options);
  private QueueSender sender;

  @BeforeEach
  void open() {
    provider.admin().create(QUEUE, QueueOptions.DEFAULTS);
    sender = provider.sender(QUEUE);
    // As a list, which is not gathered: the end of a gathered batch is told before it is over.
    sender.sendAll(List.of(message("first", 10))).join();
  }

  @AfterEach
  void close() {
    emulated.emulator.faults().liftAll();
    provider.close();
    emulated.close();
  }

  @Test
  void whatWaitsBehindASendThatFailsIsSentAllTheSame() {
    Fault frozen = emulated.emulator.faults().freezeConnections();
    List<CompletableFuture<SendReceipt>> sends = send(1_200);
    emulated.emulator.faults().times(1).rejectSends("com.microsoft:timeout");
    frozen.lift();

    assertThat(catchThrowable(sends.get(0)::join)).hasCauseInstanceOf(OperationTimedOut.class);
    sends.subList(1, 1_200).forEach(CompletableFuture::join);
    assertThat(ids()).isEqualTo(expected(1, 1_200));
  }

  @Test
  void aListThatIsUnderWayIsSentToItsEndAlthoughAnotherSendFails() {
    List<OutgoingMessage> list =
        IntStream.range(1, 40).mapToObj(i -> message("m" + i, 60_000)).toList();
    Fault frozen = emulated.emulator.faults().freezeConnections();
    CompletableFuture<SendReceipt> failing = sender.send(message("m0", 10));
    CompletableFuture<List<SendReceipt>> sends = sender.sendAll(list);
    emulated.emulator.faults().times(1).rejectSends("com.microsoft:timeout");
    frozen.lift();

    assertThat(catchThrowable(failing::join)).hasCauseInstanceOf(OperationTimedOut.class);
    assertThat(sends.join()).hasSize(39);
    assertThat(ids()).isEqualTo(expected(1, 40));
  }

  @Test
  void changingAQueueDisturbsNoSendToIt() {
    Fault frozen = emulated.emulator.faults().freezeConnections();
    List<CompletableFuture<SendReceipt>> sends = send(1_200);

    provider.admin().update(QUEUE, QueueOptions.DEFAULTS.withMaxDeliveryCount(7));
    frozen.lift();

    sends.forEach(CompletableFuture::join);
    assertThat(ids()).isEqualTo(expected(0, 1_200));
  }

  @Test
  void aFailureOfASenderThatWasReplacedLeavesItsSuccessorAlone() {
    Connections connections = new Connections(options);
    List<Runnable> closing = new ArrayList<>();
    SenderLink link =
        new SenderLink(
            QUEUE,
            connections,
            new ProviderTime(() -> 0, () -> Duration.ZERO),
            closing::add,
            refused -> {});
    OpenSender first = link.begin();
    assertThat(link.begin()).isSameAs(first);

    link.troubled(first, new java.util.concurrent.TimeoutException());
    OpenSender second = link.begin();
    link.troubled(first, new java.util.concurrent.TimeoutException());

    assertThat(second).isNotSameAs(first);
    assertThat(link.begin()).isSameAs(second);
    assertThat(closing).as("closed while two calls are under way").isEmpty();
    first.end();
    assertThat(closing).as("closed while a call is under way").isEmpty();
    first.end();
    assertThat(closing).as("closed with its last call").hasSize(1);
    link.close(closing::add);
    closing.forEach(Runnable::run);
  }

  @Test
  void aLinkThatClosesTakesTheSendersWithItThatWereReplaced() {
    List<Runnable> closing = new ArrayList<>();
    SenderLink link =
        new SenderLink(
            QUEUE,
            new Connections(options),
            new ProviderTime(() -> 0, () -> Duration.ZERO),
            closing::add,
            refused -> {});
    OpenSender first = link.begin();
    link.troubled(first, new java.util.concurrent.TimeoutException());
    OpenSender second = link.begin();

    CompletableFuture<Void> closed = link.close(closing::add);

    assertThat(closing).as("both, though calls are under way on them").hasSize(2);
    assertThat(closed).isNotDone();
    closing.get(0).run();
    assertThat(closed).as("one is still open").isNotDone();
    closing.get(1).run();
    assertThat(closed).isCompleted();
    assertThat(List.of(first, second)).allSatisfy(each -> assertThat(each.over()).isCompleted());
  }

  @Test
  void aSenderThatIsReplacedLeavesItsConnectionWhichMayBeDead() {
    Connections connections = new Connections(options);
    List<Runnable> closing = new ArrayList<>();
    SenderLink link =
        new SenderLink(
            QUEUE,
            connections,
            new ProviderTime(() -> 0, () -> Duration.ZERO),
            closing::add,
            refused -> {});
    OpenSender first = link.begin();

    link.troubled(first, new java.util.concurrent.TimeoutException());
    OpenSender second = link.begin();
    link.troubled(first, new java.util.concurrent.TimeoutException());

    assertThat(second.connection()).isNotSameAs(first.connection());
    assertThat(connections.of(QUEUE)).as("replaced once").isSameAs(second.connection());
    assertThat(first.over()).as("whichever thread closes the old one, and when").isNotDone();
    link.close(closing::add);
    closing.forEach(Runnable::run);
  }

  @Test
  void theSendAfterOneWithoutAnAnswerGoesOverAnotherConnectionThoughAReceiverKeepsTheFirst() {
    CompletableFuture<?> receive =
        provider.receiver(QUEUE, SubQueue.MAIN).receive(1, Duration.ofMinutes(1));
    receive.join();
    assertThat(emulated.emulator.connections()).isEqualTo(1);
    emulated.emulator.faults().times(1).rejectSends("com.microsoft:timeout");
    assertThat(catchThrowable(sender.send(message("m0", 10))::join))
        .hasCauseInstanceOf(OperationTimedOut.class);

    sender.send(message("m1", 10)).join();

    assertThat(emulated.emulator.connections()).isEqualTo(2);
  }

  @Test
  void aClosingProviderSendsWhatItHasTaken() {
    ServiceBusQueueProvider patient = provider(new ProviderTime(() -> 0, () -> Duration.ZERO));
    QueueSender closing = patient.sender(QUEUE);
    closing.send(message("m0", 10)).join();
    List<CompletableFuture<SendReceipt>> sends =
        IntStream.range(1, 3_000).mapToObj(i -> closing.send(message("m" + i, 100))).toList();

    patient.close();

    assertThat(sends).allSatisfy(send -> assertThat(send).isDone());
    sends.forEach(CompletableFuture::join);
    assertThat(ids()).isEqualTo(expected(0, 3_000));
    assertThat(catchThrowable(closing.send(message("late", 10))::join))
        .hasCauseInstanceOf(Closed.class);
  }

  @Test
  void aClosingProviderFailsWhatItCannotSend() {
    emulated.emulator.faults().freezeConnections();
    List<CompletableFuture<?>> sends = new ArrayList<>(send(5_000));
    sends.add(sender.sendAll(List.of(message("a", 10), message("b", 10))));
    sends.add(sender.send(scheduled("later")));
    CompletableFuture<Throwable> whoWaitsForTheLast =
        sends.get(0).handle((receipt, failure) -> catchThrowable(sends.get(4_999)::join));

    closeWithTime();

    assertThat(sends)
        .allSatisfy(
            send -> assertThat(catchThrowable(send::join)).hasCauseExactlyInstanceOf(Closed.class));
    assertThat(whoWaitsForTheLast.join()).hasCauseInstanceOf(Closed.class);
    assertThat(catchThrowable(sender.send(message("late", 10))::join))
        .hasCauseInstanceOf(Closed.class);
  }

  @Test
  void aDeadConnectionDoesNotKeepAClosingProvider() {
    QueueName sessions = QueueName.of("held");
    provider.admin().create(sessions, QueueOptions.DEFAULTS.withSessions(true));
    SessionReceiver held =
        provider.acceptSession(sessions, SessionId.of("s"), Duration.ofMinutes(1)).join();
    provider.receiver(QUEUE, SubQueue.MAIN).receive(1, Duration.ofMinutes(1)).join();
    emulated.emulator.faults().freezeConnections();
    CompletableFuture<?> send = sender.send(message("x", 10));
    CompletableFuture<?> receive = held.receive(1, Duration.ofMinutes(10));

    closeWithTime(); // and long before an answer is given up, which the test does not live to see

    assertThat(receive).succeedsWithin(Duration.ofMinutes(1));
    assertThat(catchThrowable(send::join)).hasCauseInstanceOf(Closed.class);
  }

  /** Closes the provider, whose time is moved until it is closed. */
  private void closeWithTime() {
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(provider::close, work -> new Thread(work).start());
    while (!closing.isDone()) {
      emulated.advance(Duration.ofSeconds(1));
      LockSupport.parkNanos(1_000_000); // what waits for time says nothing of it
    }
    closing.join();
  }

  private ServiceBusQueueProvider provider(ProviderTime time) {
    return new ServiceBusQueueProvider(options, time);
  }

  private List<CompletableFuture<SendReceipt>> send(int count) {
    return IntStream.range(0, count).mapToObj(i -> sender.send(message("m" + i, 100))).toList();
  }

  private static OutgoingMessage message(String id, int size) {
    return OutgoingMessage.of("x".repeat(size).getBytes(StandardCharsets.UTF_8))
        .messageId(id)
        .build();
  }

  private static OutgoingMessage scheduled(String id) {
    return OutgoingMessage.of(new byte[1])
        .messageId(id)
        .scheduledEnqueueTime(Instant.now().plus(Duration.ofDays(1)))
        .build();
  }

  /** What is in the queue, looked at through a provider that nothing has happened to. */
  private List<String> ids() {
    List<String> ids = new ArrayList<>();
    SequenceNumber from = SequenceNumber.START;
    try (ServiceBusQueueProvider other = emulated.provider();
        var receiver = other.receiver(QUEUE, SubQueue.MAIN)) {
      while (true) {
        List<ReceivedMessage<byte[]>> seen = receiver.peek(from, 250).join();
        if (seen.isEmpty()) {
          return ids;
        }
        seen.forEach(message -> ids.add(message.messageId()));
        from = seen.get(seen.size() - 1).sequenceNumber().next();
      }
    }
  }

  private static List<String> expected(int from, int to) {
    List<String> ids = new ArrayList<>(List.of("first"));
    IntStream.range(from, to).forEach(i -> ids.add("m" + i));
    return ids;
  }
}
