package io.queueruntime.servicebus.emulator.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TokensTests {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final Tokens tokens = new Tokens(now::get);

  @Test
  void anAddressReachesItselfAndWhatIsBelow() {
    tokens.put("sb://host:5672/Orders/$management", START.plusSeconds(10));

    assertThat(tokens.reach("orders")).isTrue();
    assertThat(tokens.reach("ORDERS/eu")).isTrue();
    assertThat(tokens.reach("orders2")).isFalse();
    assertThat(tokens.reach("order")).isFalse();
  }

  @Test
  void theNamespaceReachesEverything() {
    tokens.put("amqp://host", START.plusSeconds(10));

    assertThat(tokens.reach("orders")).isTrue();
  }

  @Test
  void aTokenEndsAtItsTimeAndALaterOneTakesItsPlace() {
    tokens.put("q", START.plusSeconds(10));
    tokens.put("r", START.plusSeconds(20));
    assertThat(tokens.nextEnd()).contains(START.plusSeconds(10));

    now.set(START.plusSeconds(10));
    assertThat(tokens.reach("q")).isFalse();
    assertThat(tokens.nextEnd()).contains(START.plusSeconds(20));
    tokens.put("q", START.plusSeconds(30));
    assertThat(tokens.reach("q")).isTrue();

    now.set(START.plusSeconds(30));
    assertThat(tokens.areThere()).isFalse();
    assertThat(tokens.nextEnd()).isEmpty();
  }

  @Test
  void oneConnectionHasSoManyAtMost() {
    for (int i = 0; i < Tokens.MAX_TOKENS; i++) {
      assertThat(tokens.put("q" + i, START.plusSeconds(10))).isTrue();
    }

    assertThat(tokens.put("one-more", START.plusSeconds(10))).isFalse();
    assertThat(tokens.put("q1", START.plusSeconds(20))).isTrue();
  }
}
