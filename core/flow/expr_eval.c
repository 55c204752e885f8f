/*
 * core/flow/expr_eval.c
 *	Running a compiled expression over a batch, a column at a time.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/calendar.h"
#include "core/flow/expr_node.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"

struct slot {
	uint8_t *null;
	void *wide;	/* cap of the widest value */
};

struct expr_run {
	struct arena *mem;
	uint32_t cap;
	struct slot *slot;
	int nslots;
	int used;
	int64_t now_us;	/* one moment for the whole load */
	uint8_t *broken;	/* see expr_run_watch(); may be NULL */
};

struct expr_run *expr_run_new(struct arena *mem, uint32_t cap_rows)
{
	struct expr_run *run = arena_alloc(mem, sizeof(*run));

	run->mem = mem;
	run->cap = cap_rows;
	run->now_us = clock_wall_us() - EPOCH_DAYS * DAY_US;
	return run;
}

void expr_run_watch(struct expr_run *run, uint8_t *broken)
{
	run->broken = broken;
}

void expr_note_broken(const struct eval *ev, int field)
{
	if (ev->run->broken != NULL)
		ev->run->broken[field] = 1;
}

int64_t expr_now_us(const struct eval *ev)
{
	return ev->run->now_us;
}

int expr_mark(const struct eval *ev)
{
	return ev->run->used;
}

void expr_release(struct eval *ev, int mark)
{
	ev->run->used = mark;
}

struct vec expr_slot(struct eval *ev, enum type type)
{
	struct expr_run *run = ev->run;
	struct vec v = { .type = type, .mask = UINT32_MAX };

	if (run->used == run->nslots) {
		int n = run->nslots != 0 ? run->nslots * 2 : 8;
		struct slot *more = arena_array(run->mem, (size_t)n, sizeof(*more));

		if (run->nslots > 0)
			memcpy(more, run->slot, (size_t)run->nslots * sizeof(*more));
		run->slot = more;
		run->nslots = n;
	}
	if (run->slot[run->used].null == NULL) {
		/* A large slot gets a block of its own: pages nobody touches cost nothing. */
		run->slot[run->used].null = arena_bytes(run->mem, run->cap);
		run->slot[run->used].wide =
			arena_bytes(run->mem, (size_t)run->cap * sizeof(struct decimal));
	}
	v.null = run->slot[run->used].null;
	v.v.any = run->slot[run->used++].wide;
	return v;
}

void expr_problem(struct eval *ev, uint32_t row, const struct vec *value, struct vec *out,
		  const char *rule, const char *fmt, ...)
{
	struct slice text = { "", 0 };
	char why[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (value != NULL) {
		struct column c = { .type = value->type, .null = value->null };

		c.v.any = value->v.any;
		text = format_cell(ev->out->mem, &c, row & value->mask);
	}
	batch_reject(ev->out, row, ev->target, text, rule, "%s", why);
	out->null[row] = 1;
}

static struct vec const_vec(const struct expr *e)
{
	struct vec v = { .type = e->type.type, .mask = 0 };

	/* Vectors are read only where they come from elsewhere; the type has no const. */
	v.null = (uint8_t *)(uintptr_t)&e->null;
	v.v.any = (void *)(uintptr_t)&e->v;
	return v;
}

/* Nulls of the output: rows not wanted, and rows that were null before. */
static void start_nulls(const struct eval *ev, const uint8_t *live, struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++)
		out->null[i] = !live[i];
}

static void add_nulls(const struct eval *ev, const struct vec *from, struct vec *out)
{
	if (from->mask == 0) {
		if (from->null[0])
			memset(out->null, 1, ev->nrows);
		return;
	}
	for (uint32_t i = 0; i < ev->nrows; i++)
		out->null[i] |= from->null[i];
}

static struct vec field_vec(struct eval *ev, const struct expr *e, const uint8_t *live,
			    struct vec *dest)
{
	const struct column *c = &ev->in->col[e->field];
	struct vec from = expr_column_vec(c);
	struct type_spec is = { .type = c->type };
	struct vec out;

	if (c->type == e->decl->type.type)
		is = e->decl->type;
	if (expr_cast_is_noop(&e->cast, &is))
		return from;
	out = dest != NULL ? *dest : expr_slot(ev, e->type.type);
	start_nulls(ev, live, &out);
	add_nulls(ev, &from, &out);
	expr_cast_vec(ev, &e->cast, &from, &out);
	return out;
}

static struct vec call_vec(struct eval *ev, const struct expr *e, const uint8_t *live,
			   struct vec *dest)
{
	struct vec few[4];
	struct vec *arg = few;
	struct vec out = dest != NULL ? *dest : expr_slot(ev, e->type.type);
	int mark = expr_mark(ev);

