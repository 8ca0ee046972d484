package io.queueruntime.servicebus.emulator.management;

import java.lang.reflect.Array;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.jspecify.annotations.Nullable;

/**
 * The map a request carries, read as what an operation needs: numbers of any width and sign, lists
 * and arrays alike. Immutable.
 *
 * <p>What is missing, or of another kind, is refused by its name.
 */
final class RequestBody {

  private final String operation;
  private final Map<?, ?> body;

  RequestBody(String operation, Map<?, ?> body) {
    this.operation = operation;
    this.body = body;
  }

  boolean has(String name) {
    return body.get(name) != null;
  }

  @Nullable String text(String name) {
    Object value = body.get(name);
    return value == null ? null : value.toString();
  }

  String requireText(String name) {
    String text = text(name);
    if (text == null || text.isEmpty()) {
      throw missing(name, "a string");
    }
    return text;
  }

  boolean isTrue(String name) {
    return Boolean.TRUE.equals(body.get(name));
  }

  long number(String name) {
    return number(name, body.get(name));
  }

  long number(String name, long otherwise) {
    return has(name) ? number(name) : otherwise;
  }

  /** A number that is an int, cut to what an int holds. */
  int count(String name) {
    return (int) Math.max(Integer.MIN_VALUE, Math.min(number(name), Integer.MAX_VALUE));
  }

  @Nullable Instant time(String name) {
    Object value = body.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof Date date) {
      return date.toInstant();
    }
    throw missing(name, "a timestamp");
  }

  byte @Nullable [] binary(String name) {
    Object value = body.get(name);
    return value == null ? null : bytes(name, value);
  }

  @Nullable Map<?, ?> map(String name) {
    Object value = body.get(name);
    if (value == null || value instanceof Map) {
      return (Map<?, ?>) value;
    }
    throw missing(name, "a map");
  }

  List<Long> numbers(String name) {
    List<Long> numbers = new ArrayList<>();
    for (Object item : items(name)) {
      numbers.add(number(name, item));
    }
    return numbers;
  }

  List<UUID> uuids(String name) {
    List<UUID> uuids = new ArrayList<>();
    for (Object item : items(name)) {
      if (!(item instanceof UUID uuid)) {
        throw missing(name, "an array of uuids");
      }
      uuids.add(uuid);
    }
    return uuids;
  }

  /** The binary called {@code inner} of each map in the list called {@code name}. */
  List<byte[]> binariesIn(String name, String inner) {
    List<byte[]> binaries = new ArrayList<>();
    for (Object item : items(name)) {
      if (!(item instanceof Map<?, ?> map) || map.get(inner) == null) {
        throw missing(name, "a list of maps with '" + inner + "'");
      }
      binaries.add(bytes(inner, map.get(inner)));
    }
    return binaries;
  }

  private List<@Nullable Object> items(String name) {
    Object value = body.get(name);
    List<@Nullable Object> items = new ArrayList<>();
    if (value instanceof Iterable<?> list) {
      list.forEach(items::add);
    } else if (value != null && value.getClass().isArray()) {
      for (int i = 0; i < Array.getLength(value); i++) {
        items.add(Array.get(value, i));
      }
    } else {
      throw missing(name, "an array");
    }
    if (items.isEmpty()) {
      throw missing(name, "at least one item");
    }
    return items;
  }

  private long number(String name, @Nullable Object value) {
    // proton-j's unsigned types are numbers too.
    if (value instanceof Number number && !(value instanceof Double) && !(value instanceof Float)) {
      return number.longValue();
    }
    if (value instanceof Double real && real == Math.rint(real)) {
      return real.longValue();
    }
    throw missing(name, "an integer");
  }

  private byte[] bytes(String name, @Nullable Object value) {
    if (value instanceof Binary binary) {
      byte[] bytes = new byte[binary.getLength()];
      System.arraycopy(binary.getArray(), binary.getArrayOffset(), bytes, 0, bytes.length);
      return bytes;
    }
    throw missing(name, "binary");
  }

  private Refused missing(String name, String what) {
    Object found = body.get(name);
    return new Refused(
        Refusal.argument(
            "Operation %s needs %s as '%s', found %s."
                .formatted(
                    operation,
                    what,
                    name,
                    found == null ? "nothing" : "a " + found.getClass().getSimpleName())));
  }
}
