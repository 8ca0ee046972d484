package io.queueruntime.samples.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MovementsGeneratorTests {

  @Test
  void theBundledFileIsWhatTheGeneratorWrites() throws IOException {
    try (InputStream in = getClass().getResourceAsStream(MovementsFile.RESOURCE)) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(new MovementsGenerator().csv());
    }
  }

  @Test
  void everyAccountCountsItsMovementsFromOneAndIsNeverOverdrawn() {
    Map<String, Integer> numbers = new HashMap<>();
    Map<String, BigDecimal> balances = new HashMap<>();
    for (Movement movement : MovementsFile.read()) {
      assertThat(movement.number()).isEqualTo(numbers.merge(movement.account(), 1, Integer::sum));
      assertThat(balances.merge(movement.account(), movement.amount(), BigDecimal::add))
          .isNotNegative();
    }
    assertThat(numbers).hasSize(MovementsGenerator.ACCOUNTS);
    assertThat(numbers.values().stream().mapToInt(n -> n).sum())
        .isEqualTo(MovementsGenerator.MOVEMENTS);
  }

  @Test
  void aCommaBetweenQuotationMarksBelongsToItsField() {
    assertThat(MovementsFile.read())
        .extracting(Movement::text)
        .contains("Rent, flat 15", "Deposit, counter");
  }
}
