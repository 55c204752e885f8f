/*
 * core/flow/expr_math.c
 *	Functions over numbers, conversions by name, nulls and branches.
 */
#include <math.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/expr_node.h"
#include "core/flow/parse.h"

#define EACH(i, ev, out) for (uint32_t i = 0; i < (ev)->nrows; i++) if (!(out)->null[i])

static size_t width_of(enum type t)
{
	if (expr_is_sliced(t))
		return sizeof(struct slice);
	return t == TYPE_DECIMAL ? sizeof(struct decimal) : sizeof(int64_t);
}

/* ---- rounding --------------------------------------------------------------- */

static void run_round(struct eval *ev, const struct expr *e, const struct vec *arg,
		      struct vec *out)
{
	EACH(i, ev, out) {
		int64_t digits = e->nargs > 1 ? arg[1].v.i64[i & arg[1].mask] : 0;

		if (digits > DECIMAL_DIGITS || digits < -DECIMAL_DIGITS)
			expr_problem(ev, i, &arg[1], out, e->rule, "is no number of digits");
		else if (!decimal_rescale(arg[0].v.dec[i & arg[0].mask], (int)digits,
					  &out->v.dec[i]))
			expr_problem(ev, i, &arg[0], out, e->rule,
				     "the result has more than 38 digits");
	}
}

enum err_code expr_bind_round(struct compiler *c, struct expr *e)
{
	enum err_code rc = expr_coerce_number(c, &e->arg[0]);

	/* A float is rounded as the decimal that it is written as. */
	if (rc == ERR_OK && e->arg[0]->type.type == TYPE_FLOAT) {
		struct cast k = { .to = { .type = TYPE_DECIMAL }, .rule = "round" };

		e->arg[0] = expr_convert(c->mem, e->arg[0], &k);
	} else if (rc == ERR_OK) {
		rc = expr_coerce(c, &e->arg[0], TYPE_DECIMAL);
	}
	if (rc == ERR_OK && e->nargs > 1)
		rc = expr_coerce(c, &e->arg[1], TYPE_INT);
	e->type = (struct type_spec){ .type = TYPE_DECIMAL };
	e->fn = run_round;
	return rc;
}

enum { FLOOR, CEIL, ABS };

static double float_step(int what, double v)
{
	return what == FLOOR ? floor(v) : what == CEIL ? ceil(v) : fabs(v);
}

static struct decimal decimal_step(int what, struct decimal d)
{
	if (what != ABS)
		return what == FLOOR ? decimal_floor(d) : decimal_ceil(d);
	if (d.coef < 0)
		d.coef = -d.coef;
	return d;
}

static void run_step(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	EACH(i, ev, out) {
		uint32_t j = i & arg[0].mask;

		if (e->type.type == TYPE_FLOAT)
			out->v.f64[i] = float_step(e->extra, arg[0].v.f64[j]);
		else if (e->type.type == TYPE_DECIMAL)
			out->v.dec[i] = decimal_step(e->extra, arg[0].v.dec[j]);
		else if (e->extra == ABS && arg[0].v.i64[j] == INT64_MIN)
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is out of range");
		else
			out->v.i64[i] = e->extra == ABS && arg[0].v.i64[j] < 0 ? -arg[0].v.i64[j]
									       : arg[0].v.i64[j];
	}
}

static enum err_code bind_step(struct compiler *c, struct expr *e, int what)
{
	enum err_code rc = expr_coerce_number(c, &e->arg[0]);

	e->type = e->arg[0]->type;
	e->type.precision = e->type.scale = 0;
	if (e->type.type != TYPE_DECIMAL)
		e->type.bytes = 8;
	e->extra = what;
	e->fn = run_step;
	return rc;
}

enum err_code expr_bind_floor(struct compiler *c, struct expr *e)
{
	return bind_step(c, e, FLOOR);
}

enum err_code expr_bind_ceil(struct compiler *c, struct expr *e)
{
	return bind_step(c, e, CEIL);
}

enum err_code expr_bind_abs(struct compiler *c, struct expr *e)
{
	return bind_step(c, e, ABS);
}

/* ---- conversions ------------------------------------------------------------- */

/* The argument has the type already. Its slot is free again after this: copy. */
static void run_nothing(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	if (arg[0].mask == 0) {
		out->v = arg[0].v;
		out->mask = 0;
		out->null[0] = arg[0].null[0];
		return;
	}
	memcpy(out->v.any, arg[0].v.any, ev->nrows * width_of(e->type.type));
}

/*
 * The call becomes a conversion of its first argument. A field of a file is
 * read from its text again: what was guessed of it does not matter then.
 */
enum err_code expr_bind_conversion(struct compiler *c, struct expr *e, const struct cast *k)
{
	struct expr *from = e->arg[0];

