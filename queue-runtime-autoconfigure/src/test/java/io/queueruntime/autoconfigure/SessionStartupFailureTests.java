package io.queueruntime.autoconfigure;

import io.queueruntime.listener.QueueListener;
import io.queueruntime.message.QueueOptions;
import io.queueruntime.message.QueueSession;
import org.junit.jupiter.api.Test;

/** What a user reads whose queues and listeners do not agree on sessions. */
class SessionStartupFailureTests extends StartupReports {

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
}
