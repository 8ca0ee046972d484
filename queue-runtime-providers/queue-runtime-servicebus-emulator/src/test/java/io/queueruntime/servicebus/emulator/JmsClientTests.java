package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.Connection;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Apache Qpid's JMS client: PLAIN, drains, transactions, sessions that end without their links. */
@Timeout(300)
class JmsClientTests {

  private static final long SOON_MILLIS = 40_000;

  private final ServiceBusEmulator emulator = ServiceBusEmulator.start();
  private Connection connection;

  @BeforeEach
  void connect() throws JMSException {
    emulator.createQueue("q").createQueue("r");
    connection =
        new JmsConnectionFactory("name", "key", "amqp://127.0.0.1:" + emulator.port())
            .createConnection();
    connection.start();
  }

  @AfterEach
  void close() throws JMSException {
    connection.close();
    emulator.close();
  }

  private long active(String queue) {
    return emulator.namespace().statistics(queue).active();
  }

  private void send(Session session, String queue, String text) throws JMSException {
    MessageProducer producer = session.createProducer(session.createQueue(queue));
    producer.send(session.createTextMessage(text));
    producer.close();
  }

  @Test
  void aMessageIsSentReceivedAndAcknowledged() throws JMSException {
    Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
    send(session, "q", "hello");

    Message message = session.createConsumer(session.createQueue("q")).receive(SOON_MILLIS);
    message.acknowledge();

    assertThat(((TextMessage) message).getText()).isEqualTo("hello");
    session.close();
    assertThat(active("q")).isZero();
  }

  @Test
  void anEmptyQueueIsSaidToBeEmpty() throws JMSException {
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(session.createQueue("q"));

    assertThat(consumer.receiveNoWait()).isNull();
    assertThat(consumer.receive(50)).isNull();
  }

  @Test
  void aClosedSessionSwallowsNoMessages() throws JMSException {
    Session first = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    first.createConsumer(first.createQueue("q"));
    first.close();
    Session second = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    send(second, "q", "hello");

    Message message = second.createConsumer(second.createQueue("q")).receive(SOON_MILLIS);

    assertThat(message).isNotNull();
  }

  @Test
  void aTransactionMovesAMessageOrDoesNot() throws JMSException {
    Session plain = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    send(plain, "q", "order");
    Session session = connection.createSession(Session.SESSION_TRANSACTED);
    MessageConsumer consumer = session.createConsumer(session.createQueue("q"));

    assertThat(consumer.receive(SOON_MILLIS)).isNotNull();
    send(session, "r", "invoice");
    session.rollback();
    assertThat(active("r")).isZero();

    assertThat(consumer.receive(SOON_MILLIS)).isNotNull();
    send(session, "r", "invoice");
    session.commit();
    assertThat(active("r")).isEqualTo(1);
    session.close();
    assertThat(active("q")).isZero();
  }

  @Test
  void aMissingQueueIsTold() throws JMSException {
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);

    assertThatThrownBy(() -> session.createProducer(session.createQueue("nothing")))
        .isInstanceOf(InvalidDestinationException.class)
        .hasMessageContaining("could not be found");
  }
}
