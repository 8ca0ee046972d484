/**
 * Sample 02: account movements, booked in order per account, by two consumers, through failures and
 * {@code kill -9}.
 */
@NullMarked
package io.queueruntime.samples.sessions;

import org.jspecify.annotations.NullMarked;
