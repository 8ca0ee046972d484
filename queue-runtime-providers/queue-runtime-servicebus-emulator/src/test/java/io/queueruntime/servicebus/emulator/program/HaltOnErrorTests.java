package io.queueruntime.servicebus.emulator.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HaltOnErrorTests {

  private final BlockingQueue<Integer> halted = new LinkedBlockingQueue<>();
  private final HaltOnError handler = new HaltOnError(halted::add);

  @Test
  void anErrorEndsTheProcess() {
    handler.uncaughtException(Thread.currentThread(), new OutOfMemoryError("planted"));

    assertThat(halted).containsExactly(3);
  }

  @Test
  void anExceptionOfOneThreadDoesNot() {
    handler.uncaughtException(Thread.currentThread(), new IllegalStateException("planted"));

    assertThat(halted).isEmpty();
  }

  @Test
  void anErrorThatCannotBePrintedEndsTheProcessAllTheSame() throws InterruptedException {
    CountDownLatch read = new CountDownLatch(1);
    HaltOnError impatient = new HaltOnError(halted::add, Duration.ofMillis(1));
    Thread dying =
        new Thread(
            () -> impatient.uncaughtException(Thread.currentThread(), new UnprintedError(read)));
    dying.start();
    try {
      assertThat(halted.poll(60, TimeUnit.SECONDS)).isEqualTo(3);
      assertThat(dying.isAlive()).as("still printing").isTrue();
    } finally {
      read.countDown();
    }
    dying.join();
    assertThat(halted).as("ended once").isEmpty();
  }

  /** What comes to standard error as long as nobody reads that. */
  private static final class UnprintedError extends Error {
    private static final long serialVersionUID = 1L;
    private final transient CountDownLatch read;

    UnprintedError(CountDownLatch read) {
      this.read = read;
    }

    @Override
    public String getMessage() {
      try {
        read.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return "planted";
    }
  }

  @Test
  void theProgramEndsWhenOneOfItsThreadsDies() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Dying.class.getName(),
                "--port",
                "0",
                "--management-port",
                "0")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }

  /** The program with a thread that lacks memory, and a shutdown hook that never returns. */
  static final class Dying {
    public static void main(String[] arguments) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      new Thread(
              () -> {
                while (Thread.getDefaultUncaughtExceptionHandler() == null) {
                  Thread.onSpinWait();
                }
                throw new OutOfMemoryError("planted");
              })
          .start();
      EmulatorProgram.main(arguments);
    }
  }
}
