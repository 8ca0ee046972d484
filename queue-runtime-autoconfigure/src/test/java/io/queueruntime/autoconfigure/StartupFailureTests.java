package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import io.queueruntime.embedded.EmbeddedOptions;
import io.queueruntime.embedded.EmbeddedQueueProvider;
import io.queueruntime.listener.Acknowledgment;
import io.queueruntime.listener.Backoff;
import io.queueruntime.listener.QueueHandler;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueName;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueSession;
import io.queueruntime.message.ReceivedMessage;
import io.queueruntime.template.QueueTemplate;
import jakarta.validation.Valid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.messaging.handler.annotation.SendTo;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** What a user reads when an application cannot start: the whole text, from a real start. */
@ExtendWith(OutputCaptureExtension.class)
class StartupFailureTests {

  private static final String IN_MEMORY = "queue-runtime.embedded.durability: memory\n";

  @TempDir private Path directory;
  private FailedStart start;

  record Order(String id) {}

  record Refund(String id) {}

  @BeforeEach
  void newStart(CapturedOutput output) {
    start = new FailedStart(directory, output);
  }

  private static String one(String code, String description, String action) {
    return """
        Description:

        The queues of this application cannot start:

        [%1$s] %2$s

        Action:

        [%1$s] %3$s"""
        .formatted(code, description.strip(), action.strip());
  }

  private void assertReport(String yaml, String code, String description, String action) {
    assertThat(start.report(yaml)).isEqualTo(one(code, description, action));
  }

  static class OrderHandler {
    @QueueListener("ordres")
    void on(Order order) {}
  }

  @Test
  void aListenerOnAQueueThatDoesNotExist() {
    start.with(OrderHandler.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          defaults:
            declare: check
          queues:
            orders:
              declare: create
        """,
        "QR-101",
        "@QueueListener method OrderHandler.on(Order) listens to queue \"ordres\", which does not exist at client \"main\" (embedded), and queue-runtime.defaults.declare (application.yml:4:14) is check. Known queues: orders.",
        "Did you mean \"orders\"? To have it created set queue-runtime.queues.ordres.declare: create.");
  }

  @Test
  void aListenerOnAQueueThatIsNotToBeDeclared() {
    start.with(OrderHandler.class);

    assertReport(
        IN_MEMORY + "queue-runtime.queues.ordres.declare: none",
        "QR-101",
        "@QueueListener method OrderHandler.on(Order) listens to queue \"ordres\", which does not exist at client \"main\" (embedded), and queue-runtime.queues.ordres.declare (application.yml:2:38) is none. Known queues: none.",
        "To have it created set queue-runtime.queues.ordres.declare: create.");
  }

  @Test
  void aProviderWhoseJarIsMissing() {
    assertReport(
        """
        queue-runtime:
          clients:
            azure:
              provider: servicebus
        """,
        "QR-102",
        "Client \"azure\" asks for provider \"servicebus\" by queue-runtime.clients.azure.provider (application.yml:4:17), but that provider is not on the class path. Found: embedded.",
        "Add io.queueruntime:queue-runtime-servicebus to the build, or set queue-runtime.clients.azure.provider to one of: embedded.");
  }

  @Test
  void aProviderWhoseJarIsMissingAndThatIsMeantByItsSettings() {
    assertReport(
        "queue-runtime.kafka.bootstrap-servers: x",
        "QR-102",
        "Client \"main\" asks for provider \"kafka\" by queue-runtime.kafka.bootstrap-servers (application.yml:1:40), but that provider is not on the class path. Found: embedded.",
        "Add io.queueruntime:queue-runtime-kafka to the build, or set queue-runtime.provider to one of: embedded.");
  }

  @Test
  void aProviderNobodyKnows() {
    assertReport(
        "queue-runtime.provider: rabitmq",
        "QR-103",
        "queue-runtime.provider (application.yml:1:25) of client \"main\" is \"rabitmq\", which is not a provider.",
        "Did you mean \"rabbitmq\"? Set queue-runtime.provider to one of: embedded, kafka, rabbitmq, servicebus.");
  }

  static class Fakes {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka");
    }
  }

  @Test
  void settingsOfTwoProvidersAndNoChoice() {
    start.with(Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded:
            durability: memory
          kafka:
            bootstrap-servers: k
        """,
        "QR-138",
        "Client \"main\" has settings of 2 providers and does not say which one to use: queue-runtime.embedded.durability (application.yml:3:17), queue-runtime.kafka.bootstrap-servers (application.yml:5:24).",
        "Set queue-runtime.provider to one of: embedded, kafka.");
  }

