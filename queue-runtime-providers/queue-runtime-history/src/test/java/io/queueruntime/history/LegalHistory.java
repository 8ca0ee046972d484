package io.queueruntime.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Writes a history that keeps every promise: several processes work on queues that cannot fail,
 * with questions, effects and answers of different processes in any order, with crashes that lose
 * answers and with restarts in good order.
 */
final class LegalHistory {

  static final Map<String, QueueRules> RULES =
      Map.of(
          "plain", new QueueRules(false, Duration.ofMillis(40), 3, Duration.ofMillis(80), true),
          "ordered", new QueueRules(true, Duration.ofMillis(40), 3, null, true),
          "loose", new QueueRules(false, Duration.ofMillis(40), 2, null, false));

  /** One process: what it asked, whether that took effect yet, and what it holds. */
  private final class Actor {
    final String queue;
    final HistoryRecorder recorder;
    final List<Map<Field, String>> locked = new ArrayList<>();
    HistoryRecorder.Call call;
    Runnable effect;
    Runnable answer;

    /** Writes down the first part of the answer, as a process does that is killed just then. */
    Runnable firstPart;

    String session;
    String hold;

    Actor(String name, String queue) {
      this.queue = queue;
      this.recorder = new HistoryRecorder(name, () -> now, events::add);
    }

    void step() {
      if (call == null) {
        begin();
      } else if (effect != null) {
        Runnable happening = effect;
        effect = null;
        happening.run();
      } else {
        Runnable saying = answer;
        call = null;
        answer = null;
        firstPart = null;
        saying.run();
      }
    }

    /** Begins a call that may find out its answer when it takes effect. */
    private void ask(Operation operation, List<Map<Field, String>> questions, Runnable happening) {
      call = recorder.invoke(operation, questions);
      effect = happening;
    }

    private void ok(List<Map<Field, String>> answers) {
      HistoryRecorder.Call mine = call;
      answer = () -> mine.ok(answers);
      firstPart = () -> mine.ok(answers.subList(0, answers.size() / 2));
    }

    private void fail(Map<Field, String> fields) {
      HistoryRecorder.Call mine = call;
      answer = () -> mine.fail(fields);
    }

    private void begin() {
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3 -> send();
        case 4, 5, 6 -> receive();
        case 7, 8, 9, 10 -> settle();
        case 11 -> session();
        case 12 -> deadLetters();
        default -> rare();
      }
    }

    private LegalQueue queue() {
      return queues.get(queue);
    }

    private void send() {
      List<Map<Field, String>> batch = new ArrayList<>();
      int size = random.nextInt(4) == 0 ? 3 : 1;
      for (int i = 0; i < size; i++) {
        batch.add(message());
      }
      ask(
          Operation.SEND,
          batch,
          () -> {
            List<Map<Field, String>> answers = new ArrayList<>();
            for (Map<Field, String> message : batch) {
              Map<Field, String> all = new HashMap<>(message);
              all.putAll(queue().send(message, now));
              answers.add(all);
            }
            ok(answers);
          });
    }

    private Map<Field, String> message() {
      boolean again = queue.equals("plain") && random.nextInt(6) == 0 && !used.isEmpty();
      String id =
          again
              ? used.get(random.nextInt(used.size()))
              : "m" + events.size() + "-" + random.nextInt(1000);
      if (queue.equals("plain")) {
        used.add(id);
      }
      Map<Field, String> message =
          Script.fields(
              Field.QUEUE, queue, Field.MESSAGE, id, Field.PAYLOAD, "p" + random.nextLong());
      if (queue.equals("ordered")) {
        message.put(Field.SESSION, "s" + random.nextInt(3));
      } else if (random.nextInt(6) == 0) {
        message.put(Field.DUE, Long.toString(now + random.nextInt(60) * 1_000_000L));
      } else if (queue.equals("loose") && random.nextInt(5) == 0) {
        message.put(Field.KEY, "k" + random.nextInt(2));
      }
      if (random.nextInt(8) == 0) {
        message.put(Field.TTL, Long.toString((1 + random.nextInt(80)) * 1_000_000L));
      }
      return message;
    }

