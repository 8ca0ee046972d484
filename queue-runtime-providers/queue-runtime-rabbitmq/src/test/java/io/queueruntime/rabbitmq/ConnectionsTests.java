package io.queueruntime.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.AMQImpl;
import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import io.queueruntime.QueueRuntimeException.ConnectionFailed;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionsTests {

  private final Connections connections =
      new Connections(RabbitMqOptions.of(SharedBroker.connections()));
  private final AtomicInteger attempts = new AtomicInteger();

  @AfterEach
  void close() {
    connections.close();
  }

  private static IOException ended(int code, String text) {
    AMQP.Connection.Close reason = new AMQImpl.Connection.Close(code, text, 0, 0);
    return new IOException(new ShutdownSignalException(true, false, reason, null));
  }

  private String attempt(int failing, int code) {
    return connections.repeatable(
        "orders",
        "declare queue 'orders'",
        channel -> {
          if (attempts.incrementAndGet() <= failing) {
            throw ended(code, "cluster_not_formed");
          }
          return "declared";
        });
  }

  @Test
  void whatMeetsAnInternalErrorOfTheBrokerIsTriedAgain() {
    assertThat(attempt(2, 541)).isEqualTo("declared");
    assertThat(attempts).hasValue(3);
  }

  @Test
  void anInternalErrorThatStaysIsToldInTheEnd() {
    assertThatThrownBy(() -> attempt(Integer.MAX_VALUE, 541))
        .isInstanceOf(ConnectionFailed.class)
        .hasMessageContaining("declare queue 'orders'")
        .hasMessageContaining("cluster_not_formed");
    assertThat(attempts).hasValue(5);
  }

  @Test
  void otherErrorsAreToldAtOnce() {
    assertThatThrownBy(() -> attempt(1, 406)).isInstanceOf(ConfigurationInvalid.class);
    assertThat(attempts).hasValue(1);
  }
}