	if (expr_is_null_literal(from)) {
		enum err_code rc = expr_coerce(c, &e->arg[0], k->to.type);

		e->fn = run_nothing;
		e->type = k->to;
		return rc;
	}
	if (!expr_can_cast(from->type.type, k->to.type))
		return expr_fail(c, from->at, "%s cannot make %s of %s", e->rule,
				 type_name(k->to.type), type_name(from->type.type));
	if (from->kind == EXPR_FIELD && from->decl->type.pg_oid == 0 && from->cast.is_inferred) {
		struct cast own = from->cast;

		own.to = k->to;
		own.rule = k->rule;
		own.is_inferred = false;
		own.drops_time = k->drops_time;
		if (k->format != NULL)
			own.format = k->format;
		if (k->marks.point != 0)
			own.marks = k->marks;
		e->kind = EXPR_FIELD;
		e->field = from->field;
		e->name = from->name;
		e->decl = from->decl;
		e->type = k->to;
		e->cast = own;
		e->nargs = 0;
		return ERR_OK;
	}
	e->nargs = 1;
	e->type = k->to;
	if (from->type.type == k->to.type) {
		e->fn = run_nothing;
		return ERR_OK;
	}
	*e = *expr_convert(c->mem, from, k);
	return ERR_OK;
}

enum err_code expr_bind_to_int(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_INT, .bytes = 8 }, .rule = "to_int" };

	return expr_bind_conversion(c, e, &k);
}

/* The marks: ',' alone is a decimal comma, ',.' says what stands between thousands too. */
enum err_code expr_bind_to_decimal(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_DECIMAL }, .rule = "to_decimal" };
	struct slice marks;
	enum err_code rc = ERR_OK;

	if (e->nargs > 1) {
		rc = expr_literal(c, e->arg[1], "the marks", &marks);
		if (rc == ERR_OK &&
		    (marks.n < 1 || marks.n > 2 || (marks.p[0] != '.' && marks.p[0] != ',') ||
		     (marks.n == 2 && (marks.p[1] == marks.p[0] ||
				       strchr("., '_", marks.p[1]) == NULL))))
			rc = expr_fail(c, e->arg[1]->at,
				       "the marks are a decimal point and, when there "
							 "is one, what stands between thousands: ',.'");
		if (rc == ERR_OK) {
			k.marks.point = marks.p[0];
			k.marks.group = marks.n == 2 ? marks.p[1] : marks.p[0] == ',' ? '.' : ',';
		}
	}
	return rc == ERR_OK ? expr_bind_conversion(c, e, &k) : rc;
}

enum err_code expr_bind_to_float(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_FLOAT, .bytes = 8 }, .rule = "to_float" };

	return expr_bind_conversion(c, e, &k);
}

enum err_code expr_bind_to_bool(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_BOOL }, .rule = "to_bool" };

	return expr_bind_conversion(c, e, &k);
}

enum err_code expr_bind_to_text(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_TEXT }, .rule = "to_text" };

	return expr_bind_conversion(c, e, &k);
}

/* ---- nulls and branches ------------------------------------------------------- */

/* Row i of `from` becomes row i of out. */
static void take(struct vec *out, const struct vec *from, uint32_t i, size_t width)
{
	uint32_t j = i & from->mask;

	out->null[i] = from->null[j];
	if (!out->null[i])
		memcpy((char *)out->v.any + i * width, (const char *)from->v.any + j * width,
		       width);
}

/* The first argument that is not null; later ones are computed only where needed. */
static struct vec run_coalesce(struct eval *ev, const struct expr *e, const uint8_t *live,
			       struct vec *out)
{
	struct vec left = expr_slot(ev, TYPE_BOOL);
	size_t width = width_of(e->type.type);
	int mark = expr_mark(ev);

	memcpy(left.null, live, ev->nrows);
	memset(out->null, 1, ev->nrows);
	for (int a = 0; a < e->nargs; a++) {
		struct vec v = expr_vec(ev, e->arg[a], left.null, NULL);

		for (uint32_t i = 0; i < ev->nrows; i++) {
			if (!left.null[i] || v.null[i & v.mask])
				continue;
			take(out, &v, i, width);
			left.null[i] = 0;
		}
		expr_release(ev, mark);
	}
	return *out;
}

enum err_code expr_bind_coalesce(struct compiler *c, struct expr *e)
{
	enum type t;
	enum err_code rc = expr_unify(c, e->arg, e->nargs, &t);

	e->kind = EXPR_LAZY;
	e->lazy = run_coalesce;
	e->type = (struct type_spec){ .type = t, .bytes = t == TYPE_INT ||
		t == TYPE_FLOAT ? 8 : 0 };
	return rc;
}

