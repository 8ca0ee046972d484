package io.queueruntime.contract;

import io.queueruntime.provider.Capability;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Makes a case's fixture, skips the case when the provider lacks what it needs, and closes the
 * fixture afterwards.
 *
 * <p>Thread-safe.
 */
final class FixtureExtension implements BeforeEachCallback, ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(FixtureExtension.class);
  private static final System.Logger LOG = System.getLogger(FixtureExtension.class.getName());

  @Override
  public void beforeEach(ExtensionContext context) {
    ProviderFixture fixture = fixture(context);
    List<String> missing = missing(context, fixture);
    if (!missing.isEmpty()) {
      String reason =
          "Skipped, %s cannot do what this case needs: %s."
              .formatted(fixture.getClass().getSimpleName(), String.join(", ", missing));
      LOG.log(System.Logger.Level.INFO, () -> context.getDisplayName() + ": " + reason);
      context.publishReportEntry("skipped", reason);
      Assumptions.abort(reason);
    }
  }

  private static List<String> missing(ExtensionContext context, ProviderFixture fixture) {
    List<String> missing = new ArrayList<>();
    needs(context)
        .forEach(
            needs -> {
              for (Capability capability : needs.value()) {
                if (!fixture.capabilities().has(capability)
                    && !missing.contains(capability.name())) {
                  missing.add(capability.name());
                }
              }
              if (needs.reopen() && !fixture.canReopen()) {
                missing.add("reopen");
              }
              if (needs.crash() && !fixture.canCrash()) {
                missing.add("crash");
              }
            });
    return missing;
  }

  private static Stream<Needs> needs(ExtensionContext context) {
    return Stream.of(
            AnnotationSupport.findAnnotation(context.getRequiredTestClass(), Needs.class),
            AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Needs.class))
        .flatMap(Optional::stream);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ProviderFixture.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return fixture(context);
  }

  private static ProviderFixture fixture(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(ProviderFixture.class, key -> newFixture(context), ProviderFixture.class);
  }

  private static ProviderFixture newFixture(ExtensionContext context) {
    Class<? extends ProviderFixture> type =
        AnnotationSupport.findAnnotation(
                context.getRequiredTestClass(),
                ContractFor.class,
                context.getEnclosingTestClasses())
            .orElseThrow(
                () ->
                    new ExtensionConfigurationException(
                        "Neither %s nor a class around it says which fixture to use: add @ContractFor."
                            .formatted(context.getRequiredTestClass().getName())))
            .value();
    try {
      Constructor<? extends ProviderFixture> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new ExtensionConfigurationException(
          "Cannot make the fixture "
              + type.getName()
              + ": it needs a constructor without parameters that succeeds.",
          e);
    }
  }
}
