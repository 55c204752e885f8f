/*
 * core/command/into.h
 *	Where rows go and how, as people type it: the arguments that load and pipeline add share.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_INTO_H
#define CORE_COMMAND_INTO_H

#include "core/command/command.h"
#include "core/flow/pipeline.h"

#define INTO_ARGS \
	{ "into", VAL_TEXT, ARG_REQUIRED, NULL, "[CONNECTION:][SCHEMA.]TABLE", \
	  "Table to load into; it is made when there is none.", 0 }, \
	{ "create-schema", VAL_BOOL, 0, NULL, NULL, \
	  "Make the table's schema when there is none.", 0 }, \
	{ "key", VAL_TEXT, 0, NULL, "COL[,COL]", \
	  "Fields that identify a row; implies upsert.", 0 }, \
	{ "mode", VAL_CHOICE, 0, NULL, "append|upsert|replace", \
	  "Add rows, change rows of the same key, or swap the table.", 0 }, \
	{ "drift", VAL_CHOICE, 0, NULL, "add|ignore|fail", \
	  "What happens to a field that the table lacks; fail when not said.", 0 }

/* Fills target, mode, key and drift of p. */
enum err_code into_read(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
			struct err *err) MUST_USE;
#endif
