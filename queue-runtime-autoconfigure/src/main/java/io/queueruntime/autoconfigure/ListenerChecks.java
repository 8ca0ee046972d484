package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.ListenerAttributes.Sourced;
import io.queueruntime.autoconfigure.handler.HandlerSignature;
import io.queueruntime.converter.PayloadTypes;
import io.queueruntime.listener.BackoffPolicy;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.SessionId;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.core.ResolvableType;

/**
 * What can be wrong with a listener that looks right by itself: beside the other listeners, with
 * its queue, with the limits of the application.
 *
 * <p>Confined to the start.
 */
final class ListenerChecks {

  private static final String LISTENER = QueueRuntimeProperties.PREFIX + ".listener";
  private static final String PHASE_TIMEOUT = "spring.lifecycle.timeout-per-shutdown-phase";
  private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(30);

  private final ConfiguredProperties configured;
  private final Consumer<StartupProblem> problems;

  ListenerChecks(ConfiguredProperties configured, Consumer<StartupProblem> problems) {
    this.configured = configured;
    this.problems = problems;
  }

  /** Every id is there once, and not among those that are {@code taken}. */
  void uniqueIds(Collection<ListenerPlan> plans, Collection<String> taken) {
    Map<String, String> owners = new HashMap<>();
    taken.forEach(id -> owners.put(id, "a listener that runs already"));
    for (ListenerPlan plan : plans) {
      String owner = owners.putIfAbsent(plan.id(), plan.where());
      if (owner != null) {
        problems.accept(
            StartupProblem.failure(
                "QR-130",
                "Two listeners have the id \"%s\": %s and %s."
                    .formatted(plan.id(), owner, plan.where()),
                "Give one of them another id, e.g. @QueueListener(id = \"%s-2\", ...)."
                    .formatted(plan.id())));
      }
    }
  }

  /** A drain that takes as long as Spring waits would be cut off. */
  void drainTimeout(Duration drain) {
    if (drain.isNegative()) {
      problems.accept(
          StartupProblem.failure(
              "QR-139",
              "%s is %s; allowed is 0 or more."
                  .formatted(configured.withOrigin(LISTENER + ".drain-timeout"), shown(drain)),
              "Set %s.drain-timeout, e.g. to 20s.".formatted(LISTENER)));
      return;
    }
    Duration phase =
        configured.binder().bind(PHASE_TIMEOUT, Duration.class).orElse(DEFAULT_PHASE_TIMEOUT);
    if (drain.compareTo(phase) >= 0) {
      problems.accept(
          StartupProblem.failure(
              "QR-122",
              "%s is %s, and %s is %s: Spring would cut the drain off, and messages in work would be delivered twice."
                  .formatted(
                      configured.withOrigin(LISTENER + ".drain-timeout"),
                      shown(drain),
                      configured.withOrigin(PHASE_TIMEOUT),
                      shown(phase)),
              "Set %s.drain-timeout: %s, or %s: %s."
                  .formatted(
                      LISTENER,
                      shown(phase.multipliedBy(2).dividedBy(3)),
                      PHASE_TIMEOUT,
                      shown(drain.plusSeconds(10)))));
    }
  }

  /** Nobody is there to validate payloads, so no listener may count on it. */
  void notValidated(ListenerPlan plan) {
    plan.signatures().stream()
        .filter(HandlerSignature::wantsValidation)
        .forEach(
            signature ->
                problems.accept(
                    StartupProblem.failure(
                        "QR-163",
                        "%s wants its payload validated, and the application has no Validator, or several and none of them primary: payloads would reach it unchecked."
                            .formatted(described(plan, signature)),
                        "Add org.springframework.boot:spring-boot-starter-validation, or remove the annotation from the payload.")));
  }

  /** The methods of a class-level listener can be told apart by what a message carries. */
  void payloadTypes(ListenerPlan plan, PayloadTypes types) {
    if (plan.listener().method() != null) {
      return;
    }
    Map<Type, HandlerSignature> byType = new HashMap<>();
    for (HandlerSignature signature : plan.signatures()) {
      HandlerSignature other = byType.putIfAbsent(signature.payloadType(), signature);
      if (other != null) {
        problems.accept(
            StartupProblem.failure(
                "QR-123",
                "%s and %s both take payloads of %s, so none of them can be chosen."
                    .formatted(
                        described(plan, other),
                        described(plan, signature),
                        signature.payloadType().getTypeName()),
                "Remove @QueueHandler from one of them."));
      }
    }
    List<HandlerSignature> objects =
        plan.signatures().stream().filter(signature -> isObject(payloadClass(signature))).toList();
    if (objects.size() > 1 || plan.fallback() != null) {
      objects.stream()
          .filter(
              signature ->
                  types.nameOf(payloadClass(signature)).isEmpty()
                      && isConcrete(payloadClass(signature)))
          .forEach(signature -> unnamed(plan, signature));
    }
  }

  private void unnamed(ListenerPlan plan, HandlerSignature signature) {
    Class<?> type = payloadClass(signature);
    problems.accept(
        StartupProblem.failure(
            "QR-123",
            "%s is chosen by its payload type %s, but no name for that type is configured, so no message can say it holds one."
                .formatted(described(plan, signature), type.getName()),
            "Set queue-runtime.payload.types: { %s.v1: %s } here and where the messages are sent."
                .formatted(type.getSimpleName().toLowerCase(Locale.ROOT), type.getName())));
  }

  private static boolean isObject(Class<?> type) {
    return type != String.class
        && type != byte[].class
        && type != Object.class
        && !Map.class.isAssignableFrom(type);
  }

  private static boolean isConcrete(Class<?> type) {
    return !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
  }

  private static Class<?> payloadClass(HandlerSignature signature) {
    return ResolvableType.forType(signature.payloadType()).toClass();
  }

