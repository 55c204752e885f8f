/*
 * batch/render.h
 *	Rows of an answer on standard output: table, JSON, JSON lines, CSV, workbook.
 *
 * Tables are for people: foreign text is cleaned, sizes and times are round,
 * and a table is never wider than it may be. The other forms are for
 * programs: values are exact, keys are the reply columns.
 *
 * Memory:  a table that is not streamed is held until its end; all else is
 *	written row by row.
 * Threads: one.
 */
#ifndef BATCH_RENDER_H
#define BATCH_RENDER_H

#include <stdio.h>

#include "core/command/command.h"

enum render_form {
	RENDER_TABLE,
	RENDER_JSON,
	RENDER_JSONL,
	RENDER_CSV,
	RENDER_CSV_SAFE,	/* no text is taken for a formula */
	RENDER_XLSX,	/* written at the end, as a whole */
};

struct render;

/* -1 for a word that is none. */
int render_form_of(const char *word);

/* width: of a table, 0: any. out is borrowed. */
struct render *render_new(struct arena *mem, enum render_form form, const struct cmd_spec *spec,
			  FILE *out, int width);

/* Before the first row: a list, whatever the command usually answers. */
void render_many(struct render *r);

/* No row will come, for there is nothing to list; only JSON has a form for that. */
void render_none(struct render *r);

/* A reply_row_fn; ctx is the struct render. */
void render_row(void *ctx, int n, const struct val_spec *cols, const struct reply_value *row);

/* Closes what is open and flushes. ERR_DISK when out could not take it; a closed pipe is fine. */
enum err_code render_end(struct render *r, struct err *err) MUST_USE;

/* A table on a terminal that had no row: nothing at all was shown. */
bool render_is_blank(const struct render *r);

/* COLUMNS, else the terminal's; 0 when out is none. */
int render_width(FILE *out);

/* Widths come from wcwidth(), which knows nothing before this was called once. */
void render_locale(void);

/* Reader of out has left. */
bool render_is_closed(const struct render *r);
#endif
