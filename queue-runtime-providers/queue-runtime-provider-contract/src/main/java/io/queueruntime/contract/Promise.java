package io.queueruntime.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The promise a case checks: its number in {@code semantics.md}, or the id of a requirement such as
 * {@code SES-5}. It stands in the case's display name.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Promise {
  String value();
}
