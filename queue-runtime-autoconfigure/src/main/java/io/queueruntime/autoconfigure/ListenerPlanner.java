package io.queueruntime.autoconfigure;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.autoconfigure.ListenerAttributes.Sourced;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.Listener;
import io.queueruntime.autoconfigure.QueueRuntimeProperties.ListenerOverride;
import io.queueruntime.listener.AckMode;
import io.queueruntime.listener.BackoffPolicy;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.QueueErrorHandler;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Turns what was found on beans into listeners that can run, or into problems.
 *
 * <p>Thread-safe.
 */
final class ListenerPlanner {

  private final Listener defaults;
  private final ListenerOverrides overrides;
  private final Collection<String> clients;
  private final ConfigurableListableBeanFactory beanFactory;
  private final AnnotationTexts texts;
  private final ConfiguredProperties configured;

  ListenerPlanner(
      Listener defaults,
      ListenerOverrides overrides,
      Collection<String> clients,
      ConfigurableListableBeanFactory beanFactory,
      ConfiguredProperties configured) {
    this.defaults = defaults;
    this.overrides = overrides;
    this.clients = List.copyOf(clients);
    this.beanFactory = beanFactory;
    this.texts = new AnnotationTexts(beanFactory);
    this.configured = configured;
  }

  /** The listener, as far as it can be understood; what cannot goes to {@code problems}. */
  ListenerPlan plan(DiscoveredListener found, Consumer<StartupProblem> problems) {
    return new OnePlan(found, problems).make();
  }

  /** Makes one plan. Confined to its caller. */
  private final class OnePlan {

    private final DiscoveredListener found;
    private final Consumer<StartupProblem> problems;
    private final String where;
    private final String id;
    private final String prefix;
    private final ListenerOverride override;
    private final ListenerAttributes attributes;

    OnePlan(DiscoveredListener found, Consumer<StartupProblem> problems) {
      this.found = found;
      this.problems = problems;
      this.where = found.where();
      String given = reader("").string("id", null);
      this.id = given.isEmpty() ? found.defaultId() : given;
      this.prefix = overrides.prefixOf(id);
      this.override = overrides.of(id);
      this.attributes = reader(prefix);
    }

    private ListenerAttributes reader(String overridePrefix) {
      return new ListenerAttributes(
          found.annotation(), where, overridePrefix, texts, configured, problems);
    }

    ListenerPlan make() {
      Sourced<Concurrency> concurrency =
          attributes.concurrency(override.concurrency(), defaults.concurrency());
      Sourced<Duration> timeout =
          attributes.duration("timeout", override.timeout(), defaults.timeout());
      Sourced<Duration> renewal =
          attributes.duration(
              "maxLockRenewal", override.maxLockRenewal(), defaults.maxLockRenewal());
      ListenerMethods handlers = new ListenerMethods(found, problems);
      ListenerOptions options = options(handlers, concurrency, timeout, renewal);
      return new ListenerPlan(
          found,
          id,
          client(),
          queues(),
          sessionIds(),
          handlers.signatures(),
          handlers.fallback(),
          options,
          timeout,
          renewal,
          concurrency);
    }

    private List<QueueName> queues() {
      List<String> names = new ArrayList<>();
      if (override.queues() != null) {
        names.addAll(override.queues());
      } else {
        names.addAll(attributes.strings("queues"));
        names.addAll(attributes.strings("value"));
      }
      Set<QueueName> queues = new LinkedHashSet<>();
      for (String name : names) {
        try {
          queues.add(QueueName.of(name));
        } catch (ValidationFailed e) {
          problem(
              "QR-131",
              where + " cannot listen to \"" + name + "\": " + e.getMessage(),
              "Rename the queue, e.g. to \"" + QueueCatalog.legal(name) + "\".");
        }
      }
      if (names.isEmpty() && !isUnresolved()) {
        problem("QR-141", where + " names no queue.", "Name one, e.g. @QueueListener(\"orders\").");
      }
      return List.copyOf(queues);
    }

