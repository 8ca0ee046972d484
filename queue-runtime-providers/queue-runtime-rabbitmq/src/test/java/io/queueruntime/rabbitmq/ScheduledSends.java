package io.queueruntime.rabbitmq;

import io.queueruntime.message.OutgoingMessage;
import io.queueruntime.provider.QueueProvider;
import io.queueruntime.provider.QueueSender;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** When the messages fall due that were sent through a provider. Thread-safe. */
final class ScheduledSends {

  private final Queue<Instant> due = new ConcurrentLinkedQueue<>();

  /** How many fall due after that time. */
  long after(Instant time) {
    return due.stream().filter(each -> each.isAfter(time)).count();
  }

  QueueProvider watching(QueueProvider provider) {
    return watching(QueueProvider.class, provider);
  }

  private <T> T watching(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (arguments != null) {
                for (Object argument : arguments) {
                  note(argument);
                }
              }
              try {
                Object result = method.invoke(target, arguments);
                return result instanceof QueueSender sender
                    ? watching(QueueSender.class, sender)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private void note(Object argument) {
    if (argument instanceof OutgoingMessage message) {
      message.scheduledEnqueueTime().ifPresent(due::add);
    } else if (argument instanceof List<?> list) {
      list.forEach(this::note);
    }
  }
}
