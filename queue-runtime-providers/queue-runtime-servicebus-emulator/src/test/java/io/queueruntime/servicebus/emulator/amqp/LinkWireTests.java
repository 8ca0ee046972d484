package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.amqp.WireClient.Received;
import io.queueruntime.servicebus.emulator.entity.EntityStatus;
import io.queueruntime.servicebus.emulator.message.LockTags;
import io.queueruntime.servicebus.emulator.message.WireMessage;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What plain links of a plain AMQP client see on the wire. */
@Timeout(300)
class LinkWireTests {

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final WireClient client = WireClient.connect(emulator.port());
  private final Session session = client.session();

  @BeforeEach
  void create() {
    emulator.createQueue("q");
  }

  @AfterEach
  void close() {
    client.close();
    emulator.close();
  }

  private long active() {
    return emulator.namespace().statistics("q").active();
  }

  @Test
  void aSenderIsToldTheLargestMessageAndGetsCredit() {
    Sender link = client.sender(session, "q");
    client.until(() -> link.getCredit() > 0);

    assertThat(link.getRemoteMaxMessageSize()).isEqualTo(UnsignedLong.valueOf(262_144));
    assertThat(((Target) link.getRemoteTarget()).getAddress()).isEqualTo("q");
    assertThat(link.getCredit()).isEqualTo(1000);
  }

  @Test
  void aSenderToNothingIsRefusedWithoutATarget() {
    Sender link = client.sender(session, "nothing");
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(link.getRemoteTarget()).isNull();
    assertThat(WireClient.errorOf(link)).isEqualTo(AmqpErrors.NOT_FOUND.toString());
    assertThat(link.getRemoteCondition().getDescription())
        .matches(".*The messaging entity .* could not be found.*");
  }

  @Test
  void aReceiverFromNothingIsRefusedWithoutASource() {
    Receiver link = client.receiver(session, "nothing");
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(link.getRemoteSource()).isNull();
    assertThat(WireClient.errorOf(link)).isEqualTo(AmqpErrors.NOT_FOUND.toString());
  }

  @Test
  void addressesAreTakenInAnyCaseAndWithAHost() {
    Receiver plain = client.receiver(session, "Q");
    Receiver withHost = client.receiver(session, "amqp://localhost:5672/q/$DeadLetterQueue");

    assertThat(plain.getRemoteSource()).isNotNull();
    assertThat(withHost.getRemoteSource()).isNotNull();
  }

  @Test
  void aDeliverySaysWhatClientsRead() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(1);

    Received received = client.receive(link);

