package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.QueueNotFound;
import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.autoconfigure.EndToEndApplication.Box;
import io.queueruntime.autoconfigure.EndToEndApplication.Order;
import io.queueruntime.autoconfigure.EndToEndApplication.Refund;
import io.queueruntime.autoconfigure.EndToEndApplication.Seen;
import io.queueruntime.listener.Concurrency;
import io.queueruntime.listener.ContainerState;
import io.queueruntime.listener.ListenerOptions;
import io.queueruntime.listener.QueueListenerContainer;
import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueHeaders;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SendOutcome;
import io.queueruntime.message.SendReceipt;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SubQueue;
import io.queueruntime.provider.QueueAdmin;
import io.queueruntime.provider.QueueReceiver;
import io.queueruntime.provider.Settlement;
import io.queueruntime.template.DeadLetters;
import io.queueruntime.template.QueueTemplate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.messaging.MessageHeaders;

/** What an application does with queues, from its annotations to a provider and back. */
@SpringBootTest(
    classes = EndToEndApplication.class,
    properties = {
      "queue-runtime.queues.ledger.session=required",
      "queue-runtime.queues.regions.session-ids=eu,us,apac",
      "queue-runtime.queues.fragile.max-delivery-count=3",
      "queue-runtime.queues.declared.lock-duration=17s",
      "queue-runtime.queues.declared.default-time-to-live=3h",
      "queue-runtime.queues.declared.duplicate-detection.enabled=false",
      "queue-runtime.queues.declared.max-message-size=1KB",
      "queue-runtime.defaults.max-delivery-count=4",
      "queue-runtime.listener.backoff.multiplier=3",
      "queue-runtime.listeners.moved.queues=new-place",
      "queue-runtime.listeners.moved.concurrency=2-5",
      "queue-runtime.listeners.moved.backoff.jitter=0.5",
      "queue-runtime.listeners.plain.text.timeout=33s",
      "queue-runtime.payload.types.order.v1=io.queueruntime.autoconfigure.EndToEndApplication$Order",
      "queue-runtime.payload.types.refund.v1=io.queueruntime.autoconfigure.EndToEndApplication$Refund",
      "app.second-step=second-step",
      "app.team-queue=team-queue",
      "app.concurrency=4",
      "app.list=one, two"
    })
abstract class EndToEndScenarios {

  private static final Duration LONG = Duration.ofSeconds(60);

  @Autowired private QueueTemplate template;
  @Autowired private QueueAdmin admin;
  @Autowired private DeadLetters deadLetters;
  @Autowired private QueueListenerRegistry registry;
  @Autowired private QueueClients clients;
  @Autowired private Seen seen;

  private static Order order(String id) {
    return new Order(id, 1);
  }

  /** Waits for the next dead letter of the queue and takes it. */
  private ReceivedMessage<byte[]> deadLetter(String queue) {
    try (QueueReceiver receiver =
        clients.provider("main").receiver(QueueName.of(queue), SubQueue.DEAD_LETTER)) {
      List<ReceivedMessage<byte[]>> found = receiver.receive(1, LONG).join();
      assertThat(found).as("dead letters of " + queue).hasSize(1);
      receiver.settle(found.get(0), Settlement.complete()).join();
      return found.get(0);
    }
  }

  private DeadLetterDetails details(String queue) {
    return deadLetter(queue).deadLetter().orElseThrow();
  }

  @Test
  void aMessageReachesItsHandlerAsTheTypeItDeclares() throws Exception {
    String id = template.send("plain", order("o-1"));
    template.send("text", "grüße");
    template.send("bytes", "raw".getBytes(StandardCharsets.UTF_8));
    template.send("generic", new Box<>(List.of(order("in a box"))));

    assertThat(id).isNotBlank();
    assertThat(seen.next("plain")).isEqualTo(order("o-1"));
    assertThat(seen.next("text")).isEqualTo("grüße");
    assertThat(seen.next("bytes")).isEqualTo("raw");
    assertThat(seen.next("generic")).isEqualTo(order("in a box"));
  }

