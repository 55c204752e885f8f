/*
 * core/flow/plan.c
 *	Mapping rules worked out against real fields, and applied to batches.
 */
#include "core/flow/plan.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/check_rule.h"
#include "core/flow/expr_node.h"
#include "core/flow/mapping.h"
#include "core/flow/pgbin.h"
#include "core/flow/written.h"

/* What plan_make() works with. */
struct maker {
	struct arena *mem;
	const struct pipeline *p;
	const struct schema *source;
	const struct schema *target;	/* NULL: to be made */
	struct plan *plan;
	uint8_t *used;	/* source fields that a rule reads */
	struct err *err;
};

static const char *shown(struct maker *m, const char *name)
{
	return text_fit(m->mem, name, strlen(name), 80);
}

static int planned(const struct plan *plan, const char *name)
{
	for (int i = 0; i < plan->fields.nfields; i++)
		if (strcmp(plan->fields.field[i].name, name) == 0)
			return i;
	return -1;
}

static void add_field(struct maker *m, const struct field *f, struct expr *e)
{
	int i = m->plan->fields.nfields++;

	m->plan->fields.field[i] = *f;
	m->plan->fields.field[i].refuses_null |= m->p->mode == MODE_UPSERT &&
						 pipeline_has_key(m->p, f->name);
	m->plan->expr[i] = e;
}

/* A field of a target that has none yet: its type is what comes. */
static struct field made_field(struct maker *m, const char *name, const struct expr *e)
{
	struct field f = { .name = name, .type = e->type };

	if (e->kind == EXPR_FIELD && e->decl->type.pg_oid != 0 &&
	    e->type.pg_oid == e->decl->type.pg_oid)
		f.native = e->decl->native;
	f.is_key = f.refuses_null = pipeline_has_key(m->p, name);
	return f;
}

static enum err_code lacking(struct maker *m, const char *name)
{
	struct compiler c = { .mem = m->mem, .in = m->target };
	const char *near = expr_nearest(&c, slice_of(name), false);

	err_set(m->err, ERR_CONFLICT, "the target %s has no field %s",
		shown(m, m->p->target.stream), shown(m, name));
	if (near != NULL)
		err_hint(m->err, "Did you mean %s? Otherwise --drift add makes the field, --drift "
				 "ignore leaves it out.", shown(m, near));
	else
		err_hint(m->err, "--drift add makes the field, --drift ignore leaves it out.");
	return ERR_CONFLICT;
}

static enum err_code add_to_target(struct maker *m, const struct field *f, struct expr *e)
{
	struct expr *cast;
	enum err_code rc = ERR_OK;

	if (f->type.type != TYPE_TEXT && expr_doubt(e) != NULL)
		return written_doubt(m->mem, expr_doubt(e), m->err);
	rc = expr_cast(m->mem, e, &f->type, &cast, m->err);

	if (rc != ERR_OK)
		return err_wrap(m->err, rc, "field %s", shown(m, f->name));
	add_field(m, f, cast);
	return ERR_OK;
}

/* A rule says that nothing is to fill it. */
static bool is_left_out(const struct maker *m, const char *name)
{
	for (int i = 0; i < m->p->nmaps; i++) {
		const struct map_rule *r = &m->p->map[i];
		int at = m->target != NULL ? schema_find(m->target, slice_of(r->target)) : -1;

		if (mapping_leaves_out(r->expr) &&
		    strcmp(at >= 0 ? m->target->field[at].name : r->target, name) == 0)
			return true;
	}
	return false;
}

static enum err_code add_rule(struct maker *m, const struct map_rule *r)
{
	struct expr *e;
	enum err_code rc = expr_compile(m->mem, r->expr, m->source, &e, m->err);
	int at = m->target != NULL ? schema_find(m->target, slice_of(r->target)) : -1;
	const char *name = at >= 0 ? m->target->field[at].name : r->target;
	struct field f;

	if (rc != ERR_OK)
		return err_wrap(m->err, rc, "map rule for %s", shown(m, r->target));
	if (name[0] == '\0')
		return err_set(m->err, ERR_CONFIG, "a map rule has no target field");
	if (planned(m->plan, name) >= 0)
		return err_set(m->err, ERR_CONFIG, "two map rules make field %s", shown(m, name));
	expr_fields(e, m->used);
	if (at >= 0 && m->target->field[at].is_generated) {
		err_set(m->err, ERR_CONFIG, "field %s of the target is generated", shown(m, name));
		err_hint(m->err, "The target fills it; take the map rule away.");
		return ERR_CONFIG;
	}
	if (at >= 0)
		return add_to_target(m, &m->target->field[at], e);
	if (m->target != NULL && m->p->drift != DRIFT_ADD)
		return lacking(m, name);
	if (expr_doubt(e) != NULL)
		m->plan->unsure[m->plan->nunsure++] = expr_doubt(e);
	m->plan->nadded += m->target != NULL;
	f = made_field(m, name, e);
	add_field(m, &f, e);
	return ERR_OK;
}

