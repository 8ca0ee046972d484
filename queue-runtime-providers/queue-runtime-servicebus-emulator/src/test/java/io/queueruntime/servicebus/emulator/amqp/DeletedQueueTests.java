package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import io.queueruntime.servicebus.emulator.message.MessageLimits;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A queue that is deleted and created again is another one to the links of the first. */
@Timeout(300)
class DeletedQueueTests {

  private static final String PLAIN = "plain";
  private static final String SESSIONS = "sessions";

  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime());
  private SelectorLoop loop;
  private AmqpServer server;
  private WireClient client;
  private Session session;

  /** Links that rest on a queue. */
  private enum Resting {
    SENDER(PLAIN, test -> test.client.sender(test.session, PLAIN)),
    RECEIVER_THAT_ASKS_FOR_NOTHING(PLAIN, test -> test.client.receiver(test.session, PLAIN)),
    RECEIVER_THAT_WAITS(
        PLAIN,
        test -> {
          Receiver link = test.client.receiver(test.session, PLAIN);
          link.flow(10);
          test.client.pump();
          return link;
        }),
    REQUESTS(PLAIN, test -> test.client.sender(test.session, PLAIN + "/$management")),
    SESSION(
        SESSIONS,
        test ->
            test.client.receiver(test.session, SESSIONS, WireClient.sessionFilter("a"), Map.of())),
    SESSION_THAT_IS_WAITED_FOR(
        SESSIONS,
        test -> {
          Link link =
              test.client.prepare(test.session, SESSIONS, WireClient.sessionFilter(null), Map.of());
          // Once a later link is answered the server has seen this one.
          test.client.sender(test.session, PLAIN);
          return link;
        });

    final String queue;
    final Function<DeletedQueueTests, Link> attach;

    Resting(String queue, Function<DeletedQueueTests, Link> attach) {
      this.queue = queue;
      this.attach = attach;
    }
  }

  @BeforeEach
  void start() throws Exception {
    create(PLAIN);
    create(SESSIONS);
    ServerSocketChannel listening = ServerSocketChannel.open();
    listening.bind(new InetSocketAddress("127.0.0.1", 0));
    listening.configureBlocking(false);
    AmqpSettings settings =
        new AmqpSettings(
            AmqpLimits.STANDARD, MessageLimits.STANDARD, SharedAccessKey.DEVELOPMENT, false);
    server =
        new AmqpServer(
            new Served(namespace, settings, new FaultPoints()),
            namespace,
            listening,
            name -> loop = new SelectorLoop(name),
            1);
    client = WireClient.connect(server.port());
    session = client.session();
  }

  private void create(String queue) {
    namespace.create(queue, EntityDescription.DEFAULTS.withRequiresSession(queue.equals(SESSIONS)));
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
    namespace.close();
  }

  /** The loop hears of the deletion only when there is a new queue already. */
  private void deleteAndCreateBehindTheLoop(String queue) throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    loop.execute(
        () -> {
          blocked.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    blocked.await();
    namespace.delete(queue);
    create(queue);
    goOn.countDown();
  }

  @ParameterizedTest
  @EnumSource
  void whatRestsOnADeletedQueueEndsThoughAnotherHasItsName(Resting resting) throws Exception {
    Link link = resting.attach.apply(this);

    deleteAndCreateBehindTheLoop(resting.queue);
    client.until(() -> link.getRemoteState() == EndpointState.CLOSED);

    assertThat(WireClient.errorOf(link)).isEqualTo("amqp:not-found");
  }

  @Test
  void linksToTheNewQueueStay() throws Exception {
    Link old = client.receiver(session, PLAIN);
    deleteAndCreateBehindTheLoop(PLAIN);
    client.until(() -> old.getRemoteState() == EndpointState.CLOSED);
    Receiver receiver = client.receiver(session, PLAIN);
    receiver.flow(1);

    client.send(client.sender(session, PLAIN), "new");

    assertThat(client.receive(receiver).message().getBody()).hasToString("AmqpValue{new}");
  }
}
