/** The port a broker implements. */
@NullMarked
package io.queueruntime.provider;

import org.jspecify.annotations.NullMarked;
