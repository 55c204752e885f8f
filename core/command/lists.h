/*
 * core/command/lists.h
 *	How lists are asked for a page: filter, order, which rows before or behind which.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_LISTS_H
#define CORE_COMMAND_LISTS_H

#include "core/command/command.h"
#include "core/meta/list.h"

#define LISTS_FILTER_HELP "Which: words, COLUMN=VALUE and more; see leat help filters."

/* The filter as words, or as an option where words are taken. */
#define LISTS_WORDS                                                                             \
	{ "filter", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL, LISTS_FILTER_HELP, 0 }
#define LISTS_FILTER                                                                            \
	{ "filter", VAL_TEXT, 0, NULL, "FILTER", LISTS_FILTER_HELP, 0 }

#define LISTS_PAGE(preset)                                                                      \
	{ "sort", VAL_TEXT, 0, NULL, "COLUMN", "By this column; -COLUMN: the greatest first.",  \
	  0 },                                                                                  \
	{ "after", VAL_TEXT, 0, NULL, "KEY",                                                    \
	  "What comes behind the row of this key, its first column: the next page.", 0 },       \
	{ "before", VAL_TEXT, 0, NULL, "KEY", "What comes before that row: the previous page.",  \
	  0 },                                                                                  \
	{ "limit", VAL_INT8, 0, preset, NULL, "At most so many.", 0 }

/* Texts of the call are borrowed. said is filled while the list is read. */
enum err_code lists_ask(struct cmd_ctx *ctx, const struct cmd_args *in, struct list_ask *out,
			struct list_said *said, struct err *err) MUST_USE;

/* The words of the filter in one text; NULL: none. */
const char *lists_filter(struct cmd_ctx *ctx, const struct cmd_args *in);

/* Which columns each list has, for help. */
void lists_columns(struct buf *out);

/* Notes for people on what was done otherwise. what: "jobs". */
void lists_tell(struct cmd_ctx *ctx, const struct list_ask *ask, const char *what);
#endif
