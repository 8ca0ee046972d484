package io.queueruntime.converter;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.Optional;

/**
 * The part of a MIME type that decides how a body is read: type, subtype and charset.
 *
 * <p>Parsing is total: what is longer than {@value #MAX_LENGTH} characters or is no MIME type
 * parses to empty, never to an error.
 *
 * <p>Immutable.
 *
 * @param type e.g. {@code application}, in lower case
 * @param subtype e.g. {@code json}, in lower case
 * @param charset the charset parameter, UTF-8 where there is none
 */
public record ContentType(String type, String subtype, Charset charset) {

  /** Longest content type that is looked at, in characters. */
  public static final int MAX_LENGTH = 256;

  /** Bytes that mean nothing to the runtime. */
  public static final ContentType OCTET_STREAM =
      new ContentType("application", "octet-stream", StandardCharsets.UTF_8);

  /** Text in UTF-8. */
  public static final ContentType TEXT = new ContentType("text", "plain", StandardCharsets.UTF_8);

  /** JSON in UTF-8. */
  public static final ContentType JSON =
      new ContentType("application", "json", StandardCharsets.UTF_8);

  /** Objects in the binary form of RFC 8949. */
  public static final ContentType CBOR =
      new ContentType("application", "cbor", StandardCharsets.UTF_8);

  /** Objects as MessagePack. */
  public static final ContentType MESSAGE_PACK =
      new ContentType("application", "vnd.msgpack", StandardCharsets.UTF_8);

  /** Messages of Protobuf in binary form. */
  public static final ContentType PROTOBUF =
      new ContentType("application", "x-protobuf", StandardCharsets.UTF_8);

  /**
   * The content type written in {@code text}; empty when it is none, or names a charset this JVM
   * has not.
   */
  public static Optional<ContentType> parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int semicolon = text.indexOf(';');
    String essence = (semicolon < 0 ? text : text.substring(0, semicolon)).trim();
    int slash = essence.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    String type = essence.substring(0, slash).toLowerCase(Locale.ROOT);
    String subtype = essence.substring(slash + 1).toLowerCase(Locale.ROOT);
    if (!isToken(type) || !isToken(subtype)) {
      return Optional.empty();
    }
    Optional<Charset> charset =
        semicolon < 0
            ? Optional.of(StandardCharsets.UTF_8)
            : charsetOf(text.substring(semicolon + 1));
    return charset.map(found -> new ContentType(type, subtype, found));
  }

  /** Whether both name the same kind of content, whatever the charset. */
  public boolean isSameTypeAs(ContentType other) {
    return type.equals(other.type) && subtype.equals(other.subtype);
  }

  /**
   * Whether the body is JSON: {@code application/json}, {@code text/json} or a {@code +json}
   * subtype.
   */
  public boolean isJson() {
    return subtype.equals("json") && (type.equals("application") || type.equals("text"))
        || subtype.endsWith("+json");
  }

  /** Whether the body is CBOR: {@code application/cbor} or a {@code +cbor} subtype. */
  public boolean isCbor() {
    return type.equals("application") && subtype.equals("cbor") || subtype.endsWith("+cbor");
  }

  /** Whether the body is MessagePack, under any of the names in use. */
  public boolean isMessagePack() {
    return type.equals("application")
        && (subtype.equals("vnd.msgpack")
            || subtype.equals("msgpack")
            || subtype.equals("x-msgpack"));
  }

  /** Whether the body is a message of Protobuf, under any of the names in use. */
  public boolean isProtobuf() {
    return type.equals("application")
        && (subtype.equals("x-protobuf")
            || subtype.equals("protobuf")
            || subtype.equals("vnd.google.protobuf"));
  }

  /** Whether the body is text that is not JSON. */
  public boolean isText() {
    return type.equals("text") && !isJson();
  }

  private static Optional<Charset> charsetOf(String parameters) {
    for (String parameter : parameters.split(";", -1)) {
      int equals = parameter.indexOf('=');
      if (equals > 0 && parameter.substring(0, equals).trim().equalsIgnoreCase("charset")) {
        String name = parameter.substring(equals + 1).trim();
        if (name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"")) {
          name = name.substring(1, name.length() - 1);
        }
        try {
          return Optional.of(Charset.forName(name));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(StandardCharsets.UTF_8);
  }

  private static boolean isToken(String text) {
    if (text.isEmpty()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean allowed =
          c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      if (!allowed) {
        return false;
      }
    }
    return true;
  }

  /** As it is written in a message, with the charset where the type is text. */
  @Override
  public String toString() {
    return type
        + "/"
        + subtype
        + (type.equals("text") ? ";charset=" + charset.name().toLowerCase(Locale.ROOT) : "");
  }
}
