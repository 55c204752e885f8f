/*
 * core/command/suggest.c
 *	Opens both ends, samples them, and lets core/flow/match.h judge.
 */
#include "core/command/suggest.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/engine/engine.h"
#include "core/meta/matching.h"

#define FOUND_VALUES 50		/* of a source that are looked up in a key */

struct work {
	struct cmd_ctx *ctx;
	struct arena *mem;
	const struct suggest_ask *what;
	struct engine_env env;
	int64_t rows;
	struct schema target;
	struct match_field *source_field, *target_field;
	struct match_ask *ask;
};

static enum err_code open_end(struct work *w, const struct pipeline_end *e, struct conn **out,
			      struct err *err)
{
	return engine_open_connection(w->mem, &w->env, e->connection, e->connector, out, err);
}

static enum err_code profile_of(struct work *w, struct conn *c, const struct read_spec *spec,
				struct profile_report *out, struct err *err)
{
	struct profile_how how = { .ntops = PROFILE_TOPS_MAX, .stop = w->ctx->stop };

	if (!(c->ops->caps & CONN_READ))
		return err_set(err, ERR_CONFIG, "connector %s cannot read", c->ops->type);
	return profile_run(w->mem, c, spec, &how, out, NULL, err);
}

static enum err_code read_source(struct work *w, struct err *err)
{
	const struct pipeline_end *e = &w->what->source;
	struct read_spec spec = { .stream = e->stream, .query = e->query, .options = &e->options,
				  .limit_rows = w->rows };
	struct profile_report r = { 0 };
	struct conn *c = NULL;
	enum err_code rc = open_end(w, e, &c, err);

	if (rc == ERR_OK)
		rc = profile_of(w, c, &spec, &r, err);
	conn_close(c);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "a sample of the source");
	w->source_field = arena_array(w->mem, (size_t)r.nfields + 1, sizeof(*w->source_field));
	for (int i = 0; i < r.nfields; i++)
		w->source_field[i] = (struct match_field){
			.name = r.field[i].name, .type = r.field[i].type,
			.is_key = r.field[i].is_key,
			.values = r.rows > 0 ? &r.field[i] : NULL,
		};
	w->ask->nsources = r.nfields;
	w->ask->source = w->source_field;
	return ERR_OK;
}

/* A key of several fields makes none of them unique. */
static bool has_simple_key(const struct schema *s)
{
	int n = 0;

	for (int i = 0; i < s->nfields; i++)
		n += s->field[i].is_key;
	return n == 1;
}

static const struct profile_field *values_of(const struct profile_report *r, const char *name)
{
	for (int i = 0; i < r->nfields; i++)
		if (strcmp(r->field[i].name, name) == 0)
			return r->rows > 0 ? &r->field[i] : NULL;
	return NULL;
}

static enum err_code read_target(struct work *w, struct err *err)
{
	const struct pipeline_end *e = &w->what->target;
	struct read_spec spec = { .stream = e->stream, .limit_rows = w->rows };
	struct profile_report r = { 0 };
	struct conn *c = NULL;
	enum err_code rc = open_end(w, e, &c, err);
	bool is_simple;
	int n = 0;

	if (rc == ERR_OK)
		rc = c->ops->describe(c, w->mem, &spec, &w->target, NULL, err);
	if (rc == ERR_OK && (c->ops->caps & CONN_READ))
		rc = profile_of(w, c, &spec, &r, err);
	conn_close(c);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "the target");
	is_simple = has_simple_key(&w->target);
	w->target_field = arena_array(w->mem, (size_t)w->target.nfields + 1,
				      sizeof(*w->target_field));
	for (int i = 0; i < w->target.nfields; i++) {
		const struct field *f = &w->target.field[i];

		if (f->is_generated)
			continue;
		w->target_field[n++] = (struct match_field){
			.name = f->name, .type = f->type, .is_key = f->is_key && is_simple,
			.values = values_of(&r, f->name),
		};
	}
	w->ask->ntargets = n;
	w->ask->target = w->target_field;
	return ERR_OK;
}

/* ---- values that are keys there -------------------------------------------------- */

static bool may_be_the_same(const struct match_field *s, const struct match_field *t)
{
	bool is_number = s->type.type == TYPE_INT && t->type.type == TYPE_DECIMAL;

	return s->values != NULL && s->values->ntops > 0 &&
	       (s->type.type == t->type.type || is_number);
}

static enum err_code look_up(struct work *w, struct conn *c, int s, int t, struct match_found *out,
			     struct err *err)
{
	const struct profile_field *v = w->source_field[s].values;
	int n = v->ntops < FOUND_VALUES ? v->ntops : FOUND_VALUES;
	uint8_t null[FOUND_VALUES] = { 0 }, found[FOUND_VALUES] = { 0 };
	struct slice text[FOUND_VALUES];
	struct column col = { .type = TYPE_TEXT, .null = null, .v.text = text };
	enum err_code rc;

