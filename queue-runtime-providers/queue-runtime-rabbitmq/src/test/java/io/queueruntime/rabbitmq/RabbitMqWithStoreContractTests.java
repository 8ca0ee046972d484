package io.queueruntime.rabbitmq;

import io.queueruntime.contract.AdminContract;
import io.queueruntime.contract.BatchContract;
import io.queueruntime.contract.ContractFor;
import io.queueruntime.contract.DeferContract;
import io.queueruntime.contract.DuplicateContract;
import io.queueruntime.contract.PeekContract;
import io.queueruntime.contract.ReplayContract;
import io.queueruntime.contract.ScheduleContract;
import io.queueruntime.contract.SendContract;
import io.queueruntime.contract.SessionStateContract;
import io.queueruntime.contract.SettlementContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What RabbitMQ cannot do alone, and what goes another way, with a state store beside it: that part
 * of the contract, against a real one.
 */
@ContractFor(StoreBackedRabbitMqFixture.class)
@Execution(ExecutionMode.CONCURRENT)
class RabbitMqWithStoreContractTests {

  @Nested
  class Defer extends DeferContract {}

  @Nested
  class Peek extends PeekContract {}

  @Nested
  class Admin extends AdminContract {}

  @Nested
  class Batch extends BatchContract {}

  @Nested
  class Duplicate extends DuplicateContract {}

  @Nested
  class Replay extends ReplayContract {}

  @Nested
  class Send extends SendContract {}

  @Nested
  class Schedule extends ScheduleContract {}

  @Nested
  class SessionState extends SessionStateContract {}

  @Nested
  class Settlement extends SettlementContract {}
}
