package io.queueruntime.contract;

import io.queueruntime.provider.Capability;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a provider must be able to do for a case, or for all cases of a class, to say anything about
 * it.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
public @interface Needs {

  Capability[] value() default {};

  /** The fixture must be able to reopen its provider. */
  boolean reopen() default false;

  /** The fixture must be able to crash its provider. */
  boolean crash() default false;
}