  @Test
  void anEmptyTextIsAPayloadLikeAnyOther() throws Exception {
    template.send("text", "");

    assertThat(seen.next("text")).isEqualTo("");
  }

  @Test
  void messagesOfASessionAreHandledOneAfterTheOtherInOrder() throws Exception {
    for (int i = 1; i <= 20; i++) {
      for (String account : List.of("a", "b", "c")) {
        template.to("ledger").session(account).send(new Order("x", i));
      }
    }

    Map<String, Integer> last = new HashMap<>();
    for (Object booked : seen.next("ledger", 60)) {
      String[] parts = booked.toString().split(":");
      int expected = last.merge(parts[0], 1, Integer::sum);
      assertThat(parts[1]).as(parts[0]).isEqualTo(Integer.toString(expected));
      assertThat(parts[2])
          .as("what the session itself counted")
          .isEqualTo(Integer.toString(expected));
    }
    assertThat(last).isEqualTo(Map.of("a", 20, "b", 20, "c", 20));
  }

  @Test
  void aPartitionKeyPicksOneOfTheListedSessions() throws Exception {
    template.to("regions").partitionKey("customer-42").send(order("o"));

    assertThat(seen.next("regions")).isIn("eu", "us", "apac");
    assertThatThrownBy(() -> template.to("regions").session("mars").send(order("o")))
        .isInstanceOf(ValidationFailed.class)
        .hasMessageContainingAll("mars", "eu", "us", "apac");
  }

  @Test
  void aMessageThatFailsEveryTimeIsDeadLettered() throws Exception {
    template.send("fragile", order("glass"));

    assertThat(seen.next("fragile", 3)).containsExactly(1, 2, 3);
    DeadLetterDetails details = details("fragile");
    assertThat(details.reason()).isEqualTo(DeadLetterDetails.MAX_DELIVERY_COUNT_EXCEEDED);
    assertThat(details.description()).contains("IllegalStateException", "no luck with glass");
    assertThat(details.deliveryCount()).isEqualTo(3);
  }

  @Test
  void aDeadLetterThatIsReplayedIsHandledAgain() throws Exception {
    template.to("valid").header("kept", 7).send(new Order("", 1));
    try (QueueReceiver receiver =
        clients.provider("main").receiver(QueueName.of("valid"), SubQueue.DEAD_LETTER)) {
      List<ReceivedMessage<byte[]>> found = receiver.receive(1, LONG).join();
      receiver.settle(found.get(0), Settlement.abandon()).join();
      assertThat(deadLetters.list("valid", 10)).hasSize(1);

      assertThat(deadLetters.replay("valid", found.get(0).sequenceNumber())).isTrue();
    }

    ReceivedMessage<byte[]> again = deadLetter("valid");
    assertThat(again.headers()).containsEntry("kept", 7);
  }

  @Test
  void aListenerMayRetryLessThanItsQueueAllows() throws Exception {
    template.send("recovering", order("o"));

    assertThat(seen.next("recovering")).isEqualTo(2);
  }

  @Test
  void exceptionsThatAreNotWorthARetryAreDeadLetteredAtOnce() {
    template.send("hopeless", order("o"));
    template.send("refused", order("o"));
    template.send("own-handler", order("o"));

    assertThat(details("hopeless").description()).contains("never");
    assertThat(details("refused"))
        .extracting("reason", "description")
        .containsExactly("TooLate", "closed at noon");
    assertThat(details("own-handler"))
        .extracting("reason", "description")
        .containsExactly("SetAside", "not this one");
  }

  @Test
  void aPayloadThatIsNotValidIsDeadLetteredAtOnceWithoutItsContent() {
    template.send("valid", new Order("  ", -3));

    DeadLetterDetails details = details("valid");
    assertThat(details.reason()).isEqualTo("ValidationFailed");
    assertThat(details.deliveryCount()).isEqualTo(1);
    assertThat(details.description())
        .isEqualTo("The payload is not valid: amount must be greater than 0; id must not be blank.")
        .doesNotContain("-3");
  }

