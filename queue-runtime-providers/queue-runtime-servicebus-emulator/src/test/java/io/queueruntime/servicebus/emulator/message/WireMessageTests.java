package io.queueruntime.servicebus.emulator.message;

import static io.queueruntime.servicebus.emulator.message.ProtonMessages.annotations;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.applicationProperties;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.data;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.encode;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.header;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.properties;
import static io.queueruntime.servicebus.emulator.message.ProtonMessages.section;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.queueruntime.message.DeadLetterDetails;
import io.queueruntime.message.LockToken;
import io.queueruntime.message.MessageState;
import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import io.queueruntime.servicebus.emulator.message.InvalidMessage.Reason;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Properties;
import org.junit.jupiter.api.Test;

class WireMessageTests {

  private static final MessageLimits LIMITS = MessageLimits.STANDARD;
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  @Test
  void theBareMessageIsDeliveredByteForByte() {
    for (int seed = 0; seed < 2000; seed++) {
      List<Object> sections = ProtonMessages.random(new Random(seed));
      byte[] sent = encode(sections.toArray());
      OutgoingMessage outgoing = WireMessage.parse(sent, LIMITS).toOutgoing(false, Duration.ZERO);

      byte[] received = WireDelivery.encode(received(outgoing).build(), Duration.ZERO);

      byte[] bareSent = bare(sections, outgoing.hasGeneratedId());
      byte[] bareReceived =
          bare(ProtonMessages.decode(received), received, outgoing.hasGeneratedId());
      assertThat(HexFormat.of().formatHex(bareReceived))
          .as("seed %d", seed)
          .isEqualTo(HexFormat.of().formatHex(bareSent));
    }
  }

  @Test
  void aMessageIsFoundUnderTheKeysItsSenderGave() {
    byte[] sent =
        encode(
            header(5000L),
            annotations("x-opt-scheduled-enqueue-time", new Date(NOON.toEpochMilli())),
            properties("m1", "s1"),
            data("hello"));

    OutgoingMessage outgoing =
        WireMessage.parse(sent, LIMITS).toOutgoing(true, Duration.ofHours(1));

    assertThat(outgoing.messageId()).contains("m1");
    assertThat(outgoing.hasGeneratedId()).isFalse();
    assertThat(outgoing.sessionId()).contains(SessionId.of("s1"));
    assertThat(outgoing.timeToLive()).contains(Duration.ofSeconds(5));
    assertThat(outgoing.scheduledEnqueueTime()).contains(NOON.plus(Duration.ofHours(1)));
  }

  @Test
  void aGroupIdIsNoSessionOnAQueueWithoutSessions() {
    byte[] sent = encode(properties("m1", "s1"), data("x"));

    OutgoingMessage outgoing = WireMessage.parse(sent, LIMITS).toOutgoing(false, Duration.ZERO);

    assertThat(outgoing.sessionId()).isEmpty();
    byte[] received = WireDelivery.encode(received(outgoing).build(), Duration.ZERO);
    assertThat(section(received, Properties.class).getGroupId()).isEqualTo("s1");
  }

  @Test
  void aSessionQueueRefusesAMessageWithoutAGroup() {
    WireMessage message = WireMessage.parse(encode(properties("m1", null), data("x")), LIMITS);

    InvalidMessage refused =
        catchThrowableOfType(InvalidMessage.class, () -> message.toOutgoing(true, Duration.ZERO));

    assertThat(refused.reason()).isEqualTo(Reason.NO_SESSION);
    assertThat(refused).hasMessageStartingWith("The SessionId was not set on a message");
  }

  @Test
  void aMessageWithoutAnIdIsGivenOneThatItsReceiverSees() {
    for (Object[] sections :
        new Object[][] {
          {data("x")},
          {properties(null, "g"), data("x")},
          {properties("", "g"), data("x")},
          {header(1L), annotations("a", 1), applicationProperties("k", 1), new AmqpValue("v")}
        }) {
      OutgoingMessage outgoing =
          WireMessage.parse(encode(sections), LIMITS).toOutgoing(false, Duration.ZERO);

      byte[] received = WireDelivery.encode(received(outgoing).build(), Duration.ZERO);

      assertThat(outgoing.hasGeneratedId()).isTrue();
      assertThat(section(received, Properties.class).getMessageId())
          .asString()
          .matches("[0-9a-f]{32}")
          .isEqualTo(outgoing.messageId().orElseThrow());
    }
  }

