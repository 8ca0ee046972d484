package io.queueruntime.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.listener.QueueListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;

/** Listeners on beans that stand behind something else. */
@ExtendWith(OutputCaptureExtension.class)
class ProxiesTests {

  private static final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private static final MethodInterceptor ADVICE =
      invocation -> {
        if (invocation.getMethod().getName().equals("handle")) {
          events.add("advice");
        }
        return invocation.proceed();
      };

  interface Handles {
    void handle(String order);
  }

  static class Handler implements Handles {
    @Override
    @QueueListener(id = "orders", queues = "orders")
    public void handle(String order) {
      events.add("handled " + order);
    }

    public void unreachable(String order) {}
  }

  static class WithInterface {
    @Bean
    Handles handler() {
      ProxyFactory factory = new ProxyFactory(new Handler());
      factory.addAdvice(ADVICE);
      return (Handles) factory.getProxy();
    }
  }

  static class WithSubclass {
    @Bean
    Handler handler() {
      ProxyFactory factory = new ProxyFactory(new Handler());
      factory.setProxyTargetClass(true);
      factory.addAdvice(ADVICE);
      return (Handler) factory.getProxy();
    }
  }

  private static void assertAdvised(Class<?> beans) throws InterruptedException {
    events.clear();
    try (RunningApplication application =
        RunningApplication.start(List.of(beans), "queue-runtime.embedded.durability=memory")) {
      application.template().send("orders", "o");

      assertThat(events.poll(60, TimeUnit.SECONDS)).isEqualTo("advice");
      assertThat(events.poll(60, TimeUnit.SECONDS)).isEqualTo("handled o");
    }
  }

  @Test
  void adviceAppliesBehindAnInterface() throws Exception {
    assertAdvised(WithInterface.class);
  }

  @Test
  void adviceAppliesBehindASubclass() throws Exception {
    assertAdvised(WithSubclass.class);
  }

  static class Hidden implements Runnable {
    @Override
    public void run() {}

    @QueueListener("orders")
    void handle(String order) {}
  }

  static class WithWrongInterface {
    @Bean
    Runnable hidden() {
      ProxyFactory factory = new ProxyFactory(new Hidden());
      factory.addAdvice(ADVICE);
      return (Runnable) factory.getProxy();
    }
  }

  @Test
  void aMethodThatTheProxyHidesFailsTheStart() {
    assertThatThrownBy(
            () ->
                RunningApplication.start(
                    List.of(WithWrongInterface.class), "queue-runtime.embedded.durability=memory"))
        .isInstanceOfSatisfying(
            QueueStartupException.class,
            e ->
                assertThat(e.problems())
                    .singleElement()
                    .satisfies(
                        problem -> {
                          assertThat(problem.code()).isEqualTo("QR-152");
                          assertThat(problem.description())
                              .startsWith(
                                  "@QueueListener method Hidden.handle(String) cannot be called through the proxy of bean \"hidden\"");
                        }));
  }

  static class WithPrototype {
    @Bean
    @Scope("prototype")
    Handler handler() {
      return new Handler();
    }
  }

  @Test
  void aBeanThatIsMadeForEachUseDoesNotListenAndSaysSo(CapturedOutput output) {
    try (RunningApplication application =
        RunningApplication.start(
            List.of(WithPrototype.class), "queue-runtime.embedded.durability=memory")) {
      application.bean(Handler.class);

      assertThat(application.bean(QueueListenerRegistry.class).ids()).isEmpty();
      assertThat(output)
          .contains("Bean \"handler\" has @QueueListener methods, but is made anew for each use");
    }
  }
}
