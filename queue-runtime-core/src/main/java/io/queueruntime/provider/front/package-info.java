/**
 * What a broker leaves out of locks and sessions, kept in this process on top of what the broker
 * has handed over and not yet been told the end of. For providers.
 */
@NullMarked
package io.queueruntime.provider.front;

import org.jspecify.annotations.NullMarked;
