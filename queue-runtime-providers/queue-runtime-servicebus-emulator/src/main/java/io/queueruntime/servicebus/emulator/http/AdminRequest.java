package io.queueruntime.servicebus.emulator.http;

import java.util.Optional;

/**
 * What was asked. Immutable.
 *
 * @param path decoded, without the leading slash
 * @param query the part after the question mark, still encoded
 * @param authority host and port as the client wrote them: what links in answers begin with
 * @param ifMatch the precondition of a change
 * @param authorization the header of that name
 */
record AdminRequest(
    String method,
    String path,
    String query,
    String authority,
    Optional<String> ifMatch,
    Optional<String> authorization,
    byte[] body) {

  /** A parameter that is a whole number. */
  int number(String name, int whenMissing, int most) {
    for (String parameter : query.split("&", -1)) {
      int equals = parameter.indexOf('=');
      if (equals >= 0 && PercentCode.decode(parameter.substring(0, equals)).equals(name)) {
        String value = PercentCode.decode(parameter.substring(equals + 1));
        if (!value.matches("[0-9]{1,9}")) {
          throw new IllegalArgumentException(
              "The query parameter '%s' has the value '%s'; allowed is a whole number."
                  .formatted(name, value));
        }
        return Math.min(Integer.parseInt(value), most);
      }
    }
    return whenMissing;
  }
}