  @Test
  void aBodyThatCannotBeReadIsDeadLetteredAtOnceWithItsBytesIntact() {
    byte[] body = "{ not json".getBytes(StandardCharsets.UTF_8);
    template.sendAll(
        "plain", List.of(OutgoingMessage.of(body).contentType("application/json").build()));

    ReceivedMessage<byte[]> letter = deadLetter("plain");
    assertThat(letter.body()).isEqualTo(body);
    assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("SerializationFailed");
    assertThat(letter.deadLetter().orElseThrow().deliveryCount()).isEqualTo(1);
  }

  @Test
  void anArgumentThatCannotBeMadeIsAMatterOfTheMessage() {
    template.send("headers-needed", order("o"));

    DeadLetterDetails details = details("headers-needed");
    assertThat(details.reason()).isEqualTo("ValidationFailed");
    assertThat(details.description()).contains("needsHeader", "Missing header 'tenant'");
    assertThat(details.deliveryCount()).isEqualTo(1);
  }

  @Test
  void aHandlerSettlesByHandOrByWhatItReturns() throws Exception {
    template.send("manual", order("o"));
    template.send("settlement", new Order("big", 1000));

    assertThat(seen.next("manual", 2)).containsExactly(false, "settled");
    assertThat(details("settlement"))
        .extracting("reason", "description")
        .containsExactly("TooMuch", "over 100");
  }

  @Test
  void aBatchIsHandedOverAsAListWithoutTheMessagesThatAreNotValid() throws Exception {
    template.sendAll("batch", List.of(order("1"), new Order("", 1), order("2"), order("3")));
    registry.get("batch").start();

    assertThat(seen.next("batch")).isEqualTo(List.of(order("1"), order("2"), order("3")));
    assertThat(details("batch").description()).contains("id must not be blank");
    registry.get("batch").stop();
  }

  @Test
  void aBatchHandlerSettlesEveryMessageOnItsOwn() throws Exception {
    template.sendAll("batch-messages", List.of(order("1"), new Order("2", 2), order("3")));
    registry.get("batch-messages").start();

    assertThat(seen.next("batch-messages")).isEqualTo(List.of("1", "2", "3"));
    assertThat(new String(deadLetter("batch-messages").body(), StandardCharsets.UTF_8))
        .contains("\"2\"");
    registry.get("batch-messages").stop();
    assertThat(admin.statistics(QueueName.of("batch-messages")).pending()).isZero();
  }

  @Test
  void aBatchOfSpringMessagesCarriesTheHeadersOfEach() throws Exception {
    template.to("batch-spring").header("n", 1).send(order("a"));
    template.to("batch-spring").header("n", 2).send(order("b"));
    registry.get("batch-spring").start();

    assertThat(seen.next("batch-spring")).isEqualTo("batch-spring[1a, 2b]");
    registry.get("batch-spring").stop();
  }

  @Test
  void aClassChoosesItsMethodByThePayload() throws Exception {
    template.send("mixed", order("o"));
    assertThat(seen.next("mixed")).isEqualTo(order("o"));

    template.send("mixed", new Refund("r"));
    assertThat(seen.next("mixed")).isEqualTo(new Refund("r"));

    template.send("mixed", "text");
    assertThat(seen.next("mixed")).isEqualTo("text");

    template.send("mixed", Map.of("a", 1));
    assertThat(seen.next("mixed")).isEqualTo(Map.of("a", 1));
  }

  @Test
  void aTypeNameThatNobodyRegisteredIsDeadLetteredAndNeverLoaded() {
    OutgoingMessage foreign =
        OutgoingMessage.of("{}".getBytes(StandardCharsets.UTF_8))
            .contentType("application/json")
            .payloadType("java.util.ArrayList")
            .build();
    template.sendAll("mixed", List.of(foreign));

    assertThat(details("mixed").description())
        .contains("java.util.ArrayList", "queue-runtime.payload.types");
  }

  @Test
  void aQuestionIsAnswered() {
    assertThat(template.sendAndReceive("questions", "why", String.class, LONG)).isEqualTo("why!");
  }

