package io.queueruntime.servicebus.emulator.program;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.config.ConfigFile;
import io.queueruntime.servicebus.emulator.config.ConfigInvalid;
import io.queueruntime.servicebus.emulator.config.ConfiguredQueues;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Starts an emulator from the command line and serves until the process is told to end. Says {@code
 * ready} and the connection string on a line of standard output once clients can connect;
 * everything else goes to standard error. Ends with 1 when it cannot start, with 2 when it was
 * called wrongly.
 *
 * <p>Confined to the main thread.
 */
@Command(
    name = "queue-runtime-servicebus-emulator",
    description = "Azure Service Bus queues over AMQP 1.0 on this machine.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "It starts in half the time from an archive of its classes: once with",
      "  java -XX:ArchiveClassesAtExit=emulator.jsa -jar ..., ended by Ctrl-C, and from then on with",
      "  java -XX:SharedArchiveFile=emulator.jsa -jar ..."
    },
    versionProvider = EmulatorProgram.Version.class)
public final class EmulatorProgram implements Callable<Integer> {

  @Option(
      names = "--port",
      paramLabel = "<port>",
      defaultValue = "5672",
      description = "Port for AMQP; 0: any that is free. Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(
      names = "--management-port",
      paramLabel = "<port>",
      defaultValue = "5300",
      description =
          "Port for the management API over HTTP; 0: any that is free. Default: ${DEFAULT-VALUE}")
  private int managementPort;

  @Option(
      names = "--config",
      paramLabel = "<file>",
      description = "Config.json as Microsoft's own emulator takes it; its queues are created.")
  private @Nullable Path config;

  @Option(
      names = "--data",
      paramLabel = "<directory>",
      description =
          "Where queues and messages survive a restart. Without it nothing does; it is all in memory.")
  private @Nullable Path data;

  @Option(
      names = "--host",
      paramLabel = "<address>",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on; others than loopback let other machines in. Default: ${DEFAULT-VALUE}")
  private String host = "127.0.0.1";

  @Option(
      names = "--key",
      paramLabel = "<value>",
      defaultValue = "SAS_KEY_VALUE",
      description =
          "Value of the key RootManageSharedAccessKey. Default: ${DEFAULT-VALUE}, as in everybody's connection strings for emulators.")
  private String key = "SAS_KEY_VALUE";

  @Option(
      names = "--require-tokens",
      description =
          "Refuse clients without a valid token for their queue, as the cloud does. Without it a client whose authentication is broken is served all the same.")
  private boolean requireTokens;

  @Spec private @Nullable CommandSpec spec;

  private EmulatorProgram() {}

  /** Runs until the process is told to end. */
  public static void main(String[] arguments) {
    Thread.setDefaultUncaughtExceptionHandler(new HaltOnError(Runtime.getRuntime()::halt));
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    return new CommandLine(new EmulatorProgram())
        .setParameterExceptionHandler(EmulatorProgram::calledWrongly)
        .execute(arguments);
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandLine commandLine = commandLine();
    EmulatorOptions options = options(commandLine);
    PrintWriter out = commandLine.getOut();
    PrintWriter err = commandLine.getErr();
    ServiceBusEmulator emulator;
    try {
      ConfiguredQueues queues = config == null ? null : ConfigFile.read(config);
      emulator =
          ServiceBusEmulator.start(
              options,
              namespace -> {
                if (queues != null) {
                  queues.applyTo(namespace);
                }
              });
      if (queues != null) {
        queues.warnings().forEach(warning -> err.println("warning: " + warning));
      }
    } catch (ConfigInvalid | UncheckedIOException | QueueRuntimeException cannot) {
      err.println("error: " + oneLine(cannot));
      err.flush();
      return 1;
    }
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  emulator.close();
                  ended.countDown();
                },
                "servicebus-emulator-shutdown"));
    err.println("management " + emulator.managementEndpoint());
    err.flush();
    out.println("ready " + emulator.connectionString());
    out.flush();
    ended.await();
    return 0;
  }

  private EmulatorOptions options(CommandLine commandLine) {
    requirePort(commandLine, "--port", port);
    requirePort(commandLine, "--management-port", managementPort);
    if (key.isBlank() || key.contains(";")) {
      throw new ParameterException(
          commandLine, "--key: a key is not blank and has no semicolon in it.");
    }
    if (host.isBlank()) {
      throw new ParameterException(commandLine, "--host: a host is not blank.");
    }
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException unknown) {
      throw new ParameterException(
          commandLine, "--host: '%s' is no address of this machine.".formatted(host), unknown);
    }
    if (!address.isLoopbackAddress()) {
      PrintWriter err = commandLine.getErr();
      err.println("warning: --host " + host + " lets every machine that reaches this one read,");
      err.println("warning: change and delete all queues: nothing is encrypted, and the key of an");
      err.println(
          "warning: emulator is no secret. Use it in a network that you trust, or leave it");
      err.println("warning: at 127.0.0.1.");
      err.flush();
    }
    return EmulatorOptions.DEFAULTS
        .withHost(host)
        .withPort(port)
        .withManagementPort(managementPort)
        .withData(data)
        .withLimits(EntityLimits.STANDARD)
        .withKey(new SharedAccessKey(SharedAccessKey.DEVELOPMENT.name(), key))
        .withTokensRequired(requireTokens);
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("The command line sets the specification before it calls.");
    }
    return spec.commandLine();
  }

  private static void requirePort(CommandLine commandLine, String option, int value) {
    if (value < 0 || value > 65535) {
      throw new ParameterException(
          commandLine, "%s: allowed is 0 to 65535, found %d.".formatted(option, value));
    }
  }

  private static int calledWrongly(ParameterException wrong, String[] arguments) {
    PrintWriter err = wrong.getCommandLine().getErr();
    String message = String.valueOf(wrong.getMessage());
    err.println("error: " + message + (message.endsWith(".") ? "" : ".") + " See --help.");
    err.flush();
    return 2;
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
  }

  /** Says which version this is, as the jar's manifest has it. Immutable. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = EmulatorProgram.class.getPackage().getImplementationVersion();
      return new String[] {
        "queue-runtime-servicebus-emulator " + (version == null ? "(not from a jar)" : version)
      };
    }
  }
}
