/** An emulator for Spring tests. */
@NullMarked
package io.queueruntime.servicebus.emulator.spring;

import org.jspecify.annotations.NullMarked;
