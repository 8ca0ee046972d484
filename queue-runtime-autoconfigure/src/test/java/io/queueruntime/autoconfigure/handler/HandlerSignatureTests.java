package io.queueruntime.autoconfigure.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.autoconfigure.handler.HandlerSignature.Element;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.template.QueueTemplate;
import jakarta.validation.Valid;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.ResolvableType;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;
import org.springframework.validation.annotation.Validated;

/** What is read out of the parameters of a method. */
class HandlerSignatureTests {

  record Order(String id) {}

  record Envelope<T>(T content) {}

  abstract static class Inherited<T> {
    void inherited(T payload) {}

    void nested(Envelope<List<T>> payload) {}
  }

  static class Methods extends Inherited<Order> {
    void payload(Order order) {}

    void everything(
        @Header("a") String a,
        @Headers Map<String, Object> all,
        MessageHeaders headers,
        Acknowledgment acknowledgment,
        QueueSession session,
        QueueTemplate template,
        Order order) {}

    void received(ReceivedMessage<Order> message) {}

    void unknown(ReceivedMessage<?> message) {}

    void bounded(ReceivedMessage<? extends Order> message) {}

    @SuppressWarnings("rawtypes")
    void raw(ReceivedMessage message) {}

    void spring(Message<Order> message) {}

    void sameTwice(Order order, ReceivedMessage<Order> message, Message<?> spring) {}

    void payloads(List<Order> orders) {}

    void receivedMessages(List<ReceivedMessage<Order>> messages) {}

    void springMessages(List<Message<Order>> messages) {}

    void array(Order[] orders) {}

    void nothing() {}

    void map(Map<String, Integer> map) {}

    void valid(@Valid Order order) {}

    void validated(@Validated Order order) {}

    void validElements(List<@Valid Order> orders) {}

    void validInside(List<ReceivedMessage<@Valid Order>> messages) {}

    void oneAndSeveral(Order order, List<Order> orders) {}

    void twoLists(List<Order> orders, List<ReceivedMessage<Order>> messages) {}

    void twoPayloads(Order order, String text) {}
  }

  private static HandlerSignature of(String name) {
    Method found =
        Arrays.stream(Methods.class.getMethods())
            .filter(method -> method.getName().equals(name))
            .findFirst()
            .or(
                () ->
                    Arrays.stream(Methods.class.getDeclaredMethods())
                        .filter(method -> method.getName().equals(name))
                        .findFirst())
            .or(
                () ->
                    Arrays.stream(Inherited.class.getDeclaredMethods())
                        .filter(method -> method.getName().equals(name))
                        .findFirst())
            .orElseThrow();
    return HandlerSignature.of(found, Methods.class);
  }

  @Test
  void thePayloadIsWhatNothingElseIs() {
    assertThat(of("payload").payloadType()).isEqualTo(Order.class);
    assertThat(of("everything").payloadType()).isEqualTo(Order.class);
    assertThat(of("everything").problems()).isEmpty();
    assertThat(of("everything").takes(Acknowledgment.class)).isTrue();
    assertThat(of("everything").takes(QueueSession.class)).isTrue();
    assertThat(of("payload").takes(QueueSession.class)).isFalse();
    assertThat(of("nothing").payloadType()).isEqualTo(Object.class);
    assertThat(of("array").payloadType()).isEqualTo(Order[].class);
  }

  @Test
  void theTypeIsFoundInsideOfMessages() {
    for (String method : List.of("received", "bounded", "spring", "sameTwice")) {
      assertThat(of(method).payloadType()).as(method).isEqualTo(Order.class);
      assertThat(of(method).isBatch()).as(method).isFalse();
      assertThat(of(method).problems()).as(method).isEmpty();
    }
    assertThat(of("unknown").payloadType()).isEqualTo(Object.class);
    assertThat(of("raw").payloadType()).isEqualTo(Object.class);
  }

  @Test
  void genericTypesAreKeptAndResolved() {
    assertThat(of("map").payloadType().getTypeName())
        .isEqualTo("java.util.Map<java.lang.String, java.lang.Integer>");
    assertThat(of("inherited").payloadType()).isEqualTo(Order.class);
    ResolvableType nested = ResolvableType.forType(of("nested").payloadType());
    assertThat(nested.toClass()).isEqualTo(Envelope.class);
    assertThat(nested.getGeneric(0).getGeneric(0).toClass()).isEqualTo(Order.class);
  }

  @Test
  void aListIsABatchOfWhatItHolds() {
    assertThat(of("payloads").element()).isEqualTo(Element.PAYLOAD);
    assertThat(of("receivedMessages").element()).isEqualTo(Element.RECEIVED_MESSAGE);
    assertThat(of("springMessages").element()).isEqualTo(Element.SPRING_MESSAGE);
    for (String method : List.of("payloads", "receivedMessages", "springMessages")) {
      assertThat(of(method).isBatch()).as(method).isTrue();
      assertThat(of(method).payloadType()).as(method).isEqualTo(Order.class);
    }
  }

  @Test
  void validationIsAskedForOnTheParameterOrInsideOfIt() {
    for (String method : List.of("valid", "validated", "validElements", "validInside")) {
      assertThat(of(method).validation()).as(method).isNotNull();
    }
    assertThat(of("payload").validation()).isNull();
  }

  @Test
  void whatCannotBeIsSaid() {
    assertThat(of("oneAndSeveral").problems())
        .containsExactly("it takes one message in one parameter and a list of messages in another");
    assertThat(of("twoLists").problems())
        .containsExactly("it has more than one parameter that takes a list of messages");
    assertThat(of("twoPayloads").problems())
        .containsExactly(
            "the parameters Order order and String text would both be the payload; mark what is a header with @Header",
            "its parameters want the payload as %s and as java.lang.String"
                .formatted(Order.class.getName()));
  }

  @Test
  void aMethodIsCalledByClassNameAndTypes() {
    assertThat(HandlerSignature.describe(of("sameTwice").method(), Methods.class))
        .isEqualTo("Methods.sameTwice(Order, ReceivedMessage, Message)");
  }
}
