/** The emulator as a program of its own. */
@NullMarked
package io.queueruntime.servicebus.emulator.program;

import org.jspecify.annotations.NullMarked;
