/** A state store in a relational database, for any number of instances. */
@NullMarked
package io.queueruntime.store.jdbc;

import org.jspecify.annotations.NullMarked;
