package io.queueruntime.rabbitmq;

import io.queueruntime.contract.AdminContract;
import io.queueruntime.contract.BadInputContract;
import io.queueruntime.contract.BatchContract;
import io.queueruntime.contract.CapacityContract;
import io.queueruntime.contract.ContractFor;
import io.queueruntime.contract.CrashContract;
import io.queueruntime.contract.DeadLetterContract;
import io.queueruntime.contract.DeferContract;
import io.queueruntime.contract.DuplicateContract;
import io.queueruntime.contract.LifecycleContract;
import io.queueruntime.contract.LockContract;
import io.queueruntime.contract.NextSessionContract;
import io.queueruntime.contract.PeekContract;
import io.queueruntime.contract.QueueRecoveryContract;
import io.queueruntime.contract.ReceiptContract;
import io.queueruntime.contract.ReceiveContract;
import io.queueruntime.contract.RecoveryContract;
import io.queueruntime.contract.ReplaceContract;
import io.queueruntime.contract.ReplayContract;
import io.queueruntime.contract.ScheduleContract;
import io.queueruntime.contract.SendContract;
import io.queueruntime.contract.SessionContract;
import io.queueruntime.contract.SessionLockContract;
import io.queueruntime.contract.SessionOrderContract;
import io.queueruntime.contract.SessionStateContract;
import io.queueruntime.contract.SettlementContract;
import io.queueruntime.contract.TimeToLiveContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The whole contract against a real RabbitMQ. Each case has a provider and a catalog to itself, and
 * an instance of its class, so that cases run at the same time.
 */
@ContractFor(RabbitMqFixture.class)
@Execution(ExecutionMode.CONCURRENT)
class RabbitMqContractTests {

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
