package io.queueruntime.samples.sessions;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/**
 * Employs as many {@link Teller}s as were asked for: listeners that compete for the same accounts.
 * Stateless.
 */
final class Tellers implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    RunOptions options =
        Binder.get(context.getEnvironment()).bindOrCreate("sample", RunOptions.class);
    for (int i = 1; i <= options.consumers(); i++) {
      String name = options.consumer(i);
      ((GenericApplicationContext) context)
          .registerBean(
              name,
              Teller.class,
              () ->
                  new Teller(
                      name,
                      context.getBean(Ledger.class),
                      context.getBean(Accidents.class),
                      options.work()));
    }
  }
}
