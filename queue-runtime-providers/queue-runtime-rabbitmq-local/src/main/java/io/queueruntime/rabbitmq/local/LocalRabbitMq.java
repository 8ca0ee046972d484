package io.queueruntime.rabbitmq.local;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ of one's own: a node that runs as a process below this one, with its data in a
 * directory of the caller's and all its ports on the loopback interface. The user and the password
 * are {@code guest}.
 *
 * <p>What is started is the RabbitMQ that the environment variable {@value #HOME_VARIABLE} points
 * to (a directory with {@code sbin/rabbitmq-server}), else the newest below {@code
 * /usr/lib/rabbitmq/lib}, where Debian's and Ubuntu's packages put it. It ends with this process.
 *
 * <p>Used by one thread.
 */
public final class LocalRabbitMq implements AutoCloseable {

  /** Points to the RabbitMQ to start. */
  public static final String HOME_VARIABLE = "QUEUE_RUNTIME_RABBITMQ_HOME";

  private static final Path PACKAGED = Path.of("/usr/lib/rabbitmq/lib");
  private static final Duration START_MAX = Duration.ofMinutes(2);
  private static final Duration STOP_MAX = Duration.ofSeconds(20);

  private final Path home;
  private final Path directory;
  private final Ports ports;
  private final Thread ending = new Thread(this::endProcesses, "rabbitmq-local-end");
  private @Nullable Process portMapper;
  private @Nullable Process node;

  private LocalRabbitMq(Path home, Path directory, Ports ports) {
    this.home = home;
    this.directory = directory;
    this.ports = ports;
  }

  /** Where there is a RabbitMQ that could be started; empty when there is none. */
  public static Optional<Path> installed() {
    String chosen = System.getenv(HOME_VARIABLE);
    if (chosen != null && !chosen.isBlank()) {
      return Optional.of(Path.of(chosen));
    }
    if (!Files.isDirectory(PACKAGED)) {
      return Optional.empty();
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(PACKAGED, "rabbitmq_server-*")) {
      homes.forEach(found::add);
    } catch (IOException e) {
      return Optional.empty();
    }
    return found.stream().filter(home -> Files.isExecutable(server(home))).max(Path::compareTo);
  }

  private static Path server(Path home) {
    return home.resolve("sbin").resolve("rabbitmq-server");
  }

  /**
   * Starts a node and returns once it takes connections.
   *
   * @param directory for its data and logs; what is there of an earlier one is taken up again
   * @throws IllegalStateException when none is installed, or it does not come up within two minutes
   */
  public static LocalRabbitMq start(Path directory) throws IOException {
    Path home =
        installed()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "No RabbitMQ is installed below %s; install one (apt-get install rabbitmq-server), or let %s point to one."
                            .formatted(PACKAGED, HOME_VARIABLE)));
    if (!Files.isExecutable(server(home))) {
      throw new IllegalStateException(
          "%s is no RabbitMQ: there is no %s that can be run."
              .formatted(home, server(home).getFileName()));
    }
    LocalRabbitMq broker = new LocalRabbitMq(home, directory.toAbsolutePath(), Ports.free());
    broker.prepare();
    Runtime.getRuntime().addShutdownHook(broker.ending);
    broker.startPortMapper();
    broker.startNode();
    return broker;
  }

  /** Where it takes connections of AMQP 0-9-1, on the loopback interface. */
  public int port() {
    return ports.amqp();
  }

  /** The same as a URI, with the user and the password. */
  public String uri() {
    return "amqp://guest:guest@127.0.0.1:" + port();
  }

  /** Kills the node as a power cut would, as far as a process can, and starts it on its data. */
  public void crash() throws IOException {
    Process killed = node;
    if (killed != null) {
      killed.descendants().forEach(ProcessHandle::destroyForcibly);
      killed.destroyForcibly();
      await(killed);
    }
    startNode();
  }

  private void prepare() throws IOException {
    Files.createDirectories(directory.resolve("home"));
    Files.writeString(directory.resolve("enabled_plugins"), "[].\n");
    Files.writeString(directory.resolve("env.conf"), "");
    Files.writeString(
        directory.resolve("rabbitmq.conf"),
        """
        listeners.tcp.1 = 127.0.0.1:%d
        disk_free_limit.absolute = 100MB
        """
            .formatted(ports.amqp()));
  }

  private void startPortMapper() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "epmd", "-port", String.valueOf(ports.portMapper()), "-address", "127.0.0.1");
    portMapper =
        builder
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("epmd.log").toFile())
            .start();
  }

  private void startNode() throws IOException {
    Path log = directory.resolve("rabbitmq.log");
    Files.deleteIfExists(log);
    ProcessBuilder builder = new ProcessBuilder(server(home).toString());
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("RABBITMQ_"));
    environment.put("HOME", directory.resolve("home").toString());
    environment.put("RABBITMQ_NODENAME", "queue-runtime-%d@localhost".formatted(ports.amqp()));
    environment.put("RABBITMQ_NODE_PORT", String.valueOf(ports.amqp()));
    environment.put("RABBITMQ_DIST_PORT", String.valueOf(ports.distribution()));
    environment.put("ERL_EPMD_PORT", String.valueOf(ports.portMapper()));
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString());
    environment.put("RABBITMQ_LOG_BASE", directory.toString());
    environment.put("RABBITMQ_LOGS", log.toString());
    environment.put("RABBITMQ_PID_FILE", directory.resolve("pid").toString());
    environment.put(
        "RABBITMQ_ENABLED_PLUGINS_FILE", directory.resolve("enabled_plugins").toString());
    environment.put("RABBITMQ_CONFIG_FILE", directory.resolve("rabbitmq.conf").toString());
    environment.put("RABBITMQ_CONF_ENV_FILE", directory.resolve("env.conf").toString());
    // With it the script becomes the node instead of waiting for it, so that a signal reaches it.
    environment.put("RABBITMQ_ALLOW_INPUT", "true");
    // Threads that wait spin otherwise, which costs more here than all the work there is. The
    // distribution, too, listens on the loopback interface alone.
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
        "-noinput +sbwt none +sbwtdcpu none +sbwtdio none"
            + " -kernel inet_dist_use_interface {127,0,0,1}");
    node =
        builder
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("console.log").toFile())
            .start();
    awaitStarted(log);
  }

  private void awaitStarted(Path log) throws IOException {
    long begun = System.nanoTime();
    while (true) {
      if (Files.exists(log) && Files.readString(log).contains("Server startup complete")) {
        return;
      }
      Process started = node;
      boolean late = System.nanoTime() - begun > START_MAX.toNanos();
      if (started == null || !started.isAlive() || late) {
        endProcesses();
        throw new IllegalStateException(
            "%s %s; see console.log and rabbitmq.log in %s."
                .formatted(
                    home.getFileName(),
                    late ? "did not come up within " + START_MAX : "ended while it came up",
                    directory));
      }
      try {
        // a log file tells nobody that it has grown; the end of the process is told at once
        started.waitFor(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        endProcesses();
        throw new IllegalStateException("Interrupted while RabbitMQ came up.", e);
      }
    }
  }

  /** Ends the node and all that was started with it; its data stay. Idempotent. */
  @Override
  public void close() {
    endProcesses();
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException e) {
      // the hook is running
    }
  }

  private void endProcesses() {
    end(node);
    end(portMapper);
    node = null;
    portMapper = null;
  }

  private static void end(@Nullable Process process) {
    if (process == null) {
      return;
    }
    List<ProcessHandle> below = process.descendants().toList();
    process.destroy();
    await(process);
    below.forEach(ProcessHandle::destroyForcibly);
  }

  private static void await(Process process) {
    try {
      if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
