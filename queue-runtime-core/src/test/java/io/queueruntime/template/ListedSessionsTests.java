package io.queueruntime.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListedSessionsTests {

  private static final QueueName QUEUE = QueueName.of("orders");
  private static final List<SessionId> FOUR =
      IntStream.range(0, 4).mapToObj(i -> SessionId.of("p" + i)).toList();

  private final ListedSessions sessions = new ListedSessions(Map.of(QUEUE, FOUR));

  /** The vectors of Kafka's own tests. */
  @ParameterizedTest
  @CsvSource({
    "21, -973932308",
    "foobar, -790332482",
    "a-little-bit-long-string, -985981536",
    "a-little-bit-longer-string, -1486304829",
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8, -58897971",
    "abc, 479470107"
  })
  void hashesAsKafkaDoes(String text, int hash) {
    assertThat(Murmur2.hash(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(hash);
  }

  /**
   * floorMod, not the remainder and not Kafka's cleared sign bit: -973932308 mod 4 is 0, -985981536
   * mod 3 is 0.
   */
  @Test
  void keyWithANegativeHashBelongsToASessionOfTheList() {
    assertThat(sessions.of(QUEUE, "foobar")).isEqualTo(FOUR.get(Math.floorMod(-790332482, 4)));
    List<SessionId> three = FOUR.subList(0, 3);
    ListedSessions ofThree = new ListedSessions(Map.of(QUEUE, three));
    assertThat(ofThree.of(QUEUE, "21").value()).isEqualTo("p" + Math.floorMod(-973932308, 3));
    assertThat(ofThree.of(QUEUE, "a-little-bit-longer-string").value())
        .isEqualTo("p" + Math.floorMod(-1486304829, 3));
  }

  @Test
  void keyOutsideAsciiIsHashedAsUtf8() {
    assertThat(sessions.of(QUEUE, "größe"))
        .isEqualTo(
            FOUR.get(Math.floorMod(Murmur2.hash("größe".getBytes(StandardCharsets.UTF_8)), 4)));
  }

  @Test
  void keysSpreadOverAllSessions() {
    assertThat(
            IntStream.range(0, 1000).mapToObj(i -> sessions.of(QUEUE, "customer-" + i)).distinct())
        .containsExactlyInAnyOrderElementsOf(FOUR);
  }

  @Test
  void keyForAQueueWithoutAListIsRefused() {
    assertThatThrownBy(() -> sessions.of(QueueName.of("other"), "k"))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("session-ids");
  }

  @Test
  void sessionOutsideTheListIsRefusedAndTheAllowedOnesAreNamed() {
    sessions.check(QUEUE, SessionId.of("p3"));
    assertThatThrownBy(() -> sessions.check(QUEUE, SessionId.of("p4")))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContaining("[p0, p1, p2, p3]");
  }
}
