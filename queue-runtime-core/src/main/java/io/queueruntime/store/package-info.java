/**
 * What brokers lack, kept beside them: which message ids were seen, the state of sessions, messages
 * set aside, and messages that are not due yet.
 */
@NullMarked
package io.queueruntime.store;

import org.jspecify.annotations.NullMarked;
