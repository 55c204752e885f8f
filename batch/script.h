/*
 * batch/script.h
 *	Commands from a file or a pipe, one a line.
 *
 * The first line that fails ends the script with its exit status, and the
 * message names file and line.
 *
 * Memory:  one line at a time, at most SCRIPT_LINE_MAX bytes.
 * Threads: the main thread.
 */
#ifndef BATCH_SCRIPT_H
#define BATCH_SCRIPT_H

#include "batch/face.h"

#define SCRIPT_LINE_MAX (1u << 20)

/* path NULL or "-": standard input. Complains itself; the code is that of the failed line. */
enum err_code script_run(struct face *f, const char *path);
#endif
