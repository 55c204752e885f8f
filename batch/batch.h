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

#include "core/base/err.h"

struct cmd_args;

/* Opens the console with the common options and its own, until people leave. */
typedef enum err_code (*batch_console_fn)(const struct cmd_args *globals,
					  const struct cmd_args *own, struct err *err);

/*
 * Does what the words say; the exit status of the process. console is called where words ask
 * for it and there is a terminal; NULL: this program has none.
 */
int batch_main(int argc, char **argv, batch_console_fn console);
#endif
