package io.queueruntime.journal;

import io.queueruntime.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Files that are to be deleted, in the order in which they were given: a large one takes a while,
 * so the background does it. What cannot be deleted is tried again.
 *
 * <p>Confined to the journal's owner; the deleting is done on the background executor.
 */
final class Removals {

  private final Storage storage;
  private final Executor background;
  private final Deque<String> names = new ArrayDeque<>();
  private @Nullable CompletableFuture<Deque<String>> running;
  private volatile @Nullable Throwable failure;

  Removals(Storage storage, Executor background) {
    this.storage = storage;
    this.background = background;
  }

  void add(String name) {
    names.add(name);
  }

  /** Takes in what the background has done, and gives it the next. */
  void proceed() {
    CompletableFuture<Deque<String>> finished = running;
    if (finished != null) {
      if (!finished.isDone()) {
        return;
      }
      await();
    }
    if (names.isEmpty()) {
      return;
    }
    Deque<String> batch = new ArrayDeque<>(names);
    names.clear();
    CompletableFuture<Deque<String>> result = new CompletableFuture<>();
    running = result;
    Runnable work = () -> result.complete(delete(batch));
    try {
      background.execute(work);
    } catch (RejectedExecutionException e) {
      work.run();
    }
  }

  void await() {
    CompletableFuture<Deque<String>> awaited = running;
    if (awaited != null) {
      Deque<String> left = awaited.join();
      while (!left.isEmpty()) {
        names.addFirst(left.removeLast());
      }
      running = null;
    }
  }

  /** Why the last attempt failed, if it did. */
  @Nullable Throwable failure() {
    return failure;
  }

  private void delete(String name) throws IOException {
    try {
      storage.delete(name);
    } catch (NoSuchFileException e) {
      // Somebody else was faster; it is gone, which is what was wanted.
    }
  }

  /** Returns what is left. */
  private Deque<String> delete(Deque<String> batch) {
    try {
      while (!batch.isEmpty()) {
        delete(batch.element());
        batch.remove();
      }
      storage.forceDirectory();
      failure = null;
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
    return batch;
  }
}
