/*
 * core/command/reply.c
 *	Rows of an answer, value by value, handed on one by one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/args.h"

struct reply {
	struct arena *mem;	/* of the answer: columns */
	struct arena *row_mem;	/* of the row being built */
	struct val_spec *col;
	int n;
	struct reply_value *v;
	reply_row_fn fn;
	void *ctx;
	int64_t rows;
	bool is_many, is_none;
};

static void set_columns(struct reply *r, const struct val_spec *a, int na,
			const struct val_spec *b, int nb)
{
	r->n = na + nb;
	r->col = arena_array(r->mem, (size_t)r->n + 1, sizeof(*r->col));
	r->v = arena_array(r->mem, (size_t)r->n + 1, sizeof(*r->v));
	for (int i = 0; i < r->n; i++) {
		r->col[i] = i < na ? a[i] : b[i - na];
		r->col[i].name = arena_strdup(r->mem, r->col[i].name);
	}
}

struct reply *reply_new(struct arena *mem, const struct cmd_spec *spec, reply_row_fn fn, void *ctx)
{
	struct reply *r = arena_alloc(mem, sizeof(*r));

	r->mem = mem;
	r->row_mem = arena_new(mem, "row");
	r->fn = fn;
	r->ctx = ctx;
	set_columns(r, spec->reply, val_count(spec->reply), NULL, 0);
	return r;
}

void reply_columns(struct reply *r, int n, const struct val_spec *cols)
{
	set_columns(r, r->col, r->n, cols, n);
}

static struct reply_value *at(struct reply *r, const char *name)
{
	for (int i = 0; i < r->n; i++) {
		if (strcmp(r->col[i].name, name) == 0) {
			r->v[i].is_set = true;
			return &r->v[i];
		}
	}
	fprintf(stderr, "leat: a command answered a column it did not declare: %s\n", name);
	abort();
}

void reply_slice(struct reply *r, const char *name, struct slice v)
{
	struct reply_value *to = at(r, name);

	to->text = arena_strndup(r->row_mem, v.p, v.n);
	to->len = v.n;
}

void reply_text(struct reply *r, const char *name, const char *v)
{
	if (v != NULL)
		reply_slice(r, name, slice_of(v));
}

void reply_int8(struct reply *r, const char *name, int64_t v)
{
	at(r, name)->i = v;
}

void reply_float8(struct reply *r, const char *name, double v)
{
	at(r, name)->f = v;
}

void reply_bool(struct reply *r, const char *name, bool v)
{
	at(r, name)->i = v;
}

void reply_json(struct reply *r, const char *name, const char *json_text)
{
	reply_text(r, name, json_text);
}

void reply_end_row(struct reply *r)
{
	r->rows++;
	r->fn(r->ctx, r->n, r->col, r->v);
	memset(r->v, 0, (size_t)r->n * sizeof(*r->v));
	arena_reset(r->row_mem);
}

void reply_line(struct reply *r, const char *line)
{
	reply_text(r, r->col[0].name, line);
	reply_end_row(r);
}

void reply_lines(struct reply *r, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		reply_slice(r, r->col[0].name, (struct slice){ text, n });
		reply_end_row(r);
		text += n + (text[n] == '\n');
	}
}

const struct val_spec *reply_cols(const struct reply *r, int *n)
{
	*n = r->n;
	return r->col;
}

int64_t reply_rows(const struct reply *r)
{
	return r->rows;
}

void reply_many(struct reply *r)
{
	r->is_many = true;
}

bool reply_is_many(const struct reply *r)
{
	return r->is_many;
}

void reply_none(struct reply *r)
{
	r->is_none = true;
}

bool reply_is_none(const struct reply *r)
{
	return r->is_none;
}

void cmd_note(struct cmd_ctx *ctx, const char *fmt, ...)
{
	va_list args;

	if (ctx->note == NULL)
		return;
	va_start(args, fmt);
	ctx->note(ctx->face, arena_vprintf(ctx->mem, fmt, args));
	va_end(args);
}
