/** What every state store owes the providers, as JUnit classes to extend. */
@NullMarked
package io.queueruntime.contract.store;

import org.jspecify.annotations.NullMarked;
