/*
 * core/command/rejects.c
 *	Which rejects a command is about, and what would become of them.
 */
#include "core/command/rejects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/db/db.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"

/* ---- which ---------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum err_code find_named(const struct cmd_ctx *ctx, const struct cmd_args *in,
				struct replay_set *out, struct err *err)
{
	int n = arg_count(in, "id");

	out->id = arena_array(ctx->mem, (size_t)n + 1, sizeof(*out->id));
	for (int i = 0; i < n; i++)
		out->id[i] = strtoll(arg_nth(in, "id", i), NULL, 10);
	qsort(out->id, (size_t)n, sizeof(*out->id), by_number);
	for (int i = 0; i < n; i++)
		if (out->n == 0 || out->id[out->n - 1] != out->id[i])
			out->id[out->n++] = out->id[i];
	(void)err;
	return ERR_OK;
}

/* It does not count: why not. */
static enum err_code refuse(struct cmd_ctx *ctx, struct db *db, int64_t id, struct err *err)
{
	struct reject_row row;
	enum err_code rc = reject_get(ctx->mem, db, id, &row, err);

	if (rc != ERR_OK)
		return rc;
	err_set(err, ERR_CONFLICT, "reject %" PRId64 " is void: job %" PRId64 " failed over its "
		"budget, and stored nothing", id, row.job);
	err_hint(err, "Mend the source or the mapping, and load all of it again.");
	return ERR_CONFLICT;
}

/* Those named that count. */
static enum err_code keep_known(struct cmd_ctx *ctx, struct db *db, struct replay_set *set,
				struct err *err)
{
	struct repair_origin *known;
	int n = 0, asked = set->n;
	enum err_code rc = repair_origins(ctx->mem, db, set->id, set->n, &known, &n, err);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n; i++)
		set->id[i] = known[i].id;
	if (n == 0)
		return refuse(ctx, db, set->id[0], err);
	set->n = n;
	if (n < asked)
		cmd_note(ctx, "%d of these are no rejects", asked - n);
	return ERR_OK;
}

enum err_code rejects_filter(struct cmd_ctx *ctx, const struct cmd_args *in,
			     const char *filter_name, struct reject_filter *out, struct err *err)
{
	const char *text = arg_text(in, filter_name);

	*out = (struct reject_filter){
		.job = arg_int8(in, "job"),
		.field = arg_text(in, "field"),
		.rule = arg_text(in, "rule"),
		.ask.filter = text,
	};
	if (arg_given(in, "pipeline"))
		out->ask.filter = arena_printf(ctx->mem, "pipeline=%s (%s)",
					    body_quoted(ctx->mem, arg_text(in, "pipeline")),
					    text != NULL && text[0] != '\0' ? text : "id>0");
	if (!arg_bool(in, "last"))
		return ERR_OK;
	if (arg_given(in, "job"))
		return err_set(err, ERR_USAGE, "--last does not go with a job");
	return jobs_id(ctx, in, "job", &out->job, err);
}

static enum err_code find_matching(struct cmd_ctx *ctx, struct db *db, const struct cmd_args *in,
				   const char *filter_name, struct replay_set *out,
				   struct err *err)
{
	struct reject_filter f;
	enum err_code rc = rejects_filter(ctx, in, filter_name, &f, err);

	return rc == ERR_OK ? reject_ids(ctx->mem, db, &f, &out->id, &out->job, &out->n, err) : rc;
}

enum err_code rejects_find(struct cmd_ctx *ctx, const struct cmd_args *in,
			   const char *filter_name, struct replay_set *out, struct err *err)
{
	static const char *const names[] = { "job", "last", "pipeline", "field", "rule" };
	const char *text = arg_text(in, filter_name) != NULL ? arg_text(in, filter_name) : "";
	bool is_named = arg_count(in, "id") > 0;
	/* An empty filter names nothing: it must not mean every reject there is. */
	bool is_said = text[strspn(text, " \t\n")] != '\0';
	struct db *db;
	enum err_code rc;

	*out = (struct replay_set){ 0 };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_said |= arg_given(in, names[i]);
	if (is_named && is_said)
		return err_set(err, ERR_USAGE, "either numbers of rejects, or what they have in "
			       "common");
	if (!is_named && !is_said) {
		err_set(err, ERR_USAGE, "which rejects?");
		err_hint(err, "Say their numbers, or options such as --job, --last, --pipeline and "
			 "--%s.", filter_name);
		return ERR_USAGE;
	}
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = is_named ? find_named(ctx, in, out, err)
			      : find_matching(ctx, db, in, filter_name, out, err);
	return rc == ERR_OK && is_named ? keep_known(ctx, db, out, err) : rc;
}

