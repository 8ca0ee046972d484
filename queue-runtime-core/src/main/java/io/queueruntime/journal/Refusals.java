package io.queueruntime.journal;

import io.queueruntime.QueueRuntimeException.StorageFailed;
import io.queueruntime.QueueRuntimeException.StorageFailed.Reason;

/**
 * Words for a directory that is not opened: what is wrong, that nothing was touched, and what to
 * do.
 */
final class Refusals {

  private Refusals() {}

  static StorageFailed damaged(String where, String found, String advice) {
    return new StorageFailed(
        Reason.DAMAGED, where + ": " + found + ". Nothing was changed. " + advice, null);
  }

  static StorageFailed newer(String file, int version, int known) {
    return new StorageFailed(
        Reason.NEWER_FORMAT,
        file
            + " has format version "
            + version
            + "; this release reads up to "
            + known
            + ". Nothing was changed. Use the release that wrote it, or a newer one.",
        null);
  }
}
