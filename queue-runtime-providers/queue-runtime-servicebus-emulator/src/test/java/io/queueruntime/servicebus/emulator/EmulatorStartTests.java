package io.queueruntime.servicebus.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.azure.messaging.servicebus.ServiceBusMessage;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An emulator starts whole or not at all, and is not reached before it is ready. */
@Timeout(300)
class EmulatorStartTests {

  private final EmulatorOptions options =
      EmulatorOptions.DEFAULTS.withManagementPort(EmulatorOptions.NO_MANAGEMENT);

  @TempDir private Path data;

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
  }

  @Test
  void queuesArePreparedBeforeAnyPortIsOpen() throws IOException {
    try (ServerSocket taken = taken()) {
      AtomicBoolean prepared = new AtomicBoolean();

      assertThatThrownBy(
              () ->
                  ServiceBusEmulator.start(
                      options.withPort(taken.getLocalPort()), namespace -> prepared.set(true)))
          .isInstanceOf(UncheckedIOException.class);

      assertThat(prepared).isTrue();
    }
  }

  @Test
  void whatWasPreparedIsServed() {
    try (ServiceBusEmulator emulator =
            ServiceBusEmulator.start(
                options, namespace -> namespace.create("q", EntityDescription.DEFAULTS));
        JavaClients clients = new JavaClients(emulator)) {
      clients.sender("q").sendMessage(new ServiceBusMessage("x"));

      assertThat(emulator.namespace().statistics("q").active()).isOne();
    }
  }

  private void assertDataIsFree() {
    ServiceBusEmulator.start(options.withData(data)).close();
  }

  @Test
  void aFailedPreparationGivesTheDirectoryBack() {
    assertThatThrownBy(
            () ->
                ServiceBusEmulator.start(
                    options.withData(data),
                    namespace -> {
                      throw new AssertionError("cannot prepare");
                    }))
        .hasMessage("cannot prepare");

    assertDataIsFree();
  }

  @Test
  void anAddressThatNobodyHasGivesTheDirectoryBack() {
    assertThatThrownBy(
            () -> ServiceBusEmulator.start(options.withData(data).withHost("no.such.host.invalid")))
        .isInstanceOf(RuntimeException.class);

    assertDataIsFree();
  }

  @Test
  void aTakenManagementPortGivesTheDirectoryBack() throws IOException {
    try (ServerSocket taken = taken()) {
      assertThatThrownBy(
              () ->
                  ServiceBusEmulator.start(
                      options.withData(data).withManagementPort(taken.getLocalPort())))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("port " + taken.getLocalPort());

      assertDataIsFree();
    }
  }

  @Test
  void portsThatCannotBeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withManagementPort(70_000))
        .withMessage("managementPort: allowed is -1 to 65535, found 70000.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withPort(-1))
        .withMessage("port: allowed is 0 to 65535, found -1.");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, here",
    "0.0.0.0,   here",
    "::,        here",
    "[::],      here",
    "0:0:0:0:0:0:0:0, here",
    "::1,       [::1]",
    "[::1],     [::1]",
    "fe80::1,   [fe80::1]",
    "localhost, localhost",
    "10.0.0.7,  10.0.0.7"
  })
  void anEndpointNamesTheHostAsUrisDo(String host, String told) {
    assertThat(ListenHost.of(host).forClients("here")).isEqualTo(told);
  }

  @Test
  void anIpv6AddressIsReached() {
    assumeTrue(hasIpv6(), "This machine has no IPv6 loopback address.");
    try (ServiceBusEmulator emulator =
            ServiceBusEmulator.start(EmulatorOptions.DEFAULTS.withHost("::1"));
        JavaClients clients = new JavaClients(emulator)) {
      emulator.createQueue("q");

      clients.sender("q").sendMessage(new ServiceBusMessage("x"));

      assertThat(emulator.namespace().statistics("q").active()).isOne();
      assertThat(emulator.managementEndpoint().getHost()).isEqualTo("[::1]");
    }
  }

  private static boolean hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      return socket.isBound();
    } catch (IOException none) {
      return false;
    }
  }
}
