/*
 * core/flow/preview.c
 *	A sample of a source in memory, and a mapping run over it.
 */
#include "core/flow/preview.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/check_rule.h"
#include "core/flow/expr_node.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"
#include "core/flow/preview_priv.h"

#define VALUE_BYTES 200		/* of a value that is shown */

struct preview {
	struct arena *mem;
	struct schema source;
	int64_t limit, nrows;
	int64_t *nulls;		/* by field */
	struct batch **part;
	int nparts, cap;
	struct batch *work;	/* mapped rows; NULL: none yet */
};

/* ---- the sample --------------------------------------------------------------------- */

struct preview *preview_new(const struct schema *source, int64_t limit_rows)
{
	struct arena *mem = arena_new(NULL, "preview");
	struct preview *p = arena_alloc(mem, sizeof(*p));

	p->mem = mem;
	p->limit = limit_rows;
	p->nulls = arena_array(mem, (size_t)source->nfields + 1, sizeof(*p->nulls));
	p->source.nfields = source->nfields;
	p->source.field = arena_array(mem, (size_t)source->nfields + 1, sizeof(struct field));
	for (int i = 0; i < source->nfields; i++) {
		p->source.field[i] = source->field[i];
		p->source.field[i].name = arena_strdup(mem, source->field[i].name);
		p->source.field[i].native = arena_strdup(mem, source->field[i].native);
	}
	return p;
}

void preview_free(struct preview *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < p->nparts; i++)
		batch_free(p->part[i]);
	batch_free(p->work);
	arena_free(p->mem);
}

bool preview_is_full(const struct preview *p)
{
	return p->nrows >= p->limit;
}

const struct schema *preview_source(const struct preview *p)
{
	return &p->source;
}

int64_t preview_rows(const struct preview *p)
{
	return p->nrows;
}

int64_t preview_nulls(const struct preview *p, int field)
{
	return p->nulls[field];
}

static void copy_column(struct preview *p, const struct column *from, struct batch *to, int c)
{
	size_t width = from->type == TYPE_DECIMAL ? sizeof(struct decimal) : sizeof(int64_t);
	struct column *col = &to->col[c];

	batch_retype(to, c, from->type);
	memcpy(col->null, from->null, to->nrows);
	for (uint32_t i = 0; i < to->nrows; i++)
		p->nulls[c] += from->null[i] != 0;
	if (!expr_is_sliced(from->type)) {
		memcpy(col->v.any, from->v.any, to->nrows * width);
		return;
	}
	for (uint32_t i = 0; i < to->nrows; i++) {
		struct slice s = from->null[i] ? SLICE("") : from->v.text[i];
		const char *text = s.p != NULL ? s.p : "";

		col->v.text[i] = (struct slice){ arena_strndup(to->mem, text, s.n), s.n };
	}
}

static void add_part(struct preview *p, struct batch *b)
{
	if (p->nparts == p->cap) {
		struct batch **more = arena_array(p->mem, (size_t)p->cap * 2 + 8, sizeof(*more));

		if (p->nparts > 0)
			memcpy(more, p->part, (size_t)p->nparts * sizeof(struct batch *));
		p->part = more;
		p->cap = p->cap * 2 + 8;
	}
	p->part[p->nparts++] = b;
	p->nrows += b->nrows;
}

enum err_code preview_take(struct preview *p, struct batch *rows, struct err *err)
{
	int64_t room = p->limit - p->nrows;
	uint32_t n = room < rows->nrows ? (uint32_t)room : rows->nrows;
	struct batch *own;

	for (int c = 0; c < rows->ncols; c++) {
		enum err_code rc = pgbin_decode(rows, c, p->source.field[c].name, err);

		if (rc != ERR_OK)
			return rc;
	}
	if (n == 0)
		return ERR_OK;
	own = batch_new(&p->source, p->source.nfields, n);
	own->nrows = n;
	memcpy(own->state, rows->state, n);
	for (uint32_t i = 0; i < n; i++)
		own->at[i] = (struct row_at){ rows->at[i].row, rows->at[i].line,
					      rows->at[i].offset, SLICE("") };
	for (int c = 0; c < rows->ncols; c++)
		copy_column(p, &rows->col[c], own, c);
	add_part(p, own);
	return ERR_OK;
}

/* ---- checks ------------------------------------------------------------------------- */

/* One check, so that it is known which fields it wants and which rows it is for. */
struct one_check {
	struct check_set *set;
	uint8_t *uses;		/* by field */
};

