/*
 * core/flow/preview_fields.c
 *	What fills each field of a target, and what can be said of that without any row.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/expr_node.h"
#include "core/flow/mapping.h"
#include "core/flow/preview_priv.h"
#include "core/flow/written.h"

struct maker {
	struct arena *mem;
	const struct pipeline *p;
	const struct schema *source, *target;
	struct preview_result *out;
	struct expr **expr;
	uint8_t *told;		/* by line: its field has been made */
};

const char *preview_status_name(enum preview_status s)
{
	static const char *const name[] = { "ok", "empty", "LOSSY", "MISSING", "ERROR" };

	return name[s];
}

static struct preview_field *add(struct maker *m, const struct field *f)
{
	struct preview_field *to = &m->out->f[m->out->n++];

	*to = (struct preview_field){ .field = *f, .source = -1, .is_new = m->target == NULL };
	to->field.refuses_null |= m->p->mode == MODE_UPSERT && pipeline_has_key(m->p, f->name);
	return to;
}

static void wrong(struct maker *m, struct preview_field *f, const char *why, int at)
{
	f->status = PREVIEW_ERROR;
	f->problem = arena_strdup(m->mem, why);
	f->at = at;
	m->expr[f - m->out->f] = NULL;
}

/* The one field of the source that e reads; -1: none, or several. */
static int only_source(struct maker *m, const struct expr *e)
{
	uint8_t *used = arena_alloc(m->mem, (size_t)m->source->nfields + 1);
	int found = -1;

	expr_fields(e, used);
	for (int i = 0; i < m->source->nfields; i++) {
		if (!used[i])
			continue;
		m->out->used[i] = 1;
		found = found == -1 ? i : -2;
	}
	return found < 0 ? -1 : found;
}

/* Whether values of type a may lose something as b, by what the types say. */
static bool is_narrower(const struct expr *e, const struct type_spec *to)
{
	const struct type_spec *from = &e->type;
	struct cast k = { .to = *to };

	if (from->type == TYPE_FLOAT && (to->type == TYPE_INT || to->type == TYPE_DECIMAL))
		return true;
	if ((from->type == TYPE_TIMESTAMP || from->type == TYPE_TIMESTAMPTZ) &&
	    to->type == TYPE_DATE)
		return true;
	/* Types that were guessed from a file say nothing about its longest value. */
	if (from->type != to->type || from->pg_oid == 0)
		return false;
	if (from->type == TYPE_TEXT && from->max_chars == 0)
		return false;
	return !expr_cast_is_noop(&k, from);
}

static void compute(struct maker *m, struct preview_field *f, struct expr *e)
{
	struct expr *cast = e;
	struct err err = { 0 };

	f->result = e->type;
	f->source = only_source(m, e);
	if (m->target != NULL && !f->is_new && f->field.type.type != TYPE_TEXT)
		f->doubt = expr_doubt(e);
	if (f->doubt != NULL && written_doubt(m->mem, f->doubt, &err) != ERR_OK) {
		wrong(m, f, err.frame[0].text, 0);
		return;
	}
	if (m->target != NULL && !f->is_new &&
	    expr_cast(m->mem, e, &f->field.type, &cast, &err) != ERR_OK) {
		wrong(m, f, err.frame[0].text, 0);
		return;
	}
	m->expr[f - m->out->f] = cast;
	if (m->target != NULL && !f->is_new && is_narrower(e, &f->field.type)) {
		f->status = PREVIEW_LOSSY;
		f->problem = arena_printf(m->mem, "%s into %s may lose something",
					  type_format(m->mem, &e->type),
					  type_format(m->mem, &f->field.type));
	}
}

static void by_line(struct maker *m, struct preview_field *f, int line)
{
	const struct map_rule *r = &m->p->map[line];
	struct err err = { 0 };
	struct expr *e;

	m->told[line] = 1;
	if (mapping_leaves_out(r->expr)) {
		f->expr = "-";
		return;
	}
	f->origin = PREVIEW_BY_LINE;
	f->expr = r->expr;
	if (expr_compile(m->mem, r->expr, m->source, &e, &err) != ERR_OK) {
		wrong(m, f, err.frame[0].text, expr_error_at(&err));
		return;
	}
	if (f->is_new)
		f->field.type = e->type;
	compute(m, f, e);
}

static void by_name(struct maker *m, struct preview_field *f, int source)
{
	struct buf name;

	buf_init(&name, 65536);
	mapping_put_name(&name, m->source->field[source].name);
	f->origin = PREVIEW_BY_NAME;
	f->expr = arena_strdup(m->mem, buf_str(&name));
	buf_release(&name);
	if (f->is_new)
		f->field.type = m->source->field[source].type;
	compute(m, f, expr_field(m->mem, m->source, source));
}

