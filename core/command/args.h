/*
 * core/command/args.h
 *	How the words of a call are kept; only this room looks inside.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_ARGS_H
#define CORE_COMMAND_ARGS_H

#include "core/command/command.h"

struct arg_value {
	int n;			/* how often it was given */
	int cap;
	bool is_preset;		/* text comes from the spec's preset */
	const char **text;
	int64_t i;		/* of the last one */
	double f;		/* VAL_FLOAT8; VAL_COUNT_OR_PERCENT: the percentage, or -1 */
};

struct cmd_args {
	struct arena *mem;
	const struct val_spec *list;
	int n;
	struct arg_value *v;	/* one for each of list */
};

struct cmd_args *args_new(struct arena *mem, const struct val_spec *list);

/* Adds one value; ERR_USAGE says what spec takes. */
enum err_code args_put(struct cmd_args *a, int i, const char *text, struct err *err) MUST_USE;

/* Presets where nothing was given. */
enum err_code args_finish(struct cmd_args *a, struct err *err) MUST_USE;

/* "--mode" or "FILE"; size >= 40. */
void args_label(const struct val_spec *s, char *buf, size_t size);

/* Number of entries before VAL_END; NULL is an empty list. */
int val_count(const struct val_spec *list);
#endif
