package io.queueruntime.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A queue that keeps its promises, in plain maps: what the generated histories are about. Time is
 * given with every call.
 */
final class LegalQueue {

  static final class Message {
    final Map<Field, String> sent;
    long sequence;
    int attempts;
    String place = "active"; // active, scheduled, deferred, dead
    String token;
    long lockedUntil;
    String hold;
    boolean fetched;
    long backAt;
    long expires = Long.MAX_VALUE;
    boolean superseded;
    String reason;

    Message(Map<Field, String> sent) {
      this.sent = sent;
    }

    boolean locked() {
      return token != null;
    }

    String session() {
      return sent.get(Field.SESSION);
    }
  }

  static final class Session {
    String hold;
    long until;
    String state;
  }

  private final QueueRules rules;
  private final String name;
  private final Random random;
  private final List<Message> messages = new ArrayList<>();
  private final Map<String, Session> sessions = new TreeMap<>();
  private final Map<String, Long> ids = new HashMap<>();
  private long sequences;
  private static long names;

  LegalQueue(String name, QueueRules rules, Random random) {
    this.name = name;
    this.rules = rules;
    this.random = random;
  }

  List<Message> messages() {
    return messages;
  }

  private long lock() {
    return rules.lockDuration().toNanos();
  }

  private static String fresh(String kind) {
    return kind + ++names;
  }

  /** Lets everything happen that is due. */
  void catchUp(long now) {
    for (Session session : sessions.values()) {
      if (session.hold != null && session.until <= now) {
        endHold(session, true, now);
      }
    }
    for (Message message : List.copyOf(messages)) {
      if (message.locked() && message.hold == null && message.lockedUntil <= now) {
        giveBack(message, true, 0, now);
      }
      if (message.place.equals("scheduled") && Long.parseLong(message.sent.get(Field.DUE)) <= now) {
        message.place = "active";
        message.sequence = ++sequences;
        message.expires = expiry(message, Long.parseLong(message.sent.get(Field.DUE)));
      }
      expireIfOver(message, now);
    }
  }

  private long expiry(Message message, long now) {
    String life = message.sent.get(Field.TTL);
    return life == null ? Long.MAX_VALUE : now + Long.parseLong(life);
  }

  private void expireIfOver(Message message, long now) {
    if (message.place.equals("active") && !message.locked() && message.expires <= now) {
      if (rules.deadLetterOnExpiration()) {
        bury(message, "TTLExpiredException");
      } else {
        messages.remove(message);
      }
    }
  }

  private void bury(Message message, String reason) {
    unlock(message);
    message.place = "dead";
    message.reason = reason;
    message.expires = Long.MAX_VALUE;
    message.backAt = 0;
  }

  private static void unlock(Message message) {
    message.token = null;
    message.hold = null;
    message.fetched = false;
  }

  private void giveBack(Message message, boolean counted, long delay, long now) {
    unlock(message);
    if (message.superseded) {
      messages.remove(message);
      return;
    }
    if (!counted) {
      message.attempts--;
    }
    message.backAt = now + delay;
    if (counted && message.place.equals("active") && message.attempts >= rules.maxDeliveryCount()) {
      bury(message, "MaxDeliveryCountExceeded");
    }
    expireIfOver(message, now);
  }

  private void endHold(Session session, boolean counted, long now) {
    for (Message message : List.copyOf(messages)) {
      if (message.locked() && session.hold.equals(message.hold)) {
        giveBack(message, counted, 0, now);
      }
    }
    session.hold = null;
  }

  void crash(boolean counted, long now) {
    for (Session session : sessions.values()) {
      if (session.hold != null) {
        endHold(session, counted, now);
      }
    }
    for (Message message : List.copyOf(messages)) {
      if (message.locked()) {
        giveBack(message, counted, 0, now);
      }
    }
  }

  Map<Field, String> send(Map<Field, String> sent, long now) {
    catchUp(now);
    String id = sent.get(Field.MESSAGE);
    if (rules.duplicateWindow() != null) {
      Long before = ids.get(id);
      if (before != null && now - before < rules.duplicateWindow().toNanos()) {
        return Script.fields(Field.OUTCOME, "DUPLICATE");
      }
      ids.put(id, now);
    }
    String key = sent.get(Field.KEY);
    Message old = key == null ? null : keyed(key);
    Message message = new Message(sent);
    message.expires = expiry(message, now);
    if (old != null && !old.locked()) {
      message.sequence = old.sequence;
      messages.set(messages.indexOf(old), message);
      return Script.fields(Field.OUTCOME, "REPLACED", Field.SEQUENCE, message.sequence);
    }
    message.sequence = ++sequences;
    if (sent.containsKey(Field.DUE) && Long.parseLong(sent.get(Field.DUE)) > now) {
      message.place = "scheduled";
    }
    messages.add(message);
    if (old != null) {
      old.superseded = true;
    }
    return Script.fields(
        Field.OUTCOME, old == null ? "ENQUEUED" : "REPLACED", Field.SEQUENCE, message.sequence);
  }

  private Message keyed(String key) {
    for (Message message : messages) {
      if (key.equals(message.sent.get(Field.KEY))
          && message.place.equals("active")
          && !message.superseded) {
        return message;
      }
    }
    return null;
  }

