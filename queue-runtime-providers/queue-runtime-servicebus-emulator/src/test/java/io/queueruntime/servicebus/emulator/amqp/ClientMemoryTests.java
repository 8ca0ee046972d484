package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SubQueue;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.transaction.Declare;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much of the server's memory one client can take up. */
@Timeout(300)
class ClientMemoryTests {

  private static final byte[] PART = new byte[60_000];

  /** So many messages of 61,000 bytes are one. */
  private static final int MEGABYTE = 18;

  private final OneConnection one = new OneConnection(AmqpLimits.STANDARD);

  @BeforeEach
  void create() {
    one.namespace.create("q", EntityDescription.DEFAULTS);
    one.write(Frames.AMQP, Frames.open(), Frames.begin());
  }

  @AfterEach
  void close() {
    one.close();
  }

  /** A message that never ends, which the client goes on with whatever it is told. */
  private void stream(int parts) {
    one.write(Frames.transfer(0, 0, true, PART));
    for (int i = 1; i < parts; i++) {
      one.write(Frames.further(0, true, PART));
    }
  }

  @Test
  void whatComesOnARefusedLinkIsNotKept() {
    one.write(Frames.attach(Role.SENDER, 0, "nowhere"));

    stream(64);
    one.write(Frames.close());

    assertThat(one.readToTheEnd()).contains("amqp:not-found").doesNotContain("resource-limit");
    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
  }

  @Test
  void whatComesAfterAMessageBecameTooLargeIsNotKept() {
    one.write(Frames.attach(Role.SENDER, 0));

    stream(64);
    one.write(Frames.close());

    assertThat(one.readToTheEnd())
        .contains("amqp:link:message-size-exceeded")
        .doesNotContain("resource-limit");
    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
  }

  @Test
  void wholeMessagesOnARefusedLinkAreRejectedForTheSameReason() {
    one.write(Frames.attach(Role.SENDER, 0, "nowhere"));
    for (int i = 0; i < 3; i++) {
      one.write(Frames.transfer(0, i));
    }
    one.write(Frames.close());

    String answer = one.readToTheEnd();

    assertThat(answer.split("amqp:not-found", -1)).hasSize(1 + 1 + 3);
    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
  }

  @Test
  void messagesBegunOnManyLinksEndTheConnectionBeforeTheyAreTooMany() {
    for (int link = 0; link < 100; link++) {
      one.write(Frames.attach(Role.SENDER, link));
    }
    for (int link = 0; link < 100; link++) {
      one.write(Frames.transfer(link, link, true, PART), Frames.further(link, true, PART));
      one.write(Frames.further(link, true, PART), Frames.further(link, true, PART));
    }
    one.write(Frames.close());

    assertThat(one.readToTheEnd())
        .contains("amqp:resource-limit-exceeded")
        .contains("begun and not finished");
    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
  }

  @Test
  void whatHasBegunIsForgottenWithItsLinkAndWhenItIsAborted() {
    // Each by itself is far below the bound, all together are above it.
    for (int link = 0; link < 200; link++) {
      one.write(Frames.attach(Role.SENDER, link), Frames.transfer(link, link, true, PART));
      one.write(Frames.further(link, true, PART), Frames.further(link, true, PART));
      one.write(link % 2 == 0 ? Frames.detach(link, true) : Frames.aborted(link));
    }
    one.write(Frames.close());

    assertThat(one.readToTheEnd()).doesNotContain("resource-limit");
    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
  }

  @Test
  void aMessageInFramesOfOneByteIsKeptAsOne() {
    byte[] message = WireClient.encoded(WireClient.message("x".repeat(5000)));
    one.write(Frames.attach(Role.SENDER, 0), Frames.transfer(0, 0, true, message[0]));
    for (int i = 1; i < message.length - 1; i++) {
      one.write(Frames.further(0, true, message[i]));
    }
    // Its answer says that the frames have been read.
    one.write(Frames.begin(1, 10));
    one.readUntil("\u0002\u0000\u0000\u0001\u0000S\u0011"); // a begin on channel 1

    assertThat(one.server(AmqpConnection::bytesUntaken)).isZero();
    one.write(Frames.further(0, false, message[message.length - 1]));
    one.readUntil("\u0000S$E"); // accepted
    assertThat(one.namespace.statistics("q").active()).isEqualTo(1);
  }

