package io.queueruntime.servicebus.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.queueruntime.engine.EngineOptions;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityLimits;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The management API from the protocol's side: bytes as any client, or none, may send them. */
class AdminApiTests {

  private static final String ENTRY =
      "<a:entry xmlns:a='http://www.w3.org/2005/Atom'><a:title>ignored</a:title>"
          + "<a:content type='application/xml'><s:QueueDescription"
          + " xmlns:s='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'"
          + " xmlns:n='http://www.w3.org/2001/XMLSchema-instance'>%s</s:QueueDescription>"
          + "</a:content></a:entry>";

  private final Namespace namespace =
      Namespace.open(EngineOptions.inMemory(), EntityLimits.STANDARD, new VirtualTime());
  private final HttpClient http = HttpClient.newHttpClient();
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        AdminServer.start(
            namespace,
            SharedAccessKey.DEVELOPMENT,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() {
    server.close();
    namespace.close();
  }

  @Test
  void healthIsToldToAnybody() throws Exception {
    HttpResponse<String> health =
        http.send(HttpRequest.newBuilder(address("/health")).build(), BodyHandlers.ofString());

    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body())
        .isEqualTo("{\"status\":\"healthy\",\"message\":\"Service is healthy.\"}");
  }

  @Test
  void prefixesMayBeAnyAndUnknownOrEmptyElementsArePassedOver() throws Exception {
    HttpResponse<String> made =
        put(
            "/q",
            ENTRY.formatted(
                "<s:LockDuration>PT7S</s:LockDuration><s:Future><s:LockDuration>PT9S"
                    + "</s:LockDuration></s:Future><LockDuration>PT8S</LockDuration>"
                    + "<s:MaxDeliveryCount/><s:UserMetadata n:nil='true'/>"
                    + "<s:RequiresSession> true </s:RequiresSession>"));

    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(namespace.require("q").description())
        .hasToString("{LockDuration=PT7S, RequiresSession=true}");
  }

  @Test
  void elementsStandInTheOrderThatServiceBusWrites() throws Exception {
    String entry =
        put("/q", ENTRY.formatted("<s:UserMetadata>m</s:UserMetadata><s:ForwardTo></s:ForwardTo>"))
            .body();

    List<String> names =
        List.of(
            "LockDuration MaxSizeInMegabytes RequiresDuplicateDetection RequiresSession DefaultMessageTimeToLive DeadLetteringOnMessageExpiration DuplicateDetectionHistoryTimeWindow MaxDeliveryCount EnableBatchedOperations SizeInBytes MessageCount IsAnonymousAccessible AuthorizationRules Status UserMetadata CreatedAt UpdatedAt AccessedAt SupportOrdering CountDetails AutoDeleteOnIdle EnablePartitioning EntityAvailabilityStatus EnableExpress MaxMessageSizeInKilobytes"
                .split(" "));
    assertThat(names.stream().map(name -> entry.indexOf("<" + name))).doesNotContain(-1).isSorted();
    assertThat(entry)
        .contains("<title type=\"text\">q</title>")
        .contains("<AccessedAt>0001-01-01T00:00:00</AccessedAt>")
        .contains(
            "<DefaultMessageTimeToLive>P10675199DT2H48M5.4775807S</DefaultMessageTimeToLive>");
  }

  @Test
  void anEncodedSlashIsPartOfTheName() throws Exception {
    assertThat(put("/a%2Fb", ENTRY.formatted("")).statusCode()).isEqualTo(201);

    assertThat(namespace.find("a/b")).isPresent();
    assertThat(send("GET", "/a/b?enrich=true&api-version=2021-05", "", "").statusCode())
        .isEqualTo(200);
  }

  @Test
  void documentTypesAndEntitiesAreNotRead(@TempDir Path directory) throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    String outside =
        "<!DOCTYPE x [<!ENTITY e SYSTEM '%s'>]>".formatted(secret.toUri())
            + ENTRY.formatted("<s:UserMetadata>&e;</s:UserMetadata>");
    String bomb =
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
            + ENTRY.formatted("<s:UserMetadata>&b;</s:UserMetadata>");

