package io.queueruntime.servicebus.emulator.management;

import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request is answered with. Immutable.
 *
 * @param status as in HTTP; 2xx: done
 * @param description for people
 * @param condition what went wrong, in a client's terms; null when nothing did
 * @param body names and values as proton-j encodes them: {@code Long[]} and {@code Date[]} become
 *     arrays, a {@code List} a list; null for no body
 */
public record Answer(
    int status,
    String description,
    @Nullable Condition condition,
    @Nullable Map<String, @Nullable Object> body) {

  static Answer ok(Map<String, ? extends @Nullable Object> body) {
    return new Answer(200, "OK", null, Collections.unmodifiableMap(body));
  }

  /** Done, and nothing to tell. */
  static Answer ok() {
    return new Answer(200, "OK", null, null);
  }

  /** Nothing was found; no error to clients. */
  static Answer noContent() {
    return new Answer(204, "No Content", null, null);
  }

  /** Not done. */
  public static Answer of(Refusal refusal) {
    return new Answer(refusal.condition().status(), refusal.text(), refusal.condition(), null);
  }
}