  @Test
  void anAbortedRequestToACoordinatorDoesNotBlockTheNext() {
    byte[] declare = Frames.value(new Declare());
    one.write(
        Frames.attachCoordinator(0),
        Frames.transfer(0, 0, true, declare),
        Frames.aborted(0),
        Frames.transfer(0, 1, false, declare),
        Frames.close());

    // The described type of the state that names the new transaction.
    assertThat(one.readToTheEnd()).contains("\u0000\u00533");
  }

  private void ask(int first, int requests) {
    byte[] peek =
        Frames.request(
            "com.microsoft:peek-message", Map.of("from-sequence-number", 0L, "message-count", 100));
    for (int i = first; i < first + requests; i++) {
      one.write(Frames.transfer(0, i, false, peek));
    }
  }

  @Test
  void answersThatNobodyReadsEndTheConnection() {
    sendOneMegabyte();
    // A session without a window: whatever credit there is, nothing can be written.
    one.write(
        Frames.begin(1, 0),
        onChannelOne(Frames.attach(Role.SENDER, 0, "q/$management")),
        onChannelOne(Frames.attach(Role.RECEIVER, 1, "q/$management")),
        onChannelOne(Frames.flow(1, 1_000_000, false, 0)));
    byte[] peek =
        Frames.request(
            "com.microsoft:peek-message", Map.of("from-sequence-number", 0L, "message-count", 100));
    for (int i = 0; i < 100; i++) {
      one.write(onChannelOne(Frames.transfer(0, i, false, peek)));
    }

    one.readUntil("amqp:resource-limit-exceeded");
    one.readUntil("wait to be read");
  }

  @Test
  void answersThatWaitForRoomLeaveTheServerAtRest() {
    sendOneMegabyte();
    one.write(
        Frames.begin(1, 0),
        onChannelOne(Frames.attach(Role.SENDER, 0, "q/$management")),
        onChannelOne(Frames.attach(Role.RECEIVER, 1, "q/$management")),
        onChannelOne(Frames.flow(1, 1_000_000, false, 0)));
    byte[] peek =
        Frames.request(
            "com.microsoft:peek-message", Map.of("from-sequence-number", 0L, "message-count", 100));
    for (int i = 0; i < 10; i++) {
      one.write(onChannelOne(Frames.transfer(0, i, false, peek)));
    }

    until(connection -> connection.budget().answersWaiting() > 0);

    until(connection -> !connection.loop().hasFlushes());
  }

  /** Looks in one turn of the server's loop after the other. */
  private void until(Predicate<AmqpConnection> so) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!one.server(so::test)) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private void sendOneMegabyte() {
    Message message = WireClient.message("");
    message.setBody(new Data(new Binary(new byte[60_000])));
    byte[] bytes = new byte[61_000];
    byte[] encoded = Arrays.copyOf(bytes, message.encode(bytes, 0, bytes.length));
    one.write(Frames.attach(Role.SENDER, 9));
    for (int i = 0; i < MEGABYTE; i++) {
      one.write(Frames.transfer(9, i, false, encoded));
    }
    // A look into the queue would not see what is on its way to the engine, and have a short
    // answer.
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (one.namespace.statistics("q").active() < MEGABYTE) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private static byte[] onChannelOne(byte[] frame) {
    byte[] other = frame.clone();
    other[7] = 1;
    return other;
  }

  @Test
  void moreRequestsThanCreditEndTheLink() throws InterruptedException {
    one.write(Frames.attach(Role.SENDER, 0, "q/$management"));
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    // The engine answers nobody while what waits for one of its answers is blocked.
    QueueName queue = QueueName.of("q");
    var unused =
        one.namespace
            .engine()
            .receive(queue, SubQueue.MAIN, 1, Duration.ofHours(1))
            .thenRun(
                () -> {
                  blocked.countDown();
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    one.write(Frames.attach(Role.SENDER, 9), Frames.transfer(9, 0));
    blocked.await();
    try {
      ask(1, 101);

      one.readUntil("amqp:link:transfer-limit-exceeded");
    } finally {
      release.countDown();
    }
  }
}
