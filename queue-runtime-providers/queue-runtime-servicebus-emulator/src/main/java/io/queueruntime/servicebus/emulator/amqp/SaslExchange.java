package io.queueruntime.servicebus.emulator.amqp;

import java.util.Set;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.Transport;

/**
 * The server's half of SASL. Who may do what is decided by the tokens put to {@code $cbs}, so every
 * offered mechanism succeeds; a client may also leave SASL out.
 *
 * <p>Confined to the loop of its connection.
 */
final class SaslExchange {

  private static final Set<String> OFFERED = Set.of("MSSBCBS", "ANONYMOUS", "PLAIN");
  private static final int MAX_RESPONSE_BYTES = 4096;

  private final Sasl sasl;

  SaslExchange(Transport transport) {
    this.sasl = transport.sasl();
    sasl.server();
    sasl.allowSkip(true);
    sasl.setMechanisms("MSSBCBS", "ANONYMOUS", "PLAIN");
  }

  /** Answers the client's choice once it has arrived. */
  void advance() {
    if (sasl.getOutcome() != Sasl.SaslOutcome.PN_SASL_NONE) {
      return;
    }
    String[] chosen = sasl.getRemoteMechanisms();
    if (chosen.length == 0) {
      return;
    }
    // The response must be taken although nothing depends on it.
    byte[] response = new byte[Math.min(MAX_RESPONSE_BYTES, Math.max(1, sasl.pending()))];
    sasl.recv(response, 0, response.length);
    sasl.done(
        OFFERED.contains(chosen[0]) ? Sasl.SaslOutcome.PN_SASL_OK : Sasl.SaslOutcome.PN_SASL_AUTH);
  }

  /** Whether the client was refused: it reads the outcome, then the connection ends. */
  boolean refused() {
    return sasl.getOutcome() == Sasl.SaslOutcome.PN_SASL_AUTH;
  }
}
