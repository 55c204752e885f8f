/*
 * core/flow/expr_ops.c
 *	Operators: arithmetic, comparison, three-valued logic, in and like.
 */
#include <math.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/base/calendar.h"
#include "core/flow/decimal.h"
#include "core/flow/expr_node.h"

#define EACH(i, ev, out) for (uint32_t i = 0; i < (ev)->nrows; i++) if (!(out)->null[i])

/* ---- arithmetic -------------------------------------------------------------- */

static bool int_op(char op, int64_t a, int64_t b, int64_t *r)
{
	switch (op) {
	case '+':
		return !__builtin_add_overflow(a, b, r);
	case '-':
		return !__builtin_sub_overflow(a, b, r);
	case '*':
		return !__builtin_mul_overflow(a, b, r);
	default:
		*r = b == -1 ? 0 : a % b;
		return true;
	}
}

static void run_int(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	char op = e->rule[0];

	EACH(i, ev, out) {
		int64_t a = arg[0].v.i64[i & arg[0].mask];
		int64_t b = arg[1].v.i64[i & arg[1].mask];

		if (op == '%' && b == 0)
			expr_problem(ev, i, &arg[0], out, e->rule, "division by zero");
		else if (!int_op(op, a, b, &out->v.i64[i]))
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is out of range");
	}
}

static bool decimal_op(char op, struct decimal a, struct decimal b, struct decimal *r)
{
	switch (op) {
	case '+':
		return decimal_add(a, b, r);
	case '-':
		return decimal_sub(a, b, r);
	case '*':
		return decimal_mul(a, b, r);
	case '/':
		return decimal_div(a, b, r);
	default:
		return decimal_mod(a, b, r);
	}
}

static void run_decimal(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	char op = e->rule[0];

	EACH(i, ev, out) {
		struct decimal a = arg[0].v.dec[i & arg[0].mask];
		struct decimal b = arg[1].v.dec[i & arg[1].mask];

		if ((op == '/' || op == '%') && b.coef == 0)
			expr_problem(ev, i, &arg[0], out, e->rule, "division by zero");
		else if (!decimal_op(op, a, b, &out->v.dec[i]))
			expr_problem(ev, i, &arg[0], out, e->rule,
				     "the result has more than 38 digits");
	}
}

static void run_float(struct eval *ev, const struct expr *e, const struct vec *arg,
		      struct vec *out)
{
	char op = e->rule[0];

	EACH(i, ev, out) {
		double a = arg[0].v.f64[i & arg[0].mask];
		double b = arg[1].v.f64[i & arg[1].mask];
		double r = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b
			 : op == '/' ? a / b : fmod(a, b);

		if ((op == '/' || op == '%') && !(b < 0) && !(b > 0) && !isnan(b))
			expr_problem(ev, i, &arg[0], out, e->rule, "division by zero");
		else if (isinf(r) && isfinite(a) && isfinite(b))
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is out of range");
		else
			out->v.f64[i] = r;
	}
}

/* Days to a date, or dates apart: both are int64 days; infinity stays what it is. */
static void run_days(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	EACH(i, ev, out) {
		int64_t a = arg[0].v.i64[i & arg[0].mask];
		int64_t b = arg[1].v.i64[i & arg[1].mask];
		bool to_date = e->type.type == TYPE_DATE;
		bool finite = calendar_is_finite(a) && (to_date || calendar_is_finite(b));
		int64_t r = a;

		if (!finite && !to_date)
			expr_problem(ev, i, &arg[0], out, e->rule,
				     "infinity has no number of days");
		else if (finite && (!int_op(e->rule[0], a, b, &r) ||
				    (to_date && (r > DATE_MAX_DAYS || r < -DATE_MAX_DAYS))))
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is out of range");
		out->v.i64[i] = r;
	}
}

static void run_neg(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	EACH(i, ev, out) {
		uint32_t j = i & arg[0].mask;

		if (e->type.type == TYPE_FLOAT) {
			out->v.f64[i] = -arg[0].v.f64[j];
		} else if (e->type.type == TYPE_DECIMAL) {
			out->v.dec[i] = arg[0].v.dec[j];
			out->v.dec[i].coef = -out->v.dec[i].coef;
		} else if (__builtin_sub_overflow(0, arg[0].v.i64[j], &out->v.i64[i])) {
			expr_problem(ev, i, &arg[0], out, "-", "the result is out of range");
		}
	}
}

/* ---- comparison -------------------------------------------------------------- */

/* NaN equals itself and is above everything, as in PostgreSQL. */
static int compare_float(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !!isnan(a) - !!isnan(b);
	return (a > b) - (a < b);
}

static int compare_text(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (d == 0)
		return (a.n > b.n) - (a.n < b.n);
	return d < 0 ? -1 : 1;
}