enum err_code rejects_some(struct cmd_ctx *ctx, const struct cmd_args *in, int most,
			   struct replay_set *out, struct err *err)
{
	struct reject_filter f;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	*out = (struct replay_set){ 0 };
	if (rc == ERR_OK)
		rc = rejects_filter(ctx, in, "where", &f, err);
	f.limit = most;
	return rc == ERR_OK ? reject_ids(ctx->mem, db, &f, &out->id, &out->job, &out->n, err) : rc;
}

/* ---- whose ---------------------------------------------------------------------- */

/* The pipeline as it is now, or as the job had it. */
static enum err_code read_pipeline(struct cmd_ctx *ctx, struct db *db, struct rejects_group *g,
				   struct err *err)
{
	struct pipeline_row row;
	struct pipeline was;
	struct job_row job;
	enum err_code rc = job_get(ctx->mem, db, g->job, &job, err);

	if (rc == ERR_OK)
		rc = body_read(ctx->mem, job.body,
			       arena_printf(ctx->mem, "job %" PRId64, g->job), &was, err);
	if (rc != ERR_OK)
		return rc;
	g->p = was;
	g->name = arena_printf(ctx->mem, "load %" PRId64, g->job);
	if (g->pipeline_id == 0)
		return ERR_OK;
	g->name = arena_printf(ctx->mem, "pipeline %s", job.pipeline);
	rc = pipeline_get(ctx->mem, db, job.pipeline, &row, err);
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		g->is_gone = true;
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body, g->name, &g->p, err);
	if (rc != ERR_OK)
		return rc;
	g->p.name = row.name;
	/* All of a group were met by jobs of this slot. */
	g->p.slot = was.slot;
	return ERR_OK;
}

static struct rejects_group *group_of(struct cmd_ctx *ctx, struct rejects_groups *all,
				      const struct repair_origin *o, int n)
{
	struct rejects_group *more;

	for (int i = all->n - 1; i >= 0; i--) {
		struct rejects_group *g = &all->g[i];

		if (o->pipeline_id != 0 ? g->pipeline_id == o->pipeline_id &&
					  strcmp(g->slot, o->slot) == 0
					: g->pipeline_id == 0 && g->job == o->job)
			return g;
	}
	more = arena_array(ctx->mem, (size_t)all->n + 1, sizeof(*more));
	if (all->n > 0)
		memcpy(more, all->g, (size_t)all->n * sizeof(*more));
	all->g = more;
	more[all->n] = (struct rejects_group){ .pipeline_id = o->pipeline_id, .job = o->job,
						.slot = o->slot };
	more[all->n].set.id = arena_array(ctx->mem, (size_t)n + 1, sizeof(int64_t));
	return &more[all->n++];
}

static int by_job(const void *a, const void *b)
{
	const struct repair_origin *x = a, *y = b;

	return (x->job > y->job) - (x->job < y->job);
}

/* Of each reject where its job is not known; else of the first one of each job, by job. */
static enum err_code find_origins(struct cmd_ctx *ctx, struct db *db, const struct replay_set *set,
				  struct repair_origin **out, int *n, struct err *err)
{
	struct repair_origin *first;
	int64_t *id;
	int nfirst = 0, k = 0;
	enum err_code rc;

	if (set->job == NULL)
		return repair_origins(ctx->mem, db, set->id, set->n, out, n, err);
	first = arena_array(ctx->mem, (size_t)set->n + 1, sizeof(*first));
	for (int i = 0; i < set->n; i++)
		if (i == 0 || set->job[i] != set->job[i - 1])
			first[nfirst++] = (struct repair_origin){ .id = set->id[i],
								  .job = set->job[i] };
	qsort(first, (size_t)nfirst, sizeof(*first), by_job);
	id = arena_array(ctx->mem, (size_t)nfirst + 1, sizeof(*id));
	for (int i = 0; i < nfirst; i++)
		if (i == 0 || first[i].job != first[i - 1].job)
			id[k++] = first[i].id;
	qsort(id, (size_t)k, sizeof(*id), by_number);
	rc = repair_origins(ctx->mem, db, id, k, out, n, err);
	if (rc == ERR_OK)
		qsort(*out, (size_t)*n, sizeof(**out), by_job);
	return rc;
}

