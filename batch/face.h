/*
 * batch/face.h
 *	One command from its words to its exit status, for every way words come in.
 *
 * Memory:  the face owns its session; each call has an arena of its own.
 * Threads: the main thread.
 */
#ifndef BATCH_FACE_H
#define BATCH_FACE_H

#include "batch/batch.h"
#include "core/command/command.h"
#include "core/command/session.h"

struct bar;

struct face {
	struct arena *mem;
	struct cmd_args *globals;	/* as given before the command, or on the program's line */
	struct session session;
	batch_console_fn console;	/* NULL: there is none, or more commands may follow */
	bool is_open;		/* session was made */
	bool is_script;		/* more commands may follow: the database is chosen already */
};

void face_init(struct face *f, struct arena *mem);
void face_release(struct face *f);

/* Makes the session from f->globals. */
void face_open(struct face *f);

/* Runs what the words say; rows go to standard output. err says what went wrong. */
enum err_code face_run(struct face *f, int nwords, char *const *words, struct err *err) MUST_USE;

/* "leat: ..." and "hint: ..." on standard error; with JSON output an object as well. */
void face_complain(const struct face *f, const struct err *err);

/* Runs the command of that name without words, as `leat` alone does with help. */
enum err_code face_run_plain(struct face *f, const char *name, struct err *err) MUST_USE;
#endif