  List<Map<Field, String>> receive(boolean dead, String hold, int max, long now) {
    catchUp(now);
    List<Message> ready = new ArrayList<>(messages);
    ready.sort((a, b) -> Long.compare(a.sequence, b.sequence));
    List<Map<Field, String>> taken = new ArrayList<>();
    for (Message message : ready) {
      boolean here = message.place.equals(dead ? "dead" : "active");
      Session session = dead || message.session() == null ? null : sessions.get(message.session());
      boolean mine =
          dead || !rules.sessions() || session != null && hold != null && hold.equals(session.hold);
      if (!here || !mine || taken.size() == max || message.locked()) {
        continue;
      }
      if (message.backAt > now) {
        if (rules.sessions()) {
          break;
        }
        continue;
      }
      taken.add(lock(message, dead ? null : hold, now));
    }
    return taken;
  }

  private Map<Field, String> lock(Message message, String hold, long now) {
    message.token = fresh("t");
    message.hold = hold;
    message.lockedUntil = now + lock();
    if (!message.place.equals("dead")) {
      message.attempts++;
    }
    Map<Field, String> fields = look(message);
    fields.put(Field.TOKEN, message.token);
    return fields;
  }

  Map<Field, String> look(Message message) {
    Map<Field, String> fields =
        Script.fields(
            Field.QUEUE,
            name,
            Field.MESSAGE,
            message.sent.get(Field.MESSAGE),
            Field.PAYLOAD,
            message.sent.get(Field.PAYLOAD),
            Field.SEQUENCE,
            message.sequence,
            Field.ATTEMPT,
            message.attempts);
    if (message.session() != null) {
      fields.put(Field.SESSION, message.session());
    }
    if (message.place.equals("dead")) {
      fields.put(Field.DEAD, "true");
      fields.put(Field.REASON, message.reason);
    }
    return fields;
  }

  List<Map<Field, String>> receiveDeferred(long sequence, long now) {
    catchUp(now);
    for (Message message : messages) {
      if (message.place.equals("deferred") && !message.locked() && message.sequence == sequence) {
        message.place = "active";
        Map<Field, String> fields = lock(message, null, now);
        message.fetched = true;
        fields.put(Field.DEFERRED, "true");
        return List.of(fields);
      }
    }
    return List.of();
  }

  boolean settle(Operation operation, String token, Map<Field, String> question, long now) {
    catchUp(now);
    for (Message message : List.copyOf(messages)) {
      if (!token.equals(message.token)) {
        continue;
      }
      switch (operation) {
        case COMPLETE -> messages.remove(message);
        case ABANDON ->
            giveBack(message, true, Long.parseLong(question.getOrDefault(Field.DELAY, "0")), now);
        case RELEASE -> giveBack(message, message.place.equals("dead"), 0, now);
        case DEFER -> {
          unlock(message);
          message.place = "deferred";
        }
        case DEAD_LETTER -> bury(message, question.get(Field.REASON));
        default -> {
          if (message.hold != null) {
            sessions.get(message.session()).until = now + lock();
          } else {
            message.lockedUntil = now + lock();
          }
        }
      }
      if (message.superseded && !message.locked()) {
        messages.remove(message);
      }
      return true;
    }
    return false;
  }

  String accept(String id, long now) {
    catchUp(now);
    Session session = sessions.computeIfAbsent(id, key -> new Session());
    if (session.hold != null) {
      return null;
    }
    session.hold = fresh("h");
    session.until = now + lock();
    return session.hold;
  }

  Session held(String id, String hold, long now) {
    catchUp(now);
    Session session = sessions.get(id);
    return session != null && hold.equals(session.hold) ? session : null;
  }

  boolean renewSession(String id, String hold, long now) {
    Session session = held(id, hold, now);
    if (session != null) {
      session.until = now + lock();
    }
    return session != null;
  }

  void close(String id, String hold, long now) {
    Session session = held(id, hold, now);
    if (session != null) {
      endHold(session, false, now);
    }
  }

  long purge(boolean dead, long now) {
    catchUp(now);
    int before = messages.size();
    messages.removeIf(message -> !message.locked() && message.place.equals("dead") == dead);
    return before - messages.size();
  }

  int cancel(long sequence, long now) {
    catchUp(now);
    return messages.removeIf(m -> m.place.equals("scheduled") && m.sequence == sequence) ? 1 : 0;
  }

  int discard(List<Long> numbers, long now) {
    catchUp(now);
    int before = messages.size();
    messages.removeIf(m -> m.place.equals("dead") && !m.locked() && numbers.contains(m.sequence));
    return before - messages.size();
  }

  int replay(List<Long> numbers, long now) {
    catchUp(now);
    List<Message> found = new ArrayList<>();
    for (Message message : messages) {
      if (message.place.equals("dead") && !message.locked() && numbers.contains(message.sequence)) {
        found.add(message);
      }
    }
    found.sort((a, b) -> Long.compare(a.sequence, b.sequence));
    for (Message message : found) {
      message.place = "active";
      message.attempts = 0;
      message.sequence = ++sequences;
      message.expires = expiry(message, now);
      message.reason = null;
    }
    return found.size();
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }
}