  @Test
  void aResultIsSentOn() throws Exception {
    template.to("first-step").correlationId("c-9").send(order("o"));

    assertThat(seen.next("second-step")).isEqualTo("o+1c-9");
  }

  @Test
  void aScheduledMessageComesWhenItIsDueAndNotWhenItWasCancelled() throws Exception {
    SendReceipt never = template.to("due").delay(Duration.ofHours(1)).send(order("never"));
    template.to("due").delay(Duration.ofMillis(100)).send(order("soon"));

    assertThat(template.cancelScheduled("due", never.sequenceNumber())).isTrue();
    assertThat(template.cancelScheduled("due", never.sequenceNumber())).isFalse();
    assertThat(seen.next("due")).isEqualTo(order("soon"));
  }

  @Test
  void asynchronousHandlersSettleWhenTheyHaveEnded() throws Exception {
    template.send("future", order("f"));
    template.send("mono", order("m"));
    template.send("future-settlement", order("s"));
    template.send("mono-fails", order("x"));

    assertThat(seen.next("future")).isEqualTo(order("f"));
    assertThat(seen.next("mono")).isEqualTo(order("m"));
    assertThat(details("future-settlement").reason()).isEqualTo("Later");
    assertThat(details("mono-fails").description()).contains("reactive trouble");
  }

  @Test
  void aHandlerGetsEveryArgumentItAsksFor() throws Exception {
    OutgoingMessage.Builder message =
        OutgoingMessage.of("{\"id\":\"o\",\"amount\":1}".getBytes(StandardCharsets.UTF_8))
            .messageId("m-1")
            .contentType("application/json")
            .subject("s")
            .header("tenant", "acme")
            .header("count", 5)
            .header("id", "an id of the sender's")
            .header(QueueHeaders.DEAD_LETTER_REASON, "forged");
    // past the template, which would not let a reserved header through
    clients.provider("main").sender(QueueName.of("arguments")).send(message.build()).join();

    List<?> arguments = (List<?>) seen.next("arguments");
    assertThat(arguments.subList(0, 7))
        .isEqualTo(List.of(order("o"), true, true, "acme", 5, "none", "acme"));
    MessageHeaders headers = (MessageHeaders) arguments.get(7);
    assertThat(headers)
        .containsEntry(QueueHeaders.MESSAGE_ID, "m-1")
        .containsEntry(QueueHeaders.QUEUE, "arguments")
        .containsEntry(QueueHeaders.CLIENT, "main")
        .containsEntry(QueueHeaders.DELIVERY_COUNT, 1)
        .containsEntry(QueueHeaders.SUBJECT, "s")
        .containsEntry(QueueHeaders.CONTENT_TYPE, "application/json")
        .containsEntry("id", "an id of the sender's")
        .containsKeys(
            QueueHeaders.SEQUENCE_NUMBER, QueueHeaders.ENQUEUED_TIME, QueueHeaders.LOCKED_UNTIL)
        .doesNotContainKeys(QueueHeaders.DEAD_LETTER_REASON, QueueHeaders.SESSION_ID);
    assertThat(arguments.subList(8, 10)).isEqualTo(List.of(false, false));
    assertThat(arguments.get(10)).isSameAs(template);
  }

