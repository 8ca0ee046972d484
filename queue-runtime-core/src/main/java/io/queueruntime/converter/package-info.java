/** Payloads to bytes and back. */
@NullMarked
package io.queueruntime.converter;

import org.jspecify.annotations.NullMarked;