/*
 * A source field that no rule speaks of goes over under its own name. One that
 * a rule reads has done its work, unless the target has a place for it.
 */
static enum err_code carry_over(struct maker *m, int i)
{
	const struct field *from = &m->source->field[i];
	int at = m->target != NULL ? schema_find(m->target, slice_of(from->name)) : -1;
	struct expr *e = expr_field(m->mem, m->source, i);
	struct field f;

	if (at >= 0 && planned(m->plan, m->target->field[at].name) >= 0)
		return ERR_OK;
	if (is_left_out(m, at >= 0 ? m->target->field[at].name : from->name))
		return ERR_OK;
	if (at >= 0)
		return m->target->field[at].is_generated ? ERR_OK
							 : add_to_target(m, &m->target->field[at],
									 e);
	if (m->used[i] || planned(m->plan, from->name) >= 0)
		return ERR_OK;
	if (m->target != NULL && m->p->drift == DRIFT_IGNORE)
		return ERR_OK;
	if (m->target != NULL && m->p->drift == DRIFT_FAIL)
		return lacking(m, from->name);
	if (from->doubt != NULL)
		m->plan->unsure[m->plan->nunsure++] = from;
	m->plan->nadded += m->target != NULL;
	f = made_field(m, from->name, e);
	add_field(m, &f, e);
	return ERR_OK;
}

