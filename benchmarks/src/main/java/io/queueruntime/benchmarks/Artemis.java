package io.queueruntime.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.client.ActiveMQClient;
import org.apache.activemq.artemis.api.core.client.ClientConsumer;
import org.apache.activemq.artemis.api.core.client.ClientMessage;
import org.apache.activemq.artemis.api.core.client.ClientProducer;
import org.apache.activemq.artemis.api.core.client.ClientSession;
import org.apache.activemq.artemis.api.core.client.ClientSessionFactory;
import org.apache.activemq.artemis.api.core.client.ServerLocator;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;

/**
 * Artemis embedded, through its core client inside the JVM: NIO journal with its buffer timeout at
 * 200 µs instead of the 3.3 ms it comes with, files laid out before, nothing paged; durable
 * messages, and calls that wait until sends and acknowledgements are on the disk. A connection for
 * each caller. Stateless.
 */
final class Artemis {

  private static final String QUEUE = "benchmark";
  private static final int BUFFER_TIMEOUT_NANOS = 200_000;
  private static final int CONFIRMATION_WINDOW = 4 * 1024 * 1024;
  private static final int WAIT_MILLIS = 100;

  private Artemis() {}

  static Subject send() {
    return new Named(
        true,
        (cell, client) ->
            Callers.measure(
                cell,
                caller -> {
                  ClientSession session = client.session();
                  ClientProducer producer = session.createProducer(QUEUE);
                  byte[] body = cell.body();
                  return () -> {
                    producer.send(message(session, body));
                    return true;
                  };
                }));
  }

  static Subject pipelined() {
    return new Named(
        false,
        (cell, client) -> {
          ClientSession session = client.session();
          ClientProducer producer = session.createProducer(QUEUE);
          byte[] body = cell.body();
          return Pipeline.measure(
              cell,
              Cell.IN_FLIGHT,
              done -> producer.send(message(session, body), confirmed -> done.run()));
        });
  }

  static Subject receive() {
    return new Named(
        true,
        (cell, client) -> {
          client.stockUp(cell);
          return Callers.measure(
              cell,
              caller -> {
                ClientConsumer consumer = client.consumer();
                return () -> {
                  ClientMessage message = consumer.receive(WAIT_MILLIS);
                  if (message == null) {
                    return false;
                  }
                  message.individualAcknowledge();
                  return true;
                };
              });
        });
  }

  static Subject endToEnd() {
    return new Named(
        true,
        (cell, client) -> {
          Semaphore room = new Semaphore(Cell.IN_FLIGHT);
          ExecutorService threads = Executors.newCachedThreadPool();
          try {
            Callers.Hops hops = new Callers.Hops(cell);
            List<Future<?>> running =
                new ArrayList<>(
                    Callers.keepGoing(
                        threads,
                        cell.callers(),
                        caller -> {
                          ClientSession session = client.session();
                          ClientProducer producer = session.createProducer(QUEUE);
                          return () -> {
                            if (room.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                              producer.send(message(session, Embedded.stamped(cell.body())));
                            }
                            return !hops.over();
                          };
                        }));
            running.addAll(
                Callers.keepGoing(
                    threads,
                    cell.callers(),
                    caller -> {
                      ClientConsumer consumer = client.consumer();
                      return () -> {
                        if (take(consumer, hops)) {
                          room.release();
                        }
                        return !hops.over();
                      };
                    }));
            Outcome outcome = hops.await();
            for (Future<?> loop : running) {
              loop.get();
            }
            return outcome;
          } finally {
            threads.shutdownNow();
          }
        });
  }

  static Subject idleHop() {
    return new Named(
        true,
        (cell, client) -> {
          ClientSession session = client.session();
          ClientProducer producer = session.createProducer(QUEUE);
          ClientConsumer consumer = client.consumer();
          return IdleHop.measure(
              cell, body -> producer.send(message(session, body)), hops -> take(consumer, hops));
        });
  }

  private static boolean take(ClientConsumer consumer, Callers.Hops hops) throws Exception {
    ClientMessage message = consumer.receive(WAIT_MILLIS);
    if (message == null) {
      return false;
    }
    long arrivedAt = System.nanoTime();
    long sentAt = message.getBodyBuffer().readLong();
    message.individualAcknowledge();
    hops.arrived(sentAt, arrivedAt);
    return true;
  }

  private static ClientMessage message(ClientSession session, byte[] body) {
    ClientMessage message = session.createMessage(true);
    message.getBodyBuffer().writeBytes(body);
    return message;
  }

  private interface Work {
    Outcome measure(Cell cell, Client client) throws Exception;
  }

  /** What connects to a broker that runs. Thread-safe. */
  private record Client(ServerLocator locator) {

    ClientSession session() throws Exception {
      ClientSessionFactory factory = locator.createSessionFactory();
      // Sends and acknowledgements count by themselves; acknowledgements are not gathered.
      ClientSession session = factory.createSession(true, true, 0);
      session.start();
      return session;
    }

    ClientConsumer consumer() throws Exception {
      return session().createConsumer(QUEUE);
    }

    void stockUp(Cell cell) throws Exception {
      ClientSession session = locator.createSessionFactory().createSession(false, false, 0);
      ClientProducer producer = session.createProducer(QUEUE);
      byte[] body = cell.body();
      for (int sent = 1; sent <= cell.stock() / 2; sent++) {
        producer.send(message(session, body));
        if (sent % 1_000 == 0) {
          session.commit();
        }
      }
      session.commit();
      session.close();
    }
  }

  private record Named(boolean blocking, Work work) implements Subject {
    @Override
    public String name() {
      return "Artemis embedded";
    }

    @Override
    public Outcome measure(Cell cell) throws Exception {
      EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
      broker.setConfiguration(configuration(cell.directory()));
      broker.start();
      try (ServerLocator locator = ActiveMQClient.createServerLocator("vm://0")) {
        locator
            .setBlockOnDurableSend(blocking)
            .setBlockOnAcknowledge(true)
            .setConfirmationWindowSize(blocking ? -1 : CONFIRMATION_WINDOW)
            .setProducerWindowSize(blocking ? -1 : CONFIRMATION_WINDOW);
        try (ClientSessionFactory factory = locator.createSessionFactory();
            ClientSession session = factory.createSession()) {
          session.createQueue(
              QueueConfiguration.of(QUEUE).setRoutingType(RoutingType.ANYCAST).setDurable(true));
        }
        return work.measure(cell, new Client(locator));
      } finally {
        broker.stop();
      }
    }
  }

  private static Configuration configuration(Path directory) throws Exception {
    return new ConfigurationImpl()
        .setPersistenceEnabled(true)
        .setSecurityEnabled(false)
        .setJMXManagementEnabled(false)
        .setJournalType(JournalType.NIO)
        .setJournalBufferTimeout_NIO(BUFFER_TIMEOUT_NANOS)
        .setJournalMinFiles(10)
        .setJournalPoolFiles(20)
        .setJournalDirectory(directory.resolve("journal").toString())
        .setBindingsDirectory(directory.resolve("bindings").toString())
        .setLargeMessagesDirectory(directory.resolve("large").toString())
        .setPagingDirectory(directory.resolve("paging").toString())
        .setNodeManagerLockDirectory(directory.resolve("lock").toString())
        .setMaxDiskUsage(-1)
        .setGlobalMaxSize(-1)
        .addAddressSetting("#", new AddressSettings().setMaxSizeBytes(-1).setMaxSizeMessages(-1))
        .addAcceptorConfiguration("in-vm", "vm://0");
  }
}
