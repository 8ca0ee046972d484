/**
 * A log of what callers asked of a queue and what they were told, and a checker that says which
 * promises were broken.
 *
 * <p>The log is written outside of what is tested, one line before each call and one after it. A
 * call that has no answer in the log, because its process died, may have happened or not.
 */
@NullMarked
package io.queueruntime.history;

import org.jspecify.annotations.NullMarked;
