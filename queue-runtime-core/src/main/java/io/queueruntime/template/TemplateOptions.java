package io.queueruntime.template;

import io.queueruntime.message.QueueName;
import io.queueruntime.message.SessionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How one template works.
 *
 * <p>Immutable.
 */
public final class TemplateOptions {

  /** Everything at its default. */
  public static final TemplateOptions DEFAULTS = builder().build();

  private final Map<QueueName, List<SessionId>> sessionIds;
  private final Duration operationTimeout;
  private final QueueName replyQueue;
  private final boolean createReplyQueue;

  private TemplateOptions(Builder from) {
    Map<QueueName, List<SessionId>> copied = new HashMap<>();
    from.sessionIds.forEach((queue, ids) -> copied.put(queue, List.copyOf(ids)));
    this.sessionIds = Map.copyOf(copied);
    this.operationTimeout = from.operationTimeout;
    this.replyQueue = from.replyQueue;
    this.createReplyQueue = from.createReplyQueue;
  }

  /** Starts with every default. */
  public static Builder builder() {
    return new Builder();
  }

  /** The listed sessions of each partitioned queue, in their order. */
  public Map<QueueName, List<SessionId>> sessionIds() {
    return sessionIds;
  }

  /** How long a blocking call waits for the broker. */
  public Duration operationTimeout() {
    return operationTimeout;
  }

  /** The session queue that carries the answers of {@code sendAndReceive}. */
  public QueueName replyQueue() {
    return replyQueue;
  }

  /** Whether the first {@code sendAndReceive} creates the reply queue if there is none. */
  public boolean createReplyQueue() {
    return createReplyQueue;
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private final Map<QueueName, List<SessionId>> sessionIds = new HashMap<>();
    private Duration operationTimeout = Duration.ofSeconds(30);
    private QueueName replyQueue = QueueName.of("queue-runtime.replies");
    private boolean createReplyQueue = true;

    private Builder() {}

    /**
     * The only sessions that queue has (partitioned mode), in the order a partition key is mapped
     * to.
     */
    public Builder sessionIds(QueueName queue, List<SessionId> ids) {
      this.sessionIds.put(queue, List.copyOf(ids));
      return this;
    }

    /** More than zero. */
    public Builder operationTimeout(Duration operationTimeout) {
      this.operationTimeout = operationTimeout;
      return this;
    }

    public Builder replyQueue(QueueName replyQueue) {
      this.replyQueue = replyQueue;
      return this;
    }

    public Builder createReplyQueue(boolean createReplyQueue) {
      this.createReplyQueue = createReplyQueue;
      return this;
    }

    public TemplateOptions build() {
      return new TemplateOptions(this);
    }
  }
}
