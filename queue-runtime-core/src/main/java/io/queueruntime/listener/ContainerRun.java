package io.queueruntime.listener;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.UnsupportedCapability;
import io.queueruntime.message.SessionId;
import io.queueruntime.message.SubQueue;
import io.queueruntime.observation.ListenerMeters;
import io.queueruntime.provider.Capability;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.TransientRetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a container, from start to stop: its threads and everything they share.
 *
 * <p>Thread-safe, except that {@link #start} and {@link #stop} are called once each, by the
 * container.
 */
final class ContainerRun {

  private static final Logger log = LoggerFactory.getLogger(ContainerRun.class);

  /**
   * A third of the lock: where the broker knows no delays, a message whose lock is not renewed may
   * be held back no longer.
   */
  private static final int OWN_DELAYS_PER_LOCK = 3;

  private final ListenerEndpoint endpoint;
  private final ListenerServices services;
  private final RunState state = new RunState();
  private final Holdings holdings = new Holdings();
  private final ThreadFactory handlerThreads;
  private final List<PumpGroup> groups = new ArrayList<>();
  private final List<Permits> permits = new ArrayList<>();
  private final List<Settler> settlers = new ArrayList<>();
  private final List<QueueReceiver> receivers = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  ContainerRun(ListenerEndpoint endpoint, ListenerServices services) {
    this.endpoint = endpoint;
    this.services = services;
    this.handlerThreads = Threads.named("queue-runtime-handler-" + endpoint.id() + "-", false);
    endpoint.queues().forEach(this::check);
  }

  private void check(ListenedQueue queue) {
    QueueProvider provider = services.provider();
    if (queue.options().sessions() && !provider.capabilities().has(Capability.SESSIONS)) {
      throw unsupported(queue, "sessions", "remove session: required, or use another provider");
    }
    if (queue.options().sessions()
        && queue.sessionIds().isEmpty()
        && !provider.capabilities().has(Capability.ACCEPT_NEXT_SESSION)) {
      throw unsupported(
          queue, "a choice of the next session", "list the sessions under session-ids");
    }
    Duration batchTimeout = endpoint.options().batchTimeout();
    if (endpoint.isBatch()
        && batchTimeout.multipliedBy(2).compareTo(queue.options().lockDuration()) > 0) {
      throw new ConfigurationInvalid(
          queue.name().value(),
          "Listener '%s' has batch-timeout %s, but a message of queue '%s' is locked for %s only; the timeout may be half of that."
              .formatted(
                  endpoint.id(), batchTimeout, queue.name(), queue.options().lockDuration()));
    }
  }

  private UnsupportedCapability unsupported(ListenedQueue queue, String what, String instead) {
    return new UnsupportedCapability(
        queue.name().value(),
        "Listener '%s' needs %s for queue '%s', which provider '%s' has not; %s."
            .formatted(endpoint.id(), what, queue.name(), services.provider().name(), instead));
  }

  void start() {
    services.renewer().retain(); // thread queue-runtime-lock-renewer, one for all containers
    try {
      for (ListenedQueue queue : endpoint.queues()) {
        PumpSetting setting = settingOf(queue);
        if (!queue.options().sessions()) {
          addPlainPumps(
              setting); // threads queue-runtime-pump-<queue>-<n>, as many as the concurrency says
        } else if (queue.sessionIds().isEmpty()) {
          addSessionPumps(setting); // the same, each for one session at a time
        } else {
          addListedSessionPumps(setting); // one thread for each listed session
        }
      }
      groups.forEach(PumpGroup::start);
    } catch (RuntimeException e) {
      stop(Duration.ZERO);
      throw e;
    }
    log.info("Listener '{}' started on {}.", endpoint.id(), queueNames());
  }

  /** Shorter delays than those that are configured are told: nobody would look for them. */
  private void tellOfCutDelays(ListenedQueue queue, Duration longest) {
    Duration wanted = endpoint.options().backoff().maxDelay();
    if (wanted.compareTo(longest) > 0) {
      log.info(
          "Listener '{}' holds failed messages of queue '{}' back itself, as its broker knows no delays: for {} at most, though max-delay is {}.",
          endpoint.id(),
          queue.name(),
          longest,
          wanted);
    }
  }

  private PumpSetting settingOf(ListenedQueue queue) {
    QueueProvider provider = services.provider();
    boolean delaysAtBroker = provider.capabilities().has(Capability.ABANDON_WITH_DELAY);
    Duration longestOwnDelay = longestOwnDelay(queue);
    if (!delaysAtBroker) {
      tellOfCutDelays(queue, longestOwnDelay);
    }
    ListenerMeters meters = services.observations().listenerMeters(endpoint.id(), queue.name());
    Settler settler =
        new Settler(
            endpoint.id(),
            meters,
            services.observations(),
            TransientRetry.DEFAULT,
            delaysAtBroker,
            longestOwnDelay);
    settlers.add(settler);
    HandlerInvoker invoker =
        new HandlerInvoker(
            endpoint,
            new FailurePolicy(endpoint.options(), queue.options().maxDeliveryCount()),
            new ReplySender(
                provider,
                services.converter(),
                services.observations(),
                TransientRetry.DEFAULT,
                endpoint.options().replyDestination().orElse(null)),
            services.observations(),
            meters,
            services.timings(),
            services.handlerExecutor().orElse(null),
            this::onOwnThread);
    return new PumpSetting(
        endpoint,
        queue,
        services.timings(),
        state,
        services.renewer(),
        settler,
        invoker,
        meters,
        provider.capabilities().has(Capability.RENEW_LOCK),
        holdings,
        this::onOwnThread,
        this::failed);
  }

  /**
   * A session's message may be held for as long as its handler might have run, since its order is
   * kept by that and its lock renewed meanwhile; on a plain queue others would wait for permits.
   */
  private Duration longestOwnDelay(ListenedQueue queue) {
    Duration ofLock = queue.options().lockDuration().dividedBy(OWN_DELAYS_PER_LOCK);
    Duration renewed = endpoint.options().maxLockRenewal();
    boolean renews = services.provider().capabilities().has(Capability.RENEW_LOCK);
    return queue.options().sessions() && renews && renewed.compareTo(ofLock) > 0 ? renewed : ofLock;
  }

  private void addPlainPumps(PumpSetting setting) {
    Concurrency concurrency = endpoint.options().concurrency(false);
    Permits limit = new Permits(concurrency.max());
    permits.add(limit);
    QueueReceiver receiver = services.provider().receiver(setting.queue().name(), SubQueue.MAIN);
    receivers.add(receiver);
    Concurrency pumps = setting.invoker().handsOff() ? Concurrency.of(1) : concurrency;
    groups.add(new PumpGroup(pumps, pumpThreads(setting), new PlainPump(setting, receiver, limit)));
  }

  private void addSessionPumps(PumpSetting setting) {
    groups.add(
        new PumpGroup(
            endpoint.options().concurrency(true),
            pumpThreads(setting),
            new SessionPump(setting, services.provider(), null)));
  }

  private void addListedSessionPumps(PumpSetting setting) {
    ThreadFactory threads = pumpThreads(setting);
    for (SessionId listed : setting.queue().sessionIds()) {
      groups.add(
          new PumpGroup(
              Concurrency.of(1), threads, new SessionPump(setting, services.provider(), listed)));
    }
  }

  private ThreadFactory pumpThreads(PumpSetting setting) {
    return Threads.named(
        "queue-runtime-pump-" + setting.queue().name() + "-", services.virtualThreads());
  }

  private void onOwnThread(Runnable task) {
    handlerThreads.newThread(task).start();
  }

  private void failed(Throwable cause) {
    failure.compareAndSet(null, cause);
    log.error(
        "A loop of listener '{}' on {} has ended for good; its queue is not listened to until the listener is started"
            + " again.",
        endpoint.id(),
        queueNames(),
        cause);
  }

  void pause() {
    state.pause();
  }

  void resume() {
    state.resume();
  }

  RunState state() {
    return state;
  }

  @Nullable Throwable failure() {
    return failure.get();
  }

  int inWork() {
    return holdings.inWorkCount();
  }

  /** Whether that thread is one of ours, which cannot wait for itself to end. */
  boolean isOwn(Thread thread) {
    return groups.stream().anyMatch(group -> group.isPump(thread))
        || holdings.inWork().stream().anyMatch(work -> work.runsOn(thread));
  }

  /** Ends everything; returns when it has, or after the drain timeout and two graces. */
  void stop(Duration drainTimeout) {
    state.stop();
    groups.forEach(PumpGroup::stop);
    permits.forEach(Permits::close);
    settlers.forEach(Settler::holdNothingBack);
    if (!awaitQuiet(drainTimeout)) {
      log.warn(
          "Listener '{}' still works on {} after its drain timeout of {}; the handlers are interrupted.",
          endpoint.id(),
          holdings.inWork(),
          drainTimeout);
      holdings.inWork().forEach(Work::interruptForStop);
      if (!awaitQuiet(services.timings().interruptGrace())) {
        holdings.inWork().forEach(Work::abandonForStop);
        awaitQuiet(services.timings().interruptGrace());
      }
    }
    holdings.sessions().forEach(SessionHold::release);
    receivers.forEach(QueueReceiver::close);
    services.renewer().release();
    log.info("Listener '{}' stopped.", endpoint.id());
  }

  private boolean awaitQuiet(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean quiet = true;
    for (PumpGroup group : groups) {
      quiet &= group.awaitEnd(deadline);
    }
    return quiet && holdings.awaitNothingInWork(deadline);
  }

  private String queueNames() {
    return endpoint.queues().stream().map(queue -> "'" + queue.name() + "'").toList().toString();
  }
}
