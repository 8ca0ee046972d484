package io.queueruntime.servicebus.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScenarioTextTests {

  @Test
  void aScenarioIsReadStepByStep() {
    List<Scenario> scenarios =
        ScenarioFile.read(
            "some",
            """
            # A-01 First one
            without js: it cannot do that
            queue q lock=30s
            send q m1 body="two words" ttl=2m
            complete m1 -> error:general | js: ok

            # A-02 Second one
            peek q show=a,b -> m1 a=1 b=2, m2 a=- b=3
            """);

    assertThat(scenarios).extracting(Scenario::id).containsExactly("A-01", "A-02");
    Scenario first = scenarios.get(0);
    assertThat(first.without()).isEqualTo(Map.of("js", "it cannot do that"));
    Step send = first.steps().get(1);
    assertThat(send.verb()).isEqualTo("send");
    assertThat(send.words()).containsExactly("q", "m1");
    assertThat(send.options()).isEqualTo(Map.of("body", "two words", "ttl", "120000"));
    assertThat(send.expectedOf("java")).isEqualTo("ok");
    Step complete = first.steps().get(2);
    assertThat(complete.expectedOf("java")).isEqualTo("error:general");
    assertThat(complete.expectedOf("js")).isEqualTo("ok");
    assertThat(scenarios.get(1).steps().get(0).expectedOf("proton"))
        .isEqualTo("m1 a=1 b=2, m2 a=- b=3");
  }

  @Test
  void whatIsNoDurationIsNamedWithItsLine() {
    assertThatThrownBy(() -> ScenarioFile.read("some", "# A-01 x\nsend q m1 ttl=long\n"))
        .hasMessageContaining("some:2")
        .hasMessageContaining("'long'");
  }

  @Test
  void onlyTheTimeThatAClientTookMayDiffer() {
    assertThat(same("m1 lockleft=30s", "m1 lockleft=30s", 0)).isTrue();
    assertThat(same("m1 lockleft=30s", "m1 lockleft=29s", 0)).as("rounded").isTrue();
    assertThat(same("m1 lockleft=30s", "m1 lockleft=23s", 6)).isTrue();
    assertThat(same("m1 lockleft=30s", "m1 lockleft=23s", 3)).isFalse();
    assertThat(same("in 30s", "in 29s", 0)).isTrue();
    assertThat(same("m1 lockleft=60s", "m1 lockleft=30s", 29)).as("however slow").isTrue();
    assertThat(same("m1 lockleft=30s", "m1 lockleft=32s", 60)).isFalse();
    assertThat(same("m1 lockleft=30s", "m1 lockleft=-", 60)).isFalse();
    assertThat(same("m1 lockleft=30s", "m2 lockleft=30s", 60)).isFalse();
    assertThat(same("none", "m1", 60)).isFalse();
    assertThat(same("none", "m1 age=0s", 60)).isFalse();
  }

  private static boolean same(String expected, String seen, int seconds) {
    return Seen.same(expected, seen, Duration.ofSeconds(seconds));
  }
}