    private void receive() {
      if (queue.equals("ordered") && hold == null) {
        session();
        return;
      }
      Map<Field, String> question = Script.fields(Field.QUEUE, queue);
      String by = hold;
      String of = session;
      if (by != null) {
        question.put(Field.HOLD, by);
        question.put(Field.SESSION, of);
      }
      ask(
          Operation.RECEIVE,
          List.of(question),
          () -> {
            if (by != null && queue().held(of, by, now) == null) {
              fail(question);
              return;
            }
            taken(question, queue().receive(false, by, 1 + random.nextInt(3), now));
          });
    }

    private void taken(Map<Field, String> question, List<Map<Field, String>> messages) {
      HistoryRecorder.Call mine = call;
      List<Map<Field, String>> written =
          messages.stream().map(message -> with(message, Field.COUNT, messages.size())).toList();
      firstPart = () -> mine.ok(written.subList(0, written.size() / 2));
      answer =
          () -> {
            mine.ok(messages.isEmpty() ? List.of(question) : written);
            locked.addAll(messages);
          };
    }

    private void settle() {
      if (locked.isEmpty()) {
        receive();
        return;
      }
      // An old delivery may be settled again: that must fail, and does.
      Map<Field, String> message = random.nextInt(10) == 0 ? locked.get(0) : locked.remove(0);
      Operation[] ways = {
        Operation.COMPLETE,
        Operation.COMPLETE,
        Operation.COMPLETE,
        Operation.ABANDON,
        Operation.ABANDON,
        Operation.DEAD_LETTER,
        Operation.DEFER,
        Operation.RELEASE,
        Operation.RENEW
      };
      Operation way = ways[random.nextInt(ways.length)];
      if (message.containsKey(Field.DEAD)
          && (way == Operation.DEFER || way == Operation.DEAD_LETTER)) {
        way = Operation.ABANDON;
      }
      Map<Field, String> question = new HashMap<>(message);
      if (way == Operation.ABANDON && !message.containsKey(Field.DEAD) && random.nextBoolean()) {
        question.put(Field.DELAY, Long.toString(random.nextInt(50) * 1_000_000L));
      }
      if (way == Operation.DEAD_LETTER) {
        question.put(Field.REASON, "reason" + random.nextInt(3));
      }
      if (way == Operation.DEFER) {
        deferred.add(message);
      }
      Operation chosen = way;
      ask(
          way,
          List.of(question),
          () -> {
            if (queue().settle(chosen, message.get(Field.TOKEN), question, now)) {
              ok(List.of(question));
            } else {
              fail(question);
            }
          });
    }

    private void session() {
      if (!queue.equals("ordered")) {
        send();
        return;
      }
      if (hold == null) {
        session = "s" + random.nextInt(3);
        Map<Field, String> question = Script.fields(Field.QUEUE, queue, Field.SESSION, session);
        ask(
            Operation.ACCEPT,
            List.of(question),
            () -> {
              String given = queue().accept(session, now);
              if (given == null) {
                fail(question);
                return;
              }
              Map<Field, String> all = new HashMap<>(question);
              all.put(Field.HOLD, given);
              HistoryRecorder.Call mine = call;
              answer =
                  () -> {
                    mine.ok(all);
                    hold = given;
                  };
            });
        return;
      }
      Map<Field, String> question =
          Script.fields(Field.QUEUE, queue, Field.SESSION, session, Field.HOLD, hold);
      switch (random.nextInt(4)) {
        case 0 ->
            ask(
                Operation.RENEW_SESSION,
                List.of(question),
                () -> {
                  if (queue().renewSession(session, hold, now)) {
                    ok(List.of(question));
                  } else {
                    lose(question);
                  }
                });
        case 1 -> {
          question.put(Field.STATE, "v" + random.nextInt(1000));
          ask(
              Operation.SET_STATE,
              List.of(question),
              () -> {
                LegalQueue.Session own = queue().held(session, hold, now);
                if (own == null) {
                  lose(question);
                  return;
                }
                own.state = question.get(Field.STATE);
                ok(List.of(question));
              });
        }
        case 2 ->
            ask(
                Operation.GET_STATE,
                List.of(question),
                () -> {
                  LegalQueue.Session own = queue().held(session, hold, now);
                  if (own == null) {
                    lose(question);
                    return;
                  }
                  Map<Field, String> all = new HashMap<>(question);
                  if (own.state != null) {
                    all.put(Field.STATE, own.state);
                  }
                  ok(List.of(all));
                });
        default ->
            ask(
                Operation.CLOSE_SESSION,
                List.of(question),
                () -> {
                  queue().close(session, hold, now);
                  HistoryRecorder.Call mine = call;
                  answer =
                      () -> {
                        mine.ok(question);
                        hold = null;
                        locked.clear();
                      };
                });
      }
    }

