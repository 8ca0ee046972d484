package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.handler.SpringMessageConverter;
import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * How payloads of all clients are read and written: the application's own converters before those
 * of the formats on the class path, these before the built-in ones, and the configured type names.
 *
 * <p>Immutable.
 */
final class PayloadConversion {

  private static final String TYPES = QueueRuntimeProperties.PREFIX + ".payload.types";
  private static final String CONTENT_TYPE =
      QueueRuntimeProperties.PREFIX + ".payload.content-type";

  private final MessageConverter converter;
  private final PayloadTypes types;
  private final List<StartupProblem> problems = new ArrayList<>();

  PayloadConversion(
      QueueRuntimeProperties.Payload settings,
      List<MessageConverter> own,
      List<PayloadFormat> formats,
      JsonMapper json,
      @Nullable ClassLoader classLoader,
      ConfiguredProperties configured) {
    this.types = types(settings.types(), classLoader, configured);
    List<MessageConverter> converters = new ArrayList<>(own);
    formats.forEach(format -> add(converters, format, json));
    MessageConverter standard = standard(json);
    preferred(settings, converters, standard, configured);
    converters.add(standard);
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
      problems.add(unusableMapper(e));
      return MessageConverter.standard(JsonMapper.builder().build(), types);
    }
  }

  private void preferred(
      QueueRuntimeProperties.Payload settings,
      List<MessageConverter> converters,
      MessageConverter standard,
      ConfiguredProperties configured) {
    String asked = settings.contentType();
    if (asked == null) {
      return;
    }
    List<MessageConverter> all = new ArrayList<>(converters);
    all.add(standard);
    MessageConverter writers = MessageConverter.of(all);
    Optional<ContentType> type =
        ContentType.parse(asked).filter(known -> writers.canWrite(Map.of(), known));
    type.ifPresent(known -> converters.add(new PreferredContentType(known, writers)));
    if (type.isEmpty()) {
      problems.add(
          StartupProblem.failure(
              "QR-164",
              "%s is \"%s\", and nothing here writes objects as that."
                  .formatted(configured.withOrigin(CONTENT_TYPE), asked),
              "Use application/json; or application/cbor with tools.jackson.dataformat:jackson-dataformat-cbor, application/vnd.msgpack with org.msgpack:msgpack-core, or a MessageConverter bean of your own."));
    }
  }

  private void add(List<MessageConverter> converters, PayloadFormat format, JsonMapper json) {
    try {
      converters.add(format.converter(json, types));
    } catch (ConfigurationInvalid e) {
      problems.add(unusableMapper(e));
    }
  }

  private static StartupProblem unusableMapper(ConfigurationInvalid why) {
    return StartupProblem.failure(
        "QR-149",
        why.getMessage() == null ? "The mapper cannot be used for payloads." : why.getMessage(),
        "Remove default typing from the mapper's bean, or contribute a MessageConverter bean with a mapper of its own.");
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