    Message message = received.message();
    assertThat(message.getHeader()).isNotNull();
    assertThat(message.getHeader().getDeliveryCount()).isEqualTo(UnsignedInteger.ZERO);
    assertThat((String) message.getMessageId()).hasSize(32).doesNotContain("-");
    Map<Symbol, Object> annotations = message.getMessageAnnotations().getValue();
    assertThat(annotations.get(Symbol.valueOf("x-opt-sequence-number"))).isEqualTo(1L);
    assertThat(annotations.get(Symbol.valueOf("x-opt-enqueued-time"))).isInstanceOf(Date.class);
    assertThat(annotations.get(Symbol.valueOf("x-opt-locked-until"))).isInstanceOf(Date.class);
    assertThat(received.delivery().getTag()).hasSize(16);
  }

  @Test
  void theTagAndTheTokenInManagementAreTheSameLock() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    Received received = client.receive(link);
    UUID token = LockTags.read(received.delivery().getTag()).orElseThrow().value();

    Message answer =
        client.ask(
            session,
            "q/$management",
            "com.microsoft:update-disposition",
            Map.of("lock-tokens", new UUID[] {token}, "disposition-status", "completed"));

    assertThat(answer.getApplicationProperties().getValue().get("statusCode")).isEqualTo(200);
    assertThat(active()).isZero();
  }

  private DeliveryState settle(Receiver link, DeliveryState outcome) {
    Delivery delivery = client.receive(link).delivery();
    delivery.disposition(outcome);
    client.until(delivery::remotelySettled);
    DeliveryState answer = delivery.getRemoteState();
    delivery.settle();
    return answer;
  }

  @Test
  void everyOutcomeIsAnsweredInItsOwnKind() {
    Sender sender = client.sender(session, "q");
    client.send(sender, "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(3);

    assertThat(settle(link, Released.getInstance())).isInstanceOf(Released.class);
    assertThat(settle(link, new Modified())).isInstanceOf(Modified.class);
    DeliveryState accepted = settle(link, Accepted.getInstance());

    assertThat(accepted).isInstanceOf(Accepted.class);
    assertThat(active()).isZero();
  }

  @Test
  void aRejectedMessageIsADeadLetterAndTheAnswerHasNoError() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    Rejected outcome = new Rejected();
    outcome.setError(AmqpErrors.of(Symbol.valueOf("com.microsoft:dead-letter"), "no"));
    outcome.getError().setInfo(Map.of(Symbol.valueOf("DeadLetterReason"), "unreadable"));

    DeliveryState answer = settle(link, outcome);

    assertThat(answer)
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.getError()).isNull());
    Receiver dead = client.receiver(session, "q/$deadletterqueue");
    dead.flow(1);
    assertThat(client.receive(dead).message().getApplicationProperties().getValue())
        .containsEntry("DeadLetterReason", "unreadable");
  }

  @Test
  void releasingNeverCountsAndAbandoningDoes() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(30);
    for (int i = 0; i < 20; i++) {
      settle(link, Released.getInstance());
    }
    settle(link, new Modified());

    Message message = client.receive(link).message();

    assertThat(message.getHeader().getDeliveryCount()).isEqualTo(UnsignedInteger.ONE);
  }

  @Test
  void anOutcomeAfterTheLockRanOutIsRejectedAsLost() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    Delivery delivery = client.receive(link).delivery();
    emulator.advance(Duration.ofMinutes(2));

    delivery.disposition(Accepted.getInstance());
    client.until(delivery::remotelySettled);

    assertThat(WireClient.errorOf(delivery)).isEqualTo("com.microsoft:message-lock-lost");
  }

  @Test
  void drainingAnEmptyQueueTakesTheCreditBackAtOnce() {
    Receiver link = client.receiver(session, "q");
    link.flow(5);
    client.pump();

    link.drain(0);
    client.until(() -> !link.draining());

    assertThat(link.getRemoteCredit()).isZero();
    client.send(client.sender(session, "q"), "kept");
    assertThat(emulator.namespace().statistics("q").locked()).isZero();
  }

  @Test
  void drainingDeliversWhatThereIsFirst() {
    Sender sender = client.sender(session, "q");
    client.send(sender, "one");
    client.send(sender, "two");
    Receiver link = client.receiver(session, "q");

    link.drain(5);
    client.until(() -> !link.draining());

    assertThat(link.getQueued()).isEqualTo(2);
  }

  @Test
  void drainingIsNotOverWhileMessagesOnlyLackRoom() {
    Sender sender = client.sender(session, "q");
    int messages = 300;
    for (int i = 0; i < messages; i++) {
      client.transfer(sender, WireClient.encoded(WireClient.message("x".repeat(20_000))), 0);
    }
    client.until(() -> emulator.namespace().statistics("q").active() == messages);
    Session narrow = client.connection.session();
    narrow.setIncomingCapacity(256 * 1024); // while so much is not taken nothing more is sent
    narrow.open();
    Receiver link = client.receiver(narrow, "q");
    link.flow(messages);
    client.until(() -> WireClient.hasMessage(link));

    link.drain(0);
    client.receiver(session, "q"); // once that is answered the drain has been seen

    assertThat(link.draining()).isTrue();
    for (int i = 0; i < messages; i++) {
      client.receive(link);
    }
    client.until(() -> !link.draining());
  }

  @Test
  void aDrainThatMeetsAFetchUnderWayTakesNothingAway() {
    Sender sender = client.sender(session, "q");
    Receiver link = client.receiver(session, "q");
    for (int i = 0; i < 50; i++) {
      client.send(sender, "m" + i);
      link.flow(2);
      client.write(); // on its own, so that a fetch may be under way when the drain comes

      link.drain(0);
      client.until(() -> !link.draining());

      assertThat(link.getQueued()).isEqualTo(1);
      Message message = WireClient.take(link).message();
      assertThat(((AmqpValue) message.getBody()).getValue()).isEqualTo("m" + i);
    }
  }

  @Test
  void answersThatOnlyLackRoomComeBeforeTheirLinkIsDrained() {
    client.send(client.sender(session, "q"), "x".repeat(20_000));
    Session narrow = client.connection.session();
    narrow.setIncomingCapacity(64 * 1024); // of one frame, which is full once one answer has come
    narrow.open();
    Receiver answers = client.receiver(narrow, "q/$management");
    Sender requests = client.sender(session, "q/$management");
    client.until(() -> requests.getCredit() > 0);
    int credit = requests.getCredit();
    int asked = 4;
    answers.flow(asked + 1);
    for (int i = 0; i < asked; i++) {
      Message browse = Proton.message();
      browse.setMessageId("browse-" + i);
      browse.setReplyTo(((Target) answers.getTarget()).getAddress());
      browse.setApplicationProperties(
          new ApplicationProperties(Map.of("operation", "com.microsoft:peek-message")));
      browse.setBody(new AmqpValue(Map.of("from-sequence-number", 0L, "message-count", 1)));
      client.transfer(requests, WireClient.encoded(browse), 0);
    }
    client.until(() -> requests.getCredit() == credit); // as soon as all are answered
    client.until(() -> WireClient.hasMessage(answers));

    answers.drain(0);
    client.receiver(session, "q"); // once that is answered the drain has been seen

    assertThat(answers.draining()).isTrue();
    for (int i = 0; i < asked; i++) {
      assertThat(client.receive(answers).message().getCorrelationId()).isEqualTo("browse-" + i);
    }
    client.until(() -> !answers.draining());
  }

  @Test
  void waitingReceiversAreServedInTurn() {
    Receiver first = client.receiver(session, "q");
    first.flow(1);
    client.pump();
    Receiver second = client.receiver(session, "q");
    second.flow(1);
    client.pump();
    Sender sender = client.sender(session, "q");

    client.send(sender, "one");
    client.send(sender, "two");

    assertThat(((AmqpValue) client.receive(first).message().getBody()).getValue()).isEqualTo("one");
    assertThat(((AmqpValue) client.receive(second).message().getBody()).getValue())
        .isEqualTo("two");
  }

  @Test
  void creditIsNeverOverdrawn() {
    Sender sender = client.sender(session, "q");
    for (int i = 0; i < 10; i++) {
      client.send(sender, "m" + i);
    }
    Receiver link = client.receiver(session, "q");
    link.flow(3);
    client.until(() -> link.getQueued() == 3);

    // Another link's answer shows that nothing else was on its way.
    client.receiver(session, "q");

    assertThat(link.getQueued()).isEqualTo(3);
    assertThat(emulator.namespace().statistics("q").locked()).isEqualTo(3);
  }

  @Test
  void aBatchIsAllItsMessages() {
    Delivery delivery =
        client.transfer(
            client.sender(session, "q"), batch("a", "b", "c"), WireMessage.BATCH_FORMAT);
    client.until(delivery::remotelySettled);

    assertThat(delivery.getRemoteState()).isInstanceOf(Accepted.class);
    assertThat(active()).isEqualTo(3);
  }

  @Test
  void aBatchWithOneBadMessageStoresNothing() {
    byte[] good = batch("a", "b");
    byte[] bad = data(new byte[] {1, 2, 3});
    byte[] both = Arrays.copyOf(good, good.length + bad.length);
    System.arraycopy(bad, 0, both, good.length, bad.length);

    Delivery delivery =
        client.transfer(client.sender(session, "q"), both, WireMessage.BATCH_FORMAT);
    client.until(delivery::remotelySettled);

    assertThat(WireClient.errorOf(delivery)).isEqualTo(AmqpErrors.DECODE.toString());
    assertThat(active()).isZero();
  }

  private static byte[] batch(String... texts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String text : texts) {
      out.writeBytes(data(WireClient.encoded(WireClient.message(text))));
    }
    return out.toByteArray();
  }

  private static byte[] data(byte[] bytes) {
    Message section = Proton.message();
    section.setBody(new Data(new Binary(bytes)));
    return WireClient.encoded(section);
  }

  @Test
  void whatIsSentSettledIsStored() {
    Sender link = client.sender(session, "q", SenderSettleMode.SETTLED);
    client.until(() -> link.getCredit() > 0);
    byte[] bytes = WireClient.encoded(WireClient.message("quiet"));
    Delivery delivery = link.delivery(new byte[] {1});
    link.send(bytes, 0, bytes.length);
    delivery.settle();
    client.pump();

    Receiver receiver = client.receiver(session, "q");
    receiver.flow(1);

    assertThat(((AmqpValue) client.receive(receiver).message().getBody()).getValue())
        .isEqualTo("quiet");
  }

  @Test
  void creditComesBackAfterManySends() {
    Sender link = client.sender(session, "q");
    client.until(() -> link.getCredit() > 0);
    byte[] bytes = WireClient.encoded(WireClient.message("x"));
    List<Delivery> sent = new ArrayList<>();
    while (sent.size() < 3000) {
      client.until(() -> link.getCredit() > 0);
      while (link.getCredit() > 0 && sent.size() < 3000) {
        Delivery delivery = link.delivery(("n" + sent.size()).getBytes(US_ASCII));
        link.send(bytes, 0, bytes.length);
        link.advance();
        sent.add(delivery);
      }
    }
    client.until(() -> sent.stream().allMatch(Delivery::remotelySettled));

    assertThat(active()).isEqualTo(3000);
  }

  @Test
  void aMessageOverTheLimitEndsTheLink() {
    Sender link = client.sender(session, "q");
    client.until(() -> link.getCredit() > 0);
    byte[] bytes = new byte[300 * 1024];

    client.transfer(link, bytes, 0);
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo(AmqpErrors.MESSAGE_SIZE.toString());
    assertThat(client.connection.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void aMessageOfManyFramesArrivesWhole() {
    String text = "x".repeat(200 * 1024);
    Message message = WireClient.message(text);
    byte[] buffer = new byte[256 * 1024];
    byte[] bytes = Arrays.copyOf(buffer, message.encode(buffer, 0, buffer.length));
    Delivery delivery = client.transfer(client.sender(session, "q"), bytes, 0);
    client.until(delivery::remotelySettled);
    Receiver link = client.receiver(session, "q");
    link.flow(1);

    assertThat(((AmqpValue) client.receive(link).message().getBody()).getValue()).isEqualTo(text);
  }

  @Test
  void aLinkThatEndsWithItsSessionTakesNoMoreMessages() {
    Session other = client.session();
    Receiver gone = client.receiver(other, "q");
    gone.flow(100);
    client.pump();

    other.close();
    client.until(() -> other.getRemoteState() == EndpointState.CLOSED);
    client.send(client.sender(session, "q"), "hello");

    assertThat(emulator.namespace().statistics("q").locked()).isZero();
    assertThat(active()).isEqualTo(1);
  }

  @Test
  void aClientThatDropsItsSocketTakesNoMoreMessages() {
    WireClient lost = WireClient.connect(emulator.port());
    Receiver gone = lost.receiver(lost.session(), "q");
    gone.flow(100);
    lost.pump();

    lost.drop();
    client.until(() -> emulator.connections() == 1);
    client.send(client.sender(session, "q"), "hello");

    assertThat(emulator.namespace().statistics("q").locked()).isZero();
  }

  @Test
  void aLockOutlivesItsLinkUntilItRunsOut() {
    client.send(client.sender(session, "q"), "hello");
    Receiver link = client.receiver(session, "q");
    link.flow(1);
    client.receive(link);

    link.close();
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(emulator.namespace().statistics("q").locked()).isEqualTo(1);
    emulator.advance(Duration.ofMinutes(2));
    assertThat(emulator.namespace().statistics("q").locked()).isZero();
    assertThat(active()).isEqualTo(1);
  }

  @Test
  void linksEndWhenTheirQueueIsDeleted() {
    Receiver receiver = client.receiver(session, "q");
    receiver.flow(1);
    Sender sender = client.sender(session, "q");
    client.pump();

    emulator.namespace().delete("q");
    client.until(
        () ->
            receiver.getRemoteState() == EndpointState.CLOSED
                && sender.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(receiver)).isEqualTo(AmqpErrors.NOT_FOUND.toString());
    assertThat(WireClient.errorOf(sender)).isEqualTo(AmqpErrors.NOT_FOUND.toString());
  }

  @Test
  void linksEndWhenTheirQueueIsDisabledForThem() {
    Receiver receiver = client.receiver(session, "q");
    Sender sender = client.sender(session, "q");

    emulator
        .namespace()
        .update(
            "q",
            emulator
                .namespace()
                .require("q")
                .description()
                .withStatus(EntityStatus.RECEIVE_DISABLED));
    client.until(() -> receiver.getRemoteState() == EndpointState.CLOSED);
    client.send(sender, "still taken");

    assertThat(WireClient.errorOf(receiver)).isEqualTo("com.microsoft:entity-disabled");
    assertThat(sender.getRemoteState()).isEqualTo(EndpointState.ACTIVE);
  }

  @Test
  void aResetLeavesLinksAtWork() {
    Receiver receiver = client.receiver(session, "q");
    receiver.flow(1);
    client.pump();

    emulator.reset();
    client.send(client.sender(session, "q"), "after");

    assertThat(((AmqpValue) client.receive(receiver).message().getBody()).getValue())
        .isEqualTo("after");
  }
}
