package io.queueruntime.autoconfigure.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import java.util.List;

/**
 * How to connect, and who said so. Immutable but for the factory.
 *
 * @param addresses empty: where the factory says
 * @param where for people to read; no secret
 */
record FoundRabbit(ConnectionFactory factory, List<Address> addresses, String where) {}
