package io.queueruntime.contract;

import org.junit.jupiter.api.Nested;

/**
 * The whole contract against a broken provider; run by {@link CasesCanFailTests} only, since it is
 * to fail.
 */
@ContractFor(BrokenFixture.class)
class BrokenProviderCases {

  @Nested
  class Admin extends AdminContract {}

  @Nested
  class BadInput extends BadInputContract {}

  @Nested
  class Batch extends BatchContract {}

  @Nested
  class Capacity extends CapacityContract {}

  @Nested
  class Crash extends CrashContract {}

  @Nested
  class DeadLetter extends DeadLetterContract {}

  @Nested
  class Defer extends DeferContract {}

  @Nested
  class Duplicate extends DuplicateContract {}

  @Nested
  class Lifecycle extends LifecycleContract {}

  @Nested
  class Lock extends LockContract {}

  @Nested
  class NextSession extends NextSessionContract {}

  @Nested
  class Peek extends PeekContract {}

  @Nested
  class QueueRecovery extends QueueRecoveryContract {}

  @Nested
  class Receipt extends ReceiptContract {}

  @Nested
  class Receive extends ReceiveContract {}

  @Nested
  class Recovery extends RecoveryContract {}

  @Nested
  class Replace extends ReplaceContract {}

  @Nested
  class Replay extends ReplayContract {}

  @Nested
  class Schedule extends ScheduleContract {}

  @Nested
  class Send extends SendContract {}

  @Nested
  class Session extends SessionContract {}

  @Nested
  class SessionLock extends SessionLockContract {}

  @Nested
  class SessionOrder extends SessionOrderContract {}

  @Nested
  class SessionState extends SessionStateContract {}

  @Nested
  class Settlement extends SettlementContract {}

  @Nested
  class TimeToLive extends TimeToLiveContract {}
}
