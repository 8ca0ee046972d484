package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.ListenerOverride;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Where settings stand, by whichever name they were written. */
class ConfiguredPropertiesTests {

  private static StandardEnvironment environment(Map<String, Object> properties) {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
    ConfigurationPropertySources.attach(environment);
    return environment;
  }

  @Test
  void thePlaceOfASettingIsNamed() {
    StandardEnvironment environment = environment(Map.of("queue-runtime.primary", "a"));
    environment
        .getPropertySources()
        .addLast(
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of("QUEUERUNTIME_PROVIDER", "embedded")));
    environment
        .getPropertySources()
        .addLast(new SimpleCommandLinePropertySource("--queue-runtime.strict=true"));
    ConfiguredProperties configured = new ConfiguredProperties(environment);

    assertThat(configured.withOrigin("queue-runtime.primary"))
        .isEqualTo("queue-runtime.primary (test)");
    assertThat(configured.withOrigin("queue-runtime.strict"))
        .isEqualTo("queue-runtime.strict (command line)");
    assertThat(configured.withOrigin("queue-runtime.provider"))
        .isEqualTo("queue-runtime.provider (environment variable QUEUERUNTIME_PROVIDER)");
    assertThat(configured.withOrigin("queue-runtime.queues.none.session"))
        .isEqualTo("queue-runtime.queues.none.session");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "queue-runtime.listeners.orders.placeOrder.timeout",
        "queue-runtime.listeners.orders.place-order.timeout",
        "queue-runtime.listeners.orders.placeorder.timeout",
        "queue-runtime.listeners[orders.placeOrder].timeout"
      })
  void theSettingsOfAListenerAreFoundHoweverItsIdWasWritten(String name) {
    ListenerOverrides overrides =
        new ListenerOverrides(new ConfiguredProperties(environment(Map.of(name, "5s"))));

    assertThat(overrides.of("orders.placeOrder").timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(overrides.of("orders.other")).isEqualTo(ListenerOverride.UNSET);
    assertThat(overrides.unused(List.of("orders.placeOrder"))).isEmpty();
    assertThat(overrides.unused(List.of("somebody.else")))
        .singleElement()
        .extracting(StartupProblem::code)
        .isEqualTo("QR-146");
  }

  @ParameterizedTest
  @CsvSource({
    "ordres, orders, orders",
    "orders, orders, ",
    "x, orders, ",
    "Ordrs, orders, orders",
    "payments, orders, "
  })
  void theNearestNameIsAtMostThreeEditsAway(String written, String known, String found) {
    assertThat(NearestName.of(written, List.of(known)).orElse(null)).isEqualTo(found);
  }
}
