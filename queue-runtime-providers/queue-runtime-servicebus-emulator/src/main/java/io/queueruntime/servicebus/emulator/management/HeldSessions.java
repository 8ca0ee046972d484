package io.queueruntime.servicebus.emulator.management;

import io.queueruntime.engine.SessionHold;
import io.queueruntime.message.SessionId;
import java.util.Optional;

/** The sessions of one queue that whoever asks holds on its connection. */
@FunctionalInterface
public interface HeldSessions {

  /** Nobody holds anything. */
  HeldSessions NONE = id -> Optional.empty();

  /** The hold on that session; empty when it is not held, or no longer. */
  Optional<SessionHold> find(SessionId id);
}
