package io.queueruntime.servicebus.emulator.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityStatus;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

@TestMethodOrder(OrderAnnotation.class)
class ServiceBusEmulatorExtensionTests {

  @RegisterExtension
  static final ServiceBusEmulatorExtension SHARED =
      new ServiceBusEmulatorExtension()
          .withQueue("plain")
          .withQueue("sessions", queue -> queue.withRequiresSession(true));

  private static final Set<ServiceBusEmulator> seen = new HashSet<>();

  @Test
  @Order(1)
  void aTestMayLeaveWhateverItLikesBehind(ServiceBusEmulator emulator) {
    Entity plain = emulator.namespace().require("plain");
    emulator
        .namespace()
        .engine()
        .send(plain.queue(), OutgoingMessage.of(new byte[1]).build())
        .join();
    emulator.createQueue("extra");
    emulator.namespace().delete("sessions");
    emulator
        .namespace()
        .update("plain", plain.description().withStatus(EntityStatus.SEND_DISABLED));
    assertThat(emulator.namespace().statistics("plain").active()).isOne();
    seen.add(emulator);
  }

  @Test
  @Order(2)
  void theNextFindsTheSameEmulatorAsAskedFor(
      ServiceBusEmulator emulator, @EmulatorConnectionString String connection) {
    assertThat(seen).containsExactly(emulator);
    assertThat(connection).isEqualTo(emulator.connectionString()).startsWith("Endpoint=sb://");
    assertThat(SHARED.emulator()).isSameAs(emulator);
    assertThat(emulator.namespace().statistics("plain").active()).isZero();
    assertThat(emulator.namespace().require("plain").description().status())
        .isEqualTo(EntityStatus.ACTIVE);
    assertThat(emulator.namespace().require("sessions").description().requiresSession()).isTrue();
    assertThat(emulator.namespace().find("extra")).isEmpty();
  }

  @Nested
  class ANestedClass {
    @Test
    void usesTheEmulatorOfTheClassAroundIt(ServiceBusEmulator emulator) {
      assertThat(emulator).isSameAs(SHARED.emulator());
    }
  }

  @Nested
  class AnInstanceField {
    @RegisterExtension
    final ServiceBusEmulatorExtension own = new ServiceBusEmulatorExtension().withQueue("mine");

    @Test
    void givesOneTestItsOwnEmulator() {
      check();
    }

    @Test
    void andTheNextAnother() {
      check();
    }

    private void check() {
      assertThat(own.emulator()).isNotSameAs(SHARED.emulator());
      assertThat(own.emulator().namespace().find("mine")).isPresent();
      assertThat(own.emulator().namespace().find("plain")).isEmpty();
      assertThat(seen.add(own.emulator())).isTrue();
    }
  }

  @Test
  @Order(3)
  void anExtensionThatNobodyRegisteredSaysSo() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new ServiceBusEmulatorExtension().emulator())
        .withMessageContaining("@RegisterExtension");
  }
}
