/** Sample 03: orders that fail, and what to do about them. */
@NullMarked
package io.queueruntime.samples.deadletters;

import org.jspecify.annotations.NullMarked;