    /** Whether something was written that could not be resolved, which has been reported. */
    private boolean isUnresolved() {
      return found.annotation().getStringArray("queues").length
              + found.annotation().getStringArray("value").length
          > 0;
    }

    private @Nullable String client() {
      String client = attributes.string("client", override.client());
      if (client.isEmpty()) {
        return null;
      }
      if (!clients.contains(client)) {
        String source =
            override.client() == null
                ? "client of " + where
                : configured.withOrigin(prefix + ".client");
        problem(
            "QR-136",
            "%s is \"%s\", which is not a client. Clients: %s."
                .formatted(source, client, String.join(", ", clients)),
            ClientSelection.suggestion(client, clients)
                + "Use one of: "
                + String.join(", ", clients)
                + ".");
      }
      return client;
    }

    private List<SessionId> sessionIds() {
      List<String> ids =
          override.sessionIds() == null ? attributes.strings("sessionIds") : override.sessionIds();
      Set<SessionId> usable = new LinkedHashSet<>();
      for (String text : ids) {
        try {
          if (!usable.add(SessionId.of(text))) {
            problem(
                "QR-115",
                "sessionIds of " + where + " repeats \"" + text + "\".",
                "Name every session id once.");
          }
        } catch (ValidationFailed e) {
          problem(
              "QR-115",
              "sessionIds of " + where + " cannot be used: " + e.getMessage(),
              "Correct or remove it.");
        }
      }
      return List.copyOf(usable);
    }

    private ListenerOptions options(
        ListenerMethods handlers,
        @Nullable Sourced<Concurrency> concurrency,
        Sourced<Duration> timeout,
        Sourced<Duration> renewal) {
      ListenerOptions.Builder options =
          ListenerOptions.builder()
              .concurrency(concurrency == null ? null : concurrency.value())
              .timeout(timeout.value())
              .maxLockRenewal(renewal.value())
              .drainTimeout(
                  defaults.drainTimeout().isNegative() ? Duration.ZERO : defaults.drainTimeout())
              .batchTimeout(
                  attributes
                      .duration("batchTimeout", override.batchTimeout(), Duration.ZERO)
                      .value())
              .autoStartup(
                  attributes
                      .truth("autoStartup", override.autoStartup(), defaults.autoStartup())
                      .value())
              .replyDestination(replyDestination())
              .errorHandler(errorHandler());
      exceptions("deadLetterOn").forEach(options::deadLetterOn);
      exceptions("retryOn").forEach(options::retryOn);
      options.ackMode(ackMode(handlers));
      backoff(options);
      checked(attributes.number("maxRetries", override.maxRetries()), options::maxRetries);
      batch(handlers, attributes.number("batchSize", override.batchSize()), options);
      return options.build();
    }

    private List<Class<? extends Throwable>> exceptions(String attribute) {
      List<Class<? extends Throwable>> types = new ArrayList<>();
      for (Class<?> type : found.annotation().getClassArray(attribute)) {
        types.add(type.asSubclass(Throwable.class));
      }
      return types;
    }

    private AckMode ackMode(ListenerMethods handlers) {
      Sourced<AckMode> mode = attributes.ackMode(override.ackMode(), defaults.ackMode());
      if (mode.value() == AckMode.MANUAL && !handlers.canSettle()) {
        problem(
            "QR-133",
            "%s is MANUAL, but %s has no Acknowledgment argument, so nothing could ever be settled."
                .formatted(mode.source(), theMethod(mode)),
            "Add an argument of type io.queueruntime.listener.Acknowledgment, or use AUTO.");
      }
      return mode.value();
    }

