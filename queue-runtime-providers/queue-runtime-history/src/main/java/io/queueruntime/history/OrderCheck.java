package io.queueruntime.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * I4: within a session no message is delivered while an earlier one waits.
 *
 * <p>The check walks along each session's events and keeps, by sequence number, the messages that
 * certainly wait: sent and acknowledged but never delivered, or delivered and certainly given back.
 * A delivery is wrong when one with a lower number is among them. Sequence numbers are given in the
 * order of enqueueing, so a message that was never delivered waited from before any higher number
 * existed; one that was given back waits from its acknowledgement on. What may have left, by a
 * settlement of unknown outcome, expiry, purge or replacement, is dropped from the books until it
 * is seen again.
 */
final class OrderCheck implements Check {

  private record SessionKey(String queue, String session) {}

  /** Something that happened to a session. */
  private record Fact(int index, Kind kind, Object subject) {}

  private enum Kind {
    SENT,
    KEY_TAKEN,
    DELIVERED,
    SETTLING,
    SETTLED,
    ACCEPTED,
    CLOSED
  }

  @Override
  public void check(Ledger ledger, Findings findings) {
    for (Copy copy : ledger.copies()) {
      deferredStaysAway(ledger, copy, findings);
    }
    if (ledger.relaxations.sequenceNumbers()) {
      facts(ledger)
          .forEach(
              (key, facts) -> {
                facts.sort((a, b) -> Integer.compare(a.index, b.index));
                new Walk(ledger, key.queue, findings).along(facts);
              });
    }
  }

  private static void deferredStaysAway(Ledger ledger, Copy copy, Findings findings) {
    for (int i = 0; i + 1 < copy.deliveries.size(); i++) {
      Delivery one = copy.deliveries.get(i);
      Delivery next = copy.deliveries.get(i + 1);
      Call settled = one.settled();
      if (settled != null
          && settled.operation == Operation.DEFER
          && settled.first < next.index
          && one.dead() == next.dead()
          && !next.answer.flag(Field.DEFERRED)
          && ledger.unknownReceives(copy.key.queue(), settled.first, next.index) == 0
          && !copy.mayBeReplayed(one.receive.first, next.receive.latest)) {
        findings.add(
            Invariant.I4,
            copy.name() + " was deferred and handed out by an ordinary receive",
            List.of(one.answer, Ledger.shown(settled), next.answer));
      }
    }
  }

  private static Map<SessionKey, List<Fact>> facts(Ledger ledger) {
    Map<SessionKey, List<Fact>> facts = new LinkedHashMap<>();
    for (Copy copy : ledger.copies()) {
      String session = copy.sent(Field.SESSION);
      if (session == null) {
        continue;
      }
      List<Fact> own =
          facts.computeIfAbsent(
              new SessionKey(copy.key.queue(), session), key -> new ArrayList<>());
      for (Copy.Send send : copy.sends) {
        if (send.question().has(Field.KEY)) {
          own.add(new Fact(send.call().first, Kind.KEY_TAKEN, send.question().text(Field.KEY)));
        }
        if (send.enqueued()) {
          own.add(new Fact(send.call().latest, Kind.SENT, new Sent(copy, send)));
        }
      }
      for (Delivery delivery : copy.deliveries) {
        if (!delivery.dead()) {
          own.add(new Fact(delivery.index, Kind.DELIVERED, delivery));
          for (Call call : delivery.settlements) {
            own.add(new Fact(call.first, Kind.SETTLING, new Settling(delivery, call)));
            if (call.certain()) {
              own.add(new Fact(call.latest, Kind.SETTLED, new Settling(delivery, call)));
            }
          }
        }
      }
    }
    for (Hold hold : ledger.holds.values()) {
      List<Fact> own = facts.get(new SessionKey(hold.queue(), hold.session()));
      if (own != null) {
        own.add(new Fact(hold.index, Kind.ACCEPTED, hold));
        hold.closes.stream()
            .filter(Call::certain)
            .forEach(call -> own.add(new Fact(call.latest, Kind.CLOSED, hold)));
      }
    }
    return facts;
  }

  private record Sent(Copy copy, Copy.Send send) {}

  private record Settling(Delivery delivery, Call call) {}

  /**
   * A message that waits, or is locked.
   *
   * @param since from that event on; -1: from before any higher number was given
   * @param attempts deliveries that counted so far
   * @param countedTo the event up to which they are counted
   */
  private record Entry(
      Copy copy,
      HistoryEvent shown,
      int since,
      int attempts,
      int countedTo,
      @Nullable Delivery delivery) {

    Entry waitingSince(int index, boolean counted) {
      return new Entry(copy, shown, index, counted ? attempts : attempts - 1, countedTo, delivery);
    }
  }

  /** One session's books. */
  private static final class Walk {
    private final Ledger ledger;
    private final String queue;
    private final Findings findings;
    private final TreeMap<Long, Entry> waiting = new TreeMap<>();
    private final Map<Long, Entry> locked = new HashMap<>();

    /** Being given back: certainly back once that is acknowledged, or everything stopped. */
    private final Map<Long, Entry> returning = new HashMap<>();

    private int now = -1;