    private void lose(Map<Field, String> question) {
      HistoryRecorder.Call mine = call;
      answer =
          () -> {
            mine.fail(question);
            hold = null;
          };
    }

    private void deadLetters() {
      List<LegalQueue.Message> dead =
          queue().messages().stream().filter(message -> message.place.equals("dead")).toList();
      if (dead.isEmpty() || random.nextInt(4) == 0) {
        Map<Field, String> question = Script.fields(Field.QUEUE, queue, Field.DEAD, true);
        ask(
            Operation.RECEIVE,
            List.of(question),
            () -> taken(question, queue().receive(true, null, 2, now)));
        return;
      }
      List<Map<Field, String>> items = new ArrayList<>();
      dead.stream().limit(3).forEach(message -> items.add(queue().look(message)));
      List<Long> numbers =
          items.stream().map(item -> Long.parseLong(item.get(Field.SEQUENCE))).toList();
      boolean replay = random.nextInt(3) > 0;
      ask(
          replay ? Operation.REPLAY : Operation.DISCARD,
          items,
          () -> {
            int count = replay ? queue().replay(numbers, now) : queue().discard(numbers, now);
            ok(items.stream().map(item -> with(item, Field.COUNT, count)).toList());
          });
    }

    private void rare() {
      List<LegalQueue.Message> scheduled =
          queue().messages().stream().filter(message -> message.place.equals("scheduled")).toList();
      int dice = random.nextInt(10);
      if (dice == 0) {
        boolean dead = random.nextBoolean();
        Map<Field, String> question = Script.fields(Field.QUEUE, queue);
        if (dead) {
          question.put(Field.DEAD, "true");
        }
        ask(
            Operation.PURGE,
            List.of(question),
            () -> ok(List.of(with(question, Field.COUNT, queue().purge(dead, now)))));
      } else if (dice < 4 && !scheduled.isEmpty()) {
        Map<Field, String> item = queue().look(scheduled.get(0));
        long number = Long.parseLong(item.get(Field.SEQUENCE));
        ask(
            Operation.CANCEL,
            List.of(item),
            () -> ok(List.of(with(item, Field.COUNT, queue().cancel(number, now)))));
      } else if (dice < 7 && !deferred.isEmpty() && !queue.equals("ordered")) {
        Map<Field, String> which = deferred.get(random.nextInt(deferred.size()));
        if (!which.get(Field.QUEUE).equals(queue)) {
          return;
        }
        Map<Field, String> question = Script.fields(Field.QUEUE, queue);
        long number = Long.parseLong(which.get(Field.SEQUENCE));
        ask(
            Operation.RECEIVE,
            List.of(question),
            () -> taken(question, queue().receiveDeferred(number, now)));
      } else {
        peek();
      }
    }