    assertThat(put("/q", outside).statusCode()).isEqualTo(400);
    assertThat(put("/q", bomb).statusCode()).isEqualTo(400);
    assertThat(namespace.size()).isZero();
  }

  @Test
  void aBodyThatIsNoEntryIsRefused() throws Exception {
    for (String body :
        List.of(
            "",
            "not xml",
            "<entry/>",
            ENTRY.formatted("<s:LockDuration>PT7S"),
            ENTRY.formatted("<s:LockDuration><s:x/></s:LockDuration>"),
            ENTRY.formatted("<s:LockDuration>7</s:LockDuration>"),
            ENTRY.formatted("<s:x>".repeat(5000) + "</s:x>".repeat(5000)),
            ENTRY.replace("QueueDescription", "TopicDescription").formatted(""))) {
      HttpResponse<String> refused = put("/q", body);

      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("<Code>400</Code><Detail>SubCode=40000. ");
    }
    assertThat(namespace.size()).isZero();
  }

  @Test
  void aBodyWithoutEndIsNotReadToItsEnd() throws Exception {
    HttpResponse<String> refused =
        put("/q", ENTRY.formatted("<s:x>" + "x".repeat(70_000) + "</s:x>"));

    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(namespace.size()).isZero();
  }

  @Test
  void aPreconditionThatCannotHoldIsRefused() throws Exception {
    namespace.create("q", EntityDescription.DEFAULTS);

    assertThat(send("PUT", "/q", "\"v1\"", ENTRY.formatted("")).statusCode()).isEqualTo(412);
    assertThat(send("PUT", "/q", "*", ENTRY.formatted("")).statusCode()).isEqualTo(200);
    assertThat(send("PUT", "/none", "*", ENTRY.formatted("")).statusCode()).isEqualTo(404);
  }

  @Test
  void theNextPageIsLinked() throws Exception {
    for (int i = 0; i < 5; i++) {
      namespace.create("q" + i, EntityDescription.DEFAULTS);
    }

    String first = send("GET", "/$Resources/queues?$skip=1&$top=2", "", "").body();
    String last = send("GET", "/$Resources/queues?%24skip=3&%24top=2", "", "").body();

    assertThat(first)
        .contains(">q1<", ">q2<", "<link rel=\"next\" href=")
        .contains("$skip=3&amp;$top=2")
        .doesNotContain(">q0<", ">q3<");
    assertThat(last).contains(">q3<", ">q4<").doesNotContain("rel=\"next\"").contains("<link");
    assertThat(send("GET", "/$Resources/queues?$skip=-1", "", "").statusCode()).isEqualTo(400);
    assertThat(send("GET", "/$Resources/rules", "", "").statusCode()).isEqualTo(404);
  }

  @Test
  void otherMethodsAreRefused() throws Exception {
    assertThat(send("POST", "/q", "", "x").statusCode()).isEqualTo(405);
    assertThat(send("DELETE", "/$namespaceinfo", "", "").statusCode()).isEqualTo(405);
  }

  @Test
  void aNameOfControlCharactersIsRefusedInReadableXml() throws Exception {
    HttpResponse<String> refused = send("GET", "/a%01%3Cb", "", "");

    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(refused.body()).contains("'a\uFFFD&lt;b' could not be found");
  }

  @Test
  void tokensThatAreNotGoodAreRefused() throws Exception {
    long later = Instant.now().getEpochSecond() + 60;
    String good = token("http%3a%2f%2flocalhost", later, "RootManageSharedAccessKey");
    assertThat(authorized(good)).isEqualTo(404);

    assertThat(authorized(token("x", later - 120, "RootManageSharedAccessKey"))).isEqualTo(401);
    assertThat(authorized(token("x", later, "Another"))).isEqualTo(401);
    assertThat(authorized(good.replace("localhost", "otherhost"))).isEqualTo(401);
    assertThat(authorized(good.replace("sig=", "sig=A"))).isEqualTo(401);
    assertThat(authorized(good.replace("&skn", "&sr=x&skn"))).isEqualTo(401);
    assertThat(authorized(good.replace("SharedAccessSignature", "Bearer"))).isEqualTo(401);
    assertThat(authorized(good + "x".repeat(9000))).isEqualTo(401);
    assertThat(authorized("SharedAccessSignature sr=%zz&sig=%zz&se=9&skn=%zz")).isEqualTo(401);
    assertThat(authorized("SharedAccessSignature ")).isEqualTo(401);
    HttpResponse<String> without =
        http.send(HttpRequest.newBuilder(address("/q")).build(), BodyHandlers.ofString());
    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(without.body()).contains("<Code>401</Code><Detail>SubCode=40100. MissingToken");
  }

  private int authorized(String authorization) throws Exception {
    return http.send(
            HttpRequest.newBuilder(address("/none")).header("Authorization", authorization).build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  private HttpResponse<String> put(String path, String body) throws Exception {
    return send("PUT", path, "", body);
  }

  private HttpResponse<String> send(String method, String path, String ifMatch, String body)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address(path))
            .method(method, BodyPublishers.ofString(body))
            .header(
                "Authorization",
                token(
                    "https%3a%2f%2flocalhost%3a1",
                    Instant.now().getEpochSecond() + 60, "RootManageSharedAccessKey"));
    if (!ifMatch.isEmpty()) {
      request.header("If-Match", ifMatch);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private URI address(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  private static String token(String audience, long expiry, String rule)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("SAS_KEY_VALUE".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signature = mac.doFinal((audience + "\n" + expiry).getBytes(StandardCharsets.UTF_8));
    return "SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s"
        .formatted(
            audience,
            URLEncoder.encode(
                Base64.getEncoder().encodeToString(signature), StandardCharsets.UTF_8),
            expiry,
            rule);
  }
}
