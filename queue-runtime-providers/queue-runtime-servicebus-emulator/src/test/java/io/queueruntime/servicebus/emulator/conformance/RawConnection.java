package io.queueruntime.servicebus.emulator.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.engine.Transport;

/**
 * A connection of proton-j's engine over a blocking socket: everything happens while somebody waits
 * for something. Confined to one thread.
 */
final class RawConnection implements AutoCloseable {

  private static final int READ_MILLIS = 5;

  /** Longest wait for what a broker must answer at once. */
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final Socket socket;
  private final Transport transport = Proton.transport();
  private final Connection connection = Proton.connection();
  private final byte[] buffer = new byte[64 * 1024];
  final Session session;

  RawConnection(int port) {
    try {
      socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_MILLIS);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Sasl sasl = transport.sasl();
    sasl.client();
    sasl.setMechanisms("ANONYMOUS");
    connection.setContainer("conformance-" + UUID.randomUUID());
    connection.setHostname("localhost");
    transport.bind(connection);
    connection.open();
    session = connection.session();
    session.open();
    await(() -> session.getRemoteState() == EndpointState.ACTIVE, "the session");
  }

  /** Opens a link that was set up; a refused one fails. */
  void open(Link link) {
    link.open();
    await(() -> link.getRemoteState() != EndpointState.UNINITIALIZED, "link " + link.getName());
    boolean refused =
        link instanceof org.apache.qpid.proton.engine.Sender
            ? link.getRemoteTarget() == null
            : link.getRemoteSource() == null;
    if (refused || link.getRemoteState() == EndpointState.CLOSED) {
      await(() -> link.getRemoteState() == EndpointState.CLOSED, "the reason of a refusal");
      ErrorCondition error = link.getRemoteCondition();
      link.close();
      throw RawFailure.of(error);
    }
  }

  void close(Link link) {
    link.close();
    await(() -> link.getRemoteState() == EndpointState.CLOSED, "the end of " + link.getName());
    link.free();
  }

  /** Works until that is so; fails when it is not in time. */
  void await(BooleanSupplier condition, String what) {
    if (!await(condition, ANSWER)) {
      throw new IllegalStateException("The broker did not answer in time: " + what + ".");
    }
  }

  /** Works until that is so, or the time is over; whether it is so. */
  boolean await(BooleanSupplier condition, Duration most) {
    long end = System.nanoTime() + most.toNanos();
    while (true) {
      write();
      if (condition.getAsBoolean()) {
        return true;
      }
      if (System.nanoTime() - end > 0) {
        return false;
      }
      read();
    }
  }

  void write() {
    try {
      transport.tick(System.nanoTime() / 1_000_000);
      for (int pending = transport.pending(); pending > 0; pending = transport.pending()) {
        ByteBuffer head = transport.head();
        byte[] bytes = new byte[head.remaining()];
        head.get(bytes);
        socket.getOutputStream().write(bytes);
        transport.pop(bytes.length);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void read() {
    try {
      int capacity = Math.min(transport.capacity(), buffer.length);
      int read = socket.getInputStream().read(buffer, 0, capacity);
      if (read < 0) {
        throw new IllegalStateException("The broker closed the connection.");
      }
      transport.tail().put(buffer, 0, read);
      transport.process();
    } catch (SocketTimeoutException nothing) {
      // Whoever waits looks again.
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Closes the socket, and nothing before it. */
  void cut() {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
      await(() -> connection.getRemoteState() == EndpointState.CLOSED, Duration.ofSeconds(2));
      socket.close();
    } catch (IOException | RuntimeException gone) {
      // The other side was first.
    }
  }
}