    private void peek() {
      Map<Field, String> question = Script.fields(Field.QUEUE, queue);
      ask(
          Operation.PEEK,
          List.of(question),
          () -> {
            queue().catchUp(now);
            List<Map<Field, String>> seen = new ArrayList<>();
            queue().messages().forEach(message -> seen.add(queue().look(message)));
            ok(seen.isEmpty() ? List.of(question) : seen);
          });
    }
  }

  private final Random random;
  private final List<HistoryEvent> events = new ArrayList<>();
  private final Map<String, LegalQueue> queues = new HashMap<>();
  private final List<String> used = new ArrayList<>();
  private final List<Map<Field, String>> deferred = new ArrayList<>();
  private long now = 5_000_000_000L;

  private LegalHistory(long seed) {
    this.random = new Random(seed);
    RULES.forEach((name, rules) -> queues.put(name, new LegalQueue(name, rules, random)));
  }

  static List<HistoryEvent> of(long seed) {
    return new LegalHistory(seed).write();
  }

  private static Map<Field, String> with(Map<Field, String> base, Field field, Object value) {
    Map<Field, String> all = new HashMap<>(base);
    all.put(field, value.toString());
    return all;
  }

  private List<HistoryEvent> write() {
    int lives = 1 + random.nextInt(4);
    for (int life = 0; life < lives; life++) {
      List<Actor> actors = actors(life);
      int steps = 50 + random.nextInt(250);
      for (int i = 0; i < steps; i++) {
        now += random.nextInt(2_000_000);
        actors.get(random.nextInt(actors.size())).step();
      }
      boolean crash = random.nextBoolean();
      if (!crash) {
        for (Actor actor : actors) {
          while (actor.call != null) {
            actor.step();
          }
        }
        if (random.nextBoolean()) {
          count();
        }
      }
      for (Actor actor : actors) {
        if (crash && actor.firstPart != null && random.nextInt(3) == 0) {
          actor.firstPart.run();
        }
      }
      now += 1000;
      queues.values().forEach(queue -> queue.crash(crash, now));
      mark(crash ? Operation.CRASH : Operation.SHUTDOWN);
    }
    drain();
    return events;
  }

  private List<Actor> actors(int life) {
    List<Actor> actors = new ArrayList<>();
    for (String queue : List.of("plain", "ordered", "loose")) {
      for (int i = 0; i < 3; i++) {
        actors.add(new Actor(life + "." + queue + "." + i, queue));
      }
    }
    return actors;
  }

  private void count() {
    HistoryRecorder recorder =
        new HistoryRecorder("counter" + events.size(), () -> now, events::add);
    queues.forEach(
        (name, queue) -> {
          Map<Field, String> question = Script.fields(Field.QUEUE, name);
          HistoryRecorder.Call call = recorder.invoke(Operation.COUNT, question);
          queue.catchUp(now);
          call.ok(with(question, Field.COUNT, queue.messages().size()));
        });
  }

  /** Completes what is ready and looks at all the rest. */
  private void drain() {
    now += 1_000_000_000L;
    HistoryRecorder recorder = new HistoryRecorder("drainer", () -> now, events::add);
    LegalQueue plain = queues.get("plain");
    for (int i = 0; i < 3; i++) {
      Map<Field, String> question = Script.fields(Field.QUEUE, "plain");
      HistoryRecorder.Call call = recorder.invoke(Operation.RECEIVE, question);
      List<Map<Field, String>> taken = plain.receive(false, null, 10, now);
      call.ok(taken.isEmpty() ? List.of(question) : taken);
      for (Map<Field, String> message : taken) {
        HistoryRecorder.Call completing = recorder.invoke(Operation.COMPLETE, message);
        plain.settle(Operation.COMPLETE, message.get(Field.TOKEN), message, now);
        completing.ok(message);
      }
    }
    queues.forEach(
        (name, queue) -> {
          Map<Field, String> question = Script.fields(Field.QUEUE, name);
          HistoryRecorder.Call call = recorder.invoke(Operation.PEEK, question);
          queue.catchUp(now);
          List<Map<Field, String>> seen = new ArrayList<>();
          queue.messages().forEach(message -> seen.add(queue.look(message)));
          call.ok(seen.isEmpty() ? List.of(question) : seen);
        });
    mark(Operation.DRAINED);
  }

  private void mark(Operation operation) {
    events.add(HistoryEvent.of(now, "harness", 0, operation, Phase.INFO).build());
  }
}