  static class Unreachable {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka")
          .failingWith(new ConnectionFailed(null, "Cannot reach k:9092.", null));
    }
  }

  @Test
  void aBrokerThatCannotBeReached() {
    start.with(Unreachable.class);

    assertReport(
        "queue-runtime.provider: kafka",
        "QR-100",
        "Client \"main\" (kafka) cannot be opened: Cannot reach k:9092.",
        "Correct the cause and start again.");
  }

  static class Changed {
    @Bean
    QueueProviderFactory kafka() {
      return new FakeProvider("kafka")
          .with(
              provider ->
                  provider
                      .admin()
                      .create(
                          QueueName.of("orders"), QueueOptions.DEFAULTS.withMaxDeliveryCount(9)));
    }
  }

  @Test
  void aQueueThatIsNotAsConfigured() {
    start.with(Changed.class);

    assertReport(
        """
        queue-runtime:
          provider: kafka
          queues:
            orders:
              max-delivery-count: 4
        """,
        "QR-154",
        "Queue \"orders\" at client \"main\" is not as configured: maxDeliveryCount is 9 instead of 4.",
        "Correct queue-runtime.queues.orders, or set queue-runtime.queues.orders.declare: create to have changed what can be changed.");
  }

  static class Ledger {
    @QueueListener("ledger")
    void on(Order order, QueueSession session) {}
  }

  @Test
  void aHandlerOfSessionsOnAQueueWithoutThem() {
    start.with(Ledger.class);

    assertReport(
        IN_MEMORY,
        "QR-111",
        "@QueueListener method Ledger.on(Order, QueueSession) takes a QueueSession, but queue \"ledger\" has no sessions.",
        "Set queue-runtime.queues.ledger.session: required.");
  }

  private void createdBefore(QueueOptions options) {
    try (EmbeddedQueueProvider provider =
        new EmbeddedQueueProvider(EmbeddedOptions.in(directory.resolve("data")))) {
      provider.admin().create(QueueName.of("ledger"), options);
    }
  }

  private String inDirectory() {
    return "queue-runtime.embedded.directory: " + directory.resolve("data") + "\n";
  }

  @Test
  void aQueueThatWasCreatedWithSessionsAndIsConfiguredWithout() {
    createdBefore(QueueOptions.DEFAULTS.withSessions(true));

    assertReport(
        inDirectory() + "queue-runtime.queues.ledger.session: none",
        "QR-110",
        "Queue \"ledger\" exists at client \"main\" with sessions, but is configured without: queue-runtime.queues.ledger.session (application.yml:2:38) is none. Sessions cannot be switched off on an existing queue.",
        "Set queue-runtime.queues.ledger.session: required, or use a new queue.");
  }

  @Test
  void aQueueThatWasCreatedWithoutSessionsAndIsConfiguredWith() {
    createdBefore(QueueOptions.DEFAULTS);

    assertReport(
        inDirectory() + "queue-runtime.queues.ledger.session-ids: [a, b]",
        "QR-111",
        "Queue \"ledger\" exists at client \"main\" without sessions, but is configured with: queue-runtime.queues.ledger.session-ids (application.yml:2:43) lists 2. Sessions cannot be switched on on an existing queue.",
        "Set queue-runtime.queues.ledger.session: none, or use a new queue, move the messages and delete the old one.");
  }

  static class Regions {
    @QueueListener(
        queues = "regions",
        sessionIds = {"eu", "mars"})
    void on(Order order) {}
  }

  @Test
  void aListenerOfASessionThatTheQueueDoesNotList() {
    start.with(Regions.class);

    assertReport(
        IN_MEMORY + "queue-runtime.queues.regions.session-ids: [eu, us]",
        "QR-113",
        "@QueueListener method Regions.on(Order) names session \"mars\", which is not one of the 2 session ids of queue \"regions\": eu, us.",
        "Use one of them, or add it to queue-runtime.queues.regions.session-ids on every instance.");
  }

  static class Wide {
    @QueueListener(queues = "regions", concurrency = "16")
    void on(Order order) {}
  }

  @Test
  void moreConcurrencyThanSessionIdsWhenStrict() {
    start.with(Wide.class);

    assertReport(
        IN_MEMORY
            + """
            queue-runtime:
              strict: true
              queues.regions.session-ids: eu, us, apac
            """,
        "QR-114",
        "concurrency of @QueueListener method Wide.on(Order) asks for 16 sessions of queue \"regions\" at once, but there are only 3 session ids: 13 would never get work.",
        "Set concurrency of @QueueListener method Wide.on(Order) to \"3\" or less, or use sessions without a list of ids.");
  }

  @Test
  void aSessionIdThatIsListedTwice() {
    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          queues:
            regions:
              session-ids:
                - eu
                - us
                - eu
        """,
        "QR-115",
        "Position 3 of queue-runtime.queues.regions.session-ids (application.yml:8:11) repeats \"eu\". Every session id of the list must be there once.",
        "Remove position 3 of queue-runtime.queues.regions.session-ids.");
  }

  @Test
  void aSessionIdThatIsBlank() {
    assertReport(
        IN_MEMORY + "queue-runtime.defaults.session-ids: [eu, ' ']",
        "QR-115",
        "Position 2 of queue-runtime.defaults.session-ids (application.yml:2:42) is blank. Every session id of the list must be there once.",
        "Remove position 2 of queue-runtime.defaults.session-ids.");
  }

  @Test
  void sessionIdsOnAQueueThatIsToHaveNoSessions() {
    assertReport(
        IN_MEMORY + "queue-runtime.queues.regions: { session: none, session-ids: [eu] }",
        "QR-115",
        "queue-runtime.queues.regions.session (application.yml:2:42) is none, but queue-runtime.queues.regions.session-ids (application.yml:2:62) lists 1 session ids.",
        "Remove queue-runtime.queues.regions.session, or remove queue-runtime.queues.regions.session-ids.");
  }

  @Test
  void aDataDirectoryThatIsInUse() {
    try (EmbeddedQueueProvider owner =
        new EmbeddedQueueProvider(EmbeddedOptions.in(directory.resolve("data")))) {
      assertThat(start.report(inDirectory()))
          .startsWith(
              """
              Description:

              The queues of this application cannot start:

              [QR-118] Client "main" cannot open queue-runtime.embedded.directory (application.yml:1:35) "DIR/data":\
              """)
          .endsWith(
              """
              Action:

              [QR-118] Stop the other application (with DevTools or cached test contexts it may be this one), or set queue-runtime.embedded.directory to a directory of its own. Several instances at once need a broker.""");
    }
  }

  private static void assertCannotOpen(String report, String code, String found, String action) {
    assertThat(report)
        .startsWith(
            one(
                    code,
                    "Client \"main\" cannot open queue-runtime.embedded.directory (application.yml:1:35) \"DIR/data\": ",
                    "")
                .split("\n\nAction")[0]
                .strip())
        .contains(found)
        .endsWith("Action:\n\n[" + code + "] " + action)
        .doesNotContain("Exception");
  }

  @Test
  void aDataDirectoryThatIsAFile() throws Exception {
    Files.writeString(directory.resolve("data"), "not a directory");

    assertThat(start.report(inDirectory()))
        .contains(
            "[QR-119] Client \"main\" cannot open queue-runtime.embedded.directory (application.yml:1:35) \"DIR/data\": ")
        .endsWith(
            "[QR-119] Make the directory one that user \"%s\" may write to, or set queue-runtime.embedded.directory to another one."
                .formatted(System.getProperty("user.name")));
  }

  private Path firstSegment() throws IOException {
    createdBefore(QueueOptions.DEFAULTS);
    try (Stream<Path> files = Files.list(directory.resolve("data"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".qj"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  private static void overwrite(Path file, int offset, byte... bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  /**
   * As a later release would write it: the same header with another version, under its checksum.
   */
  private static void setVersion(Path segment, int version) throws IOException {
    ByteBuffer header;
    try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ)) {
      header = ByteBuffer.allocate(32);
      channel.read(header, 0);
    }
    header.putInt(8, version);
    CRC32C crc = new CRC32C();
    crc.update(header.array(), 0, 28);
    header.putInt(28, (int) crc.getValue());
    overwrite(segment, 0, header.array());
  }

  @Test
  void aDamagedJournal() throws Exception {
    overwrite(firstSegment(), 0, (byte) 'X');

    assertCannotOpen(
        start.report(inDirectory()),
        "QR-120",
        "journal-0000000001.qj",
        "Copy the directory away before anything else, then put back a backup of it; or set queue-runtime.embedded.directory to an empty directory to go on without its messages.");
  }

  @Test
  void aJournalOfANewerVersion() throws Exception {
    setVersion(firstSegment(), 99);

    assertCannotOpen(
        start.report(inDirectory()),
        "QR-121",
        "has format version 99; this release reads up to 1",
        "Upgrade queue-runtime, or set queue-runtime.embedded.directory to another directory.");
  }

  @Test
  void aRunnerThatSendsToAQueueNobodyDeclared() {
    start.with(Sender.class);

    assertThat(start.report(IN_MEMORY + "queue-runtime.queues.orders: {}"))
        .startsWith("Description:\n\n[QR-101] ")
        .contains("ordres")
        .endsWith(
            "[QR-101] Did you mean \"orders\"? A queue that is only sent to is not created by itself. Declare it: queue-runtime.queues.ordres: {}");
  }

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

  static class Waiting {
    @QueueListener(queues = "orders", batchSize = "9", batchTimeout = "40s")
    void on(List<Order> orders) {}
  }

  @Test
  void aBatchThatWaitsLongerThanItsLocksLast() {
    start.with(Waiting.class);

    assertReport(
        IN_MEMORY,
        "QR-157",
        "@QueueListener method Waiting.on(List) waits 40s for a batch to fill, but a message of queue \"orders\" is locked for 1m only.",
        "Set the batch timeout to 30s or less, or raise queue-runtime.queues.orders.lock-duration.");
  }

  @Test
  void aContentTypeThatNothingWrites() {
    assertReport(
        IN_MEMORY + "queue-runtime.payload.content-type: application/bson",
        "QR-164",
        "queue-runtime.payload.content-type (application.yml:2:37) is \"application/bson\", and nothing here writes objects as that.",
        "Use application/json; or application/cbor with tools.jackson.dataformat:jackson-dataformat-cbor, application/vnd.msgpack with org.msgpack:msgpack-core, or a MessageConverter bean of your own.");
  }

  static class TypedMapper {
    @Bean
    JsonMapper jsonMapper() {
      return JsonMapper.builder()
          .activateDefaultTyping(
              BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build())
          .build();
    }
  }

  @Test
  void aMapperThatLetsSendersChooseClasses() {
    start.with(TypedMapper.class);

    assertThat(start.report(IN_MEMORY))
        .contains("[QR-149] The JsonMapper for payloads has default typing on")
        .endsWith(
            "[QR-149] Remove default typing from the mapper's bean, or contribute a MessageConverter bean with a mapper of its own.");
  }

  @Test
  void twoClientsInOneDirectory() {
    String data = directory.resolve("data").toString();

    assertReport(
        """
        queue-runtime:
          primary: a
          clients:
            a.embedded.directory: %1$s
            b.embedded.directory: %1$s/../data
        """
            .formatted(data),
        "QR-144",
        "Clients \"a\" and \"b\" both keep their queues in \"DIR/data\", which only one of them can own.",
        "Set queue-runtime.clients.b.embedded.directory, e.g. to DIR/data-b.");
  }

  @Test
  void namesThatWouldNotBeReadAsTheyAreWritten() {
    assertThat(
            start.report(
                IN_MEMORY
                    + """
                    queue-runtime:
                      queues:
                        orders_v1: { session: required }
                        "[fine_as.it/is]": {}
                      payload.types.order_v1: java.lang.String
                    """))
        .contains(
            "for 2 reasons:",
            "1. [QR-156] queue-runtime.queues.orders_v1 would be read as \"ordersv1\": a key without brackets keeps letters, digits and dashes only.",
            "2. [QR-156] queue-runtime.payload.types.order_v1 (application.yml:6:27) would be read as \"orderv1\"",
            "1. [QR-156] Write the key in quotes and brackets: \"[orders_v1]\".");
  }

  @Test
  void aDrainThatTakesLongerThanSpringWaits() {
    assertReport(
        IN_MEMORY
            + """
            queue-runtime.listener.drain-timeout: 60s
            spring.lifecycle.timeout-per-shutdown-phase: 45s
            """,
        "QR-122",
        "queue-runtime.listener.drain-timeout (application.yml:2:39) is 1m, and spring.lifecycle.timeout-per-shutdown-phase (application.yml:3:46) is 45s: Spring would cut the drain off, and messages in work would be delivered twice.",
        "Set queue-runtime.listener.drain-timeout: 30s, or spring.lifecycle.timeout-per-shutdown-phase: 70s.");
  }

  @Test
  void aPayloadTypeThatDoesNotExist() {
    assertReport(
        IN_MEMORY + "queue-runtime.payload.types: { order.v1: com.acme.Order }",
        "QR-123",
        "queue-runtime.payload.types[order.v1] (application.yml:2:42) is \"com.acme.Order\", and there is no such class.",
        "Write the full name of a class, with a $ before a nested one, e.g. queue-runtime.payload.types: { order.v1: com.acme.Order }.");
  }

  @Test
  void aPayloadTypeWithTwoNames() {
    String order = Order.class.getName();

    assertReport(
        IN_MEMORY
            + "queue-runtime.payload.types: { order.v1: %1$s, order.v2: %1$s }".formatted(order),
        "QR-123",
        "queue-runtime.payload.types[order.v2] (application.yml:2:109) names %s, which \"order.v1\" names already; only one name can be written."
            .formatted(order),
        "Remove \"order.v1\" or \"order.v2\" from queue-runtime.payload.types.");
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

  static class Slow {
    @QueueListener(queues = "slow", timeout = "10m")
    void on(Order order) {}
  }

  @Test
  void aHandlerThatMayTakeLongerThanItsLockIsKept() {
    start.with(Slow.class);

    assertReport(
        IN_MEMORY,
        "QR-124",
        "timeout of @QueueListener method Slow.on(Order) allows 10m, but the lock on a message of queue \"slow\" is kept for 5m only (queue-runtime.listener.max-lock-renewal is 5m, its lock lasts 1m): it would be lost, and the message processed twice.",
        "Set queue-runtime.listeners.startupFailureTests.Slow.on.max-lock-renewal to 11m or more, or the timeout to 5m or less.");
  }

  static class Twins {
    @QueueListener(id = "twin", queues = "a")
    void one(Order order) {}

    @QueueListener(id = "twin", queues = "b")
    void other(Order order) {}
  }

  @Test
  void twoListenersWithOneId() {
    start.with(Twins.class);

    assertThat(start.report(IN_MEMORY))
        .contains("[QR-130] Two listeners have the id \"twin\": @QueueListener method Twins.")
        .contains(
            "[QR-130] Give one of them another id, e.g. @QueueListener(id = \"twin-2\", ...).");
  }

  static class Illegal {
    @QueueListener("my queue!")
    void on(Order order) {}
  }

  @Test
  void aQueueNameThatIsNotAllowed() {
    start.with(Illegal.class);

    assertReport(
        IN_MEMORY,
        "QR-131",
        "@QueueListener method Illegal.on(Order) cannot listen to \"my queue!\": Queue name 'my queue!' has the character U+0020 at position 2; allowed are letters, digits and . _ - / ~.",
        "Rename the queue, e.g. to \"my-queue\".");
  }

  @Test
  void aQueueThatMayNeverBeDelivered() {
    assertReport(
        IN_MEMORY + "queue-runtime.queues.orders.max-delivery-count: 0",
        "QR-132",
        "queue-runtime.queues.orders.max-delivery-count (application.yml:2:49) is 0; a message must be delivered at least once before it can be given up.",
        "Set queue-runtime.queues.orders.max-delivery-count to 1 (no retry) or more, e.g. 5.");
  }

  static class Manual {
    @QueueListener(queues = "orders", ackMode = "manual")
    void on(Order order) {}
  }

  @Test
  void manualSettlementWithoutAnAcknowledgment() {
    start.with(Manual.class);

    assertReport(
        IN_MEMORY,
        "QR-133",
        "ackMode of @QueueListener method Manual.on(Order) is MANUAL, but the method has no Acknowledgment argument, so nothing could ever be settled.",
        "Add an argument of type io.queueruntime.listener.Acknowledgment, or use AUTO.");
  }

  static class NoBatch {
    @QueueListener(id = "no-batch", queues = "orders")
    void on(Order order) {}
  }

  @Test
  void aBatchSizeForAHandlerOfOneMessage() {
    start.with(NoBatch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.listeners.no-batch.batch-size: 20",
        "QR-134",
        "queue-runtime.listeners.no-batch.batch-size (application.yml:2:46) is 20, but @QueueListener method NoBatch.on(Order) takes one message.",
        "Let the method take a List of payloads or of ReceivedMessage, or remove the batch size.");
  }

  static class Batch {
    @QueueListener("orders")
    void on(List<Order> orders) {}
  }

  @Test
  void aHandlerOfListsWithoutABatchSizeWhenStrict() {
    start.with(Batch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.strict: true",
        "QR-134",
        "@QueueListener method Batch.on(List) takes a List, but no batch size is set: every list will hold one message.",
        "Set batchSize, e.g. batchSize = \"50\".");
  }

  static class Eager {
    @QueueListener(queues = "orders", concurrency = "4-")
    void on(Order order) {}
  }

  @Test
  void aConcurrencyThatIsNoNumberAndNoRange() {
    start.with(Eager.class);

    assertReport(
        IN_MEMORY,
        "QR-135",
        "concurrency of @QueueListener method Eager.on(Order) is \"4-\"; allowed is a number from 1 to 10000 or a range such as 2-16.",
        "Write e.g. concurrency = \"4\".");
  }

  @Test
  void aConfiguredConcurrencyThatIsNoNumberAndNoRange() {
    start.with(NoBatch.class);

    assertReport(
        IN_MEMORY + "queue-runtime.listener.concurrency: 8-2",
        "QR-135",
        "queue-runtime.listener.concurrency (application.yml:2:37) is \"8-2\"; allowed is a number from 1 to 10000 or a range such as 2-16.",
        "Set queue-runtime.listener.concurrency, e.g. to \"4\".");
  }

  static class Elsewhere {
    @QueueListener(queues = "orders", client = "azur")
    void on(Order order) {}
  }

  @Test
  void aClientThatDoesNotExist() {
    start.with(Elsewhere.class, Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          clients:
            azure.provider: kafka
        """,
        "QR-136",
        "client of @QueueListener method Elsewhere.on(Order) is \"azur\", which is not a client. Clients: azure, main.",
        "Did you mean \"azure\"? Use one of: azure, main.");
  }

  @Test
  void severalClientsAndNoPrimaryOne() {
    start.with(Fakes.class);

    assertReport(
        """
        queue-runtime:
          clients:
            a.provider: kafka
            b.provider: kafka
        """,
        "QR-137",
        "There are 2 clients (a, b), and none of them is the primary one.",
        "Set queue-runtime.primary to one of: a, b.");
  }

  @Test
  void aPrimaryClientThatDoesNotExist() {
    assertReport(
        IN_MEMORY + "queue-runtime.primary: mian",
        "QR-136",
        "queue-runtime.primary (application.yml:2:24) names the client \"mian\", which does not exist. Clients: main.",
        "Did you mean \"main\"? Set queue-runtime.primary to one of: main.");
  }

  @Test
  void valuesThatAreNotWhatTheirSettingsTake() {
    assertThat(
            start.report(
                """
                queue-runtime:
                  embedded:
                    durability: fsnyc
                    segment-size: big
                  defaults.lock-duration: 5 parsecs
                  queues.orders.max-delivery-count: many
                  strict: maybe
                """))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start, for 5 reasons:

            1. [QR-139] queue-runtime.strict (application.yml:7:11) is "maybe"; allowed is true or false.
            2. [QR-139] queue-runtime.embedded.durability (application.yml:3:17) is "fsnyc"; allowed is one of fsync, os, memory.
            3. [QR-139] queue-runtime.embedded.segment-size (application.yml:4:19) is "big"; allowed is a size such as 512KB, 64MB or 1GB.
            4. [QR-139] queue-runtime.defaults.lock-duration (application.yml:5:27) is "5 parsecs"; allowed is a duration such as 500ms, 30s, 5m or 24h.
            5. [QR-139] queue-runtime.queues.orders.max-delivery-count (application.yml:6:37) is "many"; allowed is a whole number.

            Action:

            1. [QR-139] Set queue-runtime.strict, e.g. to true.
            2. [QR-139] Did you mean "fsync"? Set queue-runtime.embedded.durability, e.g. to fsync.
            3. [QR-139] Set queue-runtime.embedded.segment-size, e.g. to 64MB.
            4. [QR-139] Set queue-runtime.defaults.lock-duration, e.g. to 30s.
            5. [QR-139] Set queue-runtime.queues.orders.max-delivery-count, e.g. to 5.""");
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

  @Test
  void valuesThatAreOutOfRange() {
    assertThat(
            start.report(
                """
                queue-runtime:
                  embedded: { durability: memory, capacity: -1, segment-size: 1KB, snapshot: { keep: 0, every: 0, interval: 0s } }
                  defaults: { lock-duration: 0s, default-time-to-live: -1s, duplicate-detection.window: 0s }
                  queues.orders: { auto-delete-on-idle: 0s, max-message-size: 0B, session-idle-timeout: -1s }
                  listener.drain-timeout: -5s
                """))
        .contains("cannot start, for 12 reasons:")
        .contains(
            "[QR-139] queue-runtime.embedded.capacity (application.yml:2:45) is too small; allowed is 0 (no limit) or more.")
        .contains(
            "[QR-139] queue-runtime.embedded.segment-size (application.yml:2:63) is 1024B; allowed is 64KB to 1GB.")
        .contains(
            "[QR-139] queue-runtime.embedded.snapshot.keep (application.yml:2:86) is too small; allowed is 1 or more.")
        .contains(
            "[QR-139] queue-runtime.embedded.snapshot.interval (application.yml:2:109) is too small; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.defaults.lock-duration (application.yml:3:30) is 0s; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.defaults.default-time-to-live (application.yml:3:56) is -1s; allowed is more than zero.")
        .contains(
            "[QR-139] queue-runtime.queues.orders.session-idle-timeout (application.yml:4:89) is -1s; allowed is 0 (never) or more.")
        .contains(
            "[QR-139] queue-runtime.listener.drain-timeout (application.yml:5:27) is -5s; allowed is 0 or more.");
  }

  static class Unresolvable {
    @QueueListener("${app.queue}")
    void on(Order order) {}
  }

  @Test
  void aPlaceholderThatNobodySet() {
    start.with(Unresolvable.class);

    assertReport(
        IN_MEMORY,
        "QR-140",
        "value of @QueueListener method Unresolvable.on(Order) is \"${app.queue}\", which cannot be resolved: Could not resolve placeholder 'app.queue' in value \"${app.queue}\"",
        "Set the property, or give it a default as in ${name:default}.");
  }

  static class Nameless {
    @QueueListener
    void on(Order order) {}
  }

  @Test
  void aListenerWithoutAQueue() {
    start.with(Nameless.class);

    assertReport(
        IN_MEMORY,
        "QR-141",
        "@QueueListener method Nameless.on(Order) names no queue.",
        "Name one, e.g. @QueueListener(\"orders\").");
  }

  static class Handled {
    @QueueListener(queues = "orders", errorHandler = "onTrouble")
    void on(Order order) {}
  }

  @Test
  void anErrorHandlerThatIsNoBean() {
    start.with(Handled.class);

    assertReport(
        IN_MEMORY,
        "QR-142",
        "errorHandler of @QueueListener method Handled.on(Order) is \"onTrouble\", and there is no QueueErrorHandler bean of that name. Beans of that type: none.",
        "Declare the bean, or remove the attribute.");
  }

  @Test
  void settingsThatNobodyReadsWhenStrict() {
    start.with(NoBatch.class);

    assertThat(
            start.report(
                """
                queue-runtime:
                  strict: true
                  embedded.durability: memory
                  qeues.orders.session: required
                  queues.orders.v1.session: required
                  listeners.nobatch2.timeout: 5s
                """))
        .isEqualTo(
            """
            Description:

            The queues of this application cannot start, for 3 reasons:

            1. [QR-143] queue-runtime.qeues.orders.session (application.yml:4:25) is not a setting of queue-runtime, so it has no effect.
            2. [QR-143] queue-runtime.queues.orders.v1.session (application.yml:5:29) is not a setting of queue-runtime, so it has no effect.
            3. [QR-146] queue-runtime.listeners.nobatch2 (application.yml:6:31) belongs to no listener. Listeners: no-batch.

            Action:

            1. [QR-143] Did you mean "queues"? Correct the name or remove it.
            2. [QR-143] If the queue's name has a dot or a slash, write it in quotes and brackets: "[orders.v1]". Correct the name or remove it.
            3. [QR-146] Did you mean "no-batch"? Rename the entry or remove it.""");
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

  static class Patient {
    @QueueListener(queues = "orders", backoff = @Backoff(delay = "1h", maxDelay = "10h"))
    void on(Order order) {}
  }

  @Test
  void retriesThatOutliveTheirMessageWhenStrict() {
    start.with(Patient.class);

    assertReport(
        IN_MEMORY + "queue-runtime: { strict: true, queues.orders.default-time-to-live: 6h }",
        "QR-148",
        "The 4 retries of @QueueListener method Patient.on(Order) take longer than the 6h a message of queue \"orders\" lives: it expires before the last one.",
        "Shorten the back-off, or raise queue-runtime.queues.orders.default-time-to-live.");
  }

  static class BadBackoff {
    @QueueListener(queues = "orders", backoff = @Backoff(delay = "10m", jitter = "3"))
    void on(Order order) {}
  }

  @Test
  void aBackOffThatCannotBe() {
    start.with(BadBackoff.class);

    assertThat(start.report(IN_MEMORY))
        .contains(
            "[QR-139] The back-off of @QueueListener method BadBackoff.on(Order) cannot be used: A back-off needs 0 <= delay <= max-delay")
        .contains(
            "Set by backoff.delay of @QueueListener method BadBackoff.on(Order), queue-runtime.listener.backoff.multiplier,");
  }

  static class TwoClients {
    @QueueListener({"orders", "payments"})
    void on(Order order) {}
  }

  @Test
  void aListenerOnQueuesOfTwoClients() {
    start.with(TwoClients.class, Fakes.class);

    assertReport(
        """
        queue-runtime:
          embedded.durability: memory
          clients.other.provider: kafka
          queues.payments: { client: other, declare: create }
        """,
        "QR-153",
        "@QueueListener method TwoClients.on(Order) listens to queues of 2 clients: main, other.",
        "Use one @QueueListener for each client; the annotation can be repeated.");
  }

  static class Sender {
    @Bean
    ApplicationRunner go(QueueTemplate queues) {
      return arguments -> queues.send("ordres", "hello");
    }
  }

  @Test
  void everythingAtOnce() {
    start.with(OrderHandler.class, Manual.class, Slow.class);

    assertThat(
            start.report(
                """
                queue-runtime:
                  provider: embeded
                  queues: { orders: { max-delivery-count: 0 }, "[bad name]": {} }
                  listener.drain-timeout: 31s
                """))
        .contains("for 5 reasons:", "1. [QR-103]", "[QR-131]", "[QR-132]", "[QR-122]", "[QR-133]");
  }
}
