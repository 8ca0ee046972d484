package io.queueruntime.servicebus.emulator.entity;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One of a queue's authorization rules, kept as a client gave it and given back so. Nobody signs in
 * with its keys: the emulator knows one key, which may do everything.
 *
 * <p>Immutable.
 *
 * @param fields what the rule says, by Service Bus's names: those of {@link #FIELDS}, the rights
 *     separated by commas
 */
public record AuthorizationRule(Map<String, String> fields) {

  /** Most rules of a queue, as the service has it. */
  public static final int MOST = 12;

  /** The field with several values. */
  public static final String RIGHTS = "Rights";

  /** What a rule can say, in Service Bus's order. */
  public static final List<String> FIELDS =
      List.of(
          "ClaimType",
          "ClaimValue",
          RIGHTS,
          "CreatedTime",
          "ModifiedTime",
          "KeyName",
          "PrimaryKey",
          "SecondaryKey");

  public AuthorizationRule {
    Map<String, String> known = new HashMap<>(fields);
    known.keySet().retainAll(FIELDS);
    fields = Map.copyOf(known);
  }

  /** The rules as one text, a line each; empty for none. */
  public static String format(List<AuthorizationRule> rules) {
    return rules.stream()
        .map(
            rule ->
                FIELDS.stream()
                    .filter(rule.fields::containsKey)
                    .map(
                        name ->
                            name
                                + "="
                                + URLEncoder.encode(rule.fields.getOrDefault(name, ""), UTF_8))
                    .collect(Collectors.joining("&")))
        .collect(Collectors.joining("\n"));
  }

  /** The rules that {@link #format} wrote. */
  public static List<AuthorizationRule> parse(String text) {
    return text.lines()
        .map(
            line ->
                new AuthorizationRule(
                    Arrays.stream(line.split("&"))
                        .map(field -> field.split("=", 2))
                        .filter(field -> field.length == 2)
                        .collect(
                            Collectors.toMap(
                                field -> field[0],
                                field -> URLDecoder.decode(field[1], UTF_8),
                                (first, second) -> first))))
        .toList();
  }

  /** Without keys. */
  @Override
  public String toString() {
    return "AuthorizationRule[%s]".formatted(fields.get("KeyName"));
  }
}
