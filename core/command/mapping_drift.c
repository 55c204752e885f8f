/*
 * core/command/mapping_drift.c
 *	What is other about a source than when its mapping was published or first run.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/mapping_work.h"
#include "core/engine/engine.h"
#include "core/flow/expr.h"

#define WAIT_MS 2000	/* a listing that was asked for comes without it */

enum err_code mapping_drift_look(struct mapping_work *w, struct mapping_drift *out,
				 struct err *err)
{
	struct arena *mem = w->ctx->mem;
	struct schema now = { 0 };
	struct pipeline p = w->pipeline;
	struct engine_env env;
	char why[400];
	enum err_code rc;

	*out = (struct mapping_drift){ 0 };
	if (w->row.fields == NULL)
		return ERR_OK;
	rc = cmd_engine_env(w->ctx, &env, err);
	if (rc == ERR_OK)
		rc = pipeline_fill_slot(mem, &p, NULL, err);
	if (rc == ERR_OK)
		rc = engine_describe(mem, &env, &p.source, WAIT_MS, &now, err);
	if (rc == ERR_OK)
		out->n = drift_find(mem, w->row.fields, &now, &out->d);
	if (rc == ERR_OK || rc == ERR_INTERRUPTED)
		return rc;
	err_text(err, why, sizeof(why));
	out->unknown = arena_strdup(mem, why);
	err_clear(err);
	return ERR_OK;
}

void mapping_drift_tell(const struct mapping_work *w, const struct mapping_drift *d)
{
	const char *name = w->row.name;

	if (d->unknown != NULL)
		cmd_note(w->ctx, "whether the source has changed is not known: %s; "
			 "leat mapping sources %s waits for it", d->unknown, name);
	else if (d->n > 0)
		cmd_note(w->ctx, "the source is another than it was: %s; leat mapping sources %s "
			 "has each field, leat mapping publish %s takes them as they are now",
			 drift_text(w->ctx->mem, d->d, d->n), name, name);
}

const char *mapping_drift_of(struct arena *mem, const struct mapping_drift *d, const char *expr)
{
	struct drift *read = arena_array(mem, (size_t)d->n + 1, sizeof(*read));
	int n = 0;

	for (int i = 0; i < d->n; i++)
		if (expr_names(expr, d->d[i].field))
			read[n++] = d->d[i];
	return drift_text(mem, read, n);
}

/* Whether a line makes a field of that name, or is made of it. */
static bool has_line(const struct pipeline *p, const char *field)
{
	for (int i = 0; i < p->nmaps; i++)
		if (strcmp(p->map[i].target, field) == 0 || expr_names(p->map[i].expr, field))
			return true;
	return false;
}

const char *mapping_drift_of_others(struct arena *mem, const struct mapping_drift *d,
				    const struct pipeline *p)
{
	struct drift *other = arena_array(mem, (size_t)d->n + 1, sizeof(*other));
	int n = 0;

	for (int i = 0; i < d->n; i++)
		if (!has_line(p, d->d[i].field))
			other[n++] = d->d[i];
	return drift_text(mem, other, n);
}
