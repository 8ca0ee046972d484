package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.core.util.BinaryData;
import com.azure.messaging.servicebus.ServiceBusErrorContext;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusProcessorClient;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.ServiceBusSessionReceiverClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Azure's own Java client, unmodified, on queues with sessions. */
@Timeout(300)
class JavaSessionTests {

  private static final Duration SOON = Duration.ofSeconds(40);

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private final JavaClients clients = new JavaClients(emulator);

  @BeforeEach
  void create() {
    emulator.createQueue("orders", queue -> queue.withRequiresSession(true));
  }

  @AfterEach
  void close() {
    clients.close();
    emulator.close();
  }

  private void send(String session, String... bodies) {
    ServiceBusSenderClient sender = clients.sender("orders");
    for (String body : bodies) {
      sender.sendMessage(new ServiceBusMessage(body).setSessionId(session));
    }
  }

  private ServiceBusSessionReceiverClient acceptor() {
    return clients.keep(clients.newBuilder().sessionReceiver().queueName("orders").buildClient());
  }

  @Test
  void aNamedSessionIsReceivedInOrder() {
    send("a", "1", "2", "3");
    send("b", "other");

    ServiceBusReceiverClient session = clients.keep(acceptor().acceptSession("a"));

    List<String> bodies = new ArrayList<>();
    while (bodies.size() < 3) {
      for (ServiceBusReceivedMessage message : session.receiveMessages(3 - bodies.size(), SOON)) {
        bodies.add(message.getBody().toString());
        assertThat(message.getSessionId()).isEqualTo("a");
        session.complete(message);
      }
    }
    assertThat(session.getSessionId()).isEqualTo("a");
    assertThat(bodies).containsExactly("1", "2", "3");
  }

  @Test
  void theNextSessionIsOneThatHasMessages() {
    send("only", "1");

    ServiceBusReceiverClient session = clients.keep(acceptor().acceptNextSession());

    assertThat(session.getSessionId()).isEqualTo("only");
  }

  @Test
  void aSessionThatSomebodyHoldsCannotBeAccepted() {
    clients.keep(acceptor().acceptSession("a"));

    assertThatThrownBy(() -> acceptor().acceptSession("a"))
        .isInstanceOfSatisfying(
            AmqpException.class,
            e ->
                assertThat(e.getErrorCondition())
                    .isEqualTo(AmqpErrorCondition.SESSION_CANNOT_BE_LOCKED));
  }

  @Test
  void noNextSessionIsATimeout() {
    ServiceBusSessionReceiverClient acceptor =
        clients.keep(
            clients
                .newBuilder()
                .retryOptions(
                    new com.azure.core.amqp.AmqpRetryOptions()
                        .setMaxRetries(0)
                        .setTryTimeout(Duration.ofSeconds(2)))
                .sessionReceiver()
                .queueName("orders")
                .buildClient());

    // The client's own clock runs for as long as the broker's, and is the first to end now and
    // then.
    assertThatThrownBy(acceptor::acceptNextSession)
        .satisfiesAnyOf(
            told ->
                assertThat(told)
                    .hasStackTraceContaining(AmqpErrorCondition.TIMEOUT_ERROR.getErrorCondition()),
            own -> assertThat(own).hasStackTraceContaining("client-timeout"));
  }

  @Test
  void whatASessionStoresIsThereForItsNextHolder() {
    ServiceBusReceiverClient first = acceptor().acceptSession("a");
    first.setSessionState("halfway".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    first.close();

    ServiceBusReceiverClient second = acceptSoon("a");

    assertThat(BinaryData.fromBytes(second.getSessionState()).toString()).isEqualTo("halfway");
    second.setSessionState(null);
    assertThat(second.getSessionState()).isNull();
  }

  /** A closed link frees its session a moment later: the client does not wait for the answer. */
  private ServiceBusReceiverClient acceptSoon(String session) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        return clients.keep(acceptor().acceptSession(session));
      } catch (AmqpException stillHeld) {
        if (System.nanoTime() > end) {
          throw stillHeld;
        }
      }
    }
  }

  @Test
  void aClosedSessionGivesItsMessagesBackUncounted() {
    send("a", "1");
    ServiceBusReceiverClient first = acceptor().acceptSession("a");
    first.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
    first.close();

    ServiceBusReceiverClient second = acceptSoon("a");

    ServiceBusReceivedMessage again =
        second.receiveMessages(1, SOON).stream().findFirst().orElseThrow();
    assertThat(again.getDeliveryCount()).isZero();
    second.complete(again);
  }

  @Test
  void aLostSessionLockEndsTheLinkAndFailsWhatIsSettledLater() {
    send("a", "1");
    ServiceBusReceiverClient session = clients.keep(acceptor().acceptSession("a"));
    ServiceBusReceivedMessage message =
        session.receiveMessages(1, SOON).stream().findFirst().orElseThrow();

    emulator.advance(Duration.ofMinutes(2));

    assertThatThrownBy(() -> session.complete(message))
        .isInstanceOfSatisfying(
            ServiceBusException.class,
            e -> assertThat(e.getReason()).isEqualTo(ServiceBusFailureReason.SESSION_LOCK_LOST));
    ServiceBusReceivedMessage again =
        clients.keep(acceptor().acceptSession("a")).receiveMessages(1, SOON).stream()
            .findFirst()
            .orElseThrow();
    assertThat(again.getDeliveryCount()).isEqualTo(1);
  }

  @Test
  void aRenewedSessionIsHeldOn() {
    ServiceBusReceiverClient session = clients.keep(acceptor().acceptSession("a"));

    emulator.advance(Duration.ofSeconds(40));
    session.renewSessionLock();
    emulator.advance(Duration.ofSeconds(40));

    session.setSessionState(new byte[] {1});
    assertThat(session.getSessionState()).containsExactly(1);
  }

  @Test
  void theProcessorWorksThroughManySessionsInOrder() throws InterruptedException {
    int sessions = 8;
    int each = 10;
    CountDownLatch done = new CountDownLatch(sessions * each);
    Map<String, List<String>> seen = new ConcurrentHashMap<>();
    AtomicReference<ServiceBusErrorContext> error = new AtomicReference<>();
    ServiceBusSenderClient sender = clients.sender("orders");
    for (int i = 0; i < each; i++) {
      for (int s = 0; s < sessions; s++) {
        sender.sendMessage(new ServiceBusMessage("" + i).setSessionId("s" + s));
      }
    }
    ServiceBusProcessorClient processor =
        clients.keep(
            clients
                .newBuilder()
                .sessionProcessor()
                .queueName("orders")
                .maxConcurrentSessions(4)
                .sessionIdleTimeout(Duration.ofSeconds(2))
                .processMessage(
                    context -> {
                      seen.computeIfAbsent(
                              context.getMessage().getSessionId(),
                              id -> Collections.synchronizedList(new ArrayList<>()))
                          .add(context.getMessage().getBody().toString());
                      done.countDown();
                    })
                .processError(error::set)
                .buildProcessorClient());

    processor.start();

    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    for (int s = 0; s < sessions; s++) {
      assertThat(seen.get("s" + s))
          .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    }
  }

  @Test
  void aMessageWithoutASessionIsRefused() {
    ServiceBusSenderClient sender = clients.sender("orders");

    assertThatThrownBy(() -> sender.sendMessage(new ServiceBusMessage("whose?")))
        .hasStackTraceContaining("The SessionId was not set on a message");
  }
}
