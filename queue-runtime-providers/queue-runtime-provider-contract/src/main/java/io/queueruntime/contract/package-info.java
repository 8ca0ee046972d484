/**
 * What every provider owes its callers, as JUnit classes to extend, one per topic.
 *
 * <p>An adapter supplies one {@link io.queueruntime.contract.ProviderFixture}, names it with {@link
 * io.queueruntime.contract.ContractFor} and adds one nested class per topic:
 *
 * <pre>{@code
 * @ContractFor(KafkaFixture.class)
 * class KafkaContractTests {
 *   @Nested class Send extends SendContract {}
 *   @Nested class Settle extends SettlementContract {}
 *   ...
 * }
 * }</pre>
 *
 * <p>A case that needs what the provider does not claim to have is skipped and says so; nothing
 * else is ever skipped.
 */
@NullMarked
package io.queueruntime.contract;

import org.jspecify.annotations.NullMarked;
