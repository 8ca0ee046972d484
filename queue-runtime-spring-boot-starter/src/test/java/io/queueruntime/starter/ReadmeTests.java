package io.queueruntime.starter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.autoconfigure.QueueRuntimeProperties;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.io.ByteArrayResource;

/**
 * What the README shows must be true: its Java compiles against the starter, its YAML binds, its
 * links lead somewhere.
 */
class ReadmeTests {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");
  private static final Pattern TYPE =
      Pattern.compile("^(class|record|interface) \\w+", Pattern.MULTILINE);

  private static final String IMPORTS =
      """
      import io.queueruntime.listener.*;
      import io.queueruntime.message.*;
      import io.queueruntime.provider.*;
      import io.queueruntime.servicebus.emulator.*;
      import io.queueruntime.servicebus.emulator.spring.*;
      import io.queueruntime.template.*;
      import java.time.*;
      import java.util.*;
      import static org.assertj.core.api.Assertions.assertThat;
      import org.junit.jupiter.api.*;
      import org.springframework.beans.factory.annotation.*;
      import org.springframework.boot.*;
      import org.springframework.boot.test.context.*;
      import org.springframework.boot.autoconfigure.*;
      import org.springframework.context.annotation.*;
      import org.springframework.stereotype.*;
      """;

  private static final String STATEMENTS =
      """
      class Snippet {
        void run(QueueTemplate queues, QueueAdmin admin, DeadLetters deadLetters, Order order) throws Exception {
          %s
        }
      }
      """;

  private static final String ORDER = "record Order(String id, String customerId) {}\n";

  private final String readme = read();

  @TempDir Path directory;

  @Test
  void everyJavaBlockCompiles() throws IOException {
    List<String> blocks = blocks("java");
    assertThat(blocks).hasSizeGreaterThanOrEqualTo(3);
    for (String block : blocks) {
      assertThat(compile(block)).as("errors in\n%s", block).isEmpty();
    }
  }

  @Test
  void aJavaBlockThatUsesWhatIsNotThereIsFound() throws IOException {
    assertThat(compile("queues.to(\"orders\").sessoin(\"c-42\").send(order);")).contains("sessoin");
    assertThat(compile("class Orders { QueueTemplates queues; }")).contains("QueueTemplates");
  }

  @Test
  void everyYamlBlockBindsToTheProperties() throws IOException {
    List<String> blocks = blocks("yaml");
    assertThat(blocks).hasSizeGreaterThanOrEqualTo(2);
    for (String block : blocks) {
      bind(block);
    }
  }

  @Test
  void aYamlBlockWithAnUnknownPropertyIsFound() {
    assertThatThrownBy(() -> bind("queue-runtime:\n  embedded:\n    fsync: true\n"))
        .isInstanceOf(BindException.class)
        .hasStackTraceContaining("queue-runtime.embedded.fsync");
  }

  @Test
  void everyLinkLeadsToAFile() {
    Matcher links = LINK.matcher(readme);
    List<String> broken = new ArrayList<>();
    while (links.find()) {
      if (!links.group(1).contains("://") && !Files.exists(ROOT.resolve(links.group(1)))) {
        broken.add(links.group(1));
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void thePictureIsTheOneInTheCode() throws IOException {
    String code =
        Files.readString(
            ROOT.resolve("queue-runtime-core/src/main/java/io/queueruntime/package-info.java"));
    String picture =
        blocks("").stream()
            .filter(block -> block.contains("engine ──► journal"))
            .findFirst()
            .orElseThrow();
    assertThat(withoutSpace(code)).contains(withoutSpace(picture));
  }

  @Test
  void isNoLongerThanAnybodyReads() {
    assertThat(readme.lines().count()).isLessThanOrEqualTo(350);
  }

  private List<String> blocks(String language) {
    List<String> found = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(readme);
    while (blocks.find()) {
      if (blocks.group(1).equals(language)) {
        found.add(blocks.group(2));
      }
    }
    return found;
  }

  /** The compiler's complaints; empty when there are none. */
  private String compile(String block) throws IOException {
    String source = IMPORTS + (TYPE.matcher(block).find() ? block : STATEMENTS.formatted(block));
    if (!block.contains("record Order")) {
      source += ORDER;
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            directory.toString(),
            "-classpath",
            System.getProperty("java.class.path"));
    Boolean compiled =
        compiler.getTask(complaints, null, null, options, null, List.of(inMemory(source))).call();
    return compiled ? "" : complaints.toString();
  }

  private static JavaFileObject inMemory(String source) {
    return new SimpleJavaFileObject(
        URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }

  private static void bind(String yaml) throws IOException {
    MutablePropertySources sources = new MutablePropertySources();
    new YamlPropertySourceLoader()
        .load("readme", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
        .forEach(sources::addLast);
    new Binder(ConfigurationPropertySources.from(sources))
        .bind(
            QueueRuntimeProperties.PREFIX,
            Bindable.of(QueueRuntimeProperties.class),
            new NoUnboundElementsBindHandler(BindHandler.DEFAULT));
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("[\\s*]+", "");
  }

  private static String read() {
    try {
      return Files.readString(ROOT.resolve("README.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
