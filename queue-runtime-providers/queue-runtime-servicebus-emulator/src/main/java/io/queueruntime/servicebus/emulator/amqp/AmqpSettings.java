package io.queueruntime.servicebus.emulator.amqp;

import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.message.MessageLimits;

/**
 * What a server holds its clients to. Immutable.
 *
 * @param limits of connections and links
 * @param messages of messages, where a queue has no size of its own
 * @param key what tokens are signed with
 * @param tokensRequired whether links need a token that covers their queue; otherwise one that is
 *     put is checked, and none is needed
 */
public record AmqpSettings(
    AmqpLimits limits, MessageLimits messages, SharedAccessKey key, boolean tokensRequired) {}
