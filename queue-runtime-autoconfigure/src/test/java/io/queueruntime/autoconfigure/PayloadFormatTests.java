package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.CloudEventAttributes;
import io.queueruntime.message.ReceivedMessage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.msgpack.core.MessagePack;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.dataformat.cbor.CBORMapper;

/** Formats come with their library, are chosen by the content type, and none of them is needed. */
class PayloadFormatTests {

  private static final String IN_MEMORY = "queue-runtime.embedded.durability=memory";

  record Order(String id, Map<String, Integer> lines) {}

  static final Order ORDER = new Order("o-1", Map.of("apple", 3));

  static class Inbox {
    final BlockingQueue<ReceivedMessage<?>> messages = new LinkedBlockingQueue<>();

    @QueueListener("orders")
    void onOrder(ReceivedMessage<Order> order) {
      messages.add(order);
    }

    @QueueListener("texts")
    void onText(ReceivedMessage<StringValue> text) {
      messages.add(text);
    }

    @QueueListener("words")
    void onWord(ReceivedMessage<String> word) {
      messages.add(word);
    }

    ReceivedMessage<?> next() throws InterruptedException {
      ReceivedMessage<?> message = messages.poll(30, TimeUnit.SECONDS);
      assertThat(message).as("a message within 30 s").isNotNull();
      return message;
    }
  }

  @Test
  void aListenerReadsWhatEachMessageSaysItIs() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(List.of(Inbox.class), IN_MEMORY)) {
      Inbox inbox = application.bean(Inbox.class);
      for (String type : List.of("application/json", "application/cbor", "application/msgpack")) {
        application.template().to("orders").contentType(type).send(ORDER);

        ReceivedMessage<?> message = inbox.next();
        assertThat(message.contentType()).contains(type);
        assertThat(message.payload()).isEqualTo(ORDER);
      }
      application.template().send("texts", StringValue.of("größe"));
      assertThat(inbox.next().payload()).isEqualTo(StringValue.of("größe"));
    }
  }

  @Test
  void anApplicationChoosesWhatItWritesWhereNobodySays() throws Exception {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(Inbox.class),
            IN_MEMORY,
            "queue-runtime.payload.content-type=application/cbor")) {
      Inbox inbox = application.bean(Inbox.class);

      application.template().send("orders", ORDER);
      ReceivedMessage<?> order = inbox.next();
      assertThat(order.contentType()).contains("application/cbor");
      assertThat(order.payload()).isEqualTo(ORDER);

      application.template().send("words", "größe");
      assertThat(inbox.next().contentType()).contains("text/plain;charset=utf-8");
      application.template().send("texts", StringValue.of("x"));
      assertThat(inbox.next().contentType()).contains("application/x-protobuf");
    }
  }

  @Test
  void anEventCarriesItsAttributes() throws Exception {
    CloudEventAttributes placed = CloudEventAttributes.of("7", "/shop", "com.acme.order.placed");
    try (RunningApplication application =
        RunningApplication.start(List.of(Inbox.class), IN_MEMORY)) {
      application.template().to("orders").cloudEvent(placed).send(ORDER);

      ReceivedMessage<?> event = application.bean(Inbox.class).next();
      assertThat(CloudEventAttributes.of(event)).contains(placed);
      assertThat(event.contentType()).contains("application/json");
      assertThat(event.payload()).isEqualTo(ORDER);
    }
  }

  @Test
  void anApplicationWithoutTheirLibrariesStarts() {
    new ApplicationContextRunner()
        .withClassLoader(
            new FilteredClassLoader(
                CBORMapper.class.getPackageName(),
                MessagePack.class.getPackageName(),
                StringValue.class.getPackageName()))
        .withBean(Plain.class)
        .withUserConfiguration(RunningApplication.Application.class)
        .withPropertyValues(IN_MEMORY)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBeansOfType(PayloadFormat.class)).isEmpty();
            });
  }

  static class Plain {
    @QueueListener("orders")
    void on(Order order) {}
  }
}
