package io.queueruntime.kafka.local;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka of one's own: a broker that runs as a process below this one, from this one's class path,
 * with its data in a directory of the caller's and all its ports on the loopback interface. Topics
 * are not created by being used. It ends with this process.
 *
 * <p>Used by one thread.
 */
public final class LocalKafka implements AutoCloseable {

  private static final Duration START_MAX = Duration.ofMinutes(3);
  private static final Duration STOP_MAX = Duration.ofSeconds(20);

  /** Free ports are looked for, and may be somebody else's before the broker takes them. */
  private static final int STARTS_MAX = 3;

  private final Path directory;
  private final Map<String, String> more;
  private final int port;
  private final int controllerPort;
  private @Nullable Process node;

  private LocalKafka(Path directory, Map<String, String> more, int port, int controllerPort) {
    this.directory = directory;
    this.more = Map.copyOf(more);
    this.port = port;
    this.controllerPort = controllerPort;
  }

  /**
   * Starts a broker and returns once it takes connections.
   *
   * @param directory for its data and logs; what is there of an earlier one is taken up again
   * @throws IllegalStateException when it does not come up within three minutes
   */
  public static LocalKafka start(Path directory) throws IOException {
    return start(directory, Map.of());
  }

  /**
   * Starts a broker with some settings of the caller's and returns once it takes connections.
   *
   * @param directory for its data and logs; what is there of an earlier one is taken up again
   * @param more properties of the broker, which beat those it is given otherwise
   * @throws IllegalStateException when it does not come up within three minutes
   */
  public static LocalKafka start(Path directory, Map<String, String> more) throws IOException {
    for (int attempt = 1; ; attempt++) {
      LocalKafka broker = onFreePorts(directory.toAbsolutePath(), more);
      broker.configure();
      try {
        broker.startNode();
        return broker;
      } catch (IllegalStateException e) {
        if (attempt == STARTS_MAX || !broker.whyNot().contains("bind")) {
          throw e;
        }
      }
    }
  }

  private static LocalKafka onFreePorts(Path directory, Map<String, String> more)
      throws IOException {
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new LocalKafka(directory, more, one.getLocalPort(), other.getLocalPort());
    }
  }

  /** Where it takes connections, on the loopback interface. */
  public int port() {
    return port;
  }

  /** Where it takes connections, for {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /**
   * Kills the broker as a power cut would, as far as a process can, and starts it on its data.
   *
   * <p>Its controller takes it back once the killed one's session has ended; where that is to be
   * soon, start it with a short {@code broker.session.timeout.ms}.
   */
  public void crash() throws IOException {
    end();
    startNode();
  }

  private void configure() throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("server.properties"),
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
        log.dirs=%3$s
        auto.create.topics.enable=false
        num.partitions=1
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=2
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=2
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        share.coordinator.state.topic.num.partitions=2
        broker.session.timeout.ms=600000
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        group.consumer.min.heartbeat.interval.ms=200
        group.consumer.heartbeat.interval.ms=500
        group.share.min.heartbeat.interval.ms=200
        group.share.heartbeat.interval.ms=500
        group.share.min.record.lock.duration.ms=1000
        log.cleaner.dedupe.buffer.size=2097152
        log.index.size.max.bytes=65536
        """
                .formatted(port, controllerPort, directory.resolve("data"))
            + ownProperties());
    // else an application without a configuration of its own would have it log all it does
    Files.writeString(
        logging(),
        """
        <configuration>
          <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
            <encoder>
              <pattern>%d{HH:mm:ss.SSS} %-5level %thread %logger{20} %msg%n</pattern>
            </encoder>
          </appender>
          <root level="WARN">
            <appender-ref ref="OUT"/>
          </root>
        </configuration>
        """);
  }

  private String ownProperties() {
    StringBuilder lines = new StringBuilder();
    more.forEach((name, value) -> lines.append(name).append('=').append(value).append('\n'));
    return lines.toString();
  }

  private Path logging() {
    return directory.resolve("logback.xml");
  }

  private void startNode() throws IOException {
    Path started = directory.resolve("started");
    Files.deleteIfExists(started);
    Files.deleteIfExists(failed());
    node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + logging(),
                "-cp",
                classPath(),
                Node.class.getName(),
                directory.resolve("server.properties").toString(),
                started.toString(),
                failed().toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("kafka.log").toFile())
            .start();
    awaitStarted(started);
  }

  private Path failed() {
    return directory.resolve("failed");
  }

  /** What the broker said when it did not come up; empty when it said nothing. */
  private String whyNot() throws IOException {
    return Files.exists(failed()) ? Files.readString(failed()) : "";
  }

  /** That of this class: of an application that another one has started it is not the JVM's. */
  private static String classPath() {
    if (!(Node.class.getClassLoader() instanceof URLClassLoader loader)) {
      return System.getProperty("java.class.path");
    }
    List<String> places = new ArrayList<>();
    for (URL place : loader.getURLs()) {
      places.add(Path.of(URI.create(place.toString())).toString());
    }
    return String.join(File.pathSeparator, places);
  }

  private void awaitStarted(Path started) throws IOException {
    long begun = System.nanoTime();
    while (!Files.exists(started)) {
      Process begunNode = node;
      boolean late = System.nanoTime() - begun > START_MAX.toNanos();
      if (begunNode == null || !begunNode.isAlive() || late) {
        end();
        throw new IllegalStateException(
            "Kafka %s: %s; see kafka.log in %s."
                .formatted(
                    late ? "did not come up within " + START_MAX : "ended while it came up",
                    whyNot(),
                    directory));
      }
      try {
        // a file tells nobody that it is there; the end of the process is told at once
        begunNode.waitFor(50, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        end();
        throw new IllegalStateException("Interrupted while Kafka came up.", e);
      }
    }
  }

  /** Ends the broker; its data stay. Idempotent. */
  @Override
  public void close() {
    end();
  }

  private void end() {
    Process running = node;
    node = null;
    if (running == null) {
      return;
    }
    running.destroyForcibly();
    try {
      running.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
