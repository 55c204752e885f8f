/*
 * tui/console.h
 *	The console on a terminal, from its first frame to the terminal given back.
 *
 * Paints before anything is connected. One thread owns the terminal and waits for
 * keys, messages of the other threads, signals and the next moment that the app asked
 * for; what is there is handled, then one frame is drawn if something changed. An
 * idle console does not wake up, writes no byte and sends no statement.
 *
 * Memory:  all is given back before it returns, but for threads that did not end in time.
 * Threads: called once, by the main thread, before any other thread is started.
 */
#ifndef TUI_CONSOLE_H
#define TUI_CONSOLE_H

#include "core/base/err.h"

struct cmd_args;

/*
 * globals: the common options; own: those of the command `console`. Until people leave, the
 * terminal is lost or a signal ends it. ERR_CONFIG: no terminal, or one that cannot be used;
 * ERR_INTERRUPTED: the terminal was lost or a signal came.
 */
enum err_code console_run(const struct cmd_args *globals, const struct cmd_args *own,
			  struct err *err) MUST_USE;
#endif
