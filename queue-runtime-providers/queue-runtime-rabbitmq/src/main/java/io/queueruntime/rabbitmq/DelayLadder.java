package io.queueruntime.rabbitmq;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Holds messages back for a time, with nothing but queues whose messages expire into the next one.
 *
 * <p>There is one rung for each bit of the delay, counted in steps of {@value #STEP_MILLIS} ms: a
 * topic exchange, and a queue whose messages expire after 2ⁿ steps. The routing key is the bits,
 * the highest first, and then the queue's name. An exchange sends a message whose bit is 1 into its
 * queue, which hands it on to the next exchange when it expires, and one whose bit is 0 to the next
 * exchange at once. The last exchange sends it to the queue that its routing key ends with. All
 * messages of a queue live equally long, so that none waits behind a longer one.
 *
 * <p>Quorum queues, and dead-lettering at least once: a delayed message is as durable as any other;
 * after a crash between two rungs it may come twice, with the same id. Made once, by whoever needs
 * it first.
 *
 * <p>Thread-safe.
 */
final class DelayLadder {

  /** How precise a delay is. */
  static final int STEP_MILLIS = 100;

  /** Enough for almost 310 days. */
  static final int RUNGS = 28;

  private final Connections connections;
  private final String names;
  private final int rungs;
  private final Map<String, Boolean> bound = new HashMap<>();
  private boolean made;

  /**
   * A ladder that is made when it is needed.
   *
   * @param rungs how many; {@value #RUNGS} but in tests
   */
  DelayLadder(Connections connections, String names, int rungs) {
    this.connections = connections;
    this.rungs = rungs;
    this.names = names + ".delay";
  }

  /** Where a message enters. */
  String exchange() {
    return rung(rungs - 1);
  }

  /** How a message reaches that queue after that time, or after the longest there is. */
  String routingKey(Duration delay, String queue) {
    // rounded up: rather a little late than too early
    long steps = Math.min((1L << rungs) - 1, (delay.toMillis() + STEP_MILLIS - 1) / STEP_MILLIS);
    StringBuilder key = new StringBuilder(2 * rungs + queue.length());
    for (int rung = rungs - 1; rung >= 0; rung--) {
      key.append((steps >>> rung & 1) == 1 ? "1." : "0.");
    }
    return key.append(queue).toString();
  }

  private String rung(int number) {
    return "%s.%02d".formatted(names, number);
  }

  private String end() {
    return names + ".end";
  }

  /** Lets delayed messages reach that queue. */
  synchronized void reach(String queue) {
    if (bound.containsKey(queue)) {
      return;
    }
    connections.repeatable(
        queue,
        "prepare delayed messages for queue '%s'".formatted(queue),
        channel -> {
          if (!made) {
            make(channel);
            made = true;
          }
          return channel.queueBind(queue, end(), "*.".repeat(rungs) + queue);
        });
    bound.put(queue, true);
  }

  synchronized void forget(String queue) {
    bound.remove(queue);
  }

  private void make(Channel channel) throws IOException {
    channel.exchangeDeclare(end(), "topic", true);
    for (int rung = 0; rung < rungs; rung++) {
      String next = rung == 0 ? end() : rung(rung - 1);
      channel.exchangeDeclare(rung(rung), "topic", true);
      Map<String, Object> arguments = new HashMap<>();
      arguments.put("x-queue-type", "quorum");
      arguments.put("x-message-ttl", (1L << rung) * STEP_MILLIS);
      arguments.put("x-dead-letter-exchange", next);
      arguments.put("x-dead-letter-strategy", "at-least-once");
      arguments.put("x-overflow", "reject-publish");
      channel.queueDeclare(rung(rung), true, false, false, arguments);
      String before = "*.".repeat(rungs - 1 - rung);
      channel.queueBind(rung(rung), rung(rung), before + "1.#");
      channel.exchangeBind(next, rung(rung), before + "0.#");
    }
  }

  /** The queues that messages wait in; none before it was made here. */
  synchronized List<String> queues() {
    return made ? IntStream.range(0, rungs).mapToObj(this::rung).toList() : List.of();
  }

  /** Takes it away, for tests. */
  synchronized void delete() {
    if (made) {
      connections.with(
          null,
          "delete the delay queues",
          channel -> {
            for (int rung = 0; rung < rungs; rung++) {
              channel.queueDelete(rung(rung));
              channel.exchangeDelete(rung(rung));
            }
            return channel.exchangeDelete(end());
          });
    }
  }
}
