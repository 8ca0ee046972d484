package io.queueruntime.autoconfigure;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedResource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.Resource;

/**
 * What somebody wrote into the configuration, and where: what is bound cannot tell a default from a
 * setting, nor name a file and a line.
 *
 * <p>Thread-safe.
 */
final class ConfiguredProperties {

  private static final Pattern KEY_IN_BRACKETS = Pattern.compile("\\[(\\D[^]]*)]");

  private final Environment environment;

  ConfiguredProperties(Environment environment) {
    this.environment = environment;
  }

  Binder binder() {
    return Binder.get(environment);
  }

  /** Whether anything is set below that name. */
  boolean anyBelow(ConfigurationPropertyName name) {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source.containsDescendantOf(name) == ConfigurationPropertyState.PRESENT) {
        return true;
      }
    }
    return false;
  }

  boolean anyBelow(String name) {
    return anyBelow(ConfigurationPropertyName.adapt(name, '.'));
  }

  /** The first name that is set below that one, as an example to show. */
  Optional<ConfigurationProperty> firstBelow(ConfigurationPropertyName prefix) {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource iterable) {
        Optional<ConfigurationPropertyName> name =
            iterable.filter(prefix::isAncestorOf).stream().findFirst();
        if (name.isPresent()) {
          return name.map(source::getConfigurationProperty);
        }
      }
    }
    return Optional.empty();
  }

  /** The elements that directly follow that name, as they were written. */
  Set<String> childrenOf(ConfigurationPropertyName name) {
    Set<String> children = new LinkedHashSet<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource iterable) {
        iterable.filter(name::isAncestorOf).stream()
            .map(
                found ->
                    found.getElement(
                        name.getNumberOfElements(), ConfigurationPropertyName.Form.ORIGINAL))
            .forEach(children::add);
      }
    }
    return children;
  }

  /** The names below that one exactly as they were written, in all sources that can list them. */
  Set<String> writtenBelow(String prefix) {
    Set<String> names = new LinkedHashSet<>();
    if (environment instanceof ConfigurableEnvironment configurable) {
      for (PropertySource<?> source : configurable.getPropertySources()) {
        if (source instanceof EnumerablePropertySource<?> enumerable) {
          Arrays.stream(enumerable.getPropertyNames())
              .filter(name -> name.startsWith(prefix))
              .forEach(names::add);
        }
      }
    }
    return names;
  }

  Optional<ConfigurationProperty> find(ConfigurationPropertyName name) {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      ConfigurationProperty property = source.getConfigurationProperty(name);
      if (property != null) {
        return Optional.of(property);
      }
    }
    return Optional.empty();
  }

  /** What is set under that name; a key in brackets may have been written without them. */
  Optional<ConfigurationProperty> find(String name) {
    return find(ConfigurationPropertyName.adapt(name, '.'))
        .or(
            () ->
                find(
                    ConfigurationPropertyName.adapt(
                        KEY_IN_BRACKETS.matcher(name).replaceAll(".$1"), '.')));
  }

  /**
   * The name below {@code prefix} for a key that somebody chose: brackets keep what a name may not
   * have.
   */
  static String below(String prefix, String key) {
    return key.matches("[A-Za-z0-9-]+") ? prefix + "." + key : prefix + "[" + key + "]";
  }

  /**
   * The name with its place, e.g. {@code queue-runtime.provider (application.yml:2:13)}; only the
   * name when unset.
   */
  String withOrigin(String name) {
    return name
        + find(name).or(() -> find(name + "[0]")).map(ConfiguredProperties::place).orElse("");
  }

  /** The place of a property in brackets with a blank before it; empty when nobody knows. */
  static String place(ConfigurationProperty property) {
    String place = describe(property.getOrigin());
    return place.isEmpty() ? "" : " (" + place + ")";
  }

  private static String describe(@Nullable Origin origin) {
    if (origin instanceof TextResourceOrigin text) {
      Resource resource = text.getResource();
      if (resource instanceof OriginTrackedResource tracked) {
        resource = tracked.getResource();
      }
      String file =
          resource == null || resource.getFilename() == null ? "?" : resource.getFilename();
      return text.getLocation() == null ? file : file + ":" + text.getLocation();
    }
    if (origin instanceof SystemEnvironmentOrigin variable) {
      return "environment variable " + variable.getProperty();
    }
    if (origin instanceof PropertySourceOrigin source) {
      if (source.getOrigin() != null) {
        return describe(source.getOrigin());
      }
      return switch (source.getPropertySource().getName()) {
        case StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME ->
            "environment variable " + source.getPropertyName();
        case StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME -> "system property";
        case "commandLineArgs" -> "command line";
        default -> source.getPropertySource().getName();
      };
    }
    return origin == null ? "" : origin.toString();
  }
}
