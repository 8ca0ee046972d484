package io.queueruntime.template;

/**
 * What became of dead letters that were worked on. Immutable.
 *
 * @param examined how many were looked at
 * @param matched how many of them the request meant
 * @param done how many were moved or removed; in a dry run: none
 */
public record DeadLetterReport(long examined, long matched, long done) {}
