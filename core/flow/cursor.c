/*
 * core/flow/cursor.c
 *	Watching the cursor field of an incremental load.
 */
#include "core/flow/cursor.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/expr.h"

struct cursor {
	const char *field;
	struct type_spec type;
	struct expr *expr;	/* of the source's batches, in `type` */
	struct expr_run *run;
	struct batch *scratch;	/* one column of `type` */
	bool filters;		/* the source does not start behind the bookmark itself */
	bool is_inclusive;
	bool has_after;
	struct batch *after;	/* one row: the bookmark */
	uint8_t lost[BATCH_ROWS];	/* rows of the batch at hand without a value */
	bool has_max;
	struct batch *max;	/* one row: the greatest value so far */
};

static void free_batch(void *obj)
{
	batch_free(obj);
}

static struct batch *one_column(struct arena *mem, const char *name, struct type_spec type,
				uint32_t rows)
{
	struct field f = { .name = name, .type = type };
	struct schema s = { .nfields = 1, .field = &f };
	struct batch *b = batch_new(&s, 1, rows);

	arena_on_free(mem, free_batch, b);
	return b;
}

/* Converts the single value of `in` into `out`; 0 when it does not fit. */
static int convert_one(struct arena *mem, struct batch *in, struct type_spec from,
		       struct batch *out, struct type_spec to, struct err *err)
{
	struct field f = { .name = "value", .type = from };
	struct schema s = { .nfields = 1, .field = &f };
	struct expr *e = expr_field(mem, &s, 0);

	if (expr_cast(mem, e, &to, &e, err) != ERR_OK)
		return 0;
	batch_reset(out);
	out->nrows = 1;
	expr_eval(expr_run_new(mem, 1), e, in, out, 0, "value");
	return out->state[0] == ROW_LIVE && !out->col[0].null[0];
}

static enum err_code read_after(struct arena *mem, struct cursor *c, const char *after,
				struct err *err)
{
	struct type_spec text = { .type = TYPE_TEXT };
	struct batch *in = one_column(mem, "value", text, 1);

	in->nrows = 1;
	in->col[0].null[0] = 0;
	in->col[0].v.text[0] = slice_of(after);
	c->after = one_column(mem, "value", c->type, 1);
	if (!convert_one(mem, in, text, c->after, c->type, err))
		return err_set(err, ERR_CONFIG, "the bookmark \"%s\" does not fit field %s", after,
			       c->field);
	c->has_after = true;
	return ERR_OK;
}

enum err_code cursor_new(struct arena *mem, const struct pipeline *p, const struct schema *source,
			 const char *after, unsigned caps, struct cursor **out, struct err *err)
{
	int at = schema_find(source, slice_of(p->cursor));
	struct cursor *c = arena_alloc(mem, sizeof(*c));
	enum err_code rc;

	if (at < 0) {
		err_set(err, ERR_CONFIG, "the source has no field %s to follow", p->cursor);
		err_hint(err, "The cursor of a pipeline is a field of its source.");
		return ERR_CONFIG;
	}
	c->field = source->field[at].name;
	c->type = source->field[at].type;
	c->expr = expr_field(mem, source, at);
	rc = expr_cast(mem, c->expr, &c->type, &c->expr, err);
	if (rc != ERR_OK)
		return rc;
	c->run = expr_run_new(mem, BATCH_ROWS);
	c->scratch = one_column(mem, c->field, c->type, BATCH_ROWS);
	c->max = one_column(mem, c->field, c->type, 1);
	c->max->nrows = 1;
	c->filters = !(caps & CONN_RESUME);
	c->is_inclusive = p->mode == MODE_UPSERT;
	if (after != NULL)
		rc = read_after(mem, c, after, err);
	*out = c;
	return rc;
}

static int compare_text(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* As PostgreSQL orders them: NaN equals itself and is above all others. */
static int compare_float(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

static int compare(const struct column *a, uint32_t i, const struct column *b, uint32_t j)
{
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

static void keep(struct batch *to, const struct column *from, uint32_t i)
{
	struct column *c = &to->col[0];

	c->null[0] = 0;
	switch (from->type) {
	case TYPE_FLOAT:
		c->v.f64[0] = from->v.f64[i];
		break;
	case TYPE_DECIMAL:
		c->v.dec[0] = from->v.dec[i];
		break;
	case TYPE_TEXT:
	case TYPE_BYTES:
	case TYPE_JSON:
	case TYPE_UUID:
		arena_reset(to->mem);
		c->v.text[0].n = from->v.text[i].n;
		c->v.text[0].p = arena_strndup(to->mem, from->v.text[i].p, from->v.text[i].n);
		break;
	default:
		c->v.i64[0] = from->v.i64[i];
	}
}

/* Whether an earlier run has had the row. */
static bool is_old(const struct cursor *c, const struct column *col, uint32_t i)
{
	int d;

	if (!c->filters || !c->has_after)
		return false;
	d = compare(col, i, &c->after->col[0], 0);
	return d < 0 || (d == 0 && !c->is_inclusive);
}

void cursor_batch(struct cursor *c, struct batch *rows)
{
	const struct column *col = &c->scratch->col[0];
	uint32_t best = UINT32_MAX;

	batch_reset(c->scratch);
	c->scratch->nrows = rows->nrows;
	memcpy(c->scratch->state, rows->state, rows->nrows);
	expr_eval(c->run, c->expr, rows, c->scratch, 0, c->field);
	for (uint32_t i = 0; i < rows->nrows; i++) {
		c->lost[i] = rows->state[i] == ROW_LIVE &&
			     (c->scratch->state[i] != ROW_LIVE || col->null[i]);
		if (rows->state[i] != ROW_LIVE || c->lost[i])
			continue;
		if (is_old(c, col, i))
			rows->state[i] = ROW_FILTERED;
		else if (best == UINT32_MAX || compare(col, i, col, best) > 0)
			best = i;
	}
	if (best == UINT32_MAX || (c->has_max && compare(col, best, &c->max->col[0], 0) <= 0))
		return;
	keep(c->max, col, best);
	c->has_max = true;
}

void cursor_reject(struct cursor *c, struct batch *mapped)
{
	for (uint32_t i = 0; i < mapped->nrows; i++)
		if (c->lost[i] && mapped->state[i] != ROW_FILTERED)
			batch_reject(mapped, i, c->field, SLICE(""), "cursor",
				     "has no value that a later run could start from");
}

const char *cursor_bookmark(struct cursor *c, struct arena *mem)
{
	struct type_spec text = { .type = TYPE_TEXT };
	struct batch *from = c->has_max ? c->max : c->after;
	struct batch *out;
	struct err err = { 0 };
	const char *result;
	json_t *json;
	char *dump;

	if (from == NULL)
		return NULL;
	if (c->has_max && c->has_after && compare(&c->after->col[0], 0, &c->max->col[0], 0) > 0)
		from = c->after;
	out = one_column(mem, "value", text, 1);
	if (!convert_one(mem, from, c->type, out, text, &err))
		return NULL;
	json = json_pack("{s:s, s:s%}", "field", c->field, "value", out->col[0].v.text[0].p,
			 out->col[0].v.text[0].n);
	dump = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	result = arena_strdup(mem, dump);
	free(dump);
	json_decref(json);
	return result;
}
