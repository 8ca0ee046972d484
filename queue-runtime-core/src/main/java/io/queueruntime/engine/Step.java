package io.queueruntime.engine;

/**
 * Something that was found valid and has only to be done, alone or together with others.
 *
 * <p>Confined to the engine thread; to be done in the turn it was made in, before anything else
 * changes the state it was checked against.
 *
 * @param queue whose messages it is about
 * @param bytes payload bytes that it writes at most
 * @param records records that it writes at most
 * @param doing does it; must not fail
 */
record Step(QueueState queue, long bytes, int records, Runnable doing) {}