  @Test
  void messageIdsOfEveryTypeAreRead() {
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    Map<Object, String> ids = new LinkedHashMap<>();
    ids.put("text", "text");
    ids.put(uuid, uuid.toString());
    ids.put(UnsignedLong.valueOf(0), "0");
    ids.put(UnsignedLong.valueOf(-1L), "18446744073709551615");
    ids.put(new Binary(new byte[] {1, (byte) 0xff}), "01ff");
    ids.forEach(
        (id, text) -> {
          Properties properties = new Properties();
          properties.setMessageId(id);
          WireMessage message = WireMessage.parse(encode(properties, data("x")), LIMITS);
          assertThat(message.messageId()).contains(text);
        });
  }

  @Test
  void everyDeliveryHasAHeaderThatCountsEarlierDeliveries() {
    OutgoingMessage outgoing = outgoing(properties("m", null), data("x"));
    ReceivedMessage.Builder<byte[]> third =
        received(outgoing)
            .deliveryCount(3)
            .lock(LockToken.of(new UUID(1, 2)), NOON.plusSeconds(60));

    Header header = section(WireDelivery.encode(third.build(), Duration.ZERO), Header.class);

    assertThat(header.getDeliveryCount()).isEqualTo(UnsignedInteger.valueOf(2));
    assertThat(header.getDurable()).isFalse();
    assertThat(header.getPriority()).isEqualTo(UnsignedByte.valueOf((byte) 4));
    assertThat(header.getTtl()).isNull();
  }

  @Test
  void theHeaderSaysWhatTheSenderSaid() {
    Header sent = header(4_000_000_000L);
    sent.setDurable(true);
    sent.setPriority(UnsignedByte.valueOf((byte) 9));
    sent.setDeliveryCount(UnsignedInteger.valueOf(77));
    OutgoingMessage outgoing = outgoing(sent, properties("m", null), data("x"));

    Header header =
        section(WireDelivery.encode(received(outgoing).build(), Duration.ZERO), Header.class);

    assertThat(header.getDurable()).isTrue();
    assertThat(header.getPriority()).isEqualTo(UnsignedByte.valueOf((byte) 9));
    assertThat(header.getTtl().longValue()).isEqualTo(4_000_000_000L);
    assertThat(header.getDeliveryCount()).isEqualTo(UnsignedInteger.valueOf(0));
  }

  @Test
  void annotationsHaveTheTypesThatClientsCastTo() {
    OutgoingMessage outgoing =
        outgoing(
            annotations("x-opt-partition-key", "p", "x-opt-sequence-number", 99L, "mine", 7),
            properties("m", null),
            data("x"));
    ReceivedMessage<byte[]> message =
        received(outgoing)
            .lock(LockToken.of(new UUID(1, 2)), NOON.plusSeconds(60))
            .scheduledEnqueueTime(NOON.minusSeconds(30))
            .state(MessageState.DEFERRED)
            .build();

    Map<Symbol, Object> annotations =
        section(WireDelivery.encode(message, Duration.ofSeconds(10)), MessageAnnotations.class)
            .getValue();

    assertThat(annotations)
        .containsOnly(
            Map.entry(Symbol.valueOf("x-opt-partition-key"), "p"),
            Map.entry(Symbol.valueOf("mine"), 7),
            Map.entry(Symbol.valueOf("x-opt-sequence-number"), 5L),
            Map.entry(Symbol.valueOf("x-opt-message-state"), 1),
            Map.entry(Symbol.valueOf("x-opt-enqueued-time"), Date.from(NOON.minusSeconds(10))),
            Map.entry(Symbol.valueOf("x-opt-locked-until"), Date.from(NOON.plusSeconds(50))),
            Map.entry(
                Symbol.valueOf("x-opt-scheduled-enqueue-time"), Date.from(NOON.minusSeconds(40))));
  }

