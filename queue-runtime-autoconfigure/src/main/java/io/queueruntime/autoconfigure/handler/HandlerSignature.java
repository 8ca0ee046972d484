package io.queueruntime.autoconfigure.handler;

import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Delivery;
import io.queueruntime.listener.MessageLock;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.template.QueueTemplate;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;

/**
 * What a handler method takes: one message or several, which payload, and what else.
 *
 * <p>Immutable.
 */
public final class HandlerSignature {

  /** What the elements of a batch are handed over as. */
  enum Element {
    PAYLOAD,
    RECEIVED_MESSAGE,
    SPRING_MESSAGE
  }

  /** What Kotlin adds to the parameters of a suspend function. */
  private static final String CONTINUATION = "kotlin.coroutines.Continuation";

  private static final Set<Class<?>> BESIDES_THE_PAYLOAD =
      Set.of(
          Acknowledgment.class,
          QueueSession.class,
          MessageLock.class,
          Delivery.class,
          QueueTemplate.class,
          MessageHeaders.class);

  private final Method method;
  private final Type payloadType;
  private final @Nullable Element element;
  private final @Nullable Annotation validation;
  private final Set<Class<?>> besides;
  private final List<String> problems;

  private HandlerSignature(Method method, Parameters parameters) {
    this.method = method;
    this.payloadType = parameters.payloadType == null ? Object.class : parameters.payloadType;
    this.element = parameters.element;
    this.validation = parameters.validation;
    this.besides = Set.copyOf(parameters.besides);
    this.problems = List.copyOf(parameters.problems);
  }

  /**
   * Reads the parameters of a method as {@code targetClass} declares or inherits it, generic types
   * resolved.
   */
  public static HandlerSignature of(Method method, Class<?> targetClass) {
    Parameters parameters = new Parameters();
    for (Parameter parameter : method.getParameters()) {
      parameters.add(
          parameter,
          GenericTypeResolver.resolveType(parameter.getParameterizedType(), targetClass));
    }
    return new HandlerSignature(method, parameters);
  }

  /** {@code Orders.handle(Order, QueueSession)}: how the method is called in errors and logs. */
  public static String describe(Method method, Class<?> targetClass) {
    return targetClass.getSimpleName()
        + "."
        + method.getName()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /** Whether a parameter of that type is what makes the method a Kotlin suspend function. */
  static boolean isContinuation(Class<?> parameterType) {
    return parameterType.getName().equals(CONTINUATION);
  }

  public Method method() {
    return method;
  }

  /** What the body is read as; {@code Object}: as the message says. */
  public Type payloadType() {
    return payloadType;
  }

  /** Whether the method takes several messages at once. */
  public boolean isBatch() {
    return element != null;
  }

  /** Whether the method has an argument of that type, beside the payload. */
  public boolean takes(Class<?> argument) {
    return besides.contains(argument);
  }

  /** Why the method cannot be a handler, one sentence each. */
  public List<String> problems() {
    return problems;
  }

  Element element() {
    return element == null ? Element.PAYLOAD : element;
  }

  /** Whether the method asks for its payload to be validated. */
  public boolean wantsValidation() {
    return validation != null;
  }

  /** The annotation that asks for the payload to be validated. */
  @Nullable Annotation validation() {
    return validation;
  }

  /** Collects what the parameters say. Confined to its caller. */
  private static final class Parameters {

    private @Nullable Type payloadType;
    private @Nullable Element element;
    private boolean single;
    private @Nullable Parameter payload;
    private @Nullable Annotation validation;
    private final Set<Class<?>> besides = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    void add(Parameter parameter, Type type) {
      Class<?> raw = ResolvableType.forType(type).toClass();
      if (BESIDES_THE_PAYLOAD.contains(raw) || isContinuation(raw)) {
        besides.add(raw);
      } else if (has(parameter, Header.class) || has(parameter, Headers.class)) {
        besides.add(Header.class);
      } else {
        addMessage(parameter, type, raw);
      }
    }

    private void addMessage(Parameter parameter, Type type, Class<?> raw) {
      Annotation asked = validationOf(parameter);
      if (asked != null) {
        validation = asked;
      }
      if (raw == List.class || raw == Collection.class) {
        Type of = argumentOf(type);
        Class<?> rawElement = ResolvableType.forType(of).toClass();
        if (rawElement == ReceivedMessage.class) {
          several(Element.RECEIVED_MESSAGE, argumentOf(of));
        } else if (rawElement == Message.class) {
          several(Element.SPRING_MESSAGE, argumentOf(of));
        } else {
          several(Element.PAYLOAD, of);
        }
      } else {
        single = true;
        if (raw == ReceivedMessage.class || raw == Message.class) {
          payloadIs(argumentOf(type));
        } else {
          onePayload(parameter);
          payloadIs(type);
        }
      }
      if (single && element != null) {
        problems.add("it takes one message in one parameter and a list of messages in another");
        single = false;
      }
    }

    private void several(Element found, Type type) {
      if (element != null) {
        problems.add("it has more than one parameter that takes a list of messages");
      }
      element = found;
      payloadIs(type);
    }

    private void onePayload(Parameter parameter) {
      if (payload != null) {
        problems.add(
            "the parameters %s and %s would both be the payload; mark what is a header with @Header"
                .formatted(named(payload), named(parameter)));
      }
      payload = parameter;
    }

    private void payloadIs(Type type) {
      Type bound = bound(type);
      if (bound == Object.class) {
        return;
      }
      if (payloadType != null && !payloadType.equals(bound)) {
        problems.add(
            "its parameters want the payload as %s and as %s"
                .formatted(payloadType.getTypeName(), bound.getTypeName()));
      }
      payloadType = bound;
    }

    private static String named(Parameter parameter) {
      return parameter.getType().getSimpleName() + " " + parameter.getName();
    }

    private static Type argumentOf(Type type) {
      return type instanceof ParameterizedType parameterized
          ? bound(parameterized.getActualTypeArguments()[0])
          : Object.class;
    }

    private static Type bound(Type type) {
      if (type instanceof WildcardType wildcard) {
        return bound(wildcard.getUpperBounds()[0]);
      }
      if (type instanceof TypeVariable<?> variable) {
        return bound(variable.getBounds()[0]);
      }
      return type;
    }

    private static boolean has(Parameter parameter, Class<? extends Annotation> annotation) {
      return AnnotatedElementUtils.hasAnnotation(parameter, annotation);
    }

    /**
     * {@code @Valid Order}, {@code @Validated(Group.class) Order} or {@code List<@Valid Order>}.
     */
    private static @Nullable Annotation validationOf(Parameter parameter) {
      Annotation found = validationAmong(parameter.getAnnotations());
      AnnotatedType type = parameter.getAnnotatedType();
      while (found == null && type instanceof AnnotatedParameterizedType parameterized) {
        type = parameterized.getAnnotatedActualTypeArguments()[0];
        found = validationAmong(type.getAnnotations());
      }
      return found;
    }

    private static @Nullable Annotation validationAmong(Annotation[] annotations) {
      for (Annotation annotation : annotations) {
        if (annotation.annotationType().getSimpleName().startsWith("Valid")) {
          return annotation;
        }
      }
      return null;
    }
  }

  @Override
  public String toString() {
    return "HandlerSignature[" + method.getName() + ", payload " + payloadType.getTypeName() + "]";
  }
}
