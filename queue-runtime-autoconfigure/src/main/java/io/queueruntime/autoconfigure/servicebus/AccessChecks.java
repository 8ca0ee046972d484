package io.queueruntime.autoconfigure.servicebus;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.autoconfigure.ProviderSettings;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Credential;
import io.queueruntime.autoconfigure.SettingText;
import io.queueruntime.autoconfigure.StartupProblem;
import io.queueruntime.servicebus.ServiceBusConnectionString;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * What can be wrong with the way to a namespace, found by reading the settings alone.
 *
 * <p>Confined to its caller.
 */
final class AccessChecks {

  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9-]+)*");
  private static final int PREFETCH_MAX = 5_000;
  private static final int CONNECTIONS_MAX = 100;
  private static final int ENTITIES_MAX = 100_000;
  private static final int RETRIES_MAX = 100;
  private static final DataSize MESSAGE_MAX = DataSize.ofMegabytes(100);

  private final ProviderSettings settings;
  private final NamespaceAccess access;
  private final List<StartupProblem> problems = new ArrayList<>();

  private AccessChecks(ProviderSettings settings, NamespaceAccess access) {
    this.settings = settings;
    this.access = access;
  }

  static List<StartupProblem> of(ProviderSettings settings, NamespaceAccess access) {
    AccessChecks checks = new AccessChecks(settings, access);
    checks.oneWay();
    checks.connectionString();
    checks.namespace();
    checks.credential();
    checks.range("prefetch", access.own().prefetch(), 0, PREFETCH_MAX, "0");
    checks.range("connections", access.own().connections(), 1, CONNECTIONS_MAX, "1");
    checks.range("cached-entities", access.own().cachedEntities(), 1, ENTITIES_MAX, "1000");
    checks.range("retry.retries", access.own().retry().retries(), 0, RETRIES_MAX, "3");
    checks.positive("retry.delay", access.own().retry().delay(), "500ms");
    checks.positive("retry.try-timeout", access.own().retry().tryTimeout(), "30s");
    checks.positive("idle-timeout", access.own().idleTimeout(), "10m");
    checks.size();
    checks.managementEndpoint();
    checks.customEndpoint();
    return checks.problems;
  }

  private void oneWay() {
    Found string = access.connectionString();
    Found namespace = access.namespace();
    if (string != null && namespace != null) {
      problems.add(
          StartupProblem.failure(
              "QR-105",
              "Client \"%s\" has both %s and %s: one signs in with a key, the other with a credential."
                  .formatted(settings.client(), string.where(), namespace.where()),
              "Remove one of them."));
    } else if (string == null && namespace == null) {
      String blank = blank("connection-string") + blank("namespace");
      problems.add(
          StartupProblem.failure(
              "QR-104",
              "Client \"%s\" has neither %s nor %s.%s"
                  .formatted(
                      settings.client(),
                      settings.property("connection-string"),
                      settings.property("namespace"),
                      blank),
              "Set one of them. With a namespace the credential is the one the environment offers, unless %s says otherwise."
                  .formatted(settings.property("credential"))));
    }
  }

  private String blank(String name) {
    return settings.isSet(name) ? " " + settings.propertyWithOrigin(name) + " is blank." : "";
  }

  private void connectionString() {
    Found string = access.connectionString();
    if (string == null) {
      return;
    }
    try {
      ServiceBusConnectionString.parse(string.text());
    } catch (ConfigurationInvalid e) {
      problems.add(
          StartupProblem.failure(
              "QR-106",
              string.where() + ": " + e.getMessage(),
              "Correct it; if a shell cut it at \";\" or \"$\", quote it."));
    }
  }

  private void namespace() {
    Found namespace = access.namespace();
    if (namespace != null && !HOST.matcher(namespace.text()).matches()) {
      problems.add(
          StartupProblem.failure(
              "QR-159",
              "%s is \"%s\", which is neither a name nor a host name."
                  .formatted(namespace.where(), printable(namespace.text())),
              "Write the name alone, e.g. orders, or its host, e.g. orders.servicebus.windows.net, without scheme, port and path."));
    }
  }

  private static String printable(String text) {
    // Whoever puts a connection string here must not find its key in the log.
    return text.indexOf(';') >= 0 || text.indexOf('=') >= 0 || text.length() > 100
        ? "(hidden)"
        : text.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private void credential() {
    Credential credential = access.own().credential();
    if (access.connectionString() != null && access.namespace() == null) {
      if (!credential.isUnset()) {
        // Left over, e.g. from a profile: without a namespace there is only one way to sign in.
        problems.add(
            StartupProblem.warning(
                "QR-158",
                "Client \"%s\" signs in with %s, so that nothing below %s has an effect."
                    .formatted(
                        settings.client(),
                        access.connectionString().where(),
                        settings.property("credential")),
                "Remove %s, or the connection string, and set %s."
                    .formatted(settings.property("credential"), settings.property("namespace"))));
      }
      return;
    }
    Map<String, @Nullable String> parts = new LinkedHashMap<>();
    parts.put("tenant-id", credential.tenantId());
    parts.put("client-id", credential.clientId());
    parts.put("client-secret", credential.clientSecret());
    switch (credential.type()) {
      case DEFAULT -> takesNo(credential, parts, "client-secret", "client-secret");
      case MANAGED_IDENTITY -> {
        takesNo(credential, parts, "client-secret", "client-secret");
        takesNo(credential, parts, "tenant-id", "default");
      }
      case CLIENT_SECRET ->
          parts.forEach(
              (name, value) -> {
                if (value == null) {
                  String property = settings.property("credential." + name);
                  unwanted(
                      "%s is client-secret, but %s is not set."
                          .formatted(settings.propertyWithOrigin("credential.type"), property),
                      "Set %s.".formatted(property));
                }
              });
    }
  }

  private void takesNo(
      Credential credential,
      Map<String, @Nullable String> parts,
      String name,
      String typeThatDoes) {
    if (parts.get(name) != null) {
      String type = settings.property("credential.type");
      unwanted(
          "%s is set, but %s is %s, which takes none."
              .formatted(
                  settings.propertyWithOrigin("credential." + name),
                  settings.propertyWithOrigin("credential.type"),
                  SettingText.of(credential.type())),
          "Set %s to %s, or remove %s."
              .formatted(type, typeThatDoes, settings.property("credential." + name)));
    }
  }

  private void unwanted(String description, String action) {
    problems.add(StartupProblem.failure("QR-158", description, action));
  }

  private void range(String name, int value, int least, int most, String example) {
    if (value < least || value > most) {
      outOfRange(name, Integer.toString(value), least + " to " + most, example);
    }
  }

  private void positive(String name, Duration value, String example) {
    if (value.isZero() || value.isNegative()) {
      outOfRange(name, SettingText.of(value), "more than zero", example);
    }
  }

  private void size() {
    DataSize size = access.own().maxMessageSize();
    if (size.toBytes() < 1 || size.compareTo(MESSAGE_MAX) > 0) {
      outOfRange("max-message-size", size.toBytes() + "B", "1B to 100MB", "256KB");
    }
  }

  private void outOfRange(String name, String value, String allowed, String example) {
    problems.add(
        StartupProblem.failure(
            "QR-139",
            "%s is %s; allowed is %s.".formatted(settings.propertyWithOrigin(name), value, allowed),
            "Set %s, e.g. to %s.".formatted(settings.property(name), example)));
  }

  private void managementEndpoint() {
    URI endpoint = access.managementEndpoint();
    if (endpoint == null) {
      return;
    }
    String scheme = endpoint.getScheme();
    boolean http = "http".equals(scheme) || "https".equals(scheme);
    if (!http || endpoint.getHost() == null) {
      outOfRange(
          "management-endpoint",
          "\"" + endpoint + "\"",
          "an address with http or https",
          "http://localhost:5300");
    }
  }

  private void customEndpoint() {
    URI endpoint = access.own().customEndpoint();
    if (endpoint != null && (endpoint.getHost() == null || endpoint.getPort() < 1)) {
      outOfRange(
          "custom-endpoint",
          "\"" + endpoint + "\"",
          "an address with host and port",
          "https://bus.internal.example:5671");
    }
  }
}
