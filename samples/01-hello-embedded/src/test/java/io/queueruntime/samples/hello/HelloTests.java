package io.queueruntime.samples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.message.QueueName;
import io.queueruntime.provider.QueueAdmin;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;

class HelloTests {

  private final PrintStream out = System.out;
  private final CompletableFuture<String> firstGreeting = new CompletableFuture<>();

  @TempDir Path directory;

  @AfterEach
  void giveTheOutputBack() {
    System.setOut(out);
  }

  @Test
  void whatIsSentIsHandled() throws Exception {
    System.setOut(watched());
    try (var context =
        SpringApplication.run(
            Hello.class, "--queue-runtime.embedded.directory=" + directory.resolve("queues"))) {
      assertThat(firstGreeting.get(60, TimeUnit.SECONDS))
          .isEqualTo("got Order[id=1, customer=ann]");
      assertThat(context.getBean(QueueAdmin.class).list()).containsExactly(QueueName.of("orders"));
    }
  }

  @Test
  void theSampleNeedsNoMoreThanADozenLinesAndNoConfiguration() throws IOException {
    List<String> lines =
        Files.readAllLines(Path.of("src/main/java/io/queueruntime/samples/hello/Hello.java"));
    long counted =
        lines.stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.equals("}") && !line.startsWith("/**"))
            .filter(line -> !line.startsWith("*"))
            .filter(line -> !line.startsWith("package ") && !line.startsWith("import "))
            .count();
    assertThat(counted).isBetween(8L, 12L);
    assertThat(Path.of("src/main/resources")).doesNotExist();
  }

  private PrintStream watched() {
    return new PrintStream(OutputStream.nullOutputStream()) {
      @Override
      public void println(String line) {
        if (line.startsWith("got ")) {
          firstGreeting.complete(line);
        }
      }
    };
  }
}
