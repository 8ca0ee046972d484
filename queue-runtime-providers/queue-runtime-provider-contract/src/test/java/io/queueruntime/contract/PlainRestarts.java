package io.queueruntime.contract;

import io.queueruntime.contract.PlainMessage.State;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueOptions;
import java.time.Instant;
import java.util.List;

/**
 * What a restart does to a {@link PlainQueue}: nothing at all, unless that is the flaw. Confined to
 * the store's lock.
 */
final class PlainRestarts {

  private PlainRestarts() {}

  static void damage(PlainQueue queue) {
    if (queue.store.flaw == null) {
      return;
    }
    switch (queue.store.flaw) {
      case A_RESTART_LOSES_EVERYTHING -> queue.store.queues.clear();
      case A_RESTART_LOSES_THE_LAST_MESSAGE -> queue.main.pollLastEntry();
      case A_RESTART_REVERSES_THE_ORDER -> reverse(queue);
      case A_RESTART_LOSES_HEADERS ->
          queue
              .main
              .values()
              .forEach(
                  m ->
                      m.content =
                          OutgoingMessage.of(m.content.body())
                              .sessionId(m.content.sessionId().orElse(null))
                              .build());
      case A_RESTART_SETS_TIMES_ANEW -> {
        queue.main.values().forEach(m -> m.enqueued = queue.store.now);
        queue.main.values().forEach(m -> m.expires = queue.schedule.expiry(m));
      }
      case A_RESTART_BRINGS_BACK_WHAT_WAS_COMPLETED ->
          queue.deliveries.completed().forEach(queue.deliveries::bringBack);
      case A_RESTART_RESETS_COUNTS -> queue.main.values().forEach(m -> m.count = 0);
      case A_RESTART_LOSES_DEAD_LETTERS -> queue.dead.clear();
      case A_RESTART_LOSES_DETAILS -> queue.dead.values().forEach(m -> m.deadLetter = null);
      case A_RESTART_BRINGS_BACK_DEAD_LETTERS ->
          queue.deadLetters.former().forEach(m -> queue.dead.put(m.number, m));
      case A_RESTART_LOSES_SCHEDULED_MESSAGES ->
          queue.main.values().removeIf(m -> m.state == State.SCHEDULED);
      case A_RESTART_MAKES_SCHEDULED_MESSAGES_READY ->
          queue.main.values().stream()
              .filter(m -> m.state == State.SCHEDULED)
              .forEach(m -> m.due = Instant.MIN);
      case A_RESTART_STOPS_SCHEDULES ->
          queue.main.values().stream()
              .filter(m -> m.state == State.SCHEDULED)
              .forEach(m -> m.due = Instant.MAX);
      case A_RESTART_LOSES_DEFERRED_MESSAGES ->
          queue.main.values().removeIf(m -> m.state == State.DEFERRED);
      case A_RESTART_MAKES_DEFERRED_MESSAGES_READY ->
          queue.main.values().stream()
              .filter(m -> m.state == State.DEFERRED)
              .forEach(m -> m.state = State.READY);
      case A_RESTART_LOSES_BACK_OFFS_HEADS ->
          queue.main.values().removeIf(m -> m.notBefore.isAfter(queue.store.now));
      case A_RESTART_CLEARS_STATES -> queue.sessions.states.clear();
      case A_RESTART_FORGETS_IDS -> queue.remembered.clear();
      case A_RESTART_REMEMBERS_IDS_FOR_EVER ->
          queue.remembered.replaceAll((id, until) -> Instant.MAX);
      case A_RESTART_FORGETS_KEYS ->
          queue
              .main
              .values()
              .forEach(m -> m.content = m.content.toBuilder().deduplicationKey(null).build());
      case A_RESTART_BRINGS_BACK_THE_SUPERSEDED ->
          queue.deliveries.superseded().forEach(queue.deliveries::bringBack);
      case A_RESTART_SETS_OPTIONS_BACK ->
          queue.options = QueueOptions.DEFAULTS.withSessions(queue.options.sessions());
      case A_RESTART_RESTARTS_NUMBERS -> queue.restartNumbers();
      case A_RESTART_NEEDS_A_SEND_TO_WAKE_UP ->
          queue.main.values().forEach(m -> m.notBefore = Instant.MAX);
      default -> {}
    }
  }

  private static void reverse(PlainQueue queue) {
    List<PlainMessage> messages = List.copyOf(queue.main.descendingMap().values());
    List<Long> numbers = List.copyOf(queue.main.keySet());
    for (int i = 0; i < numbers.size(); i++) {
      messages.get(i).number = numbers.get(i);
      queue.main.put(numbers.get(i), messages.get(i));
    }
  }
}
