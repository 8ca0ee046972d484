package io.queueruntime.servicebus.emulator.http;

import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityException;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import io.queueruntime.servicebus.emulator.entity.Namespace;
import io.queueruntime.servicebus.emulator.entity.SharedAccessKey;
import io.queueruntime.servicebus.emulator.http.AtomWriter.CountedEntity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management API without its sockets: what each request does and how it is answered.
 *
 * <p>Thread-safe. Blocks until a change is durable.
 */
final class AdminApi {

  private static final Logger log = LoggerFactory.getLogger(AdminApi.class);

  /** Queues on a page at most. */
  private static final int MAX_PAGE = 100;

  private static final String NAMESPACE = "sbemulatorns";
  private static final String RESOURCES = "$resources/";

  private final Namespace namespace;
  private final SharedAccessKey key;
  private final Instant since;
  private final AtomReader reader = new AtomReader();

  AdminApi(Namespace namespace, SharedAccessKey key) {
    this.namespace = namespace;
    this.key = key;
    this.since = Instant.now();
  }

  AdminResponse answer(AdminRequest request) {
    try {
      if (request.path().equalsIgnoreCase("health") && request.method().equals("GET")) {
        return health();
      }
      Optional<String> refusal =
          request
              .authorization()
              .map(token -> key.refusal(token, Instant.now()))
              .orElse(Optional.of("MissingToken: The authorization header was not found."));
      return refusal.isPresent()
          ? AdminResponse.error(401, 40100, refusal.get())
          : authorized(request);
    } catch (EntityException refused) {
      return AdminResponse.of(refused);
    } catch (IllegalArgumentException unreadable) {
      return AdminResponse.error(400, 40000, "Bad Request. " + unreadable.getMessage());
    } catch (RuntimeException mistake) {
      log.error("{} '{}' failed.", request.method(), request.path(), mistake);
      return AdminResponse.error(500, 50000, "Internal error: " + mistake);
    }
  }

  private AdminResponse health() {
    return namespace.engine().failure().isEmpty()
        ? AdminResponse.json(200, "{\"status\":\"healthy\",\"message\":\"Service is healthy.\"}")
        : AdminResponse.json(
            503, "{\"status\":\"unhealthy\",\"message\":\"The engine's storage failed.\"}");
  }

  private AdminResponse authorized(AdminRequest request) {
    String path = request.path();
    AtomWriter writer = new AtomWriter(request.authority(), NAMESPACE, namespace.time());
    if (path.equalsIgnoreCase("$namespaceinfo")) {
      return request.method().equals("GET")
          ? AdminResponse.entry(writer.namespaceInfo(since))
          : methodNotAllowed(request);
    }
    if (path.regionMatches(true, 0, RESOURCES, 0, RESOURCES.length())) {
      return request.method().equals("GET")
          ? list(request, path.substring(RESOURCES.length()), writer)
          : methodNotAllowed(request);
    }
    return switch (request.method()) {
      case "GET" -> AdminResponse.entry(writer.entry(count(namespace.require(path))));
      case "PUT" -> request.ifMatch().isEmpty() ? create(request, writer) : update(request, writer);
      case "DELETE" -> {
        namespace.delete(path);
        yield AdminResponse.empty();
      }
      default -> methodNotAllowed(request);
    };
  }

  private AdminResponse create(AdminRequest request, AtomWriter writer) {
    EntityDescription wanted = reader.read(request.body(), EntityDescription.DEFAULTS);
    Entity created = namespace.create(request.path(), wanted);
    return AdminResponse.created(writer.entry(count(created)));
  }

  private AdminResponse update(AdminRequest request, AtomWriter writer) {
    Entity existing = namespace.require(request.path());
    if (!request.ifMatch().orElse("").equals("*")) {
      return AdminResponse.error(
          412, 41200, "Precondition Failed. Queues have no versions; If-Match has to be '*'.");
    }
    EntityDescription wanted = reader.read(request.body(), existing.description().fixedPart());
    return AdminResponse.entry(writer.entry(count(namespace.update(request.path(), wanted))));
  }

  private AdminResponse list(AdminRequest request, String kind, AtomWriter writer) {
    int skip = request.number("$skip", 0, Integer.MAX_VALUE);
    int top = request.number("$top", MAX_PAGE, MAX_PAGE);
    if (kind.equalsIgnoreCase("topics")) {
      return AdminResponse.feed(writer.feed(List.of(), "topics", Optional.empty(), top));
    }
    if (!kind.equalsIgnoreCase("queues")) {
      throw new EntityException(
          Kind.NOT_FOUND, "There is no collection '$Resources/%s'.".formatted(kind));
    }
    List<Entity> page = namespace.list(skip, top + 1);
    Optional<Integer> next = page.size() > top ? Optional.of(skip + top) : Optional.empty();
    List<CountedEntity> counted = new ArrayList<>();
    namespace
        .statistics(page.subList(0, Math.min(top, page.size())))
        .forEach((entity, counts) -> counted.add(new CountedEntity(entity, counts)));
    return AdminResponse.feed(writer.feed(counted, "queues", next, top));
  }

  private CountedEntity count(Entity entity) {
    return new CountedEntity(entity, namespace.statistics(entity.queue().value()));
  }

  private static AdminResponse methodNotAllowed(AdminRequest request) {
    return AdminResponse.error(
        405,
        40500,
        "Method Not Allowed. '%s' cannot be used on '%s'."
            .formatted(request.method(), request.path()));
  }
}
