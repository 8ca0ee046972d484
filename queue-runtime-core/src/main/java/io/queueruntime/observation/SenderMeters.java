package io.queueruntime.observation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.queueruntime.message.SendOutcome;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is sent to one queue: {@code queue.sent} by outcome ({@code enqueued, duplicate,
 * replaced, failed}) and {@code queue.send.retries}.
 *
 * <p>Thread-safe.
 */
public final class SenderMeters {

  /** Counts nothing. */
  public static final SenderMeters NONE = new SenderMeters();

  private final Map<SendOutcome, Counter> outcomes = new EnumMap<>(SendOutcome.class);
  private final @Nullable Counter failed;
  private final @Nullable Counter retries;

  private SenderMeters() {
    this.failed = null;
    this.retries = null;
  }

  SenderMeters(MeterRegistry registry, String system, String client, String queue) {
    Tags tags = Tags.of("system", system, "client", client, "queue", queue);
    for (SendOutcome outcome : SendOutcome.values()) {
      outcomes.put(outcome, sent(registry, tags, MeterNames.tagOf(outcome)));
    }
    this.failed = sent(registry, tags, "failed");
    this.retries =
        Counter.builder("queue.send.retries")
            .description("Sends that were tried again after a transient error")
            .tags(tags)
            .register(registry);
  }

  private static Counter sent(MeterRegistry registry, Tags tags, String outcome) {
    return Counter.builder("queue.sent")
        .description("Messages sent, by what became of them")
        .baseUnit("messages")
        .tags(tags.and("outcome", outcome))
        .register(registry);
  }

  /** One message is durable. */
  public void sent(SendOutcome outcome) {
    Counter counter = outcomes.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  /** Some messages could not be sent. */
  public void failed(int messages) {
    if (failed != null) {
      failed.increment(messages);
    }
  }

  /** A send is tried again. */
  public void retried() {
    if (retries != null) {
      retries.increment();
    }
  }
}
