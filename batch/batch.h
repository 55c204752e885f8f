/*
 * batch/batch.h
 *	The face without a console: words in, results out, an exit status.
 *
 * Results go to standard output, everything else to standard error. Memory
 * and signals of the process are this face's own until it returns.
 *
 * Memory:  all is given back before it returns.
 * Threads: called once, by main().
 */
#ifndef BATCH_BATCH_H
#define BATCH_BATCH_H

/* Does what the words say; the exit status of the process. */
int batch_main(int argc, char **argv);
#endif
