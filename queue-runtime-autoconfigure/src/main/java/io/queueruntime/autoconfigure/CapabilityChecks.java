package io.queueruntime.autoconfigure;

import io.queueruntime.message.QueueOptions;
import io.queueruntime.provider.Capabilities;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.Support;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Compares what queues and listeners ask for with what the provider can do on the server it found:
 * nothing that is configured may be left undone without a word.
 *
 * <p>Confined to the start.
 */
final class CapabilityChecks {

  private static final String CODE = "QR-117";

  private final ConfiguredProperties configured;
  private final Consumer<StartupProblem> problems;

  CapabilityChecks(ConfiguredProperties configured, Consumer<StartupProblem> problems) {
    this.configured = configured;
    this.problems = problems;
  }

  /**
   * One thing a queue is to have.
   *
   * @param setting the setting that asks for it
   * @param value what that says
   * @param edit what to do with a setting to do without
   * @param off that setting, with its value where it takes one
   */
  private record Need(
      Capability capability, String setting, String value, String edit, String off) {}

  /** The provider can make the queue what it is configured to be. */
  void onQueue(QueueTarget target, Capabilities capabilities) {
    QueueSettings settings =
        new QueueSettings(target.definition().name(), target.options(), configured);
    for (Need need : needs(target)) {
      if (!capabilities.has(need.capability())) {
        problems.accept(
            StartupProblem.failure(
                CODE,
                "Queue \"%s\" asks for %s (%s is %s), which client \"%s\" (%s) cannot do on %s: %s%s"
                    .formatted(
                        settings.name(),
                        need.capability().title(),
                        settings.propertyWithOrigin(need.setting()),
                        need.value(),
                        target.client().name(),
                        target.client().settings().provider(),
                        capabilities.server(),
                        capabilities.of(need.capability()).words(),
                        users(target)),
                "%s %s%s, or reach the queue through another client."
                    .formatted(
                        need.edit(),
                        settings.property(need.off()),
                        orStore(capabilities.of(need.capability())))));
      }
    }
  }

  private static String orStore(Support support) {
    return support.needsStore()
        ? ", or set %s to jdbc or embedded".formatted(Support.STORE_PROPERTY)
        : "";
  }

  private static List<Need> needs(QueueTarget target) {
    QueueOptions options = target.options();
    List<Need> needs = new ArrayList<>();
    if (options.sessions()) {
      List<?> ids = target.definition().sessionIds();
      needs.add(
          new Need(
              Capability.SESSIONS,
              ids.isEmpty() ? "session" : "session-ids",
              ids.isEmpty() ? "required" : "a list of " + ids.size(),
              "Set",
              "session: none"));
    }
    if (options.defaultTimeToLive() != null) {
      needs.add(
          new Need(
              Capability.TIME_TO_LIVE,
              "default-time-to-live",
              SettingText.of(options.defaultTimeToLive()),
              "Remove",
              "default-time-to-live"));
    }
    if (options.duplicateDetectionWindow() != null) {
      needs.add(
          new Need(
              Capability.DUPLICATE_DETECTION,
              "duplicate-detection.window",
              SettingText.of(options.duplicateDetectionWindow()),
              "Set",
              "duplicate-detection.enabled: false"));
    }
    if (options.autoDeleteOnIdle() != null) {
      needs.add(
          new Need(
              Capability.AUTO_DELETE_ON_IDLE,
              "auto-delete-on-idle",
              SettingText.of(options.autoDeleteOnIdle()),
              "Remove",
              "auto-delete-on-idle"));
    }
    return needs;
  }

  private static String users(QueueTarget target) {
    String listeners =
        target.listeners().stream()
            .map(ListenerPlan::where)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" and "));
    return listeners.isEmpty() ? "" : " It is listened to by " + listeners + ".";
  }

  /** The provider can do for the listener what its queue alone does not ask for. */
  void onListener(ListenerPlan plan, QueueTarget target, Capabilities capabilities) {
    boolean anySession =
        target.options().sessions()
            && plan.sessionIds().isEmpty()
            && target.definition().sessionIds().isEmpty();
    if (anySession
        && capabilities.has(Capability.SESSIONS)
        && !capabilities.has(Capability.ACCEPT_NEXT_SESSION)) {
      String queue = target.definition().name().value();
      problems.accept(
          StartupProblem.failure(
              CODE,
              "%s takes whichever session of queue \"%s\" has messages, which client \"%s\" (%s) cannot do on %s: %s"
                  .formatted(
                      plan.where(),
                      queue,
                      target.client().name(),
                      target.client().settings().provider(),
                      capabilities.server(),
                      capabilities.of(Capability.ACCEPT_NEXT_SESSION).words()),
              "List the sessions: set %s.session-ids."
                  .formatted(ConfiguredProperties.below(QueueCatalog.QUEUES, queue))));
    }
  }
}
