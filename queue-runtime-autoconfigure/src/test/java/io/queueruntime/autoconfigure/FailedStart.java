package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;

/**
 * Starts an application that cannot start, and hands over what its user gets to read. Confined to
 * its test.
 */
final class FailedStart {

  /** What a line of log begins with. */
  private static final String LINE_OF_LOG = "(?m)(?=^\\d{4}-\\d\\d-\\d\\dT\\d\\d:)";

  private final Path directory;
  private final CapturedOutput output;
  private final List<Class<?>> sources = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();

  FailedStart(Path directory, CapturedOutput output) {
    this.directory = directory;
    this.output = output;
    sources.add(RunningApplication.Application.class);
  }

  FailedStart with(Class<?>... beans) {
    sources.addAll(List.of(beans));
    return this;
  }

  FailedStart argument(String argument) {
    arguments.add(argument);
    return this;
  }

  /**
   * Without the lines of log that other threads wrote meanwhile, of applications that were started
   * before: those name their thread, as in {@code --- [some-thread] ...}, and begin with the time.
   */
  private static String ofThisThread(String printed) {
    String name = Thread.currentThread().getName();
    String mine = name.substring(Math.max(0, name.length() - 15)) + "] ";
    return Arrays.stream(printed.split(LINE_OF_LOG))
        .filter(entry -> !entry.contains(" --- [") || entry.contains(mine))
        .collect(Collectors.joining());
  }

  /**
   * Writes the text as {@code application.yml} and starts; returns what stands under
   * "Description:", to the end.
   */
  String report(String yaml) {
    Path file = directory.resolve("application.yml");
    try {
      Files.writeString(file, yaml.isEmpty() ? "{}" : yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SpringApplication application = new SpringApplication(sources.toArray(Class<?>[]::new));
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setRegisterShutdownHook(false);
    arguments.add("--spring.config.location=" + file.toUri());
    int before = output.getAll().length();
    assertThatThrownBy(() -> application.run(arguments.toArray(String[]::new)).close()).isNotNull();
    String printed = ofThisThread(output.getAll().substring(before));
    assertThat(printed)
        .contains("APPLICATION FAILED TO START")
        .doesNotContain("Caused by", "\tat ");
    return printed
        .substring(printed.indexOf("Description:"))
        .replace(directory.toAbsolutePath().toString(), "DIR")
        .strip();
  }
}
