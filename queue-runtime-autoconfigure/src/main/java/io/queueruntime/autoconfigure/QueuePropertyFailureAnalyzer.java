package io.queueruntime.autoconfigure;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Reports every setting of {@code queue-runtime} whose text is not what the setting takes, not only
 * the first one. Thread-safe.
 */
@Order(0)
final class QueuePropertyFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

  private static final ConfigurationPropertyName ROOT =
      ConfigurationPropertyName.of(QueueRuntimeProperties.PREFIX);

  private final Environment environment;

  QueuePropertyFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
    ConfigurationProperty property = cause.getProperty();
    boolean ours = ROOT.equals(cause.getName()) || ROOT.isAncestorOf(cause.getName());
    if (!ours || property == null) {
      return null;
    }
    Map<ConfigurationPropertyName, StartupProblem> problems = new LinkedHashMap<>();
    problems.put(property.getName(), problem(property, cause.getTarget()));
    Binder.get(environment)
        .bind(ROOT, Bindable.of(QueueRuntimeProperties.class), new Collector(problems));
    return QueueStartupFailureAnalyzer.analysis(List.copyOf(problems.values()), cause);
  }

  /** Goes on after a failure as if nothing were set. Confined to one binding. */
  private static final class Collector implements BindHandler {

    private final Map<ConfigurationPropertyName, StartupProblem> problems;

    Collector(Map<ConfigurationPropertyName, StartupProblem> problems) {
      this.problems = problems;
    }

    @Override
    public @Nullable Object onFailure(
        ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error) {
      ConfigurationProperty property = context.getConfigurationProperty();
      if (property != null) {
        problems.computeIfAbsent(property.getName(), key -> problem(property, target));
      }
      return null;
    }
  }

  private static StartupProblem problem(ConfigurationProperty property, Bindable<?> target) {
    Class<?> type = target.getType().toClass();
    String[] allowedAndExample = allowed(type);
    return StartupProblem.failure(
        "QR-139",
        "%s%s is \"%s\"; allowed is %s."
            .formatted(
                property.getName(),
                ConfiguredProperties.place(property),
                property.getValue(),
                allowedAndExample[0]),
        meant(type, property)
            + "Set %s, e.g. to %s.".formatted(property.getName(), allowedAndExample[1]));
  }

  private static String meant(Class<?> type, ConfigurationProperty property) {
    return type.isEnum()
        ? ClientSelection.suggestion(
            String.valueOf(property.getValue()),
            Arrays.stream(type.getEnumConstants())
                .map(QueuePropertyFailureAnalyzer::written)
                .toList())
        : "";
  }

  private static String[] allowed(Class<?> type) {
    if (type == Duration.class) {
      return new String[] {"a duration such as 500ms, 30s, 5m or 24h", "30s"};
    } else if (type == DataSize.class) {
      return new String[] {"a size such as 512KB, 64MB or 1GB", "64MB"};
    } else if (type.isEnum()) {
      List<String> names =
          Arrays.stream(type.getEnumConstants())
              .map(QueuePropertyFailureAnalyzer::written)
              .toList();
      return new String[] {
        names.stream().collect(Collectors.joining(", ", "one of ", "")), names.get(0)
      };
    } else if (type == boolean.class || type == Boolean.class) {
      return new String[] {"true or false", "true"};
    } else if (type == double.class || type == Double.class) {
      return new String[] {"a number", "2"};
    } else if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return new String[] {"a whole number", "5"};
    } else if (type == URI.class) {
      return new String[] {"an address", "http://localhost:5300"};
    } else if (type == Path.class) {
      return new String[] {"the path of a directory", "./queue-data"};
    }
    return new String[] {"a group of settings", "{}"};
  }

  private static String written(Object constant) {
    return SettingText.of((Enum<?>) constant);
  }
}
