/*
 * core/command/sample.h
 *	Rows of data as rows of an answer: one column for each field.
 *
 * Memory:  names in the answer's arena.
 * Threads: one.
 */
#ifndef CORE_COMMAND_SAMPLE_H
#define CORE_COMMAND_SAMPLE_H

#include "core/command/command.h"
#include "core/flow/connector.h"

struct sample {
	struct cmd_ctx *cmd;
	struct reply *out;
	int64_t limit;
	int64_t shown;
	bool with_states;	/* columns row, state and problems stand before the fields */
	int ncols;		/* 0: columns not yet told */
	const struct val_spec *col;
};

/* Adds the rows of a batch until the limit. A column that is not decoded yet stays empty. */
void sample_show(struct sample *s, const struct schema *fields, const struct batch *rows);

/* As sample_show() after decoding every column in place. */
enum err_code sample_batch(struct sample *s, const struct schema *fields, struct batch *rows,
			   struct err *err) MUST_USE;
/* A batch of rows as they were read. */
typedef enum err_code (*sample_fn)(void *arg, const struct schema *fields, struct batch *rows,
				   struct err *err);

/* Reads spec and hands each batch to fn, until *shown has come to limit or all is read. */
enum err_code sample_read(struct cmd_ctx *ctx, struct conn *conn, const struct read_spec *spec,
			  const int64_t *shown, int64_t limit, sample_fn fn, void *arg,
			  struct err *err) MUST_USE;
#endif