/* The line that makes target field i; -1: none. */
static int line_of(const struct maker *m, int i)
{
	for (int k = 0; k < m->p->nmaps; k++)
		if (!m->told[k] && schema_find(m->target, slice_of(m->p->map[k].target)) == i)
			return k;
	return -1;
}

static int source_of(const struct maker *m, int i)
{
	for (int k = 0; k < m->source->nfields && !m->p->only_mapped; k++)
		if (schema_find(m->target, slice_of(m->source->field[k].name)) == i)
			return k;
	return -1;
}

static void target_fields(struct maker *m)
{
	for (int i = 0; i < m->target->nfields; i++) {
		const struct field *t = &m->target->field[i];
		int line = line_of(m, i), source;
		struct preview_field *f;

		if (t->is_generated)
			continue;
		f = add(m, t);
		source = line < 0 ? source_of(m, i) : -1;
		if (line >= 0)
			by_line(m, f, line);
		else if (source >= 0)
			by_name(m, f, source);
		if (f->status != PREVIEW_ERROR && m->expr[m->out->n - 1] == NULL) {
			f->status = t->is_required ? PREVIEW_MISSING : PREVIEW_EMPTY;
			f->problem = t->is_required ? "nothing fills it, and it must not be null"
						    : NULL;
		}
	}
}

static const char *why_not(const struct maker *m, const char *name)
{
	int at = m->target != NULL ? schema_find(m->target, slice_of(name)) : -1;

	if (at >= 0 && m->target->field[at].is_generated)
		return "the target fills this field itself";
	if (at >= 0 || preview_find(m->out, name) >= 0)
		return "another line makes this field";
	return m->target != NULL && m->p->drift != DRIFT_ADD ?
	       "the target has no such field (drift: add would make it)" : NULL;
}

static void new_lines(struct maker *m)
{
	for (int k = 0; k < m->p->nmaps; k++) {
		struct field made = { .name = m->p->map[k].target };
		const char *why;
		struct preview_field *f;

		if (m->told[k])
			continue;
		made.is_key = made.refuses_null = pipeline_has_key(m->p, made.name);
		why = mapping_leaves_out(m->p->map[k].expr) ? NULL : why_not(m, made.name);
		f = add(m, &made);
		f->is_new = true;
		by_line(m, f, k);
		if (why != NULL)
			wrong(m, f, why, 0);
		else if (f->status != PREVIEW_ERROR && m->expr[m->out->n - 1] == NULL)
			f->status = PREVIEW_EMPTY;
	}
}

static void carried(struct maker *m)
{
	for (int i = 0; i < m->source->nfields && !m->p->only_mapped; i++) {
		struct field made = { .name = m->source->field[i].name };
		const char *why;
		struct preview_field *f;

		if (m->target != NULL && schema_find(m->target, slice_of(made.name)) >= 0)
			continue;
		/* One that a line reads has done its work; one that is left out is told. */
		if (m->out->used[i] || preview_find(m->out, made.name) >= 0 ||
		    (m->target != NULL && m->p->drift == DRIFT_IGNORE))
			continue;
		why = why_not(m, made.name);
		made.is_key = made.refuses_null = pipeline_has_key(m->p, made.name);
		f = add(m, &made);
		f->is_new = true;
		by_name(m, f, i);
		if (why != NULL)
			wrong(m, f, why, 0);
	}
}

void preview_fields(struct arena *mem, const struct preview_ask *ask, const struct schema *source,
		    struct preview_result *out, struct expr ***expr)
{
	struct maker m = { mem, ask->pipeline, source, ask->target, out, NULL, NULL };
	size_t most = (size_t)m.p->nmaps + (size_t)source->nfields + 1 +
		      (ask->target != NULL ? (size_t)ask->target->nfields : 0);

	out->f = arena_array(mem, most, sizeof(*out->f));
	out->used = arena_alloc(mem, (size_t)source->nfields + 1);
	m.expr = arena_array(mem, most, sizeof(struct expr *));
	m.told = arena_alloc(mem, (size_t)m.p->nmaps + 1);
	if (m.target != NULL)
		target_fields(&m);
	new_lines(&m);
	carried(&m);
	*expr = m.expr;
}

int preview_find(const struct preview_result *r, const char *field)
{
	for (int i = 0; i < r->n; i++)
		if (strcmp(r->f[i].field.name, field) == 0)
			return i;
	return -1;
}
