package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.handler.SpringMessageConverter;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * How payloads of all clients are read and written: the application's own converters before the
 * built-in ones, and the configured type names.
 *
 * <p>Immutable.
 */
final class PayloadConversion {

  private static final String TYPES = QueueRuntimeProperties.PREFIX + ".payload.types";

  private final MessageConverter converter;
  private final PayloadTypes types;
  private final List<StartupProblem> problems = new ArrayList<>();

  PayloadConversion(
      Map<String, String> names,
      List<MessageConverter> own,
      JsonMapper json,
      @Nullable ClassLoader classLoader,
      ConfiguredProperties configured) {
    this.types = types(names, classLoader, configured);
    List<MessageConverter> converters = new ArrayList<>(own);
    converters.add(standard(json));
    // the payload of a Spring message goes through all the others; a message within a message does
    // not
    List<MessageConverter> all = new ArrayList<>(converters);
    all.add(0, new SpringMessageConverter(MessageConverter.of(converters)));
    this.converter = MessageConverter.of(all);
  }

  private PayloadTypes types(
      Map<String, String> names,
      @Nullable ClassLoader classLoader,
      ConfiguredProperties configured) {
    Map<String, Class<?>> classes = new LinkedHashMap<>();
    Map<Class<?>, String> taken = new HashMap<>();
    new TreeMap<>(names)
        .forEach(
            (name, className) -> {
              String property = ConfiguredProperties.below(TYPES, name);
              try {
                Class<?> type = ClassUtils.forName(className.trim(), classLoader);
                String other = taken.putIfAbsent(type, name);
                if (other == null) {
                  classes.put(name, type);
                } else {
                  problems.add(ambiguous(configured.withOrigin(property), type, other, name));
                }
              } catch (ClassNotFoundException | LinkageError e) {
                problems.add(notFound(configured.withOrigin(property), className));
              }
            });
    try {
      return new PayloadTypes(classes);
    } catch (ConfigurationInvalid e) {
      problems.add(
          StartupProblem.failure("QR-123", TYPES + ": " + e.getMessage(), "Rename the type."));
      return PayloadTypes.NONE;
    }
  }

  private static StartupProblem ambiguous(
      String property, Class<?> type, String one, String other) {
    return StartupProblem.failure(
        "QR-123",
        "%s names %s, which \"%s\" names already; only one name can be written."
            .formatted(property, type.getName(), one),
        "Remove \"%s\" or \"%s\" from %s.".formatted(one, other, TYPES));
  }

  private static StartupProblem notFound(String property, String className) {
    return StartupProblem.failure(
        "QR-123",
        "%s is \"%s\", and there is no such class.".formatted(property, className),
        "Write the full name of a class, with a $ before a nested one, e.g. %s: { order.v1: com.acme.Order }."
            .formatted(TYPES));
  }

  private MessageConverter standard(JsonMapper json) {
    try {
      return MessageConverter.standard(json, types);
    } catch (ConfigurationInvalid e) {
      problems.add(
          StartupProblem.failure(
              "QR-149",
              e.getMessage() == null
                  ? "The JsonMapper cannot be used for payloads."
                  : e.getMessage(),
              "Remove default typing from the JsonMapper bean, or contribute a MessageConverter bean with a mapper of its own."));
      return MessageConverter.standard(JsonMapper.builder().build(), types);
    }
  }

  MessageConverter converter() {
    return converter;
  }

  PayloadTypes types() {
    return types;
  }

  List<StartupProblem> problems() {
    return problems;
  }
}