static enum err_code check_required(struct maker *m)
{
	for (int i = 0; m->target != NULL && i < m->target->nfields; i++) {
		const struct field *f = &m->target->field[i];

		if (!f->is_required || f->is_generated || f->has_default ||
		    planned(m->plan, f->name) >= 0)
			continue;
		err_set(m->err, ERR_CONFIG,
			"nothing fills field %s of the target, which must not be null",
			shown(m, f->name));
		err_hint(m->err, "Give a map rule: %s = EXPRESSION.", shown(m, f->name));
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err_code check_keys(struct maker *m)
{
	for (int i = 0; i < m->p->nkeys; i++) {
		if (schema_find(&m->plan->fields, slice_of(m->p->key[i])) >= 0)
			continue;
		err_set(m->err, ERR_CONFIG, "the key field %s is not among the mapped fields",
			shown(m, m->p->key[i]));
		err_hint(m->err, "Keys are names of target fields.");
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err_code make_filter(struct maker *m)
{
	struct type_spec boolean = { .type = TYPE_BOOL };
	struct expr *e;
	enum err_code rc;

	if (m->p->filter == NULL || m->p->filter[0] == '\0')
		return ERR_OK;
	rc = expr_compile(m->mem, m->p->filter, m->source, &e, m->err);
	if (rc == ERR_OK && e->type.type != TYPE_BOOL && e->type.type != TYPE_TEXT)
		rc = err_set(m->err, ERR_CONFIG, "it must be a condition, this gives %s",
			     type_name(e->type.type));
	if (rc == ERR_OK)
		rc = expr_cast(m->mem, e, &boolean, &m->plan->filter, m->err);
	return rc == ERR_OK ? ERR_OK : err_wrap(m->err, rc, "filter");
}

/* Whether column i of the source can go on as it is, known before any batch is. */
static bool is_same(const struct maker *m, int i)
{
	const struct expr *e = m->plan->expr[i];
	const struct type_spec *to = &m->plan->fields.field[i].type;

	if (expr_is_field(e) != i || !expr_cast_is_noop(&e->cast, &e->decl->type))
		return false;
	/* Other fields of a file are guessed types: their batches carry text. */
	return e->decl->type.pg_oid == to->pg_oid &&
	       (to->pg_oid != 0 || (to->type == TYPE_TEXT && e->decl->type.type == TYPE_TEXT));
}

static bool is_identity(const struct maker *m)
{
	if (m->plan->filter != NULL || m->plan->checks != NULL ||
	    m->plan->fields.nfields != m->source->nfields)
		return false;
	for (int i = 0; i < m->source->nfields; i++)
		if (!is_same(m, i))
			return false;
	return true;
}

static enum err_code make_fields(struct maker *m)
{
	size_t most = (size_t)m->p->nmaps + (size_t)m->source->nfields;
	enum err_code rc = ERR_OK;

	m->plan->fields.field = arena_array(m->mem, most, sizeof(struct field));
	m->plan->expr = arena_array(m->mem, most, sizeof(struct expr *));
	m->used = arena_alloc(m->mem, (size_t)m->source->nfields + 1);
	for (int i = 0; i < m->p->nmaps && rc == ERR_OK; i++)
		if (!mapping_leaves_out(m->p->map[i].expr))
			rc = add_rule(m, &m->p->map[i]);
	for (int i = 0; i < m->source->nfields && rc == ERR_OK && !m->p->only_mapped; i++)
		rc = carry_over(m, i);
	if (rc == ERR_OK && m->plan->fields.nfields == 0)
		rc = err_set(m->err, ERR_CONFIG, "no field of the source goes to the target");
	return rc;
}

enum err_code plan_make(struct arena *mem, const struct pipeline *p, const struct schema *source,
			const struct schema *target, struct plan **out, struct err *err)
{
	struct plan *plan = arena_alloc(mem, sizeof(*plan));
	struct maker m = { mem, p, source, target, plan, NULL, err };
	enum err_code rc;

	plan->unsure = arena_array(mem, (size_t)(source->nfields + p->nmaps),
				   sizeof(const struct field *));
	rc = make_fields(&m);
	if (rc == ERR_OK)
		rc = check_required(&m);
	if (rc == ERR_OK)
		rc = check_keys(&m);
	if (rc == ERR_OK)
		rc = make_filter(&m);
	if (rc == ERR_OK && p->nchecks > 0)
		rc = check_compile(mem, p->nchecks, p->check, &plan->fields, &plan->checks, err);
	if (rc != ERR_OK)
		return rc;
	plan->is_identity = is_identity(&m);
	*out = plan;
	return ERR_OK;
}

/* ---- applying ----------------------------------------------------------------- */

/* The server's own bytes go on to a column of the same type untouched. */
static bool passes_through(const struct plan *plan, int i, const struct batch *in)
{
	const struct expr *e = plan->expr[i];
	const struct column *c;

	if (e->kind != EXPR_FIELD)
		return false;
	c = &in->col[e->field];
	return c->pg_oid != 0 && c->pg_oid == plan->fields.field[i].type.pg_oid &&
	       expr_cast_is_noop(&e->cast, &e->decl->type);
}

static enum err_code decode(const struct expr *e, struct batch *in, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (e->kind == EXPR_FIELD)
		return pgbin_decode(in, e->field, e->name, err);
	for (int i = 0; i < e->nargs && rc == ERR_OK; i++)
		rc = decode(e->arg[i], in, err);
	return rc;
}

static void start(const struct batch *in, struct batch *out)
{
	out->nrows = in->nrows;
	out->part = in->part;
	out->raw_text = in->raw_text;
	out->raw_ctx = in->raw_ctx;
	out->input_bytes = in->input_bytes;
	memcpy(out->at, in->at, in->nrows * sizeof(*in->at));
	memcpy(out->state, in->state, in->nrows);
	for (uint32_t i = 0; i < in->nproblems; i++) {
		const struct problem *p = &in->problem[i];

		batch_reject(out, p->row, p->field, p->value, p->rule, "%s", p->reason);
	}
}

static void run_filter(const struct plan *plan, struct expr_run *run, struct batch *in,
		       struct batch *out, uint8_t *look)
{
	struct vec v = expr_peek(run, plan->filter, in, out, "", look);

	for (uint32_t i = 0; i < in->nrows; i++) {
		if (!look[i])
			continue;
		if (out->state[i] == ROW_LIVE && (v.null[i & v.mask] || !v.v.i64[i & v.mask]))
			out->state[i] = ROW_FILTERED;
		look[i] = out->state[i] == ROW_LIVE;
	}
}

static void share(const struct column *from, struct column *to, uint32_t nrows)
{
	to->type = from->type;
	to->pg_oid = from->pg_oid;
	to->v = from->v;
	memcpy(to->null, from->null, nrows);
}

enum err_code plan_apply(struct plan *plan, struct expr_run *run, struct batch *in,
			 struct batch *out, struct err *err)
{
	enum err_code rc = plan->filter != NULL ? decode(plan->filter, in, err) : ERR_OK;
	uint8_t *look;

	if (in->nrows > out->cap)
		return err_set(err, ERR_BUG, "a batch of %u rows for room of %u", in->nrows,
			       out->cap);
	for (int i = 0; i < plan->fields.nfields && rc == ERR_OK; i++)
		if (!passes_through(plan, i, in))
			rc = decode(plan->expr[i], in, err);
	if (rc != ERR_OK)
		return rc;
	start(in, out);
	look = arena_bytes(out->mem, in->nrows + 1);
	for (uint32_t i = 0; i < in->nrows; i++)
		look[i] = in->state[i] == ROW_LIVE;
	if (plan->filter != NULL)
		run_filter(plan, run, in, out, look);
	for (int i = 0; i < plan->fields.nfields; i++) {
		if (passes_through(plan, i, in))
			share(&in->col[plan->expr[i]->field], &out->col[i], in->nrows);
		else
			expr_eval_rows(run, plan->expr[i], in, out, i, plan->fields.field[i].name,
				       look);
	}
	return plan->checks != NULL ? check_run_rows(plan->checks, out, look, err) : ERR_OK;
}
