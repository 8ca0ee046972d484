package io.queueruntime.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.queueruntime.QueueRuntimeException.OperationTimedOut;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the queues were created with, which RabbitMQ tells nobody: one message for each in a durable
 * queue of the provider's own.
 *
 * <p>Reading takes the messages and gives them back, so that only one may read at a time: whoever
 * holds an exclusive queue beside it. The broker frees that when its holder's connection ends.
 *
 * <p>Thread-safe; blocks.
 */
final class Catalog {

  private static final Duration WAIT_MAX = Duration.ofSeconds(30);
  private static final long WAIT_BETWEEN_MILLIS = 20;
  private static final int CONFIRM_MILLIS = 30_000;

  private final Connections connections;
  private final String queue;
  private final String mutex;

  Catalog(Connections connections, String names) {
    this.connections = connections;
    this.queue = names + ".catalog";
    this.mutex = names + ".catalog.lock";
  }

  /** All queues by their names. */
  Map<String, Definition> all() {
    return exclusively("read the catalog of queues", channel -> read(channel).definitions());
  }

  /** Notes a queue, in place of what was noted of it before. */
  void put(Definition definition) {
    exclusively(
        "note queue '%s'".formatted(definition.name()),
        channel -> {
          replace(channel, definition.name().value(), definition);
          return true;
        });
  }

  /** Forgets a queue; false when nothing was noted. */
  boolean remove(String name) {
    return exclusively(
        "forget queue '%s'".formatted(name), channel -> replace(channel, name, null));
  }

  private boolean replace(Channel channel, String name, @Nullable Definition by) {
    try {
      Noted noted = read(channel);
      Long old = noted.tags().get(name);
      if (by != null) {
        channel.confirmSelect();
        channel.basicPublish(
            "",
            queue,
            true,
            new AMQP.BasicProperties.Builder().deliveryMode(2).headers(by.toHeaders()).build(),
            new byte[0]);
        // Noted before the old one goes: of two, the later one counts.
        channel.waitForConfirmsOrDie(CONFIRM_MILLIS);
      }
      if (old != null) {
        channel.basicAck(old, false);
      }
      return old != null;
    } catch (IOException | TimeoutException e) {
      throw Failures.of(name, "note queue '%s'".formatted(name), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(name, "note queue '%s'".formatted(name), e);
    }
  }

  /** What was read, and the deliveries that it was read from. */
  private record Noted(Map<String, Definition> definitions, Map<String, Long> tags) {}

  private Noted read(Channel channel) {
    try {
      Map<String, Definition> definitions = new TreeMap<>();
      Map<String, Long> tags = new TreeMap<>();
      for (GetResponse found = channel.basicGet(queue, false);
          found != null;
          found = channel.basicGet(queue, false)) {
        Definition definition = Definition.ofHeaders(found.getProps().getHeaders());
        Long older = tags.put(definition.name().value(), found.getEnvelope().getDeliveryTag());
        if (older != null) {
          channel.basicAck(older, false);
        }
        definitions.put(definition.name().value(), definition);
      }
      return new Noted(definitions, tags);
    } catch (IOException e) {
      throw Failures.of(null, "read the catalog of queues", e);
    }
  }

  private synchronized <T> T exclusively(String doing, Function<Channel, T> work) {
    connections.repeatable(null, doing, this::declare);
    long begun = System.nanoTime();
    while (true) {
      Channel channel = connections.channel();
      try {
        channel.queueDeclare(mutex, false, true, true, null);
      } catch (IOException e) {
        Connections.closeQuietly(channel);
        if (Failures.replyCode(e) != Failures.RESOURCE_LOCKED) {
          throw Failures.of(null, doing, e);
        }
        waitForOther(doing, begun);
        continue;
      }
      try {
        return work.apply(channel);
      } finally {
        release(channel);
      }
    }
  }

  private AMQP.Queue.DeclareOk declare(Channel channel) throws IOException {
    Map<String, Object> arguments = new TreeMap<>();
    arguments.put("x-queue-type", "quorum");
    if (connections.version().limitsByDefault()) {
      arguments.put("x-delivery-limit", -1);
    }
    return channel.queueDeclare(queue, true, false, false, arguments);
  }

  private void release(Channel channel) {
    try {
      // All at once, which keeps the order; and heard before anybody else may read.
      channel.basicNack(0, true, true);
      channel.queueDelete(mutex);
    } catch (IOException | RuntimeException e) {
      // the connection ended, and the exclusive queue with it
    }
    Connections.closeQuietly(channel);
  }

  private void waitForOther(String doing, long begun) {
    if (System.nanoTime() - begun > WAIT_MAX.toNanos()) {
      throw new OperationTimedOut(
          null,
          "Cannot %s: another client has been holding '%s' for %s; it is tried again."
              .formatted(doing, mutex, WAIT_MAX),
          null);
    }
    try {
      connections.awaitClosed(WAIT_BETWEEN_MILLIS); // closed meanwhile: the next attempt says so
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationTimedOut(null, "Interrupted while waiting to %s.".formatted(doing), e);
    }
  }

  /** Takes the catalog itself away, for tests. */
  void delete() {
    connections.with(null, "delete the catalog", channel -> channel.queueDelete(queue));
  }
}
