package io.queueruntime.contract;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedMethod;

import io.queueruntime.provider.Capability;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * One case of the contract, by topic and method, to be run against the {@link BrokenFixture}.
 * Immutable.
 *
 * @param topic simple name of its class in {@link BrokenProviderCases}
 */
record Case(String topic, String method) implements Comparable<Case> {

  private static final Launcher LAUNCHER = LauncherFactory.create();

  static Case of(String text) {
    int dot = text.indexOf('.');
    return new Case(text.substring(0, dot), text.substring(dot + 1));
  }

  private static Case of(TestIdentifier test) {
    MethodSource source = (MethodSource) test.getSource().orElseThrow();
    return new Case(source.getClassName().replaceFirst(".*\\$", ""), source.getMethodName());
  }

  static List<Case> all() {
    TestPlan plan = LAUNCHER.discover(request(List.of(selectClass(BrokenProviderCases.class))));
    return plan.getRoots().stream()
        .flatMap(root -> plan.getDescendants(root).stream())
        .filter(TestIdentifier::isTest)
        .map(Case::of)
        .sorted()
        .toList();
  }

  /** Runs cases one after the other on the caller's thread. */
  static Map<Case, TestExecutionResult> run(Collection<Case> cases) {
    Map<Case, TestExecutionResult> results = new TreeMap<>();
    run(cases, results::put);
    return results;
  }

  /** Runs cases one after the other on the caller's thread, and says after each how it ended. */
  static void run(Collection<Case> cases, BiConsumer<Case, TestExecutionResult> ended) {
    LAUNCHER.execute(
        request(cases.stream().map(Case::selector).toList()),
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
              ended.accept(of(test), result);
            }
          }
        });
  }

  /** What the case says it needs, itself or through its topic. */
  Set<Capability> needs() {
    Method declared = ReflectionSupport.findMethod(type(), method).orElseThrow();
    return Stream.of(
            AnnotationSupport.findAnnotation(type(), Needs.class),
            AnnotationSupport.findAnnotation(declared, Needs.class))
        .flatMap(Optional::stream)
        .flatMap(needs -> Stream.of(needs.value()))
        .collect(Collectors.toSet());
  }

  private Class<?> type() {
    return Arrays.stream(BrokenProviderCases.class.getDeclaredClasses())
        .filter(nested -> nested.getSimpleName().equals(topic))
        .findFirst()
        .orElseThrow(() -> new AssertionError("There is no topic " + topic + "."));
  }

  private static LauncherDiscoveryRequest request(List<? extends DiscoverySelector> selectors) {
    return LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
  }

  private DiscoverySelector selector() {
    return selectNestedMethod(List.of(BrokenProviderCases.class), type(), method);
  }

  @Override
  public int compareTo(Case other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return topic + "." + method;
  }
}
