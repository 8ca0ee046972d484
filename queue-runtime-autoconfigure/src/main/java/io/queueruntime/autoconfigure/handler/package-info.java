/** A method of a bean as the handler of messages: what it takes, and how it is called. */
@NullMarked
package io.queueruntime.autoconfigure.handler;

import org.jspecify.annotations.NullMarked;