	if (e->nargs > 4)
		arg = arena_bytes(ev->out->mem, (size_t)e->nargs * sizeof(*arg));
	start_nulls(ev, live, &out);
	for (int i = 0; i < e->nargs; i++) {
		arg[i] = expr_vec(ev, e->arg[i], live, NULL);
		if (!e->sees_nulls)
			add_nulls(ev, &arg[i], &out);
	}
	e->fn(ev, e, arg, &out);
	expr_release(ev, mark);
	return out;
}

struct vec expr_vec(struct eval *ev, const struct expr *e, const uint8_t *live, struct vec *dest)
{
	struct vec out, result;
	int mark;

	switch (e->kind) {
	case EXPR_CONST:
		return const_vec(e);
	case EXPR_FIELD:
		return field_vec(ev, e, live, dest);
	case EXPR_CALL:
		return call_vec(ev, e, live, dest);
	case EXPR_LAZY:
		break;
	}
	out = dest != NULL ? *dest : expr_slot(ev, e->type.type);
	mark = expr_mark(ev);
	start_nulls(ev, live, &out);
	result = e->lazy(ev, e, live, &out);
	expr_release(ev, mark);
	return result;
}

/* Bytes of the server become values; rows that cannot be read are told to out as well. */
static void decode_fields(struct eval *ev, const struct expr *e)
{
	if (e->kind == EXPR_FIELD && ev->in->col[e->field].pg_oid != 0) {
		uint32_t before = ev->in->nproblems;
		struct err err = { 0 };

		if (pgbin_decode(ev->in, e->field, e->name, &err) != ERR_OK)
			for (uint32_t i = 0; i < ev->nrows; i++)
				if (ev->in->state[i] == ROW_LIVE)
					batch_reject(ev->in, i, e->name, SLICE(""), "type", "%s",
						     err.frame[0].text);
		for (uint32_t i = before; i < ev->in->nproblems && ev->in != ev->out; i++) {
			const struct problem *p = &ev->in->problem[i];

			batch_reject(ev->out, p->row, p->field, p->value, p->rule, "%s", p->reason);
		}
	}
	for (int i = 0; i < e->nargs; i++)
		decode_fields(ev, e->arg[i]);
}

struct vec expr_peek(struct expr_run *run, const struct expr *e, struct batch *in,
		     struct batch *out, const char *target, const uint8_t *look)
{
	struct eval ev = { run, in, out, target, in->nrows };

	decode_fields(&ev, e);
	run->used = 0;
	return expr_vec(&ev, e, look, NULL);
}

static size_t width_of(enum type t)
{
	if (expr_is_sliced(t))
		return sizeof(struct slice);
	return t == TYPE_DECIMAL ? sizeof(struct decimal) : sizeof(int64_t);
}

static void fill(struct column *to, const struct vec *v, uint32_t nrows)
{
	size_t width = width_of(v->type);
	char *p = to->v.any;

	memset(to->null, v->null[0], nrows);
	for (uint32_t i = 0; i < nrows && !v->null[0]; i++, p += width)
		memcpy(p, v->v.any, width);
}

void expr_eval_rows(struct expr_run *run, const struct expr *e, struct batch *in,
		    struct batch *out, int col, const char *target, const uint8_t *look)
{
	struct eval ev = { run, in, out, target, in->nrows };
	struct column *to = &out->col[col];
	struct vec dest, got;

	decode_fields(&ev, e);
	run->used = 0;
	batch_retype(out, col, e->type.type);
	dest = expr_column_vec(to);
	got = expr_vec(&ev, e, look, &dest);
	if (got.mask == 0) {
		fill(to, &got, ev.nrows);
		return;
	}
	/* A field as it is, or a branch that was one: its values are used where they stand. */
	if (got.null != to->null)
		memcpy(to->null, got.null, ev.nrows);
	if (got.v.any == to->v.any)
		return;
	for (int i = 0; i < run->nslots; i++) {
		if (run->slot[i].wide == got.v.any) {
			memcpy(to->v.any, got.v.any, ev.nrows * width_of(got.type));
			return;
		}
	}
	to->v.any = got.v.any;
}

void expr_eval(struct expr_run *run, const struct expr *e, struct batch *in, struct batch *out,
	       int col, const char *target)
{
	struct eval ev = { run, in, out, target, in->nrows };
	uint8_t *look;

	decode_fields(&ev, e);	/* may reject rows: before the look */
	look = arena_bytes(out->mem, in->nrows + 1);
	for (uint32_t i = 0; i < in->nrows; i++)
		look[i] = in->state[i] == ROW_LIVE;
	expr_eval_rows(run, e, in, out, col, target, look);
}
