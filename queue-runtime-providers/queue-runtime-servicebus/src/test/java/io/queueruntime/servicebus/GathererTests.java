package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.QueueRuntimeException.MessageTooLarge;
import io.queueruntime.QueueRuntimeException.Throttled;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.CallbackThreads;
import io.queueruntime.provider.QueueSender;
import io.queueruntime.servicebus.emulator.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What callers who send at the same time notice of going together: nothing but speed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class GathererTests {

  private static final QueueName QUEUE = QueueName.of("gathered");

  /** Less than the 256 KB that a link allows, more than the SDK puts into a batch for it. */
  private static final int NEARLY = 260_000;

  private final Emulated emulated = new Emulated();
  private final ServiceBusQueueProvider provider =
      emulated.provider(
          emulated
              .options()
              .withRetry(new ServiceBusRetry(1, Duration.ofMillis(1), Duration.ofSeconds(30))));
  private QueueSender sender;
  private Fault frozen;

  @BeforeEach
  void open() {
    provider.admin().create(QUEUE, QueueOptions.DEFAULTS);
    sender = provider.sender(QUEUE);
    // As a list, which is not gathered: the end of a gathered batch is told before it is over.
    sender.sendAll(List.of(message("first", 10))).join();
  }

  @AfterEach
  void close() {
    provider.close();
    emulated.close();
  }

  @Test
  void messagesSentAtTheSameTimeArriveOnceEachAndInOrder() {
    List<CompletableFuture<SendReceipt>> sends = sendAll(2_000, 100);

    sends.forEach(CompletableFuture::join);
    assertThat(ids(2_001)).isEqualTo(expected("first", 2_000, 0));
  }

  @Test
  void moreThanOneBatchCanCarryArrivesWhole() {
    List<CompletableFuture<SendReceipt>> sends = sendAll(40, 60_000);

    sends.forEach(CompletableFuture::join);
    assertThat(ids(41)).isEqualTo(expected("first", 40, 0));
  }

  @Test
  void messageThatIsTooLargeFailsAlone() {
    CompletableFuture<SendReceipt> before = sender.send(message("before", 100));
    CompletableFuture<SendReceipt> large = sender.send(message("large", 400_000));
    CompletableFuture<SendReceipt> behind = sender.send(message("behind", 100));

    before.join();
    behind.join();
    assertThat(catchThrowable(large::join)).hasCauseInstanceOf(MessageTooLarge.class);
    assertThat(ids(4)).containsExactly("first", "before", "behind");
  }

  @Test
  void messageJustLargerThanALinkTakesIsNeverTakenForSent() {
    CompletableFuture<SendReceipt> before = sender.send(message("before", 100));
    CompletableFuture<SendReceipt> large = sender.send(message("large", NEARLY));
    CompletableFuture<SendReceipt> behind = sender.send(message("behind", 100));

    before.join();
    behind.join();
    assertThat(catchThrowable(large::join)).hasCauseInstanceOf(MessageTooLarge.class);
    assertThat(ids(4)).containsExactly("first", "before", "behind");
  }

  @Test
  void messageJustLargerThanALinkTakesEndsAListOfMessages() {
    CompletableFuture<List<SendReceipt>> sends =
        sender.sendAll(
            List.of(message("before", 100), message("large", NEARLY), message("behind", 100)));

    assertThat(catchThrowable(sends::join)).hasCauseInstanceOf(MessageTooLarge.class);
    assertThat(ids(4)).containsExactly("first", "before");
  }

  @Test
  void listThatTakesSeveralBatchesArrivesWholeAndInOrder() {
    List<OutgoingMessage> messages =
        IntStream.range(0, 30).mapToObj(i -> message("m" + i, 60_000)).toList();

    assertThat(sender.sendAll(messages).join())
        .extracting(SendReceipt::messageId)
        .isEqualTo(messages.stream().map(message -> message.messageId().orElseThrow()).toList());
    assertThat(ids(31)).isEqualTo(expected("first", 30, 0));
  }

  @Test
  void whoWaitsNeedsNoCallbackThread() throws Exception {
    OpenSender only =
        new OpenSender(
            QUEUE,
            new Connections(emulated.options()).of(QUEUE),
            new ProviderTime(() -> 0, () -> Duration.ZERO),
            Runnable::run);
    Gatherer gatherer =
        new Gatherer(
            QUEUE,
            () -> {
              only.begin();
              return only;
            },
            task -> {}, // none comes free
            (sender, error) -> {});
    ServiceBusMessage alone = new ServiceBusMessage("x").setMessageId("alone");

    assertThat(gatherer.send(alone, 1, "done").get(60, TimeUnit.SECONDS)).isEqualTo("done");
    assertThat(ids(2)).containsExactly("first", "alone");
  }

  @Test
  void sendsBeforeTheQueueIsKnownGoBeforeThoseAfter() {
    CompletableFuture<Optional<QueueOptions>> asked = new CompletableFuture<>();
    AtomicReference<Runnable> whenTheFirstBegins = new AtomicReference<>(() -> {});
    ServiceBusOptions options = emulated.options();
    try (ProviderTime time =
            new ProviderTime(
                () -> {
                  whenTheFirstBegins.getAndSet(() -> {}).run();
                  return System.nanoTime();
                },
                () -> Duration.ZERO);
        CallbackThreads callbacks = new CallbackThreads("queue-runtime-servicebus")) {
      Connections connections = new Connections(options);
      Senders senders = new Senders(options, connections, time, callbacks, refused -> {});
      QueueSender early =
          new ServiceBusSender(
              QUEUE,
              senders,
              new Links(options, connections, time, callbacks),
              new QueueFacts(time, Runnable::run, Duration.ofMinutes(1), queue -> asked),
              time,
              options.maxMessageSize());
      List<CompletableFuture<SendReceipt>> sends =
          IntStream.range(0, 20)
              .mapToObj(i -> early.send(message("m" + i, 10)))
              .collect(Collectors.toCollection(ArrayList::new));
      whenTheFirstBegins.set(() -> sends.add(early.send(message("m20", 10))));

      asked.complete(Optional.of(QueueOptions.DEFAULTS));

      assertThat(sends).hasSize(21);
      sends.forEach(CompletableFuture::join);
      assertThat(ids(30)).isEqualTo(expected("first", 21, 0));
      senders.close(new Deadline(time, Duration.ofMinutes(1)));
    }
  }

  @Test
  void batchThatIsRefusedForWhatItHoldsGoesMessageByMessage() {
    List<CompletableFuture<SendReceipt>> sends = sendBehindAFrozenConnection();
    // of the first alone, of the batch behind it, and of the first of that batch alone
    Fault refusal = emulated.emulator.faults().times(3).rejectSends("amqp:not-allowed");
    frozen.lift();

    List<Throwable> failures = sends.stream().map(send -> catchThrowable(send::join)).toList();

    assertThat(refusal.used()).isEqualTo(3);
    assertThat(failures.subList(0, 2))
        .allSatisfy(failure -> assertThat(failure).hasCauseInstanceOf(ValidationFailed.class));
    assertThat(failures.subList(2, 20)).containsOnlyNulls();
    assertThat(ids(30)).isEqualTo(expected("first", 20, 2));
  }

  @Test
  void everyCallerHearsOfAFailureThatPasses() {
    List<CompletableFuture<SendReceipt>> sends = sendBehindAFrozenConnection();
    Fault refusal = emulated.emulator.faults().times(2).rejectSends("com.microsoft:server-busy");
    frozen.lift();

    assertThat(sends)
        .allSatisfy(
            send -> assertThat(catchThrowable(send::join)).hasCauseInstanceOf(Throttled.class));
    assertThat(refusal.used()).isEqualTo(2);
    assertThat(ids(30)).containsExactly("first");
  }

  /** The first is under way then and cannot be answered, the other 19 gather behind it. */
  private List<CompletableFuture<SendReceipt>> sendBehindAFrozenConnection() {
    frozen = emulated.emulator.faults().freezeConnections();
    return sendAll(20, 100);
  }

  private List<CompletableFuture<SendReceipt>> sendAll(int count, int size) {
    return IntStream.range(0, count).mapToObj(i -> sender.send(message("m" + i, size))).toList();
  }

  private List<String> ids(int most) {
    List<String> ids = new ArrayList<>();
    SequenceNumber from = SequenceNumber.START;
    try (var receiver = provider.receiver(QUEUE, SubQueue.MAIN)) {
      while (true) {
        List<ReceivedMessage<byte[]>> seen = receiver.peek(from, most).join();
        if (seen.isEmpty()) {
          return ids;
        }
        seen.forEach(message -> ids.add(message.messageId()));
        from = seen.get(seen.size() - 1).sequenceNumber().next();
      }
    }
  }

  private static List<String> expected(String first, int count, int from) {
    List<String> ids = new ArrayList<>(List.of(first));
    IntStream.range(from, count).forEach(i -> ids.add("m" + i));
    return ids;
  }

  private static OutgoingMessage message(String id, int size) {
    return OutgoingMessage.of("x".repeat(size).getBytes(StandardCharsets.UTF_8))
        .messageId(id)
        .build();
  }
}