  @Test
  void theExpiryTimeIsTheQueuesAndTheOtherPropertiesAreTheSenders() {
    Properties sent = properties("m", "g");
    sent.setSubject("s");
    sent.setAbsoluteExpiryTime(new Date(1));
    OutgoingMessage outgoing = outgoing(header(60_000L), sent, data("x"));
    ReceivedMessage<byte[]> message = received(outgoing).expiresAt(NOON.plusSeconds(20)).build();

    byte[] received = WireDelivery.encode(message, Duration.ofSeconds(5));

    Properties properties = section(received, Properties.class);
    assertThat(properties.getAbsoluteExpiryTime()).isEqualTo(Date.from(NOON.plusSeconds(15)));
    assertThat(properties.getMessageId()).isEqualTo("m");
    assertThat(properties.getSubject()).isEqualTo("s");
    assertThat(properties.getGroupId()).isEqualTo("g");
    assertThat(section(received, Header.class).getTtl()).isEqualTo(UnsignedInteger.valueOf(20_000));
  }

  @Test
  void aDeadLetterSaysWhyInItsApplicationProperties() {
    OutgoingMessage outgoing =
        outgoing(
            properties("m", null), applicationProperties("k", 1, "DeadLetterReason", 2), data("x"));
    ReceivedMessage<byte[]> message =
        received(outgoing)
            .deliveryCount(4)
            .state(MessageState.DEAD_LETTERED)
            .deadLetter(
                new DeadLetterDetails(
                    "bad", "very", "q", SequenceNumber.of(3), 3, null, NOON, NOON))
            .build();

    byte[] received = WireDelivery.encode(message, Duration.ZERO);

    assertThat(section(received, ApplicationProperties.class).getValue())
        .containsOnly(
            Map.entry("k", 1),
            Map.entry("DeadLetterReason", "bad"),
            Map.entry("DeadLetterErrorDescription", "very"));
    assertThat(section(received, Header.class).getDeliveryCount().intValue()).isEqualTo(3);
    assertThat(section(received, MessageAnnotations.class).getValue())
        .containsEntry(Symbol.valueOf("x-opt-deadletter-source"), "q")
        .containsEntry(Symbol.valueOf("x-opt-message-state"), 0);
  }

  @Test
  void editsKeepTheTypesOfTheirValues() {
    Map<Object, Object> edits = new LinkedHashMap<>();
    edits.put("text", "t");
    edits.put(Symbol.valueOf("number"), UnsignedInteger.valueOf(7));
    edits.put("time", new Date(5));
    edits.put("gone", null);
    edits.put("k", "new");
    OutgoingMessage outgoing =
        outgoing(properties("m", null), applicationProperties("k", "old", "l", 2L), data("x"));
    ReceivedMessage<byte[]> message =
        received(outgoing).headers(PropertyEdits.of(edits, LIMITS).set()).build();

    byte[] received = WireDelivery.encode(message, Duration.ZERO);

    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("k", "new");
    expected.put("l", 2L);
    expected.put("text", "t");
    expected.put("number", UnsignedInteger.valueOf(7));
    expected.put("time", new Date(5));
    expected.put("gone", null);
    assertThat(section(received, ApplicationProperties.class).getValue()).isEqualTo(expected);
    assertThat(section(received, Data.class).getValue().toString()).isEqualTo("x");
  }

