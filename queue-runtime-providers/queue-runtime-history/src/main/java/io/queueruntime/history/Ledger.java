package io.queueruntime.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A history sorted by what its events are about: calls, messages, deliveries, holds.
 *
 * <p>Immutable once it is built.
 */
final class Ledger {

  private record CallKey(String process, long number) {}

  final List<HistoryEvent> events;
  final Relaxations relaxations;
  final Map<Copy.Key, Copy> copies = new LinkedHashMap<>();
  final Map<String, Delivery> deliveries = new HashMap<>();
  final Map<String, Hold> holds = new LinkedHashMap<>();
  final List<Call> calls = new ArrayList<>();

  /** Answered deliveries whose token had been given out before. */
  final List<Delivery> tokensGivenTwice = new ArrayList<>();

  /** Settlements and renewals of tokens that nobody was given. */
  final List<Call> strangers = new ArrayList<>();

  /** Index of the event that says that all was drained; -1: it never was. */
  final int drained;

  private final Map<String, QueueRules> rules;
  private final Map<String, List<Call>> purges = new HashMap<>();
  private final Map<String, UnknownCalls> unknownReceives = new HashMap<>();
  private final Map<String, Set<Copy>> keyed = new HashMap<>();
  private final Map<String, List<Copy.Send>> sendsById = new LinkedHashMap<>();
  private final Map<String, TreeMap<Long, Set<Copy>>> due = new HashMap<>();
  private final int[] boundaries;
  private final int[] disturbances;
  private final Map<String, Integer> gone = new HashMap<>();

  Ledger(List<HistoryEvent> events, Map<String, QueueRules> rules, Relaxations relaxations) {
    this.events = events;
    this.rules = rules;
    this.relaxations = relaxations;
    this.boundaries = indexesOf(Operation.CRASH, Operation.SHUTDOWN);
    this.disturbances = indexesOf(Operation.DISTURBED);
    for (int index : indexesOf(Operation.GONE)) {
      gone.put(events.get(index).process(), index);
    }
    int[] drains = indexesOf(Operation.DRAINED);
    this.drained = drains.length == 0 ? -1 : drains[drains.length - 1];
    collectCalls();
    calls.stream().filter(call -> call.operation == Operation.SEND).forEach(this::send);
    calls.stream().filter(call -> call.operation == Operation.ACCEPT).forEach(this::accept);
    calls.stream().filter(call -> call.operation == Operation.RECEIVE).forEach(this::receive);
    calls.forEach(this::other);
    copies.values().forEach(Ledger::sortDeliveries);
    Map<String, List<Call>> unknown = new HashMap<>();
    for (Call call : calls) {
      if (call.operation == Operation.RECEIVE && (call.unknown() || call.cutShort())) {
        unknown.computeIfAbsent(place(call.question), q -> new ArrayList<>()).add(call);
      }
    }
    unknown.forEach((place, list) -> unknownReceives.put(place, new UnknownCalls(list)));
  }

  QueueRules rules(String queue) {
    QueueRules found = rules.get(queue);
    if (found == null) {
      throw new IllegalArgumentException(
          "The history speaks of queue '" + queue + "', whose rules are not known.");
    }
    return found;
  }

  /** The message a send, cancel, discard or replay is about. */
  Copy about(HistoryEvent question) {
    Copy copy = copies.get(key(question));
    if (copy == null) {
      throw new IllegalArgumentException("The history was not read in whole: " + question);
    }
    return copy;
  }

  Collection<Copy> copies() {
    return copies.values();
  }

  long slack() {
    return relaxations.clockSlack().toNanos();
  }

  List<Call> purges(String queue, boolean dead) {
    return purges.getOrDefault(queue + (dead ? "\0" : ""), List.of());
  }

  /** The sends that may have replaced that message, by their deduplication key. */
  List<Copy.Send> replacements(Copy copy) {
    if (copy.sent(Field.KEY) == null) {
      return List.of();
    }
    List<Copy.Send> found = new ArrayList<>();
    for (Copy other : keyed.getOrDefault(keyOf(copy.sends.get(0).question()), Set.of())) {
      for (Copy.Send send : other.sends) {
        boolean replaced =
            send.answer() == null || "REPLACED".equals(send.answer().text(Field.OUTCOME));
        if (other != copy && send.possible() && replaced && send.call().latest > copy.born()) {
          found.add(send);
        }
      }
    }
    return found;
  }

