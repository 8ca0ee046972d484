package io.queueruntime.autoconfigure;

import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.BatchResult;
import io.queueruntime.listener.DeadLetterException;
import io.queueruntime.listener.MessageLock;
import io.queueruntime.listener.QueueErrorHandler;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.provider.Settlement;
import io.queueruntime.template.QueueTemplate;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AliasFor;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.annotation.SendTo;
import org.springframework.messaging.support.MessageBuilder;
import reactor.core.publisher.Mono;

/** An application with one listener for each thing a listener can do. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({
  EndToEndApplication.Sessions.class,
  EndToEndApplication.Failing.class,
  EndToEndApplication.ByHand.class,
  EndToEndApplication.Batches.class,
  EndToEndApplication.Mixed.class,
  EndToEndApplication.Answering.class,
  EndToEndApplication.Async.class,
  EndToEndApplication.Arguments.class,
  EndToEndApplication.Named.class
})
class EndToEndApplication {

  record Order(@NotBlank String id, @Positive int amount) {}

  record Refund(String id) {}

  record Box<T>(T content) {}

  /** What handlers saw, by the name of the queue; tests take from it. */
  static final class Seen {
    private final Map<String, BlockingQueue<Object>> byQueue = new ConcurrentHashMap<>();

    void add(String queue, Object what) {
      of(queue).add(what);
    }

    private BlockingQueue<Object> of(String queue) {
      return byQueue.computeIfAbsent(queue, name -> new LinkedBlockingQueue<>());
    }

    /** The next thing seen at that queue; null when none came in a minute. */
    Object next(String queue) throws InterruptedException {
      return of(queue).poll(60, TimeUnit.SECONDS);
    }

    List<Object> next(String queue, int count) throws InterruptedException {
      List<Object> seen = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        seen.add(next(queue));
      }
      return seen;
    }

    boolean isEmpty(String queue) {
      return of(queue).isEmpty();
    }
  }

  @Bean
  Seen seen() {
    return new Seen();
  }

  @Bean
  Plain plain(Seen seen) {
    return new Plain(seen);
  }

  @Bean
  QueueErrorHandler setAside() {
    return (message, failure) ->
        failure instanceof UnsupportedOperationException
            ? Settlement.deadLetter("SetAside", failure.getMessage())
            : null;
  }

  static class Plain {
    private final Seen seen;

    Plain(Seen seen) {
      this.seen = seen;
    }

    @QueueListener("plain")
    void handle(Order order) {
      seen.add("plain", order);
    }

    @QueueListener("text")
    void text(String text) {
      seen.add("text", text);
    }

    @QueueListener("bytes")
    void bytes(byte[] bytes) {
      seen.add("bytes", new String(bytes, StandardCharsets.UTF_8));
    }

    @QueueListener("generic")
    void generic(Box<List<Order>> box) {
      seen.add("generic", box.content().get(0));
    }

    @QueueListener("due")
    void due(Order order) {
      seen.add("due", order);
    }
  }

  static class Sessions {
    private final Seen seen;
    private final Map<String, AtomicInteger> inWork = new ConcurrentHashMap<>();

    Sessions(Seen seen) {
      this.seen = seen;
    }

    @QueueListener("ledger")
    void book(Order order, QueueSession session) {
      AtomicInteger mine = inWork.computeIfAbsent(session.id().value(), id -> new AtomicInteger());
      if (mine.incrementAndGet() > 1) {
        seen.add("ledger", "two at once in " + session.id());
      }
      int booked =
          session
                  .state()
                  .map(state -> Integer.parseInt(new String(state, StandardCharsets.UTF_8)))
                  .orElse(0)
              + 1;
      session.setState(Integer.toString(booked).getBytes(StandardCharsets.UTF_8));
      mine.decrementAndGet();
      seen.add("ledger", session.id() + ":" + order.amount() + ":" + booked);
    }

    @QueueListener("regions")
    void region(Order order, @Header(QueueHeaders.SESSION_ID) String region) {
      seen.add("regions", region);
    }
  }

  static class Failing {
    private final Seen seen;

    Failing(Seen seen) {
      this.seen = seen;
    }

    @QueueListener(queues = "fragile", backoff = @Backoff(delay = "1ms"))
    void fail(Order order, @Header(QueueHeaders.DELIVERY_COUNT) int delivery) {
      seen.add("fragile", delivery);
      throw new IllegalStateException("no luck with " + order.id());
    }

    @QueueListener(queues = "recovering", maxRetries = "1", backoff = @Backoff(delay = "0"))
    void recover(Order order, ReceivedMessage<Order> message) {
      if (message.deliveryCount() == 1) {
        throw new IllegalStateException("once");
      }
      seen.add("recovering", message.deliveryCount());
    }

    @QueueListener(queues = "hopeless", deadLetterOn = IllegalArgumentException.class)
    void giveUp(Order order) {
      throw new IllegalArgumentException("never");
    }

    @QueueListener("refused")
    void refuse(Order order) {
      throw new DeadLetterException("TooLate", "closed at noon");
    }

    @QueueListener("valid")
    void valid(@Valid Order order) {
      seen.add("valid", order);
    }

    @QueueListener("headers-needed")
    void needsHeader(Order order, @Header("tenant") String tenant) {
      seen.add("headers-needed", tenant);
    }

    @QueueListener(queues = "own-handler", errorHandler = "setAside")
    void own(Order order) {
      throw new UnsupportedOperationException("not this one");
    }
  }

  static class ByHand {
    private final Seen seen;

    ByHand(Seen seen) {
      this.seen = seen;
    }

    @QueueListener(queues = "manual", ackMode = "MANUAL")
    void handle(Order order, Acknowledgment acknowledgment, MessageLock lock) {
      seen.add("manual", lock.isLost());
      acknowledgment.complete().thenRun(() -> seen.add("manual", "settled"));
    }

    @QueueListener("settlement")
    Settlement decide(Order order) {
      seen.add("settlement", order);
      return order.amount() > 100
          ? Settlement.deadLetter("TooMuch", "over 100")
          : Settlement.complete();
    }
  }

  static class Batches {
    private final Seen seen;

    Batches(Seen seen) {
      this.seen = seen;
    }

    @QueueListener(queues = "batch", batchSize = "10", autoStartup = "false", id = "batch")
    void handle(List<@Valid Order> orders) {
      seen.add("batch", orders);
    }

    @QueueListener(
        queues = "batch-messages",
        batchSize = "10",
        autoStartup = "false",
        id = "batch-messages")
    BatchResult messages(List<ReceivedMessage<Order>> messages) {
      List<Settlement> settlements =
          messages.stream()
              .map(
                  message ->
                      message.payload().amount() > 1
                          ? Settlement.deadLetter("Odd", null)
                          : Settlement.complete())
              .toList();
      seen.add("batch-messages", messages.stream().map(message -> message.payload().id()).toList());
      return new BatchResult(settlements);
    }

    @QueueListener(
        queues = "batch-spring",
        batchSize = "10",
        autoStartup = "false",
        id = "batch-spring")
    void springs(List<Message<Order>> messages, @Header(QueueHeaders.QUEUE) String queue) {
      seen.add(
          "batch-spring",
          queue
              + messages.stream()
                  .map(message -> message.getHeaders().get("n") + message.getPayload().id())
                  .toList());
    }
  }

  @QueueListener("mixed")
  static class Mixed {
    private final Seen seen;

    Mixed(Seen seen) {
      this.seen = seen;
    }

    @QueueHandler
    void order(Order order) {
      seen.add("mixed", order);
    }

    @QueueHandler
    void refund(Refund refund) {
      seen.add("mixed", refund);
    }

    @QueueHandler
    void text(String text) {
      seen.add("mixed", text);
    }

    @QueueHandler(isDefault = true)
    void other(Map<String, Object> other) {
      seen.add("mixed", other);
    }
  }

  static class Answering {
    private final Seen seen;

    Answering(Seen seen) {
      this.seen = seen;
    }

    @QueueListener("questions")
    String answer(String question) {
      return question + "!";
    }

    @QueueListener("first-step")
    @SendTo("${app.second-step}")
    Message<Order> first(Order order) {
      return MessageBuilder.withPayload(new Order(order.id() + "+", order.amount()))
          .setHeader("step", 1)
          .build();
    }

    @QueueListener("second-step")
    void second(
        Order order,
        @Header("step") int step,
        @Header(QueueHeaders.CORRELATION_ID) String correlation) {
      seen.add("second-step", order.id() + step + correlation);
    }
  }

  static class Async {
    private final Seen seen;

    Async(Seen seen) {
      this.seen = seen;
    }

    @QueueListener("future")
    CompletableFuture<Void> future(Order order) {
      return CompletableFuture.runAsync(() -> seen.add("future", order));
    }

    @QueueListener("future-settlement")
    CompletableFuture<Settlement> futureSettlement(Order order) {
      return CompletableFuture.supplyAsync(() -> Settlement.deadLetter("Later", null));
    }

    @QueueListener("mono")
    Mono<Void> mono(Order order) {
      return Mono.fromRunnable(() -> seen.add("mono", order));
    }

    @QueueListener(queues = "mono-fails", maxRetries = "0")
    Mono<Void> monoFails(Order order) {
      return Mono.error(new IllegalStateException("reactive trouble"));
    }
  }

  static class Arguments {
    private final Seen seen;

    Arguments(Seen seen) {
      this.seen = seen;
    }

    @QueueListener("arguments")
    void all(
        @Payload Order order,
        ReceivedMessage<Order> received,
        Message<Order> message,
        @Header("tenant") String tenant,
        @Header(name = "count", required = false) Integer count,
        @Header(name = "missing", defaultValue = "${app.missing:none}") String missing,
        @Headers Map<String, Object> map,
        MessageHeaders headers,
        MessageLock lock,
        Acknowledgment acknowledgment,
        QueueTemplate template) {
      seen.add(
          "arguments",
          List.of(
              order,
              received.payload() == order,
              message.getPayload() == order,
              tenant,
              count,
              missing,
              map.get("tenant"),
              headers,
              lock.isLost(),
              acknowledgment.isSettled(),
              template));
    }
  }

  /** What a team would write to say once how its listeners are. */
  @Retention(RetentionPolicy.RUNTIME)
  @QueueListener(concurrency = "3", timeout = "7s")
  @interface TeamListener {

    @AliasFor(annotation = QueueListener.class, attribute = "queues")
    String[] value();

    @AliasFor(annotation = QueueListener.class, attribute = "id")
    String id();
  }

  interface Handles<T> {
    @QueueListener(id = "from-interface", queues = "interface")
    void handle(T payload);
  }

  static class Named implements Handles<Order> {
    private final Seen seen;

    Named(Seen seen) {
      this.seen = seen;
    }

    @TeamListener(value = "${app.team-queue}", id = "team")
    void team(Order order) {
      seen.add("team", order);
    }

    @QueueListener(
        id = "spel",
        queues = "#{'spel-' + 1}",
        concurrency = "${app.concurrency}",
        timeout = "#{T(java.time.Duration).ofSeconds(9).toString()}")
    void spel(Order order) {
      seen.add("spel", order);
    }

    @QueueListener(id = "list", queues = "${app.list}")
    void list(Order order, @Header(QueueHeaders.QUEUE) String queue) {
      seen.add("list", queue);
    }

    @QueueListener(id = "left", queues = "left")
    @QueueListener(id = "right", queues = "right", concurrency = "2")
    void both(Order order, @Header(QueueHeaders.QUEUE) String queue) {
      seen.add("both", queue);
    }

    @QueueListener(
        id = "moved",
        queues = "old-place",
        timeout = "5s",
        backoff = @Backoff(delay = "7s"))
    void moved(Order order, @Header(QueueHeaders.QUEUE) String queue) {
      seen.add("moved", queue);
    }

    @Override
    public void handle(Order order) {
      seen.add("interface", order);
    }
  }
}
