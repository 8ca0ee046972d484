package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.ReceivedMessage;
import jakarta.validation.Valid;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.handler.annotation.SendTo;

/** What a user reads whose handler methods cannot be called. */
class HandlerStartupFailureTests extends StartupReports {

  @QueueListener("mixed")
  static class Ambiguous {
    @QueueHandler
    void first(Order order) {}

    @QueueHandler
    void second(Order order, Acknowledgment acknowledgment) {}
  }

  @Test
  void twoMethodsForOnePayloadType() {
    start.with(Ambiguous.class);

    assertThat(start.report(IN_MEMORY))
        .contains(
            "[QR-123] Ambiguous.",
            "both take payloads of " + Order.class.getName() + ", so none of them can be chosen.")
        .contains("[QR-123] Remove @QueueHandler from one of them.");
  }

  @QueueListener("mixed")
  static class TwoOfAKind {
    @QueueHandler
    void first(Order order) {}

    @QueueHandler(isDefault = true)
    void second(Refund refund) {}
  }

  @Test
  void aHandlerWhosePayloadTypeHasNoName() {
    start.with(TwoOfAKind.class);

    assertReport(
        IN_MEMORY,
        "QR-123",
        "TwoOfAKind.first(Order) is chosen by its payload type %s, but no name for that type is configured, so no message can say it holds one."
            .formatted(Order.class.getName()),
        "Set queue-runtime.payload.types: { order.v1: %s } here and where the messages are sent."
            .formatted(Order.class.getName()));
  }

  static class ValidatingHandler {
    @QueueListener("orders")
    void on(@Valid Order order) {}
  }

  @Test
  void aPayloadThatNobodyWouldValidate() {
    start.with(ValidatingHandler.class);

    assertReport(
        IN_MEMORY
            + "spring.autoconfigure.exclude: org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration",
        "QR-163",
        "ValidatingHandler.on(Order) wants its payload validated, and the application has no Validator, or several and none of them primary: payloads would reach it unchecked.",
        "Add org.springframework.boot:spring-boot-starter-validation, or remove the annotation from the payload.");
  }

  static class Undecided {
    @QueueListener("orders")
    void on(
        Order order,
        Refund refund,
        ReceivedMessage<String> message,
        Acknowledgment acknowledgment) {}
  }

  @Test
  void argumentsThatCannotBeMade() {
    start.with(Undecided.class);

    assertThat(start.report(IN_MEMORY))
        .contains("for 3 reasons:")
        .contains(
            "[QR-145] Undecided.on(Order, Refund, ReceivedMessage, Acknowledgment) cannot handle messages: the parameters Order order and Refund refund would both be the payload; mark what is a header with @Header.")
        .contains("cannot handle messages: its parameters want the payload as");
  }

  @QueueListener("orders")
  static class Idle {
    void on(Order order) {}
  }

  @Test
  void aListenerClassWithoutHandlers() {
    start.with(Idle.class);

    assertReport(
        IN_MEMORY,
        "QR-145",
        "@QueueListener class Idle has no method marked @QueueHandler.",
        "Mark the methods that take messages, or put @QueueListener on a method.");
  }

  static class Answers {
    @QueueListener("questions")
    @SendTo({"a", "b"})
    String on(Order order) {
      return "";
    }
  }

  @Test
  void anAnswerToTwoQueues() {
    start.with(Answers.class);

    assertReport(
        IN_MEMORY,
        "QR-147",
        "@SendTo of @QueueListener method Answers.on(Order) names 2 queues: a, b.",
        "Name one queue; a handler that answers to several sends itself, through a QueueTemplate argument.");
  }
}