/* NULL: it has gone. */
static const struct repair_origin *origin_of(const struct replay_set *set, int i,
					     const struct repair_origin *o, int n)
{
	struct repair_origin key = { 0 };

	if (set->job == NULL)
		return &o[i];
	key.job = set->job[i];
	return bsearch(&key, o, (size_t)n, sizeof(*o), by_job);
}

enum err_code rejects_group(struct cmd_ctx *ctx, struct db *db, const struct replay_set *set,
			    struct rejects_groups *out, struct err *err)
{
	struct repair_origin *o;
	int n = 0;
	enum err_code rc = find_origins(ctx, db, set, &o, &n, err);

	*out = (struct rejects_groups){ 0 };
	for (int i = 0; i < (set->job != NULL ? set->n : n) && rc == ERR_OK; i++) {
		const struct repair_origin *from = origin_of(set, i, o, n);
		struct rejects_group *g = from != NULL ? group_of(ctx, out, from, set->n) : NULL;

		if (g != NULL)
			g->set.id[g->set.n++] = set->job != NULL ? set->id[i] : from->id;
	}
	for (int i = 0; i < out->n && rc == ERR_OK; i++)
		rc = read_pipeline(ctx, db, &out->g[i], err);
	return rc;
}

/* ---- what would become of them --------------------------------------------------- */

struct watch {
	struct arena *mem;
	struct rejects_forecast *out;
	int keep;
};

static const char *problems_text(struct arena *mem, const struct reject *r)
{
	const char *text = "";

	for (int i = 0; i < r->nproblems && i < 5; i++)
		text = arena_printf(mem, "%s%s%s%s%s", text, i > 0 ? "; " : "",
				    r->problem[i].field,
				    r->problem[i].field[0] != '\0' ? " " : "",
				    r->problem[i].reason);
	return text;
}

static enum err_code note_refused(void *ctx, const struct reject *r, struct err *err)
{
	struct watch *w = ctx;
	struct rejects_forecast *f = w->out;

	(void)err;
	if (f->nwhy == f->cap)
		return ERR_OK;
	f->why[f->nwhy++] = (struct rejects_verdict){ r->at.row, problems_text(w->mem, r) };
	return ERR_OK;
}

enum err_code rejects_forecast(struct cmd_ctx *ctx, struct db *db,
			       const struct rejects_group *g, int keep,
			       struct rejects_forecast *out, struct err *err)
{
	struct watch w = { ctx->mem, out, keep };
	struct replay_dry hooks = { .ctx = &w, .refused = note_refused, .over = g->over,
				    .nover = g->nover };
	struct arena *mem = arena_new(ctx->mem, "forecast");
	struct engine_env env;
	struct ledger sum = { 0 };
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	*out = (struct rejects_forecast){ .cap = keep };
	out->why = arena_array(ctx->mem, (size_t)keep + 1, sizeof(*out->why));
	if (rc == ERR_OK)
		rc = replay_dry_run(mem, &env, db, &g->p, &g->set, &hooks, &sum, err);
	out->passes = sum.written;
	out->fails = sum.rejected;
	out->filtered = sum.filtered;
	arena_free(mem);
	return rc == ERR_OK ? rc : err_wrap(err, rc, "%s", g->name);
}

/* ---- cells ------------------------------------------------------------------------ */

static enum err_code read_one(struct arena *mem, struct db *db, const struct replay_set *set,
			      enum replay_how how, struct batch **b, const struct schema **fields,
			      struct err *err)
{
	struct replay_reader *r;
	enum err_code rc = replay_reader_new(mem, db, set, how, &r, err);

	*b = NULL;
	if (rc != ERR_OK)
		return rc;
	*fields = replay_reader_texts(r);
	*b = replay_reader_batch(r);
	return replay_reader_next(r, *b, err);
}

static struct slice copy(struct arena *mem, struct slice v)
{
	return (struct slice){ arena_strndup(mem, v.n > 0 ? v.p : "", v.n), v.n };
}

enum err_code rejects_cells(struct arena *mem, struct db *db, int64_t id,
			    struct rejects_cells *out, struct err *err)
{
	struct replay_set set = { .id = &id, .n = 1 };
	struct batch *now = NULL, *was = NULL;
	const struct schema *fields = NULL;
	enum err_code rc = read_one(mem, db, &set, REPLAY_LOOSE, &now, &fields, err);

