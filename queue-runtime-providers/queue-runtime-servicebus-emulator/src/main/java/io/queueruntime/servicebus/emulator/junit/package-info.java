/** An emulator for JUnit tests. */
@NullMarked
package io.queueruntime.servicebus.emulator.junit;

import org.jspecify.annotations.NullMarked;
