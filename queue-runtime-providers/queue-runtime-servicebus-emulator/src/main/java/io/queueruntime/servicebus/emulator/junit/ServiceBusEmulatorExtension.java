package io.queueruntime.servicebus.emulator.junit;

import io.queueruntime.servicebus.emulator.EmulatorOptions;
import io.queueruntime.servicebus.emulator.ServiceBusEmulator;
import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * An emulator for the tests of a class, or for one test.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final ServiceBusEmulatorExtension SERVICE_BUS =
 *     new ServiceBusEmulatorExtension().withQueue("orders");
 *
 * @Test
 * void ordersAreSent(ServiceBusEmulator emulator, @EmulatorConnectionString String connection) {…}
 * }</pre>
 *
 * <p>In a static field, or with {@code @ExtendWith}, one emulator serves the class and those nested
 * in it; before each test its messages and faults go and its queues are as asked for here, unless
 * {@link #keepingState()} says otherwise. In an instance field every test has an emulator of its
 * own. Time that a test moved stays moved until the emulator ends.
 *
 * <p>Thread-safe; the emulator of a static field is shared by tests that run at the same time, so
 * use {@link #keepingState()} or an instance field for those. {@code with…} methods return a new
 * one.
 */
public final class ServiceBusEmulatorExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

  private final EmulatorOptions options;
  private final Map<String, EntityDescription> queues;
  private final boolean reset;
  private final AtomicReference<@Nullable ServiceBusEmulator> started = new AtomicReference<>();

  /** On free ports, in memory, without queues. */
  public ServiceBusEmulatorExtension() {
    this(EmulatorOptions.DEFAULTS, Map.of(), true);
  }

  private ServiceBusEmulatorExtension(
      EmulatorOptions options, Map<String, EntityDescription> queues, boolean reset) {
    this.options = options;
    this.queues = queues;
    this.reset = reset;
  }

  /** Started with those options. */
  public ServiceBusEmulatorExtension withOptions(EmulatorOptions value) {
    return new ServiceBusEmulatorExtension(value, queues, reset);
  }

  /** With such a queue, as Service Bus creates it when nothing is said. */
  public ServiceBusEmulatorExtension withQueue(String name) {
    return withQueue(name, EntityDescription.DEFAULTS);
  }

  /** With such a queue, with changes to the defaults: {@code d -> d.withRequiresSession(true)}. */
  public ServiceBusEmulatorExtension withQueue(
      String name, UnaryOperator<EntityDescription> changes) {
    return withQueue(name, changes.apply(EntityDescription.DEFAULTS));
  }

  /** With such a queue. */
  public ServiceBusEmulatorExtension withQueue(String name, EntityDescription description) {
    Map<String, EntityDescription> more = new LinkedHashMap<>(queues);
    more.put(name, description);
    return new ServiceBusEmulatorExtension(options, more, reset);
  }

  /** Nothing is reset between the tests of a class. */
  public ServiceBusEmulatorExtension keepingState() {
    return new ServiceBusEmulatorExtension(options, queues, false);
  }

  /**
   * The emulator of this field, e.g. for a {@code @DynamicPropertySource} method.
   *
   * @throws IllegalStateException while none runs: before the class or after it
   */
  public ServiceBusEmulator emulator() {
    ServiceBusEmulator running = started.get();
    if (running == null) {
      throw new IllegalStateException(
          "No emulator runs: it starts before the tests of the class, or of an instance field"
              + " before each test. Is the field annotated with @RegisterExtension?");
    }
    return running;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (find(context).isEmpty()) {
      start(context);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Optional<ServiceBusEmulator> running = find(context);
    if (running.isEmpty()) {
      start(context);
    } else if (reset) {
      resetAll(running.get());
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == ServiceBusEmulator.class
        || type == String.class && parameter.isAnnotated(EmulatorConnectionString.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ServiceBusEmulator emulator = find(context).orElseGet(this::emulator);
    return parameter.getParameter().getType() == String.class
        ? emulator.connectionString()
        : emulator;
  }

  private void start(ExtensionContext context) {
    ServiceBusEmulator emulator = ServiceBusEmulator.start(options);
    // JUnit closes what is in the store when the class, or the test, ends.
    store(context).put(ServiceBusEmulator.class, new Running(emulator, started));
    started.set(emulator);
    createQueues(emulator);
  }

  private void resetAll(ServiceBusEmulator emulator) {
    for (Entity queue : emulator.namespace().list(0, Integer.MAX_VALUE)) {
      if (queues.keySet().stream().noneMatch(queue.queue().value()::equalsIgnoreCase)) {
        emulator.namespace().delete(queue.queue().value());
      }
    }
    emulator.reset();
    createQueues(emulator);
  }

  private void createQueues(ServiceBusEmulator emulator) {
    queues.forEach(
        (name, description) -> {
          Optional<Entity> existing = emulator.namespace().find(name);
          if (existing.isEmpty()) {
            emulator.createQueue(name, description);
          } else if (!existing.get().description().equals(description)) {
            emulator.namespace().update(name, description);
          }
        });
  }

  private Optional<ServiceBusEmulator> find(ExtensionContext context) {
    return Optional.ofNullable(store(context).get(ServiceBusEmulator.class, Running.class))
        .map(Running::emulator);
  }

  private Store store(ExtensionContext context) {
    return context.getStore(Namespace.create(ServiceBusEmulatorExtension.class, this));
  }

  private record Running(
      ServiceBusEmulator emulator, AtomicReference<@Nullable ServiceBusEmulator> started)
      implements AutoCloseable {
    @Override
    public void close() {
      started.compareAndSet(emulator, null);
      emulator.close();
    }
  }
}
