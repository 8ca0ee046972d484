package io.queueruntime.template;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses and checks the sessions of partitioned queues, before any I/O. Immutable. */
final class ListedSessions {

  private static final int NAMED_MAX = 50;

  private final Map<QueueName, List<SessionId>> sessionIds;

  ListedSessions(Map<QueueName, List<SessionId>> sessionIds) {
    this.sessionIds = sessionIds;
  }

  /**
   * The session a key always belongs to: the list's entry at {@code floorMod(murmur2(utf8(key)),
   * n)}.
   */
  SessionId of(QueueName queue, String key) {
    List<SessionId> listed = sessionIds.getOrDefault(queue, List.of());
    if (listed.isEmpty()) {
      throw new ValidationFailed(
          queue.value(),
          "Cannot send to queue '%s' by partition key: it has no session-ids; list them, or set a session."
              .formatted(queue));
    }
    int hash = Murmur2.hash(key.getBytes(StandardCharsets.UTF_8));
    return listed.get(Math.floorMod(hash, listed.size()));
  }

  /** Refuses a session that is not in the queue's list, where it has one. */
  void check(QueueName queue, @Nullable SessionId session) {
    List<SessionId> listed = sessionIds.getOrDefault(queue, List.of());
    if (session == null || listed.isEmpty() || listed.contains(session)) {
      return;
    }
    throw new ValidationFailed(
        queue.value(),
        "Cannot send to session '%s' of queue '%s': it has only the sessions %s%s."
            .formatted(
                session,
                queue,
                listed.subList(0, Math.min(NAMED_MAX, listed.size())),
                listed.size() > NAMED_MAX ? " and " + (listed.size() - NAMED_MAX) + " more" : ""));
  }
}