  @Test
  void annotationsMayBeComposedAndTheirTextsResolved() throws Exception {
    template.send("team-queue", order("t"));
    template.send("spel-1", order("s"));
    template.send("one", order("1"));
    template.send("two", order("2"));
    template.send("left", order("l"));
    template.send("right", order("r"));
    template.send("interface", order("i"));

    assertThat(seen.next("team")).isEqualTo(order("t"));
    assertThat(seen.next("spel")).isEqualTo(order("s"));
    assertThat(seen.next("list", 2)).containsExactlyInAnyOrder("one", "two");
    assertThat(seen.next("both", 2)).containsExactlyInAnyOrder("left", "right");
    assertThat(seen.next("interface")).isEqualTo(order("i"));
    assertThat(options("team").concurrency(false)).isEqualTo(Concurrency.of(3));
    assertThat(options("team").timeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(options("spel").concurrency(false)).isEqualTo(Concurrency.of(4));
    assertThat(options("spel").timeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(options("left").concurrency(false)).isEqualTo(Concurrency.of(1));
    assertThat(options("right").concurrency(false)).isEqualTo(Concurrency.of(2));
  }

  private ListenerOptions options(String id) {
    return registry.get(id).endpoint().options();
  }

  @Test
  void thePropertiesOfAListenerBeatItsAnnotationWhichBeatsTheDefaults() throws Exception {
    template.send("new-place", order("o"));

    assertThat(seen.next("moved")).isEqualTo("new-place");
    ListenerOptions moved = options("moved");
    assertThat(moved.concurrency(false)).isEqualTo(new Concurrency(2, 5));
    assertThat(moved.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(moved.backoff().delay()).isEqualTo(Duration.ofSeconds(7));
    assertThat(moved.backoff().multiplier()).isEqualTo(3);
    assertThat(moved.backoff().jitter()).isEqualTo(0.5);
    assertThat(moved.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(options("plain.text").timeout()).isEqualTo(Duration.ofSeconds(33));
  }

  @Test
  void queuesAreCreatedAsConfiguredAndOnlyThoseThatSomebodyListensToOrDeclared() {
    QueueOptions declared = admin.describe(QueueName.of("declared")).orElseThrow().options();
    assertThat(declared.lockDuration()).isEqualTo(Duration.ofSeconds(17));
    assertThat(declared.defaultTimeToLive()).isEqualTo(Duration.ofHours(3));
    assertThat(declared.duplicateDetectionWindow()).isNull();
    assertThat(declared.maxMessageSize()).isEqualTo(1024);
    assertThat(declared.maxDeliveryCount()).isEqualTo(4);
    assertThat(admin.describe(QueueName.of("fragile")).orElseThrow().options().maxDeliveryCount())
        .isEqualTo(3);
    assertThat(admin.describe(QueueName.of("plain")).orElseThrow().options().maxDeliveryCount())
        .isEqualTo(4);
    assertThat(admin.describe(QueueName.of("ledger")).orElseThrow().options().sessions()).isTrue();
    assertThat(admin.exists(QueueName.of("old-place"))).isFalse();

    assertThatThrownBy(() -> template.send("nobody-listens", order("o")))
        .isInstanceOf(QueueNotFound.class);
    assertThat(admin.exists(QueueName.of("nobody-listens"))).isFalse();
  }

  @Test
  void aSecondCopyOfAMessageIsDiscarded() throws Exception {
    assertThat(template.to("plain").messageId("once").send(order("1")).outcome())
        .isEqualTo(SendOutcome.ENQUEUED);
    assertThat(template.to("plain").messageId("once").send(order("2")).outcome())
        .isEqualTo(outcomeOfASecondCopy());

    assertThat(seen.next("plain")).isEqualTo(order("1"));
    template.send("plain", order("3"));
    assertThat(seen.next("plain")).isEqualTo(order("3"));
  }

  /** What the sender of a copy that is discarded is told. */
  SendOutcome outcomeOfASecondCopy() {
    return SendOutcome.DUPLICATE;
  }

  @Test
  void listenersAreFoundPausedStoppedAndStartedById() throws Exception {
    assertThat(registry.ids()).contains("batch", "moved", "plain.handle");
    assertThat(registry.list()).extracting(QueueListenerContainer::id).isEqualTo(registry.ids());
    assertThat(registry.find("nobody")).isEmpty();
    assertThatThrownBy(() -> registry.get("nobody"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("moved");

    registry.get("moved").stop();
    assertThat(registry.get("moved").state()).isEqualTo(ContainerState.STOPPED);
    template.send("new-place", order("later"));
    assertThat(template.peek("new-place", Order.class, SequenceNumber.START, 1)).hasSize(1);
    assertThat(seen.isEmpty("moved")).isTrue();
    registry.get("moved").start();

    assertThat(seen.next("moved")).isEqualTo("new-place");
  }
}
