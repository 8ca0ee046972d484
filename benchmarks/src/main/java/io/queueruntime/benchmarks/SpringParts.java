package io.queueruntime.benchmarks;

import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts the small applications that are measured. Stateless. */
final class SpringParts {

  private SpringParts() {}

  /** Runs an application of those classes, in which that handler is a bean. */
  static ConfigurableApplicationContext run(
      List<String> arguments, OursOnBroker.Handler handler, Class<?>... classes) {
    return new SpringApplicationBuilder(classes)
        .web(WebApplicationType.NONE)
        .bannerMode(Banner.Mode.OFF)
        .initializers(started -> started.getBeanFactory().registerSingleton("handler", handler))
        .properties("logging.level.root=off")
        .run(arguments.toArray(String[]::new));
  }
}
