package io.queueruntime.servicebus.emulator.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import java.util.Set;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.Transport;

/**
 * The server's half of SASL. Who may do what is decided by the tokens put to {@code $cbs}, so every
 * offered mechanism succeeds; a client may also leave SASL out. Where tokens are required, a
 * password is one too: the name of the key and the key itself, as JMS clients have them.
 *
 * <p>Confined to the loop of its connection.
 */
final class SaslExchange {

  private static final Set<String> OFFERED = Set.of("MSSBCBS", "ANONYMOUS", "PLAIN");
  private static final int MAX_RESPONSE_BYTES = 4096;

  private final Sasl sasl;
  private final SharedAccessKey key;
  private final TokenGuard tokens;

  SaslExchange(Transport transport, SharedAccessKey key, TokenGuard tokens) {
    this.key = key;
    this.tokens = tokens;
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
    // The response must be taken although nothing may depend on it.
    byte[] response = new byte[Math.min(MAX_RESPONSE_BYTES, Math.max(1, sasl.pending()))];
    int length = Math.max(0, sasl.recv(response, 0, response.length));
    boolean taken = OFFERED.contains(chosen[0]);
    if (taken && chosen[0].equals("PLAIN") && tokens.isRequired()) {
      taken = isKey(new String(response, 0, length, UTF_8));
      if (taken) {
        tokens.putKey();
      }
    }
    sasl.done(taken ? Sasl.SaslOutcome.PN_SASL_OK : Sasl.SaslOutcome.PN_SASL_AUTH);
  }

  /** Whether it is, after whom it is for, the key's name and the key, each after a zero. */
  private boolean isKey(String response) {
    String[] parts = response.split("\0", -1);
    return parts.length == 3 && parts[1].equals(key.name()) && parts[2].equals(key.value());
  }

  /** Whether the client was refused: it reads the outcome, then the connection ends. */
  boolean refused() {
    return sasl.getOutcome() == Sasl.SaslOutcome.PN_SASL_AUTH;
  }
}
