package io.queueruntime.servicebus.emulator;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.amqp.AmqpServer;
import io.queueruntime.servicebus.emulator.amqp.AmqpSettings;
import io.queueruntime.servicebus.emulator.amqp.FaultPoints;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import io.queueruntime.servicebus.emulator.http.AdminServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A Service Bus namespace in this JVM: Azure's own clients connect to it with {@link
 * #connectionString()}, unmodified.
 *
 * <pre>{@code
 * try (ServiceBusEmulator emulator = ServiceBusEmulator.start()) {
 *   emulator.createQueue("orders");
 *   var sender = new ServiceBusClientBuilder()
 *       .connectionString(emulator.connectionString())
 *       .sender().queueName("orders").buildClient();
 * }
 * }</pre>
 *
 * <p>Thread-safe. What it starts ends with {@link #close()}.
 */
public final class ServiceBusEmulator implements AutoCloseable {

  /** How long a send to a full queue waits before it is refused. */
  private static final Duration SEND_TIMEOUT = Duration.ofSeconds(1);

  private final EmulatorOptions options;
  private final Namespace namespace;
  private final AmqpServer amqp;
  private final Faults faults;
  private final @Nullable AdminServer admin;
  private final ReentrantLock closing = new ReentrantLock();

  private ServiceBusEmulator(
      EmulatorOptions options,
      Namespace namespace,
      AmqpServer amqp,
      FaultPoints points,
      @Nullable AdminServer admin) {
    this.options = options;
    this.namespace = namespace;
    this.amqp = amqp;
    this.faults = new Faults(points, namespace, amqp.live());
    this.admin = admin;
  }

  /** Starts on loopback, on free ports, in memory, without queues. */
  public static ServiceBusEmulator start() {
    return start(EmulatorOptions.DEFAULTS);
  }

  /**
   * Starts as told.
   *
   * @throws java.io.UncheckedIOException when a port cannot be bound
   * @throws io.queueruntime.QueueRuntimeException.StorageFailed when the data directory cannot be
   *     used
   */
  public static ServiceBusEmulator start(EmulatorOptions options) {
    return start(options, namespace -> {});
  }

  /**
   * Starts as told, with queues that are there before the first client is: its port is not open
   * while {@code preparation} runs, so nobody is told that a queue does not exist which is about to
   * be created.
   *
   * @param preparation creates queues, or changes those of the data directory; what it throws ends
   *     the start
   * @throws java.io.UncheckedIOException when a port cannot be bound
   * @throws io.queueruntime.QueueRuntimeException.StorageFailed when the data directory cannot be
   *     used
   */
  public static ServiceBusEmulator start(EmulatorOptions options, Consumer<Namespace> preparation) {
    EngineOptions engine =
        options.data() == null ? EngineOptions.inMemory() : EngineOptions.in(options.data());
    Namespace namespace =
        Namespace.open(engine.withSendTimeout(SEND_TIMEOUT), options.limits(), new VirtualTime());
    AmqpServer amqp = null;
    try {
      preparation.accept(namespace);
      FaultPoints points = new FaultPoints();
      amqp =
          new AmqpServer(
              namespace,
              new AmqpSettings(
                  options.amqp(), options.messages(), options.key(), options.tokensRequired()),
              points,
              new InetSocketAddress(options.host(), options.port()),
              options.threads());
      return new ServiceBusEmulator(options, namespace, amqp, points, admin(options, namespace));
    } catch (RuntimeException | Error failed) {
      if (amqp != null) {
        amqp.close();
      }
      namespace.close();
      throw failed;
    }
  }

  private static @Nullable AdminServer admin(EmulatorOptions options, Namespace namespace) {
    if (options.managementPort() == EmulatorOptions.NO_MANAGEMENT) {
      return null;
    }
    try {
      return AdminServer.start(
          namespace,
          options.key(),
          new InetSocketAddress(options.host(), options.managementPort()));
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "Cannot listen on %s, port %d, for the administration API: %s."
              .formatted(options.host(), options.managementPort(), failed.getMessage()),
          failed);
    }
  }

  /** What Azure's clients take to connect. */
  public String connectionString() {
    return "Endpoint=sb://%s:%d;SharedAccessKeyName=%s;SharedAccessKey=%s;UseDevelopmentEmulator=true;"
        .formatted(
            ListenHost.of(options.host()).forClients("localhost"),
            port(),
            options.key().name(),
            options.key().value());
  }

  /** The port that serves AMQP. */
  public int port() {
    return amqp.port();
  }

  /**
   * Where the administration API is served over HTTP; what {@code
   * queue-runtime.servicebus.management-endpoint} takes.
   *
   * @throws IllegalStateException when it was started without one
   */
  public URI managementEndpoint() {
    if (admin == null) {
      throw new IllegalStateException(
          "The emulator was started without the administration API: its management port is %d."
              .formatted(options.managementPort()));
    }
    return URI.create(
        "http://%s:%d"
            .formatted(ListenHost.of(options.host()).forClients("127.0.0.1"), admin.port()));
  }

  /** The queues; for more than {@link #createQueue} does. */
  public Namespace namespace() {
    return namespace;
  }

  /** Creates a queue as Service Bus does when nothing is said. */
  public ServiceBusEmulator createQueue(String name) {
    return createQueue(name, EntityDescription.DEFAULTS);
  }

  /** Creates a queue with changes to the defaults: {@code d -> d.withRequiresSession(true)}. */
  public ServiceBusEmulator createQueue(String name, UnaryOperator<EntityDescription> changes) {
    return createQueue(name, changes.apply(EntityDescription.DEFAULTS));
  }

  /**
   * Creates a queue.
   *
   * @throws io.queueruntime.servicebus.emulator.entity.EntityException when it exists, or the
   *     service would refuse the name or a property
   */
  public ServiceBusEmulator createQueue(String name, EntityDescription description) {
    namespace.create(name, description);
    return this;
  }

  /** Ways to make the broker fail. */
  public Faults faults() {
    return faults;
  }

  /** How many clients are connected now. */
  public int connections() {
    return amqp.live().count();
  }

  /**
   * How many links to that queue clients have attached now, to send, to receive and to make
   * requests: what a test compares to find those that nobody detaches.
   */
  public int links(String queue) {
    return amqp.live().links(queue);
  }

  /**
   * Empties all queues, keeps them and their properties, and lifts all faults. Links stay; sessions
   * and locks that clients hold are lost.
   */
  public void reset() {
    faults.liftAll();
    namespace.reset();
    amqp.live().recheck(null);
  }

  /**
   * Moves the queues' time forward: locks end, messages expire and scheduled ones come due, in that
   * time's order, before this returns. Clients' own clocks do not notice.
   *
   * <p>The move ends with the emulator, also where messages are stored in a directory: one that is
   * started on it later lives by the machine's clock, so what was sent in the moved time has times
   * in the future then, and comes due, or ends, when the machine's clock gets there. A store that
   * stayed ahead of the clock for good would surprise whoever opens it next without having moved
   * anything.
   */
  public void advance(Duration step) {
    namespace.advance(step);
    amqp.live().recheck(null);
  }

  /**
   * Tells clients, closes connections and ports, and gives up the data directory. Idempotent; who
   * comes while another thread closes returns when that one has.
   */
  @Override
  public void close() {
    closing.lock();
    try {
      if (admin != null) {
        admin.close();
      }
      amqp.close();
      namespace.close();
    } finally {
      closing.unlock();
    }
  }
}
