package io.queueruntime.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection string as the Azure portal gives it out: {@code
 * Endpoint=sb://...;SharedAccessKeyName=...;SharedAccessKey=...}, optionally with {@code
 * EntityPath} (good for one queue only) and {@code UseDevelopmentEmulator=true} (AMQP without TLS).
 *
 * <p>Keys are compared without regard to case and split at the first equals sign, since a key's
 * value ends in some. Immutable; no error and no {@code toString} holds a secret.
 */
public final class ServiceBusConnectionString {

  private static final String ENDPOINT = "Endpoint";
  private static final String KEY_NAME = "SharedAccessKeyName";
  private static final String KEY = "SharedAccessKey";
  private static final String SIGNATURE = "SharedAccessSignature";
  private static final String ENTITY_PATH = "EntityPath";
  private static final String EMULATOR = "UseDevelopmentEmulator";
  private static final List<String> KEYS =
      List.of(ENDPOINT, KEY_NAME, KEY, SIGNATURE, ENTITY_PATH, EMULATOR);

  private final URI endpoint;
  private final Map<String, String> values;

  private ServiceBusConnectionString(URI endpoint, Map<String, String> values) {
    this.endpoint = endpoint;
    this.values = values;
  }

  /**
   * Takes a connection string apart.
   *
   * @throws ConfigurationInvalid saying what is wrong with it, without any of its values
   */
  public static ServiceBusConnectionString parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    int number = 0;
    for (String part : text.strip().split(";", -1)) {
      if (part.isBlank()) {
        continue;
      }
      number++;
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw wrong("its part %d has no '='".formatted(number));
      }
      String written = part.substring(0, equals).strip();
      int at = number;
      String key =
          KEYS.stream()
              .filter(written::equalsIgnoreCase)
              .findFirst()
              .orElseThrow(
                  () ->
                      wrong(
                          "the key of its part %d is none of %s"
                              .formatted(at, String.join(", ", KEYS))));
      if (values.put(key, part.substring(equals + 1).strip()) != null) {
        throw wrong("it has the key " + key + " twice");
      }
    }
    boolean keyed = has(values, KEY_NAME) && has(values, KEY);
    if (!keyed && !has(values, SIGNATURE)) {
      throw wrong(
          "it needs %s together with %s, or %s instead of both"
              .formatted(KEY_NAME, KEY, SIGNATURE));
    }
    return new ServiceBusConnectionString(endpoint(values), values);
  }

  private static URI endpoint(Map<String, String> values) {
    String text = values.get(ENDPOINT);
    if (text == null || text.isEmpty()) {
      throw wrong("it has no " + ENDPOINT);
    }
    try {
      URI uri = new URI(text.toLowerCase(Locale.ROOT));
      if ("sb".equals(uri.getScheme()) && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // told below, without the text
    }
    throw wrong("its " + ENDPOINT + " is not of the form sb://<host>/");
  }

  private static boolean has(Map<String, String> values, String key) {
    String value = values.get(key);
    return value != null && !value.isEmpty();
  }

  private static ConfigurationInvalid wrong(String what) {
    return new ConfigurationInvalid(
        null,
        "The Service Bus connection string cannot be used: %s. Copy it again from the namespace's shared access policies; it looks like Endpoint=sb://<namespace>.servicebus.windows.net/;SharedAccessKeyName=<name>;SharedAccessKey=<key>."
            .formatted(what));
  }

  /** Host of the namespace, in lower case. */
  public String host() {
    return endpoint.getHost();
  }

  /** Port of the endpoint; empty: the protocol's own. */
  public Optional<Integer> port() {
    return endpoint.getPort() < 0 ? Optional.empty() : Optional.of(endpoint.getPort());
  }

  /** The only queue it is good for, if it is limited to one. */
  public Optional<String> entityPath() {
    String path = values.get(ENTITY_PATH);
    return path == null || path.isEmpty() ? Optional.empty() : Optional.of(path);
  }

  /** Whether it leads to an emulator: AMQP without TLS, management over plain http. */
  public boolean isForEmulator() {
    return Boolean.parseBoolean(values.get(EMULATOR));
  }

  /** The whole string, with its secret, for a client that connects to the namespace. */
  String secretText() {
    return text(null);
  }

  /** What the management client takes: it refuses strings that are limited to an entity. */
  String secretTextOfNamespace() {
    return text(ENTITY_PATH);
  }

  private String text(@Nullable String leftOut) {
    StringBuilder text = new StringBuilder();
    values.forEach(
        (key, value) -> {
          if (!key.equals(leftOut)) {
            text.append(text.isEmpty() ? "" : ";").append(key).append('=').append(value);
          }
        });
    return text.toString();
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "ServiceBusConnectionString["
        + endpoint.getHost()
        + port().map(port -> ":" + port).orElse("")
        + entityPath().map(path -> ", entity " + path).orElse("")
        + (isForEmulator() ? ", emulator" : "")
        + "]";
  }
}
