package io.queueruntime.autoconfigure.rabbitmq;

import com.rabbitmq.client.Address;
import java.util.List;

/** All addresses that Spring Boot knows, which Spring AMQP keeps to itself. Thread-safe. */
interface RabbitAddresses {

  List<Address> all();
}