struct runner {
	struct arena *mem;
	struct preview *p;
	const struct preview_ask *ask;
	struct preview_result *out;
	struct expr **expr;
	struct expr *filter;
	struct schema fields;	/* those that are mapped, as the checks know them */
	struct one_check *check;
	int nchecks;
	uint8_t *wanted;	/* by field: it is to be computed */
	int only;		/* field; -1: all */
	struct expr_run *run;
	uint8_t *look, *failed, *bad;	/* by row; bad: by field and row */
	uint32_t cap;
	struct preview_row *ok;	/* rows to show that did not fail */
	int nok;
	int64_t first;		/* row of the sample that the part begins with */
};

static void say_wrong(struct runner *r, const char *what, const struct err *err)
{
	char text[400];

	err_text(err, text, sizeof(text));
	if (r->out->wrong == NULL)
		r->out->wrong = arena_printf(r->mem, "%s%s", what, text);
}

static void make_check(struct runner *r, const char *text)
{
	struct one_check *c = &r->check[r->nchecks];
	struct err err = { 0 };
	struct rule *rule;

	if (check_compile(r->mem, 1, &text, &r->fields, &c->set, &err) != ERR_OK) {
		say_wrong(r, "", &err);
		return;
	}
	if (check_needs_lookup(c->set)) {
		check_free(c->set);
		r->out->nunasked++;
		return;
	}
	rule = &c->set->rule[0];
	c->uses = arena_alloc(r->mem, (size_t)r->fields.nfields + 1);
	if (rule->expr != NULL)
		expr_fields(rule->expr, c->uses);
	if (rule->field >= 0)
		c->uses[rule->field] = 1;
	if (r->only >= 0 && !c->uses[r->only]) {
		check_free(c->set);
		return;
	}
	for (int i = 0; i < r->fields.nfields; i++)
		r->wanted[i] |= c->uses[i];
	r->nchecks++;
}

static void make_checks(struct runner *r)
{
	const struct pipeline *p = r->ask->pipeline;

	r->fields.nfields = r->out->n;
	r->fields.field = arena_array(r->mem, (size_t)r->out->n + 1, sizeof(struct field));
	for (int i = 0; i < r->out->n; i++) {
		r->fields.field[i] = r->out->f[i].field;
		r->wanted[i] |= r->only < 0 || i == r->only;
	}
	r->check = arena_array(r->mem, (size_t)p->nchecks + 1, sizeof(*r->check));
	for (int i = 0; i < p->nchecks; i++)
		make_check(r, p->check[i]);
}

static void make_filter(struct runner *r)
{
	struct type_spec boolean = { .type = TYPE_BOOL };
	const char *text = r->ask->pipeline->filter;
	struct err err = { 0 };
	struct expr *e;

	if (text == NULL || text[0] == '\0')
		return;
	if (expr_compile(r->mem, text, &r->p->source, &e, &err) == ERR_OK) {
		expr_fields(e, r->out->used);
		if (expr_cast(r->mem, e, &boolean, &r->filter, &err) == ERR_OK)
			return;
	}
	r->filter = NULL;
	say_wrong(r, "filter: ", &err);
}

/* ---- rows ------------------------------------------------------------------------------ */

static void run_filter(struct runner *r, struct batch *in, struct batch *out)
{
	struct vec v = expr_peek(r->run, r->filter, in, out, "", r->look);

	for (uint32_t i = 0; i < in->nrows; i++) {
		if (!r->look[i] || out->state[i] != ROW_LIVE)
			continue;
		if (v.null[i & v.mask] || !v.v.i64[i & v.mask]) {
			out->state[i] = ROW_FILTERED;
			r->look[i] = 0;
			r->out->filtered++;
		}
	}
}

static const char *short_text(struct runner *r, struct slice s)
{
	return arena_strndup(r->mem, s.n > 0 ? s.p : "", s.n < VALUE_BYTES ? s.n : VALUE_BYTES);
}

/* What the source holds where the expression looks. */
static const char *before(struct runner *r, struct batch *in, uint32_t row)
{
	uint8_t *used = arena_alloc(r->mem, (size_t)r->p->source.nfields + 1);
	const char *text = NULL;

	if (r->expr[r->only] != NULL)
		expr_fields(r->expr[r->only], used);
	for (int c = 0; c < r->p->source.nfields; c++) {
		const char *cell;

		if (!used[c])
			continue;
		cell = in->col[c].null[row] ? "null"
		     : short_text(r, format_cell(r->mem, &in->col[c], row));
		text = text == NULL ? cell : arena_printf(r->mem, "%s, %s", text, cell);
	}
	return text != NULL ? text : "";
}

static bool is_shown(const struct preview_row *row, int n, const char *value)
{
	for (int i = 0; i < n; i++)
		if (strcmp(row[i].before, value) == 0)
			return true;
	return false;
}

static void show_bad(struct runner *r, struct batch *in, uint32_t row, const struct problem *p)
{
	const char *value;

	if (r->out->nshown >= r->ask->shown)
		return;
	value = before(r, in, row);
	if (is_shown(r->out->shown, r->out->nshown, value))
		return;
	r->out->shown[r->out->nshown++] = (struct preview_row){
		in->at[row].row, value, NULL,
		arena_printf(r->mem, "%s: %s", p->rule, p->reason) };
}