	*out = (struct rejects_cells){ 0 };
	if (rc == ERR_OK)
		rc = read_one(mem, db, &set, REPLAY_AS_MET, &was, &fields, err);
	if (rc == ERR_OK && now->nrows == 1 && was->nrows == 1) {
		out->c = arena_array(mem, (size_t)fields->nfields + 1, sizeof(*out->c));
		for (int i = 0; i < fields->nfields; i++)
			out->c[out->n++] = (struct rejects_cell){
				.field = fields->field[i].name,
				.is_null = now->col[i].null[0] != 0,
				.was_null = was->col[i].null[0] != 0,
				.value = copy(mem, now->col[i].v.text[0]),
				.was = copy(mem, was->col[i].v.text[0]),
			};
	}
	batch_free(now);
	batch_free(was);
	return rc;
}

/* ---- words ------------------------------------------------------------------------ */

/* A condition over several fields is named by itself. */
static const char *subject_of(const struct reject_problem *p)
{
	static const char condition[] = "expression: ";

	return p->field[0] != '\0' || p->rule == NULL ||
	       strncmp(p->rule, condition, strlen(condition)) != 0
		       ? p->field : p->rule + strlen(condition);
}

const char *rejects_reasons(struct arena *mem, const struct reject_row *r)
{
	struct buf text;
	const char *out;

	buf_init(&text, 65536);
	for (int i = 0; i < r->nproblems; i++) {
		const struct reject_problem *p = &r->problem[i];

		const char *about = subject_of(p);

		buf_addf(&text, "%s%s%s%s", i > 0 ? "; " : "", about,
			 about[0] != '\0' ? " " : "", p->reason);
		if (p->value.n > 0)
			buf_addf(&text, " (%s)", text_fit(mem, p->value.p, p->value.n, 40));
	}
	out = arena_strdup(mem, buf_str(&text));
	buf_release(&text);
	return out;
}

enum err_code rejects_confirm(struct cmd_ctx *ctx, const char *what, const char *plan,
			      struct err *err)
{
	if (ctx->is_confirmed || (ctx->ask != NULL && ctx->ask(ctx->face, plan)))
		return ERR_OK;
	err_set(err, ERR_USAGE, "%s: not confirmed; nothing was done", what);
	err_hint(err, "Say --yes when that is what you want.");
	return ERR_USAGE;
}

/* ---- rows ------------------------------------------------------------------------- */

unsigned rejects_states(const struct cmd_args *in)
{
	unsigned states = 0;

	if (arg_bool(in, "discarded"))
		states |= REJECT_ALIVE | 1u << REJECT_DISCARDED;
	if (arg_bool(in, "replayed"))
		states |= REJECT_ALIVE | 1u << REJECT_REPLAYED;
	return states;
}

static const char *problems_json(struct arena *mem, const struct reject_row *r)
{
	json_t *list = json_array();
	const char *copy;
	char *text;

	for (int i = 0; i < r->nproblems; i++) {
		const struct reject_problem *p = &r->problem[i];
		json_t *o = json_object();
		json_t *value = json_stringn(p->value.p, p->value.n);

		json_object_set_new(o, "field", json_string(p->field));
		json_object_set_new(o, "value", value != NULL ? value : json_null());
		json_object_set_new(o, "rule", json_string(p->rule));
		json_object_set_new(o, "reason", json_string(p->reason));
		json_array_append_new(list, o);
	}
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	copy = arena_strdup(mem, text);
	free(text);
	return copy;
}

void rejects_put(struct reply *out, struct arena *mem, const struct reject_row *r)
{
	reply_int8(out, "id", r->id);
	reply_int8(out, "job", r->job);
	reply_text(out, "part", r->part);
	reply_int8(out, "row", r->row);
	if (r->line > 0)
		reply_int8(out, "line", r->line);
	if (r->offset >= 0)
		reply_int8(out, "offset", r->offset);
	reply_text(out, "reasons", rejects_reasons(mem, r));
	reply_json(out, "problems", problems_json(mem, r));
	reply_slice(out, "raw", r->raw);
	reply_int8(out, "raw_size", r->raw_size);
	reply_text(out, "at", r->at);
	reply_text(out, "state", reject_state_name(r->state));
	reply_int8(out, "version", r->version);
	if (r->fix != NULL)
		reply_json(out, "fix", r->fix);
	if (r->replay_job != 0)
		reply_int8(out, "replay_job", r->replay_job);
	reply_text(out, "discarded_at", r->discarded_at);
	reply_text(out, "discard_reason", r->discard_reason);
}