  private static String described(ListenerPlan plan, HandlerSignature signature) {
    return HandlerSignature.describe(signature.method(), plan.listener().beanClass());
  }

  /** The listener can work on the queue as it is, or will be. */
  void onQueue(ListenerPlan plan, QueueTarget target) {
    QueueOptions options = target.options();
    sessions(plan, target, options);
    batchTimeout(plan, target.definition().name(), options);
    lockRenewal(plan, target.definition().name(), options);
    timeToLive(plan, target.definition().name(), options);
  }

  private void sessions(ListenerPlan plan, QueueTarget target, QueueOptions options) {
    String queue = target.definition().name().value();
    String property = ConfiguredProperties.below(QueueCatalog.QUEUES, queue) + ".session";
    if (!options.sessions()) {
      String why =
          !plan.sessionIds().isEmpty()
              ? "names session ids"
              : plan.takes(QueueSession.class) ? "takes a QueueSession" : "";
      if (!why.isEmpty()) {
        problems.accept(
            StartupProblem.failure(
                "QR-111",
                "%s %s, but queue \"%s\" has no sessions.".formatted(plan.where(), why, queue),
                target.exists()
                    ? "Change the listener, or use a new queue with %s: required; sessions of an existing queue cannot be switched on."
                        .formatted(property)
                    : "Set %s: required.".formatted(property)));
      }
      return;
    }
    List<SessionId> allowed = target.definition().sessionIds();
    for (SessionId id : plan.sessionIds()) {
      if (!allowed.isEmpty() && !allowed.contains(id)) {
        List<String> texts = allowed.stream().map(SessionId::value).toList();
        problems.accept(
            StartupProblem.failure(
                "QR-113",
                "%s names session \"%s\", which is not one of the %d session ids of queue \"%s\": %s."
                    .formatted(plan.where(), id, texts.size(), queue, String.join(", ", texts)),
                "%sUse one of them, or add it to %s-ids on every instance."
                    .formatted(ClientSelection.suggestion(id.value(), texts), property)));
      }
    }
    partitionedConcurrency(plan, queue, plan.sessionIds().isEmpty() ? allowed : plan.sessionIds());
  }

  private void batchTimeout(ListenerPlan plan, QueueName queue, QueueOptions options) {
    Duration wait = plan.options().batchTimeout();
    if (plan.isBatch() && wait.multipliedBy(2).compareTo(options.lockDuration()) > 0) {
      problems.accept(
          StartupProblem.failure(
              "QR-157",
              "%s waits %s for a batch to fill, but a message of queue \"%s\" is locked for %s only."
                  .formatted(plan.where(), shown(wait), queue, shown(options.lockDuration())),
              "Set the batch timeout to %s or less, or raise %s.lock-duration."
                  .formatted(
                      shown(options.lockDuration().dividedBy(2)),
                      ConfiguredProperties.below(QueueCatalog.QUEUES, queue.value()))));
    }
  }

  private void partitionedConcurrency(ListenerPlan plan, String queue, List<SessionId> ids) {
    Sourced<Concurrency> asked = plan.concurrency();
    if (asked != null && !ids.isEmpty() && asked.value().max() > ids.size()) {
      int most = asked.value().max();
      problems.accept(
          StartupProblem.warning(
              "QR-114",
              "%s asks for %d sessions of queue \"%s\" at once, but there are only %d session ids: %d would never get work."
                  .formatted(asked.source(), most, queue, ids.size(), most - ids.size()),
              "Set %s to \"%d\" or less, or use sessions without a list of ids."
                  .formatted(asked.edit(), ids.size())));
    }
  }

  private void lockRenewal(ListenerPlan plan, QueueName queue, QueueOptions options) {
    Duration timeout = plan.timeout().value();
    Duration renewal = plan.maxLockRenewal().value();
    Duration held =
        renewal.compareTo(options.lockDuration()) > 0 ? renewal : options.lockDuration();
    if (timeout.compareTo(held) > 0) {
      problems.accept(
          StartupProblem.failure(
              "QR-124",
              "%s allows %s, but the lock on a message of queue \"%s\" is kept for %s only (%s is %s, its lock lasts %s): it would be lost, and the message processed twice."
                  .formatted(
                      plan.timeout().source(),
                      shown(timeout),
                      queue,
                      shown(held),
                      plan.maxLockRenewal().source(),
                      shown(renewal),
                      shown(options.lockDuration())),
              "Set %s to %s or more, or the timeout to %s or less."
                  .formatted(
                      plan.maxLockRenewal().edit(), shown(timeout.plusMinutes(1)), shown(held))));
    }
  }

  private void timeToLive(ListenerPlan plan, QueueName queue, QueueOptions options) {
    BackoffPolicy backoff = plan.options().backoff();
    int retries =
        Math.min(
            plan.options().maxRetries().orElse(Integer.MAX_VALUE), options.maxDeliveryCount() - 1);
    Duration total = Duration.ZERO;
    Duration life = options.defaultTimeToLive();
    for (int i = 1; i <= retries && life != null && total.compareTo(life) <= 0; i++) {
      total = total.plus(backoff.after(i, 0.5));
    }
    if (life != null && total.compareTo(life) > 0) {
      problems.accept(
          StartupProblem.warning(
              "QR-148",
              "The %d retries of %s take longer than the %s a message of queue \"%s\" lives: it expires before the last one."
                  .formatted(retries, plan.where(), shown(life), queue),
              "Shorten the back-off, or raise %s.default-time-to-live."
                  .formatted(ConfiguredProperties.below(QueueCatalog.QUEUES, queue.value()))));
    }
  }

  /** As it would be written in a property. */
  static String shown(Duration duration) {
    return SettingText.of(duration);
  }
}
