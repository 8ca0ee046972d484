package io.queueruntime.servicebus.emulator.entity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.SubQueue;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceTests {

  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.STANDARD, new VirtualTime());

  @AfterEach
  void close() {
    namespace.close();
  }

  @Test
  void aQueueIsFoundInWhateverCaseButKeepsItsName() {
    namespace.create("Orders/New", EntityDescription.DEFAULTS);

    assertThat(namespace.require("oRDERS/nEW").queue().value()).isEqualTo("Orders/New");
    assertThat(namespace.find("orders")).isEmpty();
  }

  @Test
  void aNameCannotBeUsedTwiceEvenInAnotherCase() {
    namespace.create("orders", EntityDescription.DEFAULTS);

    assertRefused(
        Kind.ALREADY_EXISTS,
        "'orders' already exists",
        () -> namespace.create("ORDERS", EntityDescription.DEFAULTS));
  }

  @Test
  void namesThatServiceBusRefusesAreRefused() {
    for (String name :
        List.of("", "/a", "a/", "-a", "a$b", "a b", "a//b", "ä", "a\\b", "..", "x".repeat(261))) {
      assertRefused(Kind.INVALID, "", () -> namespace.create(name, EntityDescription.DEFAULTS));
    }
    namespace.create("x".repeat(260), EntityDescription.DEFAULTS);
    namespace.create("a.b-c_d/e~f", EntityDescription.DEFAULTS);
  }

  @Test
  void aPropertyOutOfBoundsIsRefusedWithItsNameValueAndBounds() {
    assertRefused(
        Kind.INVALID,
        "The property 'LockDuration' has the value 'PT4.999S'; allowed is PT5S to PT5M.",
        () ->
            namespace.create(
                "q", EntityDescription.DEFAULTS.withLockDuration(Duration.ofMillis(4999))));
    assertRefused(
        Kind.INVALID,
        "'MaxDeliveryCount' has the value '0'; allowed is 1 to 2000",
        () -> namespace.create("q", EntityDescription.DEFAULTS.withMaxDeliveryCount(0)));
    assertThat(namespace.find("q")).isEmpty();
  }

  @Test
  void everyBoundaryOfServiceBusIsWhereItShouldBe() {
    accepted(EntityProperty.LOCK_DURATION, "PT5S", "PT5M");
    refused(EntityProperty.LOCK_DURATION, "PT4.9S", "PT5M0.001S", "PT0S", "-PT1M");
    accepted(EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW, "PT20S", "P7D");
    refused(EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW, "PT19S", "P7DT1S");
    accepted(EntityProperty.AUTO_DELETE_ON_IDLE, "PT5M", "P10675199DT2H48M5.4775807S");
    refused(EntityProperty.AUTO_DELETE_ON_IDLE, "PT4M59S");
    accepted(EntityProperty.DEFAULT_MESSAGE_TIME_TO_LIVE, "PT1S", "P10675199DT2H48M5.4775807S");
    refused(EntityProperty.DEFAULT_MESSAGE_TIME_TO_LIVE, "PT0.5S");
    accepted(EntityProperty.MAX_DELIVERY_COUNT, "1", "2000");
    refused(EntityProperty.MAX_DELIVERY_COUNT, "0", "-1", "2001");
    accepted(EntityProperty.MAX_SIZE_IN_MEGABYTES, "1024", "5120");
    refused(EntityProperty.MAX_SIZE_IN_MEGABYTES, "1023", "5121");
    accepted(EntityProperty.USER_METADATA, "x".repeat(1024));
    refused(EntityProperty.USER_METADATA, "x".repeat(1025));
    accepted(EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES, "1", "102400");
    refused(EntityProperty.MAX_MESSAGE_SIZE_IN_KILOBYTES, "0", "102401");
  }

  @Test
  void boundsCanBeRelaxedForTests() {
    try (Namespace relaxed =
        Namespace.open(EngineOptions.inMemory(), EntityLimits.RELAXED, new VirtualTime())) {
      Entity made =
          relaxed.create("q", EntityDescription.DEFAULTS.withLockDuration(Duration.ofMillis(20)));

      assertThat(made.description().lockDuration()).isEqualTo(Duration.ofMillis(20));
    }
  }

  @Test
  void theNumberOfQueuesHasALimit() {
    try (Namespace small =
        Namespace.open(
            EngineOptions.inMemory(), EntityLimits.STANDARD.withMaxQueues(2), new VirtualTime())) {
      small.create("a", EntityDescription.DEFAULTS);
      small.create("b", EntityDescription.DEFAULTS);

      assertRefused(
          Kind.QUOTA_EXCEEDED,
          "has 2 queues, its limit",
          () -> small.create("c", EntityDescription.DEFAULTS));
    }
  }

  @Test
  void whatIsFixedAtCreationCannotBeChanged() {
    namespace.create("q", EntityDescription.DEFAULTS);

    assertRefused(
        Kind.INVALID,
        "The value for the RequiresSession property of an existing Queue cannot be changed",
        () -> namespace.update("q", EntityDescription.DEFAULTS.withRequiresSession(true)));
    assertRefused(
        Kind.INVALID,
        "RequiresDuplicateDetection",
        () ->
            namespace.update(
                "q", EntityDescription.DEFAULTS.withDuplicateDetection(Duration.ofMinutes(1))));
    assertRefused(
        Kind.NOT_FOUND,
        "The messaging entity 'none' could not be found.",
        () -> namespace.update("none", EntityDescription.DEFAULTS));
  }

  @Test
  void listenersHearOfChangesAndDeletions() {
    List<String> heard = new ArrayList<>();
    namespace.addListener(
        new EntityListener() {
          @Override
          public void changed(Entity before, Entity after) {
            heard.add(before.description().status() + " to " + after.description().status());
          }

          @Override
          public void deleted(Entity gone) {
            heard.add("deleted " + gone.queue());
          }
        });
    namespace.create("q", EntityDescription.DEFAULTS);

    namespace.update("q", EntityDescription.DEFAULTS.withStatus(EntityStatus.SEND_DISABLED));
    namespace.reset();
    namespace.delete("Q");

    assertThat(heard).containsExactly("ACTIVE to SEND_DISABLED", "deleted q");
    assertThat(namespace.find("q")).isEmpty();
    assertRefused(Kind.NOT_FOUND, "'q' could not be found", () -> namespace.delete("q"));
  }

  @Test
  void aForwardNeedsAQueueThatExistsAndIsNotItself() {
    namespace.create("target", EntityDescription.DEFAULTS);
    EntityDescription forwarding = EntityDescription.DEFAULTS.withForwardTo("Target");

    assertThat(namespace.create("q", forwarding).description().forwardTo()).contains("target");
    assertRefused(
        Kind.INVALID,
        "'ForwardTo' has the value 'none'",
        () -> namespace.create("r", forwarding.withForwardTo("none")));
    assertRefused(
        Kind.INVALID,
        "not the queue itself",
        () -> namespace.update("target", EntityDescription.DEFAULTS.withForwardTo("TARGET")));
    assertRefused(
        Kind.INVALID,
        "nothing on a queue with RequiresSession",
        () -> namespace.create("s", forwarding.withRequiresSession(true)));
  }

  @Test
  void aResetLeavesQueuesAndTakesMessagesLocksAndNumbers() {
    Entity queue = namespace.create("q", EntityDescription.DEFAULTS.withMaxDeliveryCount(7));
    send(queue);
    send(queue);
    namespace.engine().receive(queue.queue(), SubQueue.MAIN, 1, Duration.ZERO).join();

    namespace.reset();

    assertThat(namespace.statistics("q").pending()).isZero();
    assertThat(namespace.require("q").description().maxDeliveryCount()).isEqualTo(7);
    assertThat(send(queue)).isEqualTo(1);
  }

  @Test
  void movedTimeHasHadItsEffectWhenTheCallReturns() {
    Entity queue =
        namespace.create(
            "q", EntityDescription.DEFAULTS.withDefaultMessageTimeToLive(Duration.ofHours(2)));
    send(queue);

    namespace.advance(Duration.ofMinutes(119));
    assertThat(namespace.statistics("q").active()).isOne();

    namespace.advance(Duration.ofMinutes(2));
    assertThat(namespace.statistics("q").active()).isZero();
  }

  @Test
  void ofManyWhoCreateTheSameQueueAtOnceOneSucceeds() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 50; round++) {
        String name = "q" + round;
        CyclicBarrier together = new CyclicBarrier(8);
        List<Future<Boolean>> asked = new ArrayList<>();
        for (int caller = 0; caller < 8; caller++) {
          String written = caller % 2 == 0 ? name : name.toUpperCase(Locale.ROOT);
          asked.add(
              callers.submit(
                  () -> {
                    together.await(60, TimeUnit.SECONDS);
                    try {
                      namespace.create(written, EntityDescription.DEFAULTS);
                      return true;
                    } catch (EntityException refused) {
                      assertThat(refused.kind()).isEqualTo(Kind.ALREADY_EXISTS);
                      return false;
                    }
                  }));
        }
        int made = 0;
        for (Future<Boolean> one : asked) {
          made += one.get(60, TimeUnit.SECONDS) ? 1 : 0;
        }
        assertThat(made).isOne();
      }
    } finally {
      callers.shutdownNow();
    }
    assertThat(namespace.engine().listQueues().join()).hasSize(50);
  }

  @Test
  void aQueueThatDeletedItselfIsForgotten() {
    List<String> gone = new ArrayList<>();
    namespace.addListener(
        new EntityListener() {
          @Override
          public void deleted(Entity queue) {
            gone.add(queue.queue().value());
          }
        });
    namespace.create("q", EntityDescription.DEFAULTS.withAutoDeleteOnIdle(Duration.ofMinutes(5)));

    namespace.advance(Duration.ofMinutes(6));

    assertThat(namespace.find("q")).isEmpty();
    assertThat(gone).containsExactly("q");
  }

  @Test
  void aQueueThatDeletesItselfIsGoneWithoutAnybodyLooking() {
    CompletableFuture<String> gone = new CompletableFuture<>();
    namespace.addListener(
        new EntityListener() {
          @Override
          public void deleted(Entity queue) {
            gone.complete(queue.queue().value());
          }
        });
    namespace.create("q", EntityDescription.DEFAULTS.withAutoDeleteOnIdle(Duration.ofMinutes(5)));

    namespace.time().advance(Duration.ofMinutes(6));
    namespace.engine().catchUp().join();

    assertThat(gone).isCompletedWithValue("q");
    assertThat(namespace.list(0, 10)).isEmpty();
  }

  @Test
  void aQueueThatDeletedItselfCanBeCreatedAgain() {
    EntityDescription brief =
        EntityDescription.DEFAULTS.withAutoDeleteOnIdle(Duration.ofMinutes(5));
    namespace.create("q", brief);
    namespace.time().advance(Duration.ofMinutes(6));
    namespace.engine().catchUp().join();

    assertRefused(Kind.NOT_FOUND, "", () -> namespace.statistics("q"));
    assertThat(namespace.create("Q", brief).queue().value()).isEqualTo("Q");
    assertRefused(Kind.ALREADY_EXISTS, "", () -> namespace.create("q", brief));
  }

  @Test
  void aLockThatEndsBeforeItsMessageExpiresEndsFirst() {
    Entity queue =
        namespace.create(
            "q",
            EntityDescription.DEFAULTS
                .withLockDuration(Duration.ofSeconds(5))
                .withDefaultMessageTimeToLive(Duration.ofSeconds(6))
                .withDeadLetteringOnMessageExpiration(true));
    send(queue);
    namespace.engine().receive(queue.queue(), SubQueue.MAIN, 1, Duration.ZERO).join();

    namespace.advance(Duration.ofSeconds(10));

    assertThat(
            namespace
                .engine()
                .receive(queue.queue(), SubQueue.DEAD_LETTER, 1, Duration.ZERO)
                .join())
        .singleElement()
        .satisfies(
            dead ->
                assertThat(dead.deadLetter().orElseThrow().reason())
                    .isEqualTo("TTLExpiredException"));
  }

  @Test
  void everyPropertyIsThereAgainAfterTheDirectoryIsReopened(@TempDir Path directory) {
    EntityDescription description =
        EntityDescription.DEFAULTS
            .withRequiresSession(true)
            .withLockDuration(Duration.ofSeconds(45))
            .withDuplicateDetection(Duration.ofMinutes(3))
            .withDefaultMessageTimeToLive(Duration.ofDays(3))
            .withDeadLetteringOnMessageExpiration(true)
            .withMaxDeliveryCount(4)
            .withAutoDeleteOnIdle(Duration.ofDays(1))
            .withForwardDeadLetteredMessagesTo("graveyard")
            .withStatus(EntityStatus.RECEIVE_DISABLED)
            .withMaxMessageSizeInKilobytes(2048)
            .withText(EntityProperty.USER_METADATA, "ü".repeat(1024))
            .withText(EntityProperty.MAX_SIZE_IN_MEGABYTES, "5120")
            .withText(EntityProperty.AUTHORIZATION_RULES, "KeyName=one&PrimaryKey=k")
            .withText(EntityProperty.ENABLE_BATCHED_OPERATIONS, "false")
            .withText(EntityProperty.ENABLE_PARTITIONING, "true");
    EntityDescription onlyRemembered =
        EntityDescription.DEFAULTS
            .withText(EntityProperty.DUPLICATE_DETECTION_HISTORY_TIME_WINDOW, "PT1H")
            .withForwardTo("graveyard");
    EngineOptions options = EngineOptions.in(directory).withSegmentSize(1024 * 1024);
    Entity made;
    try (Namespace first = Namespace.open(options, EntityLimits.STANDARD, new VirtualTime())) {
      first.create("graveyard", EntityDescription.DEFAULTS);
      first.create("Some/Queue", description.withMaxDeliveryCount(9));
      first.create("other", onlyRemembered);
      made = first.update("Some/Queue", description);
    }

    try (Namespace again = Namespace.open(options, EntityLimits.STANDARD, new VirtualTime())) {
      Entity found = again.require("some/queue");
      assertThat(found.description()).isEqualTo(description);
      assertThat(found.createdAt()).isEqualTo(made.createdAt());
      assertThat(found.updatedAt()).isEqualTo(made.updatedAt()).isAfter(made.createdAt());
      assertThat(again.require("other").description()).isEqualTo(onlyRemembered);
      for (EntityProperty property : EntityProperty.values()) {
        assertThat(description.isSet(property) || onlyRemembered.isSet(property))
            .as("%s has a value that is not the default", property)
            .isTrue();
      }
    }
  }

  private long send(Entity queue) {
    return namespace
        .engine()
        .send(queue.queue(), OutgoingMessage.of("x".getBytes(StandardCharsets.UTF_8)).build())
        .join()
        .sequenceNumber()
        .value();
  }

  private void accepted(EntityProperty property, String... texts) {
    for (String text : texts) {
      namespace.create("accepted", EntityDescription.DEFAULTS.withText(property, text));
      namespace.delete("accepted");
    }
  }

  private void refused(EntityProperty property, String... texts) {
    for (String text : texts) {
      assertRefused(
          Kind.INVALID,
          property.wireName(),
          () -> namespace.create("q", EntityDescription.DEFAULTS.withText(property, text)));
    }
  }

  private static void assertRefused(Kind kind, String part, ThrowingCallable call) {
    assertThatExceptionOfType(EntityException.class)
        .isThrownBy(call)
        .satisfies(refused -> assertThat(refused.kind()).isEqualTo(kind))
        .withMessageContaining(part);
  }
}
