package io.queueruntime.servicebus.emulator.http;

import io.queueruntime.servicebus.emulator.entity.EntityException;
import java.nio.charset.StandardCharsets;

/**
 * What a request is answered with. Immutable.
 *
 * @param body not written to after it was given
 */
record AdminResponse(int status, String contentType, byte[] body) {

  private static final String ENTRY = "application/atom+xml;type=entry;charset=utf-8";
  private static final String FEED = "application/atom+xml;type=feed;charset=utf-8";

  static AdminResponse created(byte[] entry) {
    return new AdminResponse(201, ENTRY, entry);
  }

  static AdminResponse entry(byte[] entry) {
    return new AdminResponse(200, ENTRY, entry);
  }

  static AdminResponse feed(byte[] feed) {
    return new AdminResponse(200, FEED, feed);
  }

  static AdminResponse empty() {
    return new AdminResponse(200, ENTRY, new byte[0]);
  }

  static AdminResponse json(int status, String json) {
    return new AdminResponse(
        status, "application/json;charset=utf-8", json.getBytes(StandardCharsets.UTF_8));
  }

  /** The form in which Service Bus words its refusals; clients go by the code. */
  static AdminResponse error(int status, int subCode, String detail) {
    return new AdminResponse(
        status,
        "application/xml;charset=utf-8",
        AtomWriter.error(status, "SubCode=%d. %s".formatted(subCode, detail)));
  }

  static AdminResponse of(EntityException refused) {
    String detail = String.valueOf(refused.getMessage());
    return switch (refused.kind()) {
      case INVALID -> error(400, 40000, detail);
      case NOT_FOUND -> error(404, 40400, detail);
      case ALREADY_EXISTS -> error(409, 40900, detail);
      case QUOTA_EXCEEDED -> error(403, 40300, detail);
      case UNAVAILABLE -> error(503, 50300, detail);
    };
  }
}