int expr_compare_cells(const struct vec *a, uint32_t i, const struct vec *b, uint32_t j)
{
	i &= a->mask;
	j &= b->mask;
	switch (a->type) {
	case TYPE_FLOAT:
		return compare_float(a->v.f64[i], b->v.f64[j]);
	case TYPE_DECIMAL:
		return decimal_compare(a->v.dec[i], b->v.dec[j]);
	case TYPE_TEXT:
	case TYPE_BYTES:
	case TYPE_JSON:
	case TYPE_UUID:
		return compare_text(a->v.text[i], b->v.text[j]);
	default:
		return (a->v.i64[i] > b->v.i64[j]) - (a->v.i64[i] < b->v.i64[j]);
	}
}

/* e->extra has a bit for each outcome that is true: 1 below, 2 equal, 4 above. */
static void run_compare(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	unsigned want = (unsigned)e->extra;

	if (arg[0].type == TYPE_DECIMAL) {
		EACH(i, ev, out)
			out->v.i64[i] = want >> (decimal_compare(arg[0].v.dec[i & arg[0].mask],
								 arg[1].v.dec[i & arg[1].mask]) +
						 1) & 1;
		return;
	}
	EACH(i, ev, out)
		out->v.i64[i] = want >> (expr_compare_cells(&arg[0], i, &arg[1], i) + 1) & 1;
}

static enum err_code bind_compare(struct compiler *c, struct expr *e)
{
	static const struct {
		const char *op;
		int want;
	} ops[] = { { "=", 2 }, { "<>", 5 }, { "<", 1 }, { "<=", 3 }, { ">", 4 }, { ">=", 6 } };
	enum type t;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(e->rule, ops[i].op) == 0)
			e->extra = ops[i].want;
	e->type = (struct type_spec){ .type = TYPE_BOOL };
	e->fn = run_compare;
	return expr_unify(c, e->arg, 2, &t);
}

/* ---- logic ---------------------------------------------------------------- */

/* and: false wins over null, null over true. or: the other way round. */
static struct vec run_logic(struct eval *ev, const struct expr *e, const uint8_t *live,
			    struct vec *out)
{
	int64_t winner = e->extra;	/* and: 0; or: 1 */
	struct vec a = expr_vec(ev, e->arg[0], live, NULL);
	struct vec rest = expr_slot(ev, TYPE_BOOL);
	struct vec b;

	for (uint32_t i = 0; i < ev->nrows; i++)
		rest.null[i] = live[i] &&
			       (a.null[i & a.mask] || a.v.i64[i & a.mask] != winner);
	b = expr_vec(ev, e->arg[1], rest.null, NULL);
	for (uint32_t i = 0; i < ev->nrows; i++) {
		uint32_t j = i & a.mask, k = i & b.mask;

		if (!live[i])
			continue;
		out->v.i64[i] = winner;
		if (!rest.null[i] || (!b.null[k] && b.v.i64[k] == winner))
			continue;
		out->v.i64[i] = !winner;
		out->null[i] = a.null[j] || b.null[k];
	}
	return *out;
}

static void run_not(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	(void)e;
	EACH(i, ev, out)
		out->v.i64[i] = !arg[0].v.i64[i & arg[0].mask];
}

static void run_is_null(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	EACH(i, ev, out)
		out->v.i64[i] = (arg[0].null[i & arg[0].mask] != 0) == (e->extra != 0);
}

/* ---- text ------------------------------------------------------------------ */

static void run_join(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	(void)e;
	EACH(i, ev, out) {
		struct slice a = arg[0].v.text[i & arg[0].mask];
		struct slice b = arg[1].v.text[i & arg[1].mask];
		char *p = arena_bytes(ev->out->mem, a.n + b.n);

		if (a.n > 0)
			memcpy(p, a.p, a.n);
		if (b.n > 0)
			memcpy(p + a.n, b.p, b.n);
		out->v.text[i] = (struct slice){ p, a.n + b.n };
	}
}

static size_t char_len(struct slice s, size_t at)
{
	uint32_t c;
	size_t n = utf8_decode(s.p + at, s.n - at, &c);

	return n > 0 ? n : 1;
}

/* % any characters, _ one, \ takes the next one as it is. */
static bool like(struct slice s, struct slice p)
{
	size_t i = 0, j = 0, star = SIZE_MAX, from = 0;

	while (i < s.n) {
		bool escaped = j + 1 < p.n && p.p[j] == '\\';

		if (j < p.n && p.p[j] == '%') {
			star = ++j;
			from = i;
		} else if (j < p.n && p.p[j] == '_') {
			i += char_len(s, i);
			j++;
		} else if (j < p.n && s.p[i] == p.p[j + escaped]) {
			i++;
			j += 1u + escaped;
		} else if (star != SIZE_MAX) {
			from += char_len(s, from);
			i = from;
			j = star;
		} else {
			return false;
		}
	}
	while (j < p.n && p.p[j] == '%')
		j++;
	return j == p.n;
}

static void run_like(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	(void)e;
	EACH(i, ev, out)
		out->v.i64[i] = like(arg[0].v.text[i & arg[0].mask],
				     arg[1].v.text[i & arg[1].mask]);
}

enum err_code expr_bind_like(struct compiler *c, struct expr *e)
{
	enum err_code rc = expr_coerce(c, &e->arg[0], TYPE_TEXT);

	e->type = (struct type_spec){ .type = TYPE_BOOL };
	e->fn = run_like;
	return rc == ERR_OK ? expr_coerce(c, &e->arg[1], TYPE_TEXT) : rc;
}

