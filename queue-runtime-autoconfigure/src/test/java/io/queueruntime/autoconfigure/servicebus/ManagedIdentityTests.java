package io.queueruntime.autoconfigure.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.queueruntime.autoconfigure.QueueRuntimeAutoConfiguration;
import io.queueruntime.listener.QueueListener;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.template.QueueTemplate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Managed identity from the endpoint that hands out tokens to the message: an application in a
 * process of its own, in the environment that Azure gives to an App Service, over TLS.
 */
class ManagedIdentityTests {

  private static final String TOKEN = "token-of-the-managed-identity";

  @TempDir private Path directory;

  private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  private HttpServer identities;
  private ServiceBusEmulator emulator;
  private TlsFront front;

  @BeforeEach
  void start() throws Exception {
    identities = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    identities.createContext("/token", this::handOut);
    identities.start();
    emulator = ServiceBusEmulator.start().createQueue("orders");
    front = new TlsFront(directory, emulator.port());
  }

  @AfterEach
  void stop() throws IOException {
    front.close();
    emulator.close();
    identities.stop(0);
  }

  private void handOut(HttpExchange exchange) throws IOException {
    asked.add(
        exchange.getRequestURI().getQuery()
            + " "
            + exchange.getRequestHeaders().getFirst("X-IDENTITY-HEADER"));
    byte[] answer =
        """
        {"access_token":"%s","expires_on":"%d","resource":"https://servicebus.azure.net","token_type":"Bearer"}"""
            .formatted(TOKEN, Instant.now().getEpochSecond() + 86_400)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  @Test
  void anApplicationSignsInAsItsMachineAndGetsItsMessage() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(front.trust());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Application.class.getName());
    command.add("--queue-runtime.servicebus.namespace=orders-of-acme");
    command.add("--queue-runtime.servicebus.custom-endpoint=https://localhost:" + front.port());
    command.add("--queue-runtime.servicebus.credential.type=managed-identity");
    command.add("--queue-runtime.servicebus.credential.client-id=2f9d3a77");
    command.add("--queue-runtime.defaults.declare=none");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .put(
            "IDENTITY_ENDPOINT",
            "http://127.0.0.1:%d/token".formatted(identities.getAddress().getPort()));
    builder.environment().put("IDENTITY_HEADER", "only-for-this-machine");
    Process application = builder.start();
    String printed;
    try {
      printed = new String(application.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(application.waitFor(60, TimeUnit.SECONDS)).as(printed).isTrue();
    } finally {
      application.destroyForcibly();
    }

    assertThat(printed).contains("Handled: the first order");
    assertThat(asked)
        .as(printed)
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request)
                    .contains("resource=https://servicebus.azure.net")
                    .contains("client_id=2f9d3a77")
                    .endsWith(" only-for-this-machine"));
    assertThat(front.hasSeen(TOKEN)).as("the token went to the namespace").isTrue();
    assertThat(front.hasSeen("orders-of-acme.servicebus.windows.net"))
        .as("the namespace was named, not the endpoint in front of it")
        .isTrue();
  }

  /** Sends one message to itself, and ends. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    QueueRuntimeAutoConfiguration.class,
    ServiceBusQueueAutoConfiguration.class
  })
  static class Application {

    private static final BlockingQueue<String> HANDLED = new LinkedBlockingQueue<>();

    @QueueListener("orders")
    void handle(String order) {
      HANDLED.add(order);
    }

    public static void main(String[] arguments) throws InterruptedException {
      SpringApplication application = new SpringApplication(Application.class);
      application.setWebApplicationType(WebApplicationType.NONE);
      application.setBannerMode(Banner.Mode.OFF);
      try (ConfigurableApplicationContext context = application.run(arguments)) {
        context.getBean(QueueTemplate.class).send("orders", "the first order");
        System.out.println("Handled: " + HANDLED.poll(50, TimeUnit.SECONDS));
      }
    }
  }
}
