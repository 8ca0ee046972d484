package io.queueruntime.listener;

import io.queueruntime.message.SessionId;
import io.queueruntime.provider.QueueProvider;
import org.jspecify.annotations.Nullable;

/**
 * Accept a session, work on its messages one after the other, release it, accept the next.
 *
 * <p>Thread-safe: holds what all pumps of the queue share; each run is a {@link SessionLoop} of its
 * own.
 */
final class SessionPump implements PumpGroup.Pump {

  private final PumpSetting setting;
  private final QueueProvider provider;
  private final @Nullable SessionId listed;

  /**
   * @param listed the only session this pump takes (partitioned mode); null: whichever has been
   *     waiting longest
   */
  SessionPump(PumpSetting setting, QueueProvider provider, @Nullable SessionId listed) {
    this.setting = setting;
    this.provider = provider;
    this.listed = listed;
  }

  @Override
  public void run(PumpGroup group) {
    try {
      new SessionLoop(setting, provider, listed, group).run();
    } catch (Throwable e) {
      setting.failed().accept(e);
    }
  }
}