  @Test
  void editsThatAreTooLargeAreRefused() {
    Map<String, Object> large = Map.of("k", "x".repeat(LIMITS.maxPropertyBytes()));
    Map<String, Object> manyLarge = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      manyLarge.put("k" + i, "x".repeat(30_000));
    }
    for (Map<String, Object> edits : List.of(large, manyLarge)) {
      assertThat(
              catchThrowableOfType(InvalidMessage.class, () -> PropertyEdits.of(edits, LIMITS))
                  .reason())
          .isEqualTo(Reason.PROPERTIES_TOO_LARGE);
    }
    assertThat(
            catchThrowableOfType(
                    InvalidMessage.class, () -> PropertyEdits.of(Map.of("k", new Object()), LIMITS))
                .reason())
        .isEqualTo(Reason.MALFORMED);
  }

  @Test
  void aBatchHoldsEveryMessageOfItsDataSections() {
    byte[] first = encode(properties("m1", "g1"), data("1"));
    byte[] second = encode(header(7L), properties("m2", null), new AmqpValue(2));
    byte[] batch =
        encode(
            annotations("x-opt-partition-key", "p"),
            properties("hint", "hint"),
            new Data(new Binary(first)),
            new Data(new Binary(second)));

    List<WireMessage> messages =
        WireMessage.parseTransfer(WireMessage.BATCH_FORMAT & 0xffffffffL, batch, LIMITS);

    assertThat(messages).hasSize(2);
    assertThat(messages.get(0).messageId()).contains("m1");
    assertThat(messages.get(0).groupId()).contains("g1");
    assertThat(messages.get(1).messageId()).contains("m2");
  }

  @Test
  void aBatchWithOneBadMessageIsRefusedWhole() {
    byte[] batch =
        encode(new Data(new Binary(encode(data("1")))), new Data(new Binary(new byte[] {1, 2, 3})));

    assertThat(malformed(WireMessage.BATCH_FORMAT, batch)).contains("type 0x01");
    assertThat(malformed(WireMessage.BATCH_FORMAT, encode(new AmqpValue(1)))).contains("batch");
    assertThat(malformed(42, encode(data("x")))).contains("message-format 0x0000002a");
  }

  @Test
  void limitsHoldForEachMessage() {
    assertThat(reason(encode(data("x".repeat(256 * 1024))))).isEqualTo(Reason.TOO_LARGE);
    assertThat(reason(encode(properties("m".repeat(129), null), data("x"))))
        .isEqualTo(Reason.BAD_ID);
    assertThat(reason(encode(properties("m", "g".repeat(129)), data("x"))))
        .isEqualTo(Reason.BAD_ID);
    assertThat(reason(encode(annotations("x-opt-partition-key", "p".repeat(129)), data("x"))))
        .isEqualTo(Reason.BAD_ID);
    assertThat(reason(encode(applicationProperties("k", "v".repeat(32 * 1024)), data("x"))))
        .isEqualTo(Reason.PROPERTIES_TOO_LARGE);
    Object[] properties = new Object[6];
    for (int i = 0; i < 6; i += 2) {
      properties[i] = "k" + i;
      properties[i + 1] = "v".repeat(30_000);
    }
    assertThat(reason(encode(applicationProperties(properties), data("x"))))
        .isEqualTo(Reason.PROPERTIES_TOO_LARGE);
    WireMessage.parse(encode(properties("m".repeat(128), "g".repeat(128)), data("x")), LIMITS);
  }

  @Test
  void absurdLivesAreTaken() {
    assertThat(outgoing(header(0L), data("x")).timeToLive()).isEmpty();
    assertThat(outgoing(header(1L), data("x")).timeToLive()).contains(Duration.ofMillis(1));
    assertThat(outgoing(header(0xffff_ffffL), data("x")).timeToLive())
        .contains(Duration.ofMillis(0xffff_ffffL));
    for (long time : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
      byte[] sent = encode(annotations("x-opt-scheduled-enqueue-time", new Date(time)), data("x"));
      assertThat(
              WireMessage.parse(sent, LIMITS)
                  .toOutgoing(false, Duration.ofDays(1))
                  .scheduledEnqueueTime())
          .contains(Instant.ofEpochMilli(time).plus(Duration.ofDays(1)));
    }
  }

  @Test
  void whatIsNoMessageIsNamed() {
    assertThat(malformed(0, new byte[0])).contains("no sections");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x75, 0xa0, 9, 1))).contains("claims 9 bytes");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x75, 0xb0, 0xff, 0xff, 0xff, 0xff, 1)))
        .contains("claims 4294967295 bytes");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x70, 0xc0, 2, 0xff, 0x40))).contains("ends");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x99, 0x40))).contains("0x99");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x75, 0x40))).contains("data").contains("0x40");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x77, 0x3f))).contains("0x3f");
    assertThat(malformed(0, bytes(0x00, 0x53, 0x77, 0xc1, 2, 1, 0x40))).contains("a map");
    assertThat(malformed(0, encode(data("x"), properties("m", null)))).contains("comes after");
    assertThat(malformed(0, encode(data("x"), new AmqpValue(1)))).contains("comes after");
    assertThat(malformed(0, encode(properties("m", null), properties("m", null))))
        .contains("comes after");
    assertThat(
            malformed(0, bytes(0x00, 0x53, 0x77, 0xf0, 0, 0, 0, 5, 0x7f, 0xff, 0xff, 0xff, 0x40)))
        .contains("claims 2147483647 elements");
    byte[] nested = new byte[1000];
    Arrays.fill(nested, (byte) 0x00);
    nested[1] = 0x53;
    nested[2] = 0x77;
    assertThat(malformed(0, nested)).contains("nested deeper");
  }

  @Test
  void bytesThatWereTurnedOrCutAreTakenOrRefusedButNeverCrash() {
    int refused = 0;
    for (int seed = 0; seed < 5000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = encode(ProtonMessages.random(random).toArray());
      for (int turn = random.nextInt(4); turn >= 0; turn--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      bytes =
          Arrays.copyOf(
              bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length);
      try {
        OutgoingMessage outgoing =
            WireMessage.parse(bytes, LIMITS).toOutgoing(false, Duration.ZERO);
        byte[] delivered =
            WireDelivery.encode(received(outgoing).expiresAt(NOON).build(), Duration.ZERO);
        WireMessage.parse(delivered, LIMITS.withMaxMessageBytes(1 << 20));
      } catch (InvalidMessage expected) {
        refused++;
      }
    }
    assertThat(refused).isBetween(500, 4900);
  }

  @Test
  void aStoredMessageLooksTheSameInEveryVersion() {
    OutgoingMessage outgoing =
        outgoing(
            header(5000L),
            annotations("a", 1),
            properties("m", null),
            applicationProperties("k", "v"),
            data("x"));

    assertThat(HexFormat.of().formatHex(outgoing.body()))
        .isEqualTo(
            "010004"
                + "0000000000001388"
                + "0000000b0000000f0000000c"
                + "005372c10602a301615401"
                + "005373d00000000700000001a1016d"
                + "005374c10702a1016ba10176"
                + "005375a00178");
  }

  @Test
  void deliveriesAreTaggedInTheByteOrderOfDotNet() {
    LockToken token = LockToken.of(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));

    byte[] tag = LockTags.of(token);

    assertThat(HexFormat.of().formatHex(tag)).isEqualTo("33221100554477668899aabbccddeeff");
    assertThat(LockTags.read(tag)).contains(token);
    assertThat(LockTags.read(new byte[15])).isEmpty();
  }

  private static OutgoingMessage outgoing(Object... sections) {
    return WireMessage.parse(encode(sections), LIMITS).toOutgoing(false, Duration.ZERO);
  }

  private static ReceivedMessage.Builder<byte[]> received(OutgoingMessage outgoing) {
    return ReceivedMessage.of(
            QueueName.of("q"),
            SequenceNumber.of(5),
            outgoing.messageId().orElseThrow(),
            outgoing.body())
        .enqueuedTime(NOON);
  }

  private static Reason reason(byte[] sent) {
    return catchThrowableOfType(InvalidMessage.class, () -> WireMessage.parse(sent, LIMITS))
        .reason();
  }

  private static String malformed(long format, byte[] sent) {
    InvalidMessage refused =
        catchThrowableOfType(
            InvalidMessage.class, () -> WireMessage.parseTransfer(format, sent, LIMITS));
    assertThat(refused.reason()).isEqualTo(Reason.MALFORMED);
    return String.valueOf(refused.getMessage());
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** The sections that must travel unchanged, as the other encoder writes them. */
  private static byte[] bare(List<Object> sections, boolean withoutProperties) {
    List<Object> bare = new ArrayList<>(sections);
    bare.removeIf(
        section ->
            section instanceof Header
                || section instanceof DeliveryAnnotations
                || section instanceof MessageAnnotations
                || withoutProperties && section instanceof Properties);
    return encode(bare.toArray());
  }

  /** The same out of received bytes: as they came, not encoded again. */
  private static byte[] bare(List<Object> decoded, byte[] received, boolean withoutProperties) {
    assertThat(decoded).hasSizeGreaterThanOrEqualTo(2);
    Sections sections = Sections.of(received);
    ByteArrayOutputStream bare = new ByteArrayOutputStream();
    for (Sections.Section section : sections.all) {
      if (section.descriptor() >= Sections.PROPERTIES
          && !(withoutProperties && section.descriptor() == Sections.PROPERTIES)) {
        bare.write(received, section.start(), section.end() - section.start());
      }
    }
    return bare.toByteArray();
  }
}