  /** The sends that share a queue and a message id, in the order of their questions. */
  Collection<List<Copy.Send>> sendsById() {
    return sendsById.values();
  }

  /** Whether no other send into its queue had the same message id. */
  boolean duplicateFree(Copy copy) {
    return sendsById.getOrDefault(idOf(copy.sends.get(0).question()), List.of()).size()
        == copy.sends.size();
  }

  /** All messages with the same deduplication key, itself included. */
  Set<Copy> copiesOfKey(Copy copy) {
    return keyed.getOrDefault(keyOf(copy.sends.get(0).question()), Set.of());
  }

  /** Index of the first event at or after that time. */
  int firstAt(long time) {
    int low = 0;
    int high = events.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (events.get(middle).time() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The messages of that queue that became due between those times. */
  Collection<Copy> dueBetween(String queue, long from, long to) {
    List<Copy> found = new ArrayList<>();
    due.getOrDefault(queue, new TreeMap<>())
        .subMap(from, true, to, true)
        .values()
        .forEach(found::addAll);
    return found;
  }

  /**
   * Index of the first event after which what is tested stopped, and with it every lock; -1: not
   * between those two.
   */
  int stopBetween(int from, int to) {
    int at = Arrays.binarySearch(boundaries, from);
    int next = at >= 0 ? at + 1 : -at - 1;
    return next < boundaries.length && boundaries[next] < to ? boundaries[next] : -1;
  }

  /** Whether what is tested stopped between those two events, and with it every lock. */
  boolean stoppedBetween(int from, int to) {
    return stopBetween(from, to) >= 0;
  }

  /**
   * Whether the first stop between those two events, the one that ended the locks, came without
   * warning.
   */
  boolean crashedBetween(int from, int to) {
    int stop = stopBetween(from, to);
    return stop >= 0 && events.get(stop).operation() == Operation.CRASH;
  }

  /**
   * How many receives without an answer may have taken a message of that queue between those
   * events.
   */
  int unknownReceives(String queue, int from, int to) {
    UnknownCalls calls = unknownReceives.get(queue);
    return calls == null ? 0 : calls.between(from, to);
  }

  /** Whether the process of that call had ended without warning before that event. */
  boolean goneBefore(Call call, int event) {
    return gone.getOrDefault(call.question.process(), Integer.MAX_VALUE) < event;
  }

  /**
   * Whether a disturbance may be felt between those two events: it was between them, or not longer
   * before than it reaches.
   */
  boolean disturbedBetween(int from, int to) {
    long reach = relaxations.disturbances().reach().toNanos();
    return disturbed(events.get(from).time() - reach, events.get(to).time());
  }

  /**
   * Whether a settlement may have been on its way when a disturbance came, before that event, or
   * have gone to where one was not noticed yet.
   */
  boolean settlementMayBeLost(Call settled, int before) {
    long reach = relaxations.disturbances().reach().toNanos();
    return relaxations.disturbances().losesSettlements()
        && disturbed(
            settled.startTime() - reach,
            Math.min(settled.endTime() + reach, events.get(before).time()));
  }

  /**
   * Whether it may be there twice under its id, as each move is a copy that is put there before its
   * original is taken away: a move of it, or one of several sends, has an end that nobody knows.
   */
  boolean mayBeTwo(Copy copy) {
    if (!relaxations.disturbances().leavesCopies()) {
      return false;
    }
    return copy.sends.stream().filter(Copy.Send::possible).count() > 1
        || copy.replays.stream()
            .anyMatch(
                replay -> replay.possible() && (!replay.certain() || mayBeUndone(replay.call())))
        || copy.deliveries.stream()
            .flatMap(delivery -> delivery.settlements.stream())
            .anyMatch(
                call ->
                    call.operation == Operation.DEAD_LETTER
                        && call.possible()
                        && (!call.certain() || mayBeUndone(call)));
  }

  private boolean mayBeUndone(Call moved) {
    return settlementMayBeLost(moved, events.size() - 1);
  }

  private boolean disturbed(long from, long to) {
    for (int index : disturbances) {
      long time = events.get(index).time();
      if (time >= from && time <= to) {
        return true;
      }
    }
    return false;
  }

  private int[] indexesOf(Operation... operations) {
    List<Operation> wanted = List.of(operations);
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (wanted.contains(events.get(i).operation())) {
        found.add(i);
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  private void collectCalls() {
    Map<CallKey, Call> open = new HashMap<>();
    for (int i = 0; i < events.size(); i++) {
      HistoryEvent event = events.get(i);
      CallKey key = new CallKey(event.process(), event.call());
      switch (event.operation()) {
        case CRASH, SHUTDOWN, DRAINED, GONE, DISTURBED -> {}
        default -> {
          if (event.phase() == Phase.INVOKE) {
            Call call = open.get(key);
            if (call == null) {
              call = new Call(i, event);
              open.put(key, call);
              calls.add(call);
            }
            call.questions.add(event);
          } else {
            Call call = open.get(key);
            if (call == null) {
              throw new IllegalArgumentException("An answer without a question: " + event);
            }
            call.answered(i, event);
          }
        }
      }
    }
    for (Call call : calls) {
      int at = Arrays.binarySearch(boundaries, call.first);
      int next = -at - 1;
      int end = next < boundaries.length ? boundaries[next] : events.size() - 1;
      end = Math.min(end, gone.getOrDefault(call.question.process(), end));
      call.notAfter(end, events.get(end).time());
    }
  }

  private static String place(HistoryEvent event) {
    return event.text(Field.QUEUE) + (event.flag(Field.DEAD) ? "\0" : "");
  }

  private static Copy.Key key(HistoryEvent event) {
    return new Copy.Key(
        event.text(Field.QUEUE), event.text(Field.MESSAGE), event.text(Field.PAYLOAD));
  }

  private static String idOf(HistoryEvent event) {
    return event.text(Field.QUEUE) + "\0" + event.text(Field.MESSAGE);
  }

  private static String keyOf(HistoryEvent event) {
    return event.text(Field.QUEUE) + "\0" + event.text(Field.KEY);
  }

  private Copy copy(HistoryEvent event) {
    return copies.computeIfAbsent(key(event), Copy::new);
  }

  private void send(Call call) {
    // One message may stand twice in a batch: the first question belongs to the first answer.
    List<HistoryEvent> answers = new ArrayList<>(call.answers);
    for (HistoryEvent question : call.questions) {
      Copy copy = copy(question);
      HistoryEvent answer = null;
      for (int i = 0; i < answers.size() && answer == null; i++) {
        answer = key(answers.get(i)).equals(copy.key) ? answers.remove(i) : null;
      }
      copy.sends.add(new Copy.Send(call, question, answer));
      sendsById
          .computeIfAbsent(idOf(question), id -> new ArrayList<>())
          .add(copy.sends.get(copy.sends.size() - 1));
      if (question.has(Field.DUE)) {
        due.computeIfAbsent(question.text(Field.QUEUE), queue -> new TreeMap<>())
            .computeIfAbsent(question.number(Field.DUE, 0), time -> new LinkedHashSet<>())
            .add(copy);
      }
      if (question.has(Field.KEY)) {
        keyed.computeIfAbsent(keyOf(question), key -> new LinkedHashSet<>()).add(copy);
      }
    }
  }

  private void accept(Call call) {
    if (call.certain()) {
      for (HistoryEvent answer : call.answers) {
        if (answer.has(Field.HOLD)) {
          holds.put(answer.text(Field.HOLD), new Hold(call, answer, call.latest));
        }
      }
    }
  }

  private void receive(Call call) {
    Hold hold = holds.get(call.question.text(Field.HOLD));
    if (hold != null) {
      hold.uses.add(call);
    }
    if (!call.certain()) {
      return;
    }
    for (int i = 0; i < call.answers.size(); i++) {
      HistoryEvent answer = call.answers.get(i);
      if (!answer.has(Field.MESSAGE)) {
        continue;
      }
      Copy copy = copy(answer);
      Delivery delivery = new Delivery(call, answer, call.answerIndexes.get(i), copy, hold);
      copy.deliveries.add(delivery);
      if (deliveries.putIfAbsent(answer.text(Field.TOKEN), delivery) != null) {
        tokensGivenTwice.add(delivery);
      }
    }
  }

  private void other(Call call) {
    switch (call.operation) {
      case COMPLETE, ABANDON, DEFER, DEAD_LETTER, RELEASE, RENEW -> byToken(call);
      case RENEW_SESSION, CLOSE_SESSION, SET_STATE, GET_STATE -> byHold(call);
      case CANCEL, DISCARD, REPLAY -> bySequence(call);
      case PURGE ->
          purges.computeIfAbsent(place(call.question), place -> new ArrayList<>()).add(call);
      case PEEK -> peek(call);
      default -> {}
    }
  }

  private void byToken(Call call) {
    Delivery delivery = deliveries.get(call.question.text(Field.TOKEN));
    if (delivery == null) {
      strangers.add(call);
    } else if (call.operation == Operation.RENEW) {
      delivery.renewals.add(call);
      if (delivery.hold != null) {
        delivery.hold.renewals.add(call);
      }
    } else {
      delivery.settlements.add(call);
    }
  }

  private void byHold(Call call) {
    Hold hold = holds.get(call.question.text(Field.HOLD));
    if (hold == null) {
      strangers.add(call);
      return;
    }
    switch (call.operation) {
      case RENEW_SESSION -> {
        hold.renewals.add(call);
        hold.uses.add(call);
      }
      case CLOSE_SESSION -> hold.closes.add(call);
      default -> hold.uses.add(call);
    }
  }

  private void bySequence(Call call) {
    long count = call.count(0);
    boolean all = call.certain() && count == call.questions.size();
    boolean some = call.unknown() || count > 0;
    for (HistoryEvent question : call.questions) {
      Copy.Touch touch = new Copy.Touch(call, question, all, some);
      (call.operation == Operation.REPLAY ? copy(question).replays : copy(question).removals)
          .add(touch);
    }
  }

  private void peek(Call call) {
    if (call.certain()) {
      for (int i = 0; i < call.answers.size(); i++) {
        HistoryEvent answer = call.answers.get(i);
        if (answer.has(Field.MESSAGE)) {
          copy(answer).sights.add(new Copy.Sight(call, answer, call.answerIndexes.get(i)));
        }
      }
    }
  }

  /**
   * Puts deliveries into the order in which they were made. The answers stand in that order, but
   * where two receives overlapped the first one's answer may have been written last: then the count
   * tells.
   */
  private static void sortDeliveries(Copy copy) {
    List<Delivery> list = copy.deliveries;
    list.sort((a, b) -> Integer.compare(a.index, b.index));
    for (int i = 1; i < list.size(); i++) {
      for (int k = i; k > 0 && swapped(copy, list.get(k - 1), list.get(k)); k--) {
        Delivery earlier = list.get(k);
        list.set(k, list.get(k - 1));
        list.set(k - 1, earlier);
      }
    }
  }

  private static boolean swapped(Copy copy, Delivery before, Delivery after) {
    if (after.receive.first > before.receive.latest || before.receive == after.receive) {
      return false;
    }
    if (before.dead() != after.dead()) {
      return before.dead() && !copy.mayBeReplayed(-1, after.receive.latest);
    }
    return before.sequence() == after.sequence() && before.attempt() > after.attempt();
  }

  /** Calls of unknown outcome, to be counted by the time in which they may have taken effect. */
  private static final class UnknownCalls {
    private final int[] begins;
    private final int[] ends;

    UnknownCalls(List<Call> calls) {
      begins = calls.stream().mapToInt(call -> call.first).sorted().toArray();
      ends = calls.stream().mapToInt(call -> call.latest).sorted().toArray();
    }

    int between(int from, int to) {
      return below(begins, to) - below(ends, from);
    }

    private static int below(int[] sorted, int limit) {
      int low = 0;
      int high = sorted.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (sorted[middle] < limit) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }

  /** The answer of a call, or its question when it has none. */
  static HistoryEvent shown(Call call) {
    return call.answers.isEmpty() ? call.question : call.answers.get(0);
  }
}