    Walk(Ledger ledger, String queue, Findings findings) {
      this.ledger = ledger;
      this.queue = queue;
      this.findings = findings;
    }

    void along(List<Fact> facts) {
      for (Fact fact : facts) {
        stops(fact.index);
        switch (fact.kind) {
          case SENT -> sent((Sent) fact.subject);
          case KEY_TAKEN -> keyTaken((String) fact.subject);
          case DELIVERED -> delivered((Delivery) fact.subject);
          case SETTLING -> settling((Settling) fact.subject);
          case SETTLED -> settled((Settling) fact.subject, fact.index);
          case ACCEPTED -> givenBack(fact.index, hold -> hold != fact.subject);
          case CLOSED -> givenBack(fact.index, hold -> hold == fact.subject);
        }
        now = fact.index;
      }
    }

    private void stops(int to) {
      int stop = ledger.stopBetween(now, to);
      if (stop >= 0) {
        locked.forEach((number, entry) -> waiting.put(number, entry.waitingSince(stop, true)));
        returning.forEach((number, entry) -> waiting.put(number, entry.waitingSince(stop, true)));
        locked.clear();
        returning.clear();
      }
    }

    private void sent(Sent sent) {
      HistoryEvent answer = sent.send.answer();
      long number = answer == null ? -1 : answer.number(Field.SEQUENCE, -1);
      boolean delivered =
          sent.copy.deliveries.stream()
              .anyMatch(delivery -> delivery.index < sent.send.call().latest);
      if (answer != null && number >= 0 && !sent.send.question().has(Field.DUE) && !delivered) {
        waiting.put(number, new Entry(sent.copy, answer, -1, 0, sent.send.call().first, null));
      }
    }

    private void keyTaken(String key) {
      waiting.values().removeIf(entry -> key.equals(entry.copy.sent(Field.KEY)));
      locked.values().removeIf(entry -> key.equals(entry.copy.sent(Field.KEY)));
      returning.values().removeIf(entry -> key.equals(entry.copy.sent(Field.KEY)));
    }

    private void delivered(Delivery delivery) {
      long number = delivery.sequence();
      boolean fetched = delivery.answer.flag(Field.DEFERRED);
      if (!fetched) {
        for (Entry entry : waiting.headMap(number).values()) {
          if (certainlyWaits(entry, delivery)) {
            findings.add(
                Invariant.I4,
                "%s came before %s of the same session, which was waiting"
                    .formatted(delivery.copy.name(), entry.copy.name()),
                List.of(entry.shown, delivery.answer));
            break;
          }
        }
      }
      waiting.remove(number);
      returning.remove(number);
      if (fetched) {
        locked.remove(number);
      } else {
        locked.put(
            number,
            new Entry(
                delivery.copy,
                delivery.answer,
                -1,
                delivery.attempt(),
                delivery.receive.first + 1,
                delivery));
      }
    }

    private boolean certainlyWaits(Entry entry, Delivery passing) {
      Call receive = passing.receive;
      if (entry.since >= receive.first) {
        return false;
      }
      for (Delivery other : entry.copy.deliveries) {
        if (other.receive.first < passing.index
            && other.index > passing.index
            && other.receive != receive
            && !ledger.stoppedBetween(passing.index, other.index)) {
          return false; // Taken by a receive that overlaps this one: its answer was written later.
        }
      }
      int unknown = ledger.unknownReceives(queue, entry.countedTo, passing.index);
      if (entry.attempts + unknown >= ledger.rules(queue).maxDeliveryCount()) {
        return false;
      }
      long life = entry.copy.sentNumber(Field.TTL, 0);
      if (life > 0 && receive.endTime() + ledger.slack() >= entry.copy.bornTime() + life) {
        return false;
      }
      for (Call purge : ledger.purges(queue, false)) {
        if (purge.possible() && purge.latest > entry.countedTo && purge.first < passing.index) {
          return false;
        }
      }
      return true;
    }

    private void settling(Settling settling) {
      Entry entry = locked.get(settling.delivery.sequence());
      if (entry != null && entry.delivery == settling.delivery) {
        locked.remove(settling.delivery.sequence());
        if (settling.call.operation == Operation.ABANDON
            || settling.call.operation == Operation.RELEASE) {
          returning.put(settling.delivery.sequence(), entry);
        }
      }
    }

    private void settled(Settling settling, int index) {
      Entry entry = returning.get(settling.delivery.sequence());
      if (entry != null && entry.delivery == settling.delivery) {
        returning.remove(settling.delivery.sequence());
        waiting.put(
            settling.delivery.sequence(),
            entry.waitingSince(index, settling.call.operation == Operation.ABANDON));
      }
    }

    /**
     * What those holds had locked waits again; whether the delivery counted is not known, so it is
     * taken as counted.
     */
    private void givenBack(int index, Predicate<@Nullable Hold> whose) {
      locked
          .entrySet()
          .removeIf(
              locked -> {
                Delivery delivery = locked.getValue().delivery;
                boolean own = delivery != null && whose.test(delivery.hold);
                if (own) {
                  waiting.put(locked.getKey(), locked.getValue().waitingSince(index, true));
                }
                return own;
              });
    }
  }
}