    private void backoff(ListenerOptions.Builder options) {
      Sourced<Duration> delay =
          attributes.backoffDuration(
              "delay", override.backoff().delay(), defaults.backoff().delay());
      Sourced<Double> multiplier =
          attributes.backoffNumber(
              "multiplier", override.backoff().multiplier(), defaults.backoff().multiplier());
      Sourced<Duration> maxDelay =
          attributes.backoffDuration(
              "maxDelay", override.backoff().maxDelay(), defaults.backoff().maxDelay());
      Sourced<Double> jitter =
          attributes.backoffNumber(
              "jitter", override.backoff().jitter(), defaults.backoff().jitter());
      try {
        options.backoff(
            new BackoffPolicy(delay.value(), multiplier.value(), maxDelay.value(), jitter.value()));
      } catch (ValidationFailed e) {
        problem(
            "QR-139",
            "The back-off of %s cannot be used: %s Set by %s, %s, %s and %s."
                .formatted(
                    where,
                    e.getMessage(),
                    delay.source(),
                    multiplier.source(),
                    maxDelay.source(),
                    jitter.source()),
            "Correct the one that is out of range.");
      }
    }

    private void batch(
        ListenerMethods handlers,
        @Nullable Sourced<Integer> size,
        ListenerOptions.Builder options) {
      if (size != null && size.value() > 1 && !handlers.isBatch()) {
        problem(
            "QR-134",
            "%s is %d, but %s takes one message."
                .formatted(size.source(), size.value(), theMethod(size)),
            "Let the method take a List of payloads or of ReceivedMessage, or remove the batch size.");
        return;
      }
      checked(size, options::batchSize);
      if (size == null && handlers.isBatch()) {
        problems.accept(
            StartupProblem.warning(
                "QR-134",
                where
                    + " takes a List, but no batch size is set: every list will hold one message.",
                "Set batchSize, e.g. batchSize = \"50\"."));
      }
    }

    /** Names the method, unless the place of the value has named it. */
    private String theMethod(Sourced<?> read) {
      return read.source().contains(where) ? "the method" : where;
    }

    private void checked(@Nullable Sourced<Integer> read, Consumer<Integer> setter) {
      if (read != null) {
        try {
          setter.accept(read.value());
        } catch (ValidationFailed e) {
          problem("QR-139", read.source() + ": " + e.getMessage(), "Correct " + read.edit() + ".");
        }
      }
    }

    private @Nullable QueueErrorHandler errorHandler() {
      String bean = attributes.string("errorHandler", override.errorHandler());
      if (bean.isEmpty()) {
        return null;
      }
      try {
        return beanFactory.getBean(bean, QueueErrorHandler.class);
      } catch (BeansException e) {
        List<String> known =
            Arrays.asList(beanFactory.getBeanNamesForType(QueueErrorHandler.class));
        String source =
            override.errorHandler() == null
                ? "errorHandler of " + where
                : configured.withOrigin(prefix + ".error-handler");
        problem(
            "QR-142",
            "%s is \"%s\", and there is no QueueErrorHandler bean of that name. Beans of that type: %s."
                .formatted(source, bean, known.isEmpty() ? "none" : String.join(", ", known)),
            ClientSelection.suggestion(bean, known) + "Declare the bean, or remove the attribute.");
        return null;
      }
    }

    private @Nullable QueueName replyDestination() {
      Set<String> names = new LinkedHashSet<>();
      found
          .handlers()
          .forEach(handler -> names.addAll(attributes.strings("@SendTo", handler.replyTo())));
      if (names.size() > 1) {
        problem(
            "QR-147",
            "@SendTo of %s names %d queues: %s."
                .formatted(where, names.size(), String.join(", ", names)),
            "Name one queue; a handler that answers to several sends itself, through a QueueTemplate argument.");
      }
      for (String name : names) {
        try {
          return QueueName.of(name);
        } catch (ValidationFailed e) {
          problem(
              "QR-131",
              "@SendTo of " + where + " names \"" + name + "\": " + e.getMessage(),
              "Rename the queue, e.g. to \"" + QueueCatalog.legal(name) + "\".");
        }
      }
      return null;
    }

    private void problem(String code, String description, String action) {
      problems.accept(StartupProblem.failure(code, description, action));
    }
  }
}
