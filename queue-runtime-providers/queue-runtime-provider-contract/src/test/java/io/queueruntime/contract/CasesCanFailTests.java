package io.queueruntime.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;

/**
 * Every case of the contract is seen failing: {@code seen-failing.txt} names for each the flaws
 * that it must notice, and here it is run against the reference with each of these flaws, one at a
 * time. That all cases pass without a flaw is what {@link PlainContractTests} shows.
 */
class CasesCanFailTests {

  @Test
  void everyCaseFailsWithTheFlawsItIsToNotice() throws IOException {
    Map<Flaw, List<Case>> casesByFlaw = new EnumMap<>(Flaw.class);
    seenFailing()
        .forEach(
            (one, flaws) ->
                flaws.forEach(
                    flaw -> casesByFlaw.computeIfAbsent(flaw, key -> new ArrayList<>()).add(one)));

    List<String> unnoticed = new ArrayList<>();
    casesByFlaw.forEach(
        (flaw, cases) ->
            BrokenFixture.with(
                flaw,
                () -> {
                  Map<Case, TestExecutionResult> results = Case.run(cases);
                  for (Case one : cases) {
                    TestExecutionResult result = results.get(one);
                    if (result == null || result.getStatus() != Status.FAILED) {
                      unnoticed.add(one + " with " + flaw + ": " + result);
                    }
                  }
                }));

    assertThat(unnoticed).as("cases that did not notice a flaw").isEmpty();
  }

  @Test
  void everyCaseIsAskedForAndEveryFlawIsNoticed() throws IOException {
    Map<Case, Set<Flaw>> seenFailing = seenFailing();

    assertThat(seenFailing.keySet()).containsExactlyElementsOf(Case.all());
    assertThat(seenFailing.values().stream().flatMap(Set::stream).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Flaw.values());
  }

  private static Map<Case, Set<Flaw>> seenFailing() throws IOException {
    Map<Case, Set<Flaw>> seen = new TreeMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    CasesCanFailTests.class.getResourceAsStream("seen-failing.txt")),
                StandardCharsets.UTF_8))) {
      for (String line :
          lines.lines().filter(text -> !text.isBlank() && !text.startsWith("#")).toList()) {
        String[] parts = line.split(": ", 2);
        Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);
        for (String flaw : parts[1].split(" ")) {
          flaws.add(Flaw.valueOf(flaw));
        }
        assertThat(seen.put(Case.of(parts[0]), flaws)).as(parts[0] + " stands here once").isNull();
      }
    }
    return seen;
  }
}
