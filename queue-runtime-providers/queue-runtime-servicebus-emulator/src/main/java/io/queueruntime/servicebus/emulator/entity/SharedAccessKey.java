package io.queueruntime.servicebus.emulator.entity;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The one key of the emulator's namespace, with every right, and how tokens signed with it are told
 * from others. Immutable.
 *
 * @param name the rule's name, {@code skn} in a token
 * @param value what tokens are signed with; not shown by {@link #toString}
 */
public record SharedAccessKey(String name, String value) {

  /** What connection strings for emulators say: known to everybody, so it protects nothing. */
  public static final SharedAccessKey DEVELOPMENT =
      new SharedAccessKey("RootManageSharedAccessKey", "SAS_KEY_VALUE");

  private static final String SCHEME = "SharedAccessSignature";

  /** Longest token that is looked at, in characters. */
  private static final int MAX_TOKEN_LENGTH = 8192;

  public SharedAccessKey {
    if (name.isBlank() || value.isBlank()) {
      throw new IllegalArgumentException(
          "A shared access key has a name and a value; one of them is blank.");
    }
  }

  /**
   * What is wrong with a token; empty when it is signed with this key and lives. The signature is
   * checked over the audience as the client wrote it, whatever host and port it names.
   *
   * @param token the text from {@code SharedAccessSignature} on
   * @param now by the machine's clock, which tokens go by
   */
  public Optional<String> refusal(String token, Instant now) {
    if (token.length() > MAX_TOKEN_LENGTH
        || !token.regionMatches(true, 0, SCHEME + " ", 0, SCHEME.length() + 1)) {
      return Optional.of("InvalidSignature: The token is not a shared access signature.");
    }
    Map<String, String> fields = fields(token.substring(SCHEME.length() + 1));
    String audience = fields.get("sr");
    String signature = fields.get("sig");
    String expiry = fields.get("se");
    String rule = fields.get("skn");
    if (audience == null || signature == null || expiry == null || rule == null) {
      return Optional.of(
          "MalformedToken: The token needs the fields sr, sig, se and skn, each once.");
    }
    try {
      byte[] given = Base64.getDecoder().decode(decoded(signature));
      if (!decoded(rule).equals(name)
          || !MessageDigest.isEqual(given, sign(audience + "\n" + expiry))) {
        return Optional.of("InvalidSignature: The token has an invalid signature.");
      }
      return now.getEpochSecond() < Long.parseLong(expiry)
          ? Optional.empty()
          : Optional.of("ExpiredToken: The token is expired.");
    } catch (IllegalArgumentException unreadable) {
      return Optional.of("MalformedToken: A field of the token cannot be read.");
    }
  }

  /**
   * What a token says of itself. Immutable.
   *
   * @param audience what it is for: an address, with what lies below it
   * @param expires when it ends, by the machine's clock
   */
  public record Claim(String audience, Instant expires) {}

  /**
   * Reads a token that {@link #refusal} has nothing against.
   *
   * @throws IllegalArgumentException when it is no token
   */
  public static Claim claim(String token) {
    Map<String, String> fields =
        fields(token.substring(Math.min(token.length(), SCHEME.length() + 1)));
    String audience = fields.get("sr");
    String expiry = fields.get("se");
    if (audience == null || expiry == null) {
      throw new IllegalArgumentException("The token has no audience or no end.");
    }
    long end = Math.min(Long.parseLong(expiry), Instant.MAX.getEpochSecond());
    return new Claim(decoded(audience), Instant.ofEpochSecond(end));
  }

  /** Empty when a field is there twice. */
  private static Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String field : text.strip().split("&", -1)) {
      int equals = field.indexOf('=');
      if (equals < 0
          || fields.put(field.substring(0, equals), field.substring(equals + 1)) != null) {
        return Map.of();
      }
    }
    return fields;
  }

  private static String decoded(String field) {
    return URLDecoder.decode(field, StandardCharsets.UTF_8);
  }

  private byte[] sign(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(value.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("This JDK has no HmacSHA256, which every JDK has.", missing);
    }
  }

  /** The name alone. */
  @Override
  public String toString() {
    return "SharedAccessKey[" + name + "]";
  }
}
