package io.queueruntime.autoconfigure;

import io.queueruntime.autoconfigure.QueueRuntimeProperties.Store;
import io.queueruntime.store.QueueStateStore;
import java.util.List;

/**
 * Opens the state store of one type: what is contributed as a bean so that {@code
 * queue-runtime.store.type} can choose it.
 *
 * <p>Implementations are thread-safe.
 */
public interface QueueStateStoreFactory {

  /** The type, as it is written in small letters. */
  String name();

  /** Looks at the settings without any I/O and tells what is wrong or risky. */
  List<StartupProblem> check(Store settings);

  /**
   * Connects, or opens what is to be opened.
   *
   * @param client whose entries the store keeps
   * @throws io.queueruntime.QueueRuntimeException when that fails
   */
  QueueStateStore open(String client, Store settings);
}