/* Null when nothing is equal but something was null. */
static void run_in(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	EACH(i, ev, out) {
		bool found = false, unknown = false;

		if (arg[0].null[i & arg[0].mask]) {
			out->null[i] = 1;
			continue;
		}
		for (int a = 1; a < e->nargs && !found; a++) {
			if (arg[a].null[i & arg[a].mask])
				unknown = true;
			else
				found = expr_compare_cells(&arg[0], i, &arg[a], i) == 0;
		}
		out->v.i64[i] = found;
		out->null[i] = !found && unknown;
	}
}

enum err_code expr_bind_in(struct compiler *c, struct expr *e)
{
	enum type t;

	e->rule = "in";
	e->sees_nulls = true;
	e->type = (struct type_spec){ .type = TYPE_BOOL };
	e->fn = run_in;
	return expr_unify(c, e->arg, e->nargs, &t);
}

/* ---- binding ----------------------------------------------------------------- */

static enum err_code bind_arithmetic(struct compiler *c, struct expr *e)
{
	enum err_code rc = expr_coerce_number(c, &e->arg[0]);
	enum type t = TYPE_DECIMAL;

	if (rc == ERR_OK)
		rc = expr_coerce_number(c, &e->arg[1]);
	if (rc != ERR_OK)
		return rc;
	if (e->arg[0]->type.type == TYPE_FLOAT || e->arg[1]->type.type == TYPE_FLOAT)
		t = TYPE_FLOAT;
	else if (e->arg[0]->type.type == TYPE_INT && e->arg[1]->type.type == TYPE_INT &&
		 e->rule[0] != '/')
		t = TYPE_INT;
	rc = expr_coerce(c, &e->arg[0], t);
	if (rc == ERR_OK)
		rc = expr_coerce(c, &e->arg[1], t);
	e->type = (struct type_spec){ .type = t, .bytes = t == TYPE_DECIMAL ? 0 : 8 };
	e->fn = t == TYPE_INT ? run_int : t == TYPE_FLOAT ? run_float : run_decimal;
	return rc;
}

static bool is_day_sum(const struct expr *e)
{
	enum type a = e->arg[0]->type.type, b = e->arg[1]->type.type;

	if (e->rule[0] == '-')
		return a == TYPE_DATE && (b == TYPE_DATE || b == TYPE_INT);
	return e->rule[0] == '+' &&
	       ((a == TYPE_DATE && b == TYPE_INT) || (a == TYPE_INT && b == TYPE_DATE));
}

static enum err_code bind_binary(struct compiler *c, struct expr *e)
{
	enum err_code rc;

	if (is_day_sum(e)) {
		bool is_gap = e->arg[1]->type.type == TYPE_DATE && e->rule[0] == '-';

		if (e->arg[0]->type.type == TYPE_INT) {
			struct expr *t = e->arg[0];

			e->arg[0] = e->arg[1];
			e->arg[1] = t;
		}
		e->type = (struct type_spec){ .type = is_gap ? TYPE_INT : TYPE_DATE,
					      .bytes = is_gap ? 8 : 0 };
		e->fn = run_days;
		return ERR_OK;
	}
	if (strcmp(e->rule, "||") != 0)
		return strchr("+-*/%", e->rule[0]) != NULL ? bind_arithmetic(c, e)
							   : bind_compare(c, e);
	e->type = (struct type_spec){ .type = TYPE_TEXT };
	e->fn = run_join;
	rc = expr_coerce(c, &e->arg[0], TYPE_TEXT);
	return rc == ERR_OK ? expr_coerce(c, &e->arg[1], TYPE_TEXT) : rc;
}

enum err_code expr_bind_operator(struct compiler *c, struct expr *e)
{
	bool is_and = strcmp(e->rule, "and") == 0;
	enum err_code rc;

	if (is_and || strcmp(e->rule, "or") == 0) {
		e->kind = EXPR_LAZY;
		e->lazy = run_logic;
		e->extra = !is_and;
		e->type = (struct type_spec){ .type = TYPE_BOOL };
		rc = expr_coerce(c, &e->arg[0], TYPE_BOOL);
		return rc == ERR_OK ? expr_coerce(c, &e->arg[1], TYPE_BOOL) : rc;
	}
	if (strcmp(e->rule, "not") == 0) {
		e->fn = run_not;
		e->type = (struct type_spec){ .type = TYPE_BOOL };
		return expr_coerce(c, &e->arg[0], TYPE_BOOL);
	}
	if (strncmp(e->rule, "is ", 3) == 0) {
		e->fn = run_is_null;
		e->extra = e->rule[3] == 'n' && e->rule[4] == 'u';
		e->sees_nulls = true;
		e->type = (struct type_spec){ .type = TYPE_BOOL };
		return ERR_OK;
	}
	if (strcmp(e->rule, "neg") == 0) {
		rc = expr_coerce_number(c, &e->arg[0]);
		e->fn = run_neg;
		e->type = e->arg[0]->type;
		return rc;
	}
	return bind_binary(c, e);
}
