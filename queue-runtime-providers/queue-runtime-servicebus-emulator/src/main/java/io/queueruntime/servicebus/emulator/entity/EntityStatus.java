package io.queueruntime.servicebus.emulator.entity;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether a queue takes messages, gives them, both or neither. Immutable. */
public enum EntityStatus {
  ACTIVE("Active", true, true),
  DISABLED("Disabled", false, false),
  SEND_DISABLED("SendDisabled", false, true),
  RECEIVE_DISABLED("ReceiveDisabled", true, false);

  /** The names of all, as Service Bus writes them. */
  static final String ALLOWED =
      Arrays.stream(values()).map(EntityStatus::wireName).collect(Collectors.joining(", "));

  private final String wireName;
  private final boolean sends;
  private final boolean receives;

  EntityStatus(String wireName, boolean sends, boolean receives) {
    this.wireName = wireName;
    this.sends = sends;
    this.receives = receives;
  }

  /** How Service Bus writes it. */
  public String wireName() {
    return wireName;
  }

  /** Whether messages may be sent to the queue. */
  public boolean allowsSend() {
    return sends;
  }

  /** Whether messages may be received from the queue. */
  public boolean allowsReceive() {
    return receives;
  }

  /** The status of that name, without regard to case. */
  public static Optional<EntityStatus> named(String wireName) {
    return Arrays.stream(values()).filter(one -> one.wireName.equalsIgnoreCase(wireName)).findAny();
  }
}
