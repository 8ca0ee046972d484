package io.queueruntime.converter;

import io.queueruntime.QueueRuntimeException.SerializationFailed;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.ReceivedMessage;
import java.lang.reflect.Type;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Objects in a format that Jackson writes by itself, with the application's own mapper. Errors say
 * where the body is wrong, never what it holds.
 *
 * <p>Thread-safe.
 */
final class JacksonMessageConverter implements MessageConverter {

  /** What the bytes look like. */
  enum Format {
    /** Also for everything that names no format: the default on both sides. */
    JSON {
      @Override
      ContentType contentType() {
        return ContentType.JSON;
      }

      @Override
      boolean covers(@Nullable ContentType contentType) {
        return contentType == null || contentType.isJson();
      }
    },
    CBOR {
      @Override
      ContentType contentType() {
        return ContentType.CBOR;
      }

      @Override
      boolean covers(@Nullable ContentType contentType) {
        return contentType != null && contentType.isCbor();
      }
    };

    abstract ContentType contentType();

    abstract boolean covers(@Nullable ContentType contentType);
  }

  private final Format format;
  private final String written;
  private final JacksonPayloads payloads;

  JacksonMessageConverter(Format format, ObjectMapper mapper, PayloadTypes types) {
    this.format = format;
    this.written = format.contentType().toString();
    this.payloads = new JacksonPayloads(mapper, types);
  }

  @Override
  public boolean canWrite(Object payload, @Nullable ContentType contentType) {
    return format.covers(contentType);
  }

  @Override
  public OutgoingMessage.Builder toMessage(Object payload, @Nullable ContentType contentType) {
    Class<?> type = payload.getClass();
    try {
      return OutgoingMessage.of(payloads.writer(type).writeValueAsBytes(payload))
          .contentType(contentType == null ? written : contentType.toString())
          .payloadType(payloads.nameOf(type).orElse(null));
    } catch (JacksonException e) {
      throw new SerializationFailed(
          null,
          "Cannot write a payload of %s as %s: %s."
              .formatted(type.getName(), format, e.getClass().getSimpleName()),
          e);
    }
  }

  @Override
  public boolean canRead(Type type, @Nullable ContentType contentType) {
    return format.covers(contentType);
  }

  @Override
  public Object fromMessage(ReceivedMessage<byte[]> message, Type type) {
    Type wanted = payloads.typeOf(message, type);
    Object payload;
    try {
      payload = read(message, payloads.reader(wanted));
    } catch (JacksonException e) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its %d bytes are not that in %s (%s%s)."
              .formatted(
                  message.messageId(),
                  message.queue(),
                  wanted.getTypeName(),
                  message.body().length,
                  format,
                  e.getClass().getSimpleName(),
                  position(e)),
          e);
    }
    if (payload == null) {
      throw new SerializationFailed(
          message.queue().value(),
          "Cannot read message '%s' of queue '%s' as %s: its body is the %s value null."
              .formatted(message.messageId(), message.queue(), wanted.getTypeName(), format),
          null);
    }
    return payload;
  }

  private Object read(ReceivedMessage<byte[]> message, ObjectReader reader) {
    Charset charset =
        message
            .contentType()
            .flatMap(ContentType::parse)
            .map(ContentType::charset)
            .orElse(format.contentType().charset());
    return format == Format.CBOR || charset.name().startsWith("UTF-")
        ? reader.readValue(message.body())
        : reader.readValue(new String(message.body(), charset));
  }

  private String position(JacksonException e) {
    if (e.getLocation() == null) {
      return "";
    }
    return format == Format.CBOR
        ? " at byte " + e.getLocation().getByteOffset()
        : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }
}
