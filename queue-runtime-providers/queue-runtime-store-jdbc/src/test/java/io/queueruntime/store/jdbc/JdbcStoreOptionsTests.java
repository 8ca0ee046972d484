package io.queueruntime.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that go into statements are letters, digits and underscores, and nothing else. */
class JdbcStoreOptionsTests {

  private static final JdbcStoreOptions OPTIONS = JdbcStoreOptions.of("main");

  private static void refused(ThrowingCallable call, String words) {
    assertThatThrownBy(call).isInstanceOf(ConfigurationInvalid.class).hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Q",
        "1a",
        "a b",
        "a\"; DROP TABLE x; --",
        "a.b",
        "ä",
        "a\n",
        "a-b",
        "a234567890123456789012345678901"
      })
  void aPrefixThatCouldBeMoreThanAName(String prefix) {
    refused(
        () -> OPTIONS.withTables(prefix, null),
        "queue-runtime.store.jdbc.table-prefix is a small letter, then at most 29 small letters, digits and _; found '"
            + prefix
            + "'.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "a.b", "a\"b", "a b", "public\n"})
  void aSchemaThatCouldBeMoreThanAName(String schema) {
    refused(
        () -> OPTIONS.withTables("q_", schema),
        "queue-runtime.store.jdbc.database-schema is a letter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ü"})
  void aScopeThatIsNone(String scope) {
    refused(() -> JdbcStoreOptions.of(scope), "The scope of a state store is 1 to 64 letters");
  }

  @Test
  void numbersOutOfBounds() {
    refused(() -> OPTIONS.withThreads(0), "queue-runtime.store.jdbc.threads is 1 to 64, found 0.");
    refused(() -> OPTIONS.withThreads(65), "found 65");
    refused(() -> OPTIONS.withTimeout(Duration.ofMillis(999)), "is 1s to 5m, found PT0.999S");
    refused(() -> OPTIONS.withTimeout(Duration.ofMinutes(6)), "found PT6M");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "a\\b",
        "\\u0041",
        "\u0000",
        "\ud800",
        "\udc00x",
        "😀",
        "a😀\ud83d",
        "\u007f\u0085ä",
        "\\",
        "\\\\u005c"
      })
  void idsComeBackAsTheyWere(String id) {
    String text = IdText.escape(id);

    assertThat(IdText.unescape(text)).isEqualTo(id);
    assertThat(text.chars()).noneMatch(Character::isISOControl);
    assertThat(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(text);
  }
}
