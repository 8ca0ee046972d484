package io.queueruntime.autoconfigure.handler;

import io.queueruntime.converter.ContentType;
import io.queueruntime.converter.MessageConverter;
import io.queueruntime.listener.DeadLetterException;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.validation.BeanPropertyBindingResult;
import org.springframework.validation.Errors;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.validation.SmartValidator;
import org.springframework.validation.Validator;
import org.springframework.validation.annotation.ValidationAnnotationUtils;

/**
 * Reads payloads for one handler that asked for them to be valid: one that is not is for the
 * dead-letter queue.
 *
 * <p>Validated while reading, not with the handler's arguments, so that one bad message of a batch
 * does not spoil the others.
 *
 * <p>Thread-safe.
 */
final class ReadingConverter implements MessageConverter {

  private static final int ERRORS_SHOWN = 10;

  private final MessageConverter converter;
  private final Validator validator;
  private final Annotation validation;

  ReadingConverter(MessageConverter converter, Validator validator, Annotation validation) {
    this.converter = converter;
    this.validator = validator;
    this.validation = validation;
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return converter.canWrite(payload, contentType);
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    return converter.toMessage(payload, contentType);
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return converter.canRead(type, contentType);
  }

  /**
   * The valid payload.
   *
   * @throws DeadLetterException when it is not valid; says which field and which rule, never the
   *     value
   */
  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Object payload = converter.fromMessage(message, type);
    Object[] hints = ValidationAnnotationUtils.determineValidationHints(validation);
    if (hints != null && validator.supports(payload.getClass())) {
      Errors errors = new BeanPropertyBindingResult(payload, "payload");
      if (hints.length > 0 && validator instanceof SmartValidator smart) {
        smart.validate(payload, errors, hints);
      } else {
        validator.validate(payload, errors);
      }
      if (errors.hasErrors()) {
        throw new DeadLetterException(DeadLetterException.INVALID, describe(errors));
      }
    }
    return payload;
  }

  private static String describe(Errors errors) {
    String shown =
        errors.getAllErrors().stream()
            .map(ReadingConverter::describe)
            .sorted()
            .limit(ERRORS_SHOWN)
            .collect(Collectors.joining("; "));
    int more = errors.getErrorCount() - ERRORS_SHOWN;
    return "The payload is not valid: " + shown + (more > 0 ? "; and " + more + " more" : "") + ".";
  }

  private static String describe(ObjectError error) {
    String rule = error.getDefaultMessage() == null ? "is not valid" : error.getDefaultMessage();
    return error instanceof FieldError field ? field.getField() + " " + rule : rule;
  }
}