static void run_nullif(struct eval *ev, const struct expr *e, const struct vec *arg,
		       struct vec *out)
{
	size_t width = width_of(e->type.type);

	EACH(i, ev, out) {
		if (arg[0].null[i & arg[0].mask])
			out->null[i] = 1;
		else if (!arg[1].null[i & arg[1].mask] &&
			 expr_compare_cells(&arg[0], i, &arg[1], i) == 0)
			out->null[i] = 1;
		else
			take(out, &arg[0], i, width);
	}
}

enum err_code expr_bind_nullif(struct compiler *c, struct expr *e)
{
	enum type t;
	enum err_code rc = ERR_OK;

	/* The text '' compared with a number is not a number: the field is compared as text. */
	if (e->arg[1]->kind == EXPR_CONST && e->arg[1]->type.type == TYPE_TEXT && !e->arg[1]->null)
		rc = expr_coerce(c, &e->arg[0], TYPE_TEXT);
	if (rc == ERR_OK)
		rc = expr_unify(c, e->arg, 2, &t);
	if (rc != ERR_OK)
		return rc;
	e->sees_nulls = true;
	e->fn = run_nullif;
	e->type = (struct type_spec){ .type = t, .bytes = t == TYPE_INT ||
		t == TYPE_FLOAT ? 8 : 0 };
	return ERR_OK;
}

/* Arguments: condition, value, condition, value, ..., otherwise. */
static struct vec run_case(struct eval *ev, const struct expr *e, const uint8_t *live,
			   struct vec *out)
{
	struct vec left = expr_slot(ev, TYPE_BOOL);	/* rows without a branch yet */
	struct vec here = expr_slot(ev, TYPE_BOOL);	/* rows of this branch */
	size_t width = width_of(e->type.type);
	int mark = expr_mark(ev);

	memcpy(left.null, live, ev->nrows);
	memset(out->null, 1, ev->nrows);
	for (int a = 0; a < e->nargs; a += 2) {
		bool is_else = a + 1 == e->nargs;
		struct vec v;

		memcpy(here.null, left.null, ev->nrows);
		if (!is_else) {
			v = expr_vec(ev, e->arg[a], left.null, NULL);
			for (uint32_t i = 0; i < ev->nrows; i++) {
				uint32_t j = i & v.mask;

				here.null[i] = left.null[i] && !v.null[j] && v.v.i64[j];
				left.null[i] = left.null[i] && !here.null[i];
			}
			expr_release(ev, mark);
		}
		v = expr_vec(ev, e->arg[is_else ? a : a + 1], here.null, NULL);
		for (uint32_t i = 0; i < ev->nrows; i++)
			if (here.null[i])
				take(out, &v, i, width);
		expr_release(ev, mark);
	}
	return *out;
}

enum err_code expr_bind_case(struct compiler *c, struct expr *e)
{
	struct expr **value = arena_array(c->mem, (size_t)e->nargs, sizeof(*value));
	enum err_code rc = ERR_OK;
	enum type t;
	int n = 0;

	for (int a = 0; a < e->nargs && rc == ERR_OK; a += 2) {
		bool is_else = a + 1 == e->nargs;

		if (!is_else)
			rc = expr_coerce(c, &e->arg[a], TYPE_BOOL);
		value[n++] = e->arg[is_else ? a : a + 1];
	}
	if (rc == ERR_OK)
		rc = expr_unify(c, value, n, &t);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n; i++)
		e->arg[2 * i + 1 < e->nargs ? 2 * i + 1 : 2 * i] = value[i];
	e->kind = EXPR_LAZY;
	e->lazy = run_case;
	e->type = (struct type_spec){ .type = t, .bytes = t == TYPE_INT ||
		t == TYPE_FLOAT ? 8 : 0 };
	return ERR_OK;
}

enum err_code expr_bind_if(struct compiler *c, struct expr *e)
{
	if (e->nargs == 2) {
		struct expr **arg = arena_array(c->mem, 3, sizeof(*arg));

		memcpy(arg, e->arg, 2 * sizeof(*arg));
		arg[2] = expr_const(c, e->at, TYPE_TEXT);
		arg[2]->null = 1;
		e->arg = arg;
		e->nargs = 3;
	}
	return expr_bind_case(c, e);
}

static void run_row_number(struct eval *ev, const struct expr *e, const struct vec *arg,
			   struct vec *out)
{
	(void)e;
	(void)arg;
	EACH(i, ev, out)
		out->v.i64[i] = ev->in->at[i].row;
}

enum err_code expr_bind_row_number(struct compiler *c, struct expr *e)
{
	(void)c;
	e->type = (struct type_spec){ .type = TYPE_INT, .bytes = 8 };
	e->fn = run_row_number;
	return ERR_OK;
}
