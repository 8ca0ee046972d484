package io.queueruntime.listener;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes named threads: platform threads, or virtual ones where they are asked for and the JDK has
 * them. Thread-safe.
 */
final class Threads {

  private static final Logger log = LoggerFactory.getLogger(Threads.class);

  private Threads() {}

  /** Threads named {@code prefix} and a number from 1 on. */
  static ThreadFactory named(String prefix, boolean virtual) {
    AtomicInteger last = new AtomicInteger();
    return task -> {
      String name = prefix + last.incrementAndGet();
      return virtual ? virtualThread(name, task) : platformThread(name, task);
    };
  }

  private static Thread platformThread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(false);
    return thread;
  }

  // Through reflection: the code is compiled for Java 17, which does not know virtual threads.
  private static Thread virtualThread(String name, Runnable task) {
    try {
      Class<?> builderType = Class.forName("java.lang.Thread$Builder");
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      builder = builderType.getMethod("name", String.class).invoke(builder, name);
      return (Thread) builderType.getMethod("unstarted", Runnable.class).invoke(builder, task);
    } catch (ClassNotFoundException | NoSuchMethodException e) {
      log.debug(
          "Virtual threads were asked for, but this JDK has none; '{}' is a platform thread.",
          name);
      return platformThread(name, task);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("Cannot make the virtual thread '" + name + "'.", e);
    }
  }
}
