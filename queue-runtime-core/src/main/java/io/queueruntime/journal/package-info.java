/** What survives a crash: records, segments, snapshots, replay. Knows nothing of messages. */
@NullMarked
package io.queueruntime.journal;

import org.jspecify.annotations.NullMarked;