	for (int i = 0; i < n; i++)
		text[i] = slice_of(v->top[i].text);
	rc = c->ops->exists(c, w->what->target.stream, w->target_field[t].name, &col, (uint32_t)n,
			    found, err);
	*out = (struct match_found){ .source = s, .target = t, .asked = n };
	for (int i = 0; i < n; i++)
		out->found += found[i];
	return rc;
}

/* Only in the primary key: that has an index. */
static enum err_code read_found(struct work *w, struct err *err)
{
	struct match_found *all = arena_array(w->mem, (size_t)w->ask->nsources + 1, sizeof(*all));
	struct conn *c = NULL;
	enum err_code rc = ERR_OK;
	int key = -1;

	for (int t = 0; t < w->ask->ntargets; t++)
		if (w->target_field[t].is_key && w->target_field[t].values != NULL)
			key = t;
	if (key < 0)
		return ERR_OK;
	rc = open_end(w, &w->what->target, &c, err);
	for (int s = 0; s < w->ask->nsources && rc == ERR_OK; s++)
		if ((c->ops->caps & CONN_LOOKUP) &&
		    may_be_the_same(&w->source_field[s], &w->target_field[key]))
			rc = look_up(w, c, s, key, &all[w->ask->nfound++], err);
	conn_close(c);
	w->ask->found = all;
	return rc;
}

/* ---- decisions --------------------------------------------------------------------- */

static const char **normals(struct arena *mem, int n, const struct match_field *f)
{
	const char **all = arena_array(mem, (size_t)n + 1, sizeof(*all));

	for (int i = 0; i < n; i++)
		all[i] = match_normal(mem, f[i].name);
	return all;
}

static enum err_code read_past(struct work *w, struct err *err)
{
	struct matching_list known;
	struct match_past *past;
	struct db *db;
	enum err_code rc = cmd_db(w->ctx, &db, err);

	if (rc == ERR_OK)
		rc = matching_list(w->mem, db, w->ask->nsources,
				   normals(w->mem, w->ask->nsources, w->source_field),
				   w->ask->ntargets,
				   normals(w->mem, w->ask->ntargets, w->target_field), &known,
				   err);
	if (rc != ERR_OK)
		return rc;
	past = arena_array(w->mem, (size_t)known.n + 1, sizeof(*past));
	for (int i = 0; i < known.n; i++)
		past[i] = (struct match_past){ known.m[i].source, known.m[i].target,
					       known.m[i].accepted, known.m[i].refused };
	w->ask->npast = known.n;
	w->ask->past = past;
	return ERR_OK;
}

static int field_named(int n, const struct match_field *f, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(f[i].name, name) == 0)
			return i;
	return -1;
}

static enum err_code read_fixed(struct work *w, struct err *err)
{
	const struct suggest_ask *what = w->what;
	struct match_fixed *fixed = arena_array(w->mem, (size_t)what->nfixed + 1, sizeof(*fixed));

	for (int i = 0; i < what->nfixed; i++) {
		const struct suggest_fixed *f = &what->fixed[i];
		int t = field_named(w->ask->ntargets, w->target_field, f->target);
		int s = f->source == NULL
			? -1 : field_named(w->ask->nsources, w->source_field, f->source);

		if (!what->is_lenient && t < 0)
			return err_set(err, ERR_NOT_FOUND, "the target has no field %s",
				       f->target);
		if (!what->is_lenient && f->source != NULL && s < 0)
			return err_set(err, ERR_NOT_FOUND, "the source has no field %s",
				       f->source);
		if (t >= 0)
			fixed[w->ask->nfixed++] = (struct match_fixed){ t, s };
	}
	w->ask->fixed = fixed;
	return ERR_OK;
}

enum err_code suggest_run(struct cmd_ctx *ctx, const struct suggest_ask *what,
			  struct suggest *out, struct err *err)
{
	struct work w = { .ctx = ctx, .mem = ctx->mem, .what = what, .ask = &out->ask,
			  .rows = what->rows > 0 ? what->rows : SUGGEST_ROWS };
	enum err_code rc = cmd_engine_env(ctx, &w.env, err);

	*out = (struct suggest){ .ask = { .most = what->most, .least = what->least } };
	/* The target first: that it is not there should not cost a look at the source. */
	if (rc == ERR_OK)
		rc = read_target(&w, err);
	if (rc == ERR_OK)
		rc = read_source(&w, err);
	if (rc == ERR_OK)
		rc = read_found(&w, err);
	if (rc == ERR_OK)
		rc = read_past(&w, err);
	if (rc == ERR_OK)
		rc = read_fixed(&w, err);
	if (rc == ERR_OK)
		match_run(ctx->mem, &out->ask, &out->answer);
	return rc;
}
