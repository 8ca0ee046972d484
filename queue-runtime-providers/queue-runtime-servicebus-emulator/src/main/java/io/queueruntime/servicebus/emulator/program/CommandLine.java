package io.queueruntime.servicebus.emulator.program;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the program was asked to do. Read without a library: one that finds its options by
 * reflection takes a third of the time that the program has to start.
 *
 * <p>Immutable.
 *
 * @param port for AMQP; 0: any that is free
 * @param managementPort for the management API; 0: any that is free
 * @param config file with queues to create, if any
 * @param data directory in which messages survive, if any
 * @param host address to listen on
 * @param key value of the key that clients sign with
 * @param answer {@link Answer#SERVE}, or what is said instead
 */
record CommandLine(
    int port,
    int managementPort,
    @Nullable Path config,
    @Nullable Path data,
    String host,
    String key,
    Answer answer) {

  /** What the program does. */
  enum Answer {
    SERVE,
    HELP,
    VERSION
  }

  static final String HELP =
      """
      Usage: queue-runtime-servicebus-emulator [<option> <value>]...
      Azure Service Bus queues over AMQP 1.0 on this machine.
        --port <port>             Port for AMQP; 0: any that is free. Default: 5672
        --management-port <port>  Port for the management API over HTTP; 0: any that is free.
                                  Default: 5300
        --config <file>           Config.json as Microsoft's own emulator takes it; its queues are
                                  created.
        --data <directory>        Where queues and messages survive a restart. Without it nothing
                                  does; it is all in memory.
        --host <address>          Address to listen on; others than loopback let other machines in.
                                  Default: 127.0.0.1
        --key <value>             Value of the key RootManageSharedAccessKey. Default: SAS_KEY_VALUE,
                                  as in everybody's connection strings for emulators.
        -h, --help                Show this and end.
        -V, --version             Show the version and end.
      Starts faster with class-data sharing: java -XX:SharedArchiveFile=emulator.jsa -jar ..., once
      java -XX:ArchiveClassesAtExit=emulator.jsa -jar ... has run and was ended.
      """;

  private static final List<String> OPTIONS =
      List.of("--port", "--management-port", "--config", "--data", "--host", "--key");

  /** The program was called wrongly; the message says how. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  /**
   * Reads arguments: an option is followed by its value, as the next argument or after {@code =};
   * the last one of its name counts.
   *
   * @throws Wrong when an option is unknown, or a value is missing or none of its option
   */
  static CommandLine of(String... arguments) {
    Map<String, String> values = new HashMap<>();
    Answer answer = Answer.SERVE;
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (argument.equals("-h") || argument.equals("--help")) {
        answer = Answer.HELP;
      } else if (argument.equals("-V") || argument.equals("--version")) {
        answer = Answer.VERSION;
      } else if (!OPTIONS.contains(name)) {
        throw new Wrong(
            "'%s' is no option; there are %s."
                .formatted(name.replaceAll("\\s+", " "), String.join(", ", OPTIONS)));
      } else if (equals >= 0) {
        values.put(name, argument.substring(equals + 1));
      } else if (++i < arguments.length) {
        values.put(name, arguments[i]);
      } else {
        throw new Wrong("%s: its value is missing.".formatted(name));
      }
    }
    String key = values.getOrDefault("--key", "SAS_KEY_VALUE");
    if (key.isBlank() || key.contains(";")) {
      throw new Wrong("--key: a key is not blank and has no semicolon in it.");
    }
    return new CommandLine(
        port("--port", values, 5672),
        port("--management-port", values, 5300),
        path("--config", values),
        path("--data", values),
        values.getOrDefault("--host", "127.0.0.1"),
        key,
        answer);
  }

  private static int port(String name, Map<String, String> values, int otherwise) {
    String value = values.get(name);
    try {
      int port = value == null ? otherwise : Integer.parseInt(value);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException noNumber) {
      // said below
    }
    throw new Wrong("%s: allowed is 0 to 65535, found %s.".formatted(name, value));
  }

  private static @Nullable Path path(String name, Map<String, String> values) {
    String value = values.get(name);
    try {
      return value == null ? null : Path.of(value);
    } catch (InvalidPathException unusable) {
      throw new Wrong("%s: '%s' is no path: %s.".formatted(name, value, unusable.getReason()));
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "CommandLine[port=%d, managementPort=%d, config=%s, data=%s, host=%s, answer=%s]"
        .formatted(port, managementPort, config, data, host, answer);
  }
}
