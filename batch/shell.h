/*
 * batch/shell.h
 *	The prompt: readline with history and completion, one command a line.
 *
 * The only place with readline. Ctrl-C ends the command that runs, or clears
 * the line; Ctrl-D at an empty line leaves.
 *
 * Memory:  readline's own, until the process ends.
 * Threads: the main thread.
 */
#ifndef BATCH_SHELL_H
#define BATCH_SHELL_H

#include "batch/face.h"

/* Until the user leaves; ERR_INTERRUPTED when a signal said so. */
enum err_code shell_run(struct face *f);
#endif