static void show_good(struct runner *r, struct batch *in, struct batch *out)
{
	const struct column *c = &out->col[r->only];
	const uint8_t *bad = r->bad + (size_t)r->only * r->cap;

	for (uint32_t i = 0; i < in->nrows && r->nok < r->ask->shown; i++) {
		const char *value;

		if (!r->look[i] || bad[i])
			continue;
		value = before(r, in, i);
		if (is_shown(r->ok, r->nok, value))
			continue;
		r->ok[r->nok++] = (struct preview_row){
			in->at[i].row, value,
			c->null[i] ? NULL : short_text(r, format_cell(r->mem, c, i)), NULL };
	}
}

static void note_values(struct runner *r, const struct batch *out)
{
	const struct column *c = &out->col[r->only];
	const uint8_t *bad = r->bad + (size_t)r->only * r->cap;
	struct hash128 *to = r->ask->values + r->first;

	for (uint32_t i = 0; i < out->nrows; i++) {
		to[i] = (struct hash128){ 0 };
		if (r->look[i] && !bad[i] && !c->null[i])
			to[i] = hash_cell(c, i);
	}
}

static void count_rule(struct runner *r, struct preview_field *f, const struct problem *p)
{
	struct preview_rule *more;

	for (int i = 0; i < f->nrules; i++)
		if (strcmp(f->rule[i].rule, p->rule) == 0) {
			f->rule[i].rows++;
			return;
		}
	more = arena_array(r->mem, (size_t)f->nrules + 1, sizeof(*more));
	if (f->nrules > 0)
		memcpy(more, f->rule, (size_t)f->nrules * sizeof(*more));
	more[f->nrules++] = (struct preview_rule){
		arena_strdup(r->mem, p->rule), arena_strdup(r->mem, p->reason),
		short_text(r, p->value), 1 };
	f->rule = more;
}

/* Problems from number `from` on, told of the field they name; of the whole row: of `field`. */
static void take_problems(struct runner *r, struct batch *in, struct batch *out, uint32_t from,
			  int field)
{
	for (uint32_t i = from; i < out->nproblems; i++) {
		const struct problem *p = &out->problem[i];
		int at = p->field[0] != '\0' ? preview_find(r->out, p->field) : field;
		uint8_t *bad;

		if (!r->failed[p->row])
			r->out->failed++;
		r->failed[p->row] = 1;
		if (at < 0)
			continue;
		bad = r->bad + (size_t)at * r->cap;
		if (!bad[p->row])
			r->out->f[at].failed++;
		bad[p->row] = 1;
		count_rule(r, &r->out->f[at], p);
		if (at == r->only)
			show_bad(r, in, p->row, p);
	}
}

static void run_field(struct runner *r, struct batch *in, struct batch *out, int i)
{
	struct preview_field *f = &r->out->f[i];
	const uint8_t *bad = r->bad + (size_t)i * r->cap;
	uint32_t from = out->nproblems;

	if (r->expr[i] == NULL) {
		batch_retype(out, i, f->field.type.type);
		memset(out->col[i].null, 1, in->nrows);
		return;
	}
	expr_eval_rows(r->run, r->expr[i], in, out, i, f->field.name, r->look);
	take_problems(r, in, out, from, i);
	from = out->nproblems;
	for (uint32_t k = 0; k < in->nrows; k++) {
		if (!r->look[k] || bad[k] || !out->col[i].null[k])
			continue;
		f->nulls++;
		if (f->field.refuses_null)
			batch_reject(out, k, f->field.name, SLICE(""), "not null", "must not be null");
	}
	take_problems(r, in, out, from, i);
}

static enum err_code run_check(struct runner *r, struct batch *in, struct batch *out,
			       struct one_check *c, struct err *err)
{
	const struct rule *rule = &c->set->rule[0];
	uint8_t *look = arena_bytes(out->mem, in->nrows + 1);
	uint32_t from = out->nproblems;
	enum err_code rc;
	int field = rule->field;

	for (int i = 0; i < r->fields.nfields && field < 0; i++)
		if (c->uses[i] && (r->only < 0 || i == r->only))
			field = i;
	/* A value that could not be made has been told; that it is missing is nothing new. */
	for (uint32_t i = 0; i < in->nrows; i++) {
		look[i] = r->look[i];
		for (int k = 0; k < r->fields.nfields && look[i]; k++)
			look[i] = !(c->uses[k] && r->bad[(size_t)k * r->cap + i]);
	}
	rc = check_run_rows(c->set, out, look, err);
	if (rc == ERR_OK)
		take_problems(r, in, out, from, field);
	return rc;
}

