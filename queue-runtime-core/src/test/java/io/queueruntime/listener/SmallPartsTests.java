package io.queueruntime.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.QueueRuntimeException.LockLost;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.fake.FakeProvider;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueReceiver;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of the listener that need no container to be tried. */
class SmallPartsTests {

  @ParameterizedTest
  @CsvSource({
    "1, 0.5, 1000",
    "2, 0.5, 2000",
    "3, 0.5, 4000",
    "1, 0, 800",
    "1, 1, 1200",
    "9, 0.5, 256000",
    "10, 0.5, 300000",
    "10, 0, 240000",
    "10, 1, 300000",
    "100000, 0.5, 300000"
  })
  void backOffGrowsFromItsFirstDelayToItsLongest(int failures, double random, long millis) {
    assertThat(BackoffPolicy.DEFAULTS.after(failures, random)).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void backOffThatCannotBeIsRefused() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new BackoffPolicy(second, 0.5, second, 0))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new BackoffPolicy(second, Double.NaN, second, 0))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new BackoffPolicy(second, 2, second, 1.1))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new BackoffPolicy(second, 2, Duration.ZERO, 0))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new BackoffPolicy(second.negated(), 2, second, 0))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new BackoffPolicy(second, 2, Duration.ofDays(8), 0))
        .isInstanceOf(ValidationFailed.class);
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 4", "2-16, 2, 16", "' 2 - 16 ', 2, 16"})
  void concurrencyIsANumberOrARange(String text, int min, int max) {
    assertThat(Concurrency.parse(text)).isEqualTo(new Concurrency(min, max));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "4-2", "a", "1-2-3", "10001", "99999999999"})
  void anythingElseIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> Concurrency.parse(text))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("2-16");
  }

  @Test
  void defaultsAreThoseOfTheDocumentation() {
    ListenerOptions options = ListenerOptions.DEFAULTS;
    assertThat(options.concurrency(false)).isEqualTo(Concurrency.of(1));
    assertThat(options.concurrency(true)).isEqualTo(Concurrency.of(8));
    assertThat(options.timeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(options.maxLockRenewal()).isEqualTo(Duration.ofMinutes(5));
    assertThat(options.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(options.batchSize()).isEqualTo(1);
    assertThat(options.ackMode()).isEqualTo(AckMode.AUTO);
    assertThat(options.autoStartup()).isTrue();
    assertThat(options.maxRetries()).isEmpty();
    assertThat(options.backoff())
        .isEqualTo(new BackoffPolicy(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2));
  }

  @Test
  void optionsThatCannotBeAreRefused() {
    ListenerOptions.Builder builder = ListenerOptions.builder();
    assertThatThrownBy(() -> builder.maxRetries(-1)).isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> builder.batchSize(0)).isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> builder.timeout(Duration.ofSeconds(-1)))
        .isInstanceOf(ValidationFailed.class);
    QueueName q = QueueName.of("q");
    Duration idle = Duration.ofSeconds(60);
    List<SessionId> a = List.of(SessionId.of("a"));
    QueueOptions sessions = QueueOptions.DEFAULTS.withSessions(true);
    assertThatThrownBy(() -> new ListenedQueue(q, QueueOptions.DEFAULTS, a, idle))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new ListenedQueue(q, sessions, List.of(a.get(0), a.get(0)), idle))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(() -> new ListenedQueue(q, sessions, a, idle.negated()))
        .isInstanceOf(ValidationFailed.class);
    assertThatThrownBy(
            () -> ListenerEndpoint.of("x", List.of(), (m, d) -> null, ListenerOptions.DEFAULTS))
        .isInstanceOf(ConfigurationInvalid.class);
    assertThatThrownBy(
            () ->
                ListenerEndpoint.of(
                    " ",
                    List.of(ListenedQueue.of(q, sessions)),
                    (m, d) -> null,
                    ListenerOptions.DEFAULTS))
        .isInstanceOf(ConfigurationInvalid.class);
  }

  private static ReceivedMessage<byte[]> message(int number, int deliveryCount) {
    return ReceivedMessage.of(
            QueueName.of("q"), SequenceNumber.of(number), "m" + number, new byte[0])
        .deliveryCount(deliveryCount)
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "3, 11111, 111|11",
    "3, 21111, 2|111|1",
    "3, 11211, 11|2|11",
    "3, 11122, 111|2|2",
    "1, 111, 1|1|1",
    "9, 1, 1",
    "9, 2, 2",
    "2, 1121, 11|2|1"
  })
  void messagesThatWereDeliveredBeforeGoAlone(int size, String counts, String expected) {
    List<ReceivedMessage<byte[]>> received =
        IntStream.range(0, counts.length())
            .mapToObj(i -> message(i, counts.charAt(i) - '0'))
            .toList();
    List<List<ReceivedMessage<byte[]>>> portions = new Portions(size).of(received);
    assertThat(
            String.join(
                "|",
                portions.stream()
                    .map(
                        portion ->
                            String.join(
                                "", portion.stream().map(m -> "" + m.deliveryCount()).toList()))
                    .toList()))
        .isEqualTo(expected);
    assertThat(portions.stream().flatMap(List::stream).toList()).isEqualTo(received);
  }

  @Test
  void permitsBoundWhatIsInWorkAndWhatIsUnsettled() {
    Permits permits = new Permits(2);
    assertThat(permits.acquire()).isTrue();
    assertThat(permits.tryAcquire()).isTrue();
    assertThat(permits.tryAcquire()).isFalse();
    permits.giveBack(Permits.Returned.ENDED);
    assertThat(permits.inWork()).isEqualTo(1);
    assertThat(permits.unsettled()).isEqualTo(2);
    for (int i = 0; i < Permits.SETTLEMENTS_BEHIND; i++) {
      assertThat(permits.tryAcquire()).isTrue();
      permits.giveBack(Permits.Returned.ENDED);
    }
    assertThat(permits.tryAcquire()).as("too many settlements are under way").isFalse();
    permits.settled();
    assertThat(permits.tryAcquire()).isTrue();
    permits.giveBack(Permits.Returned.NOTHING_CAME);
    assertThat(permits.tryAcquire()).isTrue();
    assertThat(permits.returned(Permits.Returned.ENDED)).isEqualTo(1L + Permits.SETTLEMENTS_BEHIND);
    permits.close();
    assertThat(permits.acquire()).isFalse();
    assertThat(permits.free()).isZero();
  }

  @Test
  void fastHandlersGetMoreMessagesAtOnceAndOneSlowCallEndsThat() {
    Prefetch prefetch = Prefetch.plain();
    assertThat(prefetch.size()).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      prefetch.observed(1_000, true);
    }
    assertThat(prefetch.size()).isEqualTo(Prefetch.MAX);
    prefetch.observed(Duration.ofMinutes(1).toNanos(), true);
    assertThat(prefetch.size()).isEqualTo(1);
  }

  /** A lock of 300 ns on a clock that the test moves. */
  private static final class LockFixture {
    final AtomicLong now = new AtomicLong();
    final List<CompletableFuture<Instant>> asked = new ArrayList<>();
    final List<Throwable> losses = new ArrayList<>();
    final AtomicLong answers = new AtomicLong();
    final HeldLock lock;

    LockFixture() {
      Timings d = Timings.DEFAULTS;
      Timings timings =
          new Timings(
              now::get,
              d.clock(),
              d.random(),
              d.receiveWait(),
              d.zombieGrace(),
              d.interruptGrace(),
              d.stall(),
              d.rejectedRest(),
              d.settleLimit());
      lock =
          new HeldLock(
              "it",
              300,
              Instant.EPOCH,
              timings,
              () -> {
                CompletableFuture<Instant> answer = new CompletableFuture<>();
                asked.add(answer);
                return answer;
              },
              losses::add,
              answers::incrementAndGet,
              Runnable::run);
    }

    void at(long tick) {
      now.set(tick);
      if (lock.due() <= tick) {
        lock.attend(tick);
      }
    }
  }

  @Test
  void lockIsRenewedAtAThirdOfItsLength() {
    LockFixture fixture = new LockFixture();
    fixture.at(99);
    assertThat(fixture.asked).isEmpty();
    fixture.at(100);
    assertThat(fixture.asked).hasSize(1);
    fixture.at(150);
    assertThat(fixture.asked).as("one at a time").hasSize(1);
    fixture.asked.get(0).complete(Instant.MAX);
    assertThat(fixture.lock.lockedUntil()).isEqualTo(Instant.MAX);
    assertThat(fixture.lock.due()).isEqualTo(200);
    fixture.at(399);
    assertThat(fixture.lock.isLost()).isFalse();
  }

  @Test
  void lockThatCouldNotBeRenewedInTimeIsLost() {
    LockFixture fixture = new LockFixture();
    fixture.at(100);
    fixture.asked.get(0).completeExceptionally(new ConnectionFailed("q", "planned", null));
    assertThat(fixture.lock.due()).isEqualTo(120);
    assertThat(fixture.answers).as("the renewer learns of the earlier time").hasValue(1);
    fixture.at(120);
    fixture.asked.get(1).completeExceptionally(new ConnectionFailed("q", "planned", null));
    List<String> told = new ArrayList<>();
    fixture.lock.onLost(() -> told.add("before"));
    fixture.at(300);
    assertThat(fixture.lock.isLost()).isTrue();
    fixture.lock.onLost(() -> told.add("after"));
    assertThat(told).containsExactly("before", "after");
    assertThat(fixture.losses).hasSize(1);
    assertThat(fixture.lock.due()).isEqualTo(Watched.NEVER);
  }

  @Test
  void lockThatTheBrokerSaysIsLostIsLostAtOnce() {
    LockFixture fixture = new LockFixture();
    fixture.at(100);
    fixture.asked.get(0).completeExceptionally(new LockLost("q", "planned"));
    assertThat(fixture.losses).hasSize(1);
  }

  @Test
  void nothingIsRenewedBeyondTheLimitAndAnEndedLockIsLeftAlone() {
    LockFixture fixture = new LockFixture();
    fixture.lock.renewUntil(50);
    assertThat(fixture.lock.due()).isEqualTo(300);
    fixture.lock.end();
    assertThat(fixture.lock.due()).isEqualTo(Watched.NEVER);
    fixture.lock.lose(new LockLost("q", "late"));
    assertThat(fixture.losses).isEmpty();
  }

  @Test
  void renewalThatWasUnderWayWhenTheLockEndedIsNoLoss() {
    LockFixture fixture = new LockFixture();
    fixture.at(100);
    fixture.lock.end();
    fixture.asked.get(0).completeExceptionally(new LockLost("q", "settled meanwhile"));
    assertThat(fixture.losses).isEmpty();
    assertThat(fixture.lock.isLost()).isFalse();
  }

  @Test
  void actionsOnALossAreBounded() {
    LockFixture fixture = new LockFixture();
    for (int i = 0; i < 16; i++) {
      fixture.lock.onLost(() -> {});
    }
    assertThatThrownBy(() -> fixture.lock.onLost(() -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void brokenEntryDoesNotEndTheRenewalOfOthers() {
    LockRenewer renewer = new LockRenewer(() -> 0);
    CountDownLatch attended = new CountDownLatch(1);
    renewer.watch(
        new Watched() {
          @Override
          public long due() {
            return 5;
          }

          @Override
          public void attend(long now) {
            throw new IllegalStateException("planned");
          }
        });
    renewer.watch(
        new Watched() {
          @Override
          public long due() {
            return attended.getCount() == 0 ? 70 : 5;
          }

          @Override
          public void attend(long now) {
            attended.countDown();
          }
        });
    assertThat(renewer.attendAll(4)).isEqualTo(5);
    assertThat(renewer.attendAll(5)).isEqualTo(70);
    assertThat(attended.getCount()).isZero();
    assertThat(renewer.size()).isEqualTo(1);
  }

  @Test
  void batchThatCannotBeFilledIsTakenAsItIs() {
    FakeProvider provider = new FakeProvider().create("q", QueueOptions.DEFAULTS);
    QueueReceiver working = provider.receiver(QueueName.of("q"), SubQueue.MAIN);
    QueueReceiver broken =
        (QueueReceiver)
            Proxy.newProxyInstance(
                QueueReceiver.class.getClassLoader(),
                new Class<?>[] {QueueReceiver.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("receive")) {
                    throw new ConnectionFailed("q", "planned", null);
                  }
                  return method.invoke(working, arguments);
                });
    ListenerOptions options =
        ListenerOptions.builder().batchSize(10).batchTimeout(Duration.ofSeconds(1)).build();
    List<ReceivedMessage<byte[]>> first = List.of(message(1, 1));
    assertThat(new Linger(options, Timings.DEFAULTS, new RunState()).fill(broken, first))
        .isEqualTo(first);
  }
}
