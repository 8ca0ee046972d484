/** The send side. */
@NullMarked
package io.queueruntime.template;

import org.jspecify.annotations.NullMarked;
