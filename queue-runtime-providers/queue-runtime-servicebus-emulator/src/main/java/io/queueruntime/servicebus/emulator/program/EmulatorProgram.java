package io.queueruntime.servicebus.emulator.program;

import io.queueruntime.QueueRuntimeException;
import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.config.ConfigFile;
import io.queueruntime.servicebus.emulator.config.ConfigInvalid;
import io.queueruntime.servicebus.emulator.config.ConfiguredQueues;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Starts an emulator from the command line and serves until the process is told to end. Says {@code
 * ready} and the connection string on a line of standard output once clients can connect;
 * everything else goes to standard error. Ends with 1 when it cannot start, with 2 when it was
 * called wrongly.
 *
 * <p>Confined to the main thread.
 */
public final class EmulatorProgram {

  private static final int CANNOT = 1;
  private static final int CALLED_WRONGLY = 2;

  private final PrintStream out;
  private final PrintStream err;

  private EmulatorProgram(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs until the process is told to end. */
  public static void main(String[] arguments) {
    // Seconds after which a client that does not go on reading or writing loses its HTTP
    // connection.
    System.setProperty("sun.net.httpserver.maxReqTime", "30");
    System.setProperty("sun.net.httpserver.maxRspTime", "30");
    int ended;
    try {
      ended = new EmulatorProgram(System.out, System.err).run(arguments);
    } catch (InterruptedException interrupted) {
      ended = CANNOT;
    }
    System.exit(ended);
  }

  private int run(String... arguments) throws InterruptedException {
    CommandLine asked;
    EmulatorOptions options;
    try {
      asked = CommandLine.of(arguments);
      switch (asked.answer()) {
        case HELP -> {
          out.print(CommandLine.HELP);
          return 0;
        }
        case VERSION -> {
          out.println("queue-runtime-servicebus-emulator " + version());
          return 0;
        }
        case SERVE -> {}
      }
      options = options(asked);
    } catch (CommandLine.Wrong wrong) {
      err.println("error: " + oneLine(wrong) + " See --help.");
      return CALLED_WRONGLY;
    }
    ServiceBusEmulator emulator;
    try {
      ConfiguredQueues queues = asked.config() == null ? null : ConfigFile.read(asked.config());
      emulator = start(options, queues);
      if (queues != null) {
        queues.warnings().forEach(warning -> err.println("warning: " + warning));
      }
    } catch (ConfigInvalid | UncheckedIOException | QueueRuntimeException cannot) {
      err.println("error: " + oneLine(cannot));
      return CANNOT;
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
    // Nothing buffers it: whoever waits for this line is told at once.
    out.println("ready " + emulator.connectionString());
    out.flush();
    ended.await();
    return 0;
  }

  private static ServiceBusEmulator start(
      EmulatorOptions options, @Nullable ConfiguredQueues queues) {
    ServiceBusEmulator emulator = ServiceBusEmulator.start(options);
    try {
      if (queues != null) {
        queues.applyTo(emulator.namespace());
      }
      return emulator;
    } catch (RuntimeException | Error failed) {
      emulator.close();
      throw failed;
    }
  }

  private EmulatorOptions options(CommandLine asked) {
    InetAddress address;
    try {
      address = InetAddress.getByName(asked.host());
    } catch (UnknownHostException unknown) {
      throw new CommandLine.Wrong(
          "--host: '%s' is no address of this machine.".formatted(asked.host()));
    }
    if (!address.isLoopbackAddress()) {
      err.println(
          "warning: --host " + asked.host() + " lets every machine that reaches this one read,");
      err.println("warning: change and delete all queues: nothing is encrypted, and the key of an");
      err.println(
          "warning: emulator is no secret. Use it in a network that you trust, or leave it");
      err.println("warning: at 127.0.0.1.");
    }
    return EmulatorOptions.DEFAULTS
        .withHost(asked.host())
        .withPort(asked.port())
        .withManagementPort(asked.managementPort())
        .withData(asked.data())
        .withLimits(EntityLimits.STANDARD)
        .withKey(new SharedAccessKey(SharedAccessKey.DEVELOPMENT.name(), asked.key()));
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
  }

  /** As the jar's manifest has it. */
  private static String version() {
    String version = EmulatorProgram.class.getPackage().getImplementationVersion();
    return version == null ? "(not from a jar)" : version;
  }
}