static enum err_code run_part(struct runner *r, struct batch *in, struct err *err)
{
	struct batch *out = r->p->work;
	enum err_code rc = ERR_OK;

	batch_reset(out);
	out->nrows = in->nrows;
	memcpy(out->at, in->at, in->nrows * sizeof(*in->at));
	memcpy(out->state, in->state, in->nrows);
	memset(r->failed, 0, in->nrows);
	memset(r->bad, 0, (size_t)r->cap * (size_t)(r->out->n + 1));
	for (uint32_t i = 0; i < in->nrows; i++) {
		r->look[i] = in->state[i] == ROW_LIVE;
		r->out->failed += in->state[i] == ROW_REJECTED;	/* could not even be read */
	}
	if (r->filter != NULL)
		run_filter(r, in, out);
	take_problems(r, in, out, 0, -1);
	for (int i = 0; i < r->out->n; i++)
		if (r->wanted[i])
			run_field(r, in, out, i);
	for (int i = 0; i < r->nchecks && rc == ERR_OK; i++)
		rc = run_check(r, in, out, &r->check[i], err);
	if (rc == ERR_OK && r->only >= 0 && r->expr[r->only] != NULL)
		show_good(r, in, out);
	if (rc == ERR_OK && r->only >= 0 && r->ask->values != NULL)
		note_values(r, out);
	r->first += in->nrows;
	return rc;
}

static void make_room(struct runner *r)
{
	size_t n = (size_t)r->out->n + 1;

	for (int i = 0; i < r->p->nparts; i++)
		if (r->p->part[i]->nrows > r->cap)
			r->cap = r->p->part[i]->nrows;
	if (r->p->work == NULL || r->p->work->ncols < (int)n || r->p->work->cap < r->cap) {
		batch_free(r->p->work);
		r->p->work = batch_new(NULL, (int)n + 4, r->cap);
	}
	r->run = expr_run_new(r->mem, r->cap);
	r->look = arena_bytes(r->mem, r->cap + 1);
	r->failed = arena_bytes(r->mem, r->cap + 1);
	r->bad = arena_bytes(r->mem, r->cap * n + 1);
	r->out->shown = arena_array(r->mem, (size_t)r->ask->shown + 1, sizeof(*r->out->shown));
	r->ok = arena_array(r->mem, (size_t)r->ask->shown + 1, sizeof(*r->ok));
}

/* What the rows have said, as the status of each field. */
static void conclude(struct runner *r)
{
	for (int i = 0; i < r->out->n; i++) {
		struct preview_field *f = &r->out->f[i];

		f->is_tried = r->wanted[i] && (r->only < 0 || i == r->only);
		if (!f->is_tried || f->failed == 0 || f->status > PREVIEW_LOSSY)
			continue;
		f->status = PREVIEW_LOSSY;
		f->problem = arena_printf(r->mem, "%s: %s", f->rule[0].rule, f->rule[0].reason);
	}
	for (int i = 0; i < r->nok && r->out->nshown < r->ask->shown; i++)
		r->out->shown[r->out->nshown++] = r->ok[i];
}

static void check_keys(struct runner *r)
{
	const struct pipeline *p = r->ask->pipeline;

	for (int i = 0; i < p->nkeys && r->out->wrong == NULL; i++) {
		int at = preview_find(r->out, p->key[i]);

		if (at < 0 || (r->expr[at] == NULL && r->out->f[at].status == PREVIEW_EMPTY))
			r->out->wrong = arena_printf(r->mem, "the key field %s is not mapped",
						     p->key[i]);
	}
}

enum err_code preview_run(struct arena *mem, struct preview *p, const struct preview_ask *ask,
			  struct preview_result *out, struct err *err)
{
	struct runner r = { .mem = mem, .p = p, .ask = ask, .out = out, .only = -1 };
	enum err_code rc = ERR_OK;

	*out = (struct preview_result){ .rows = p->nrows };
	preview_fields(mem, ask, &p->source, out, &r.expr);
	if (ask->only != NULL)
		r.only = preview_find(out, ask->only);
	if (ask->only != NULL && r.only < 0)
		return err_set(err, ERR_NOT_FOUND, "there is no field %s", ask->only);
	r.wanted = arena_alloc(mem, (size_t)out->n + 1);
	make_filter(&r);
	make_checks(&r);
	check_keys(&r);
	make_room(&r);
	for (int i = 0; i < p->nparts && rc == ERR_OK; i++) {
		rc = run_part(&r, p->part[i], err);
		if (rc == ERR_OK && ask->stop != NULL && atomic_load(ask->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "stopped");
	}
	for (int i = 0; i < r.nchecks; i++)
		check_free(r.check[i].set);
	if (rc == ERR_OK)
		conclude(&r);
	return rc;
}
