/*
 * core/meta/job_look.c
 *	Where the jobs of a filter are to be looked for.
 *
 * A lane knows queue, pipeline and kind, and each job's lane is in an index; what did not
 * end well has an index by state. Only the branches that a call needs stand in its
 * statement: the planner's time is most of what a small list costs.
 */
#include "core/meta/job_look.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

/* Their bits are in this order. */
#define KINDS      "load|run|alert|replay"
#define KIND_ALERT (1u << 2)
#define KINDS_ALL  ((1u << NKINDS) - 1)
#define NKINDS     (sizeof(kinds) / sizeof(kinds[0]))

#define BIT(s)     (1u << JOB_##s)

static const char *const kinds[] = { "load", "run", "alert", "replay" };

const struct filter_col job_cols[] = {
	{ "job", "t.id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "id", "t.id", FILTER_COUNT, NULL, FILTER_ALIAS },
	/* In the order of enum job_state. */
	{ "state", "t.state", FILTER_ORDINAL,
	  "queued|running|succeeded|failed|dead|cancelled|paused|waiting", FILTER_WORDS },
	{ "kind", "t.kind", FILTER_CHOICE, KINDS, 0 },
	{ "pipeline", "t.pipeline", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "source", "t.source", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "target", "t.target", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "queue", "t.queue", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "priority", "t.priority", FILTER_COUNT, NULL, 0 },
	{ "attempt", "t.attempt", FILTER_COUNT, NULL, 0 },
	{ "max_attempts", "t.max_attempts", FILTER_COUNT, NULL, 0 },
	{ "phase", "t.phase", FILTER_TEXT, NULL, 0 },
	{ "rows_read", "t.rows_read", FILTER_COUNT, NULL, 0 },
	{ "rows", "t.rows_read", FILTER_COUNT, NULL, FILTER_ALIAS },
	{ "rows_written", "t.rows_written", FILTER_COUNT, NULL, 0 },
	{ "rows_unchanged", "t.rows_unchanged", FILTER_COUNT, NULL, 0 },
	{ "rows_filtered", "t.rows_filtered", FILTER_COUNT, NULL, 0 },
	{ "rows_rejected", "t.rows_rejected", FILTER_COUNT, NULL, 0 },
	{ "rejected", "t.rows_rejected", FILTER_COUNT, NULL, FILTER_ALIAS },
	{ "bytes", "t.bytes", FILTER_BYTES, NULL, 0 },
	{ "total_bytes", "nullif(t.total_bytes, -1)", FILTER_BYTES, NULL, 0 },
	{ "created_at", "t.created_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "created", "t.created_at", FILTER_TIME, NULL, FILTER_ALIAS },
	{ "age", "extract(epoch from now() - t.created_at)", FILTER_SPAN, NULL, 0 },
	{ "run_after", "t.run_after", FILTER_TIME, NULL, 0 },
	{ "started_at", "t.started_at", FILTER_TIME, NULL, 0 },
	{ "started", "t.started_at", FILTER_TIME, NULL, FILTER_ALIAS },
	{ "finished_at", "t.finished_at", FILTER_TIME, NULL, 0 },
	{ "finished", "t.finished_at", FILTER_TIME, NULL, FILTER_ALIAS },
	{ "seconds", "t.seconds", FILTER_SPAN, NULL, 0 },
	{ "engine", "t.engine", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "error_code", "t.error_code", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "error", "t.error", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "hint", "t.hint", FILTER_TEXT, NULL, 0 },
	{ "sqlstate", "t.sqlstate", FILTER_TEXT, NULL, 0 },
	{ "mode", "t.mode", FILTER_TEXT, NULL, 0 },
	{ "pending", "t.pending", FILTER_COUNT, NULL, 0 },
	{ NULL, NULL, FILTER_TEXT, NULL, 0 },
};

/* ---- what an index knows --------------------------------------------------------- */

/* Amounts are never negative: to cut is to round down. */
static void narrow(int64_t *lo, int64_t *hi, const struct filter_term *t)
{
	if (t->lo.is_set && t->lo.v < 9e18) {
		int64_t v = (int64_t)t->lo.v;

		v -= (double)v < t->lo.v || t->lo.is_out ? 0 : 1;
		*lo = v > *lo ? v : *lo;
	}
	if (t->hi.is_set && t->hi.v < 9e18) {
		int64_t v = (int64_t)t->hi.v;

		v += (double)v == t->hi.v && t->hi.is_out ? 0 : 1;
		*hi = v < *hi ? v : *hi;
	}
}

/* Moments stand in the statement as well: numbers only nearly go by time. */
static void narrow_time(struct job_scope *s, const struct filter_term *t)
{
	int64_t since = (int64_t)t->lo.v + t->lo.is_out, until = (int64_t)t->hi.v - t->hi.is_out;

	if (t->lo.is_set && (s->since_us == 0 || since > s->since_us))
		s->since_us = since;
	if (t->hi.is_set && (s->until_us == 0 || until < s->until_us))
		s->until_us = until;
}

static bool is_of(const struct filter_term *t, const char *name)
{
	return strcmp(t->col->name, name) == 0;
}

/* Who succeeded has none of these. */
static bool is_about_failure(const struct filter_term *t)
{
	return (is_of(t, "error") || is_of(t, "error_code") || is_of(t, "sqlstate")) &&
	       (t->op != FILTER_IS || t->text[0] != '\0');
}

/* Nor has a job that runs, or never did. */
static void ask_failed(struct job_scope *s)
{
	s->states &= ~(BIT(SUCCEEDED) | BIT(RUNNING));
	s->has_failed = true;
}

/* One term; true: the scope sees to it. */
static bool take(struct job_scope *s, const struct filter_term *t, const char **pipeline)
{
	if (t == NULL || t->col == NULL)
		return false;
	if (is_of(t, "state")) {
		s->states &= t->choices;
		s->is_none |= s->states == 0;
		return true;
	}
	if (is_of(t, "kind")) {
		s->kinds &= t->choices;
		s->is_none |= s->kinds == 0;
		return true;
	}
	if (is_about_failure(t))
		ask_failed(s);
	if (strcmp(t->col->sql, "t.id") == 0) {
		narrow(&s->lo, &s->hi, t);
		return true;
	}
	if (strcmp(t->col->sql, "t.created_at") == 0) {
		narrow_time(s, t);
		return true;
	}
	if (is_of(t, "queue") && t->op == FILTER_IS && s->queue == NULL && t->text[0] != '\0') {
		s->queue = t->text;
		return true;
	}
	/* A one-shot load has no pipeline, and no lane that says so. */
	if (is_of(t, "pipeline") && t->op == FILTER_IS && *pipeline == NULL &&
	    t->text[0] != '\0') {
		*pipeline = t->text;
		return true;
	}
	return false;
}

/* '{1,2}' of the pipelines that have or had the name; none: NULL. */
static enum err_code pipeline_ids(struct job_scope *s, struct db *db, const char *name,
				  struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_pipeline_ids, name, &res, err);

	if (rc == ERR_OK)
		s->pipelines = row_text(s->mem, res, 0, "ids");
	db_result_free(res);
	return rc;
}

static unsigned kind_bit(const char *word)
{
	unsigned i = 0;

	while (i < NKINDS && strcmp(kinds[i], word) != 0)
		i++;
	return 1u << i & KINDS_ALL;
}

static const char *kind_array(const struct job_scope *s)
{
	const char *out = "{";

	for (unsigned i = 0; i < NKINDS; i++)
		if (s->kinds & (1u << i))
			out = arena_printf(s->mem, "%s%s%s", out, out[1] != '\0' ? "," : "",
					   kinds[i]);
	return arena_printf(s->mem, "%s}", out);
}

/* A plain list needs none of it. */
static enum err_code find_lanes(struct job_scope *s, struct db *db, struct err *err)
{
	struct db_param params[] = {
		DB_TEXT(s->queue), DB_TEXT(s->pipelines), DB_TEXT(kind_array(s)),
		row_id(s->since_us), row_id(s->until_us),
	};
	struct db_result *res = NULL;
	int64_t lo, hi;
	enum err_code rc;

	s->is_all = s->queue == NULL && s->pipelines == NULL && s->kinds == KINDS_ALL;
	if (s->queue == NULL && s->pipelines == NULL && s->kinds == (KINDS_ALL & ~KIND_ALERT))
		s->is_all = true;
	if (s->is_none || (s->is_all && s->states == JOB_STATES_ALL && s->since_us == 0 &&
			   s->until_us == 0))
		return ERR_OK;
	rc = db_query(db, sql_job_scope, params, 5, &res, err);
	if (rc != ERR_OK)
		return rc;
	s->lanes = row_text(s->mem, res, 0, "lanes");
	s->others = row_text(s->mem, res, 0, "others");
	s->is_none |= s->lanes == NULL;
	lo = db_result_int8(res, 0, "lo");
	hi = db_result_int8(res, 0, "hi");
	s->lo = lo - 1 > s->lo ? lo - 1 : s->lo;
	s->hi = hi < s->hi ? hi : s->hi;
	db_result_free(res);
	return ERR_OK;
}

static void start(struct job_scope *s, const struct job_filter *f, unsigned among)
{
	bool has_kind = false;

	s->hi = INT64_MAX;
	s->states = f->states != 0 ? f->states : JOB_STATES_ALL;
	if (f->states == 0 && f->usual != 0 && !filter_names(s->filter, "state"))
		s->states = f->usual;
	s->states &= among;
	s->queue = f->queue;
	s->since_us = f->since_us;
	s->error_like = f->error != NULL ? filter_like(s->mem, f->error) : NULL;
	if (s->error_like != NULL)
		ask_failed(s);
	s->is_none = s->states == 0;
	has_kind = filter_names(s->filter, "kind");
	s->kinds = f->kind == NULL ? (has_kind ? KINDS_ALL : KINDS_ALL & ~KIND_ALERT)
		: f->kind[0] == '\0' ? KINDS_ALL : kind_bit(f->kind);
}

enum err_code job_scope_open(struct arena *mem, struct db *db, const struct job_filter *f,
			     unsigned among, struct job_scope *out, struct err *err)
{
	const char *pipeline = f->pipeline;
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	out->mem = mem;
	rc = filter_parse(mem, f->ask.filter, job_cols, &out->filter, err);
	if (rc != ERR_OK)
		return rc;
	if (f->ask.said != NULL)
		f->ask.said->unfinished = filter_unfinished(out->filter);
	start(out, f, among);
	for (int i = 0; i < filter_needs(out->filter); i++)
		if (take(out, filter_need(out->filter, i), &pipeline))
			filter_drop(out->filter, i);
	out->has_rest = !filter_is_empty(out->filter) || out->error_like != NULL;
	if (pipeline != NULL)
		rc = pipeline_ids(out, db, pipeline, err);
	if (rc == ERR_OK && pipeline != NULL && out->pipelines == NULL) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"", pipeline);
		err_hint(err, "See what there is with: leat pipeline list");
	}
	return rc == ERR_OK ? find_lanes(out, db, err) : rc;
}

/* ---- candidates --------------------------------------------------------------------- */

struct branches {
	const struct job_scope *s;
	bool is_down, is_whole;
	struct buf *sql;
	struct db_param *param;
	int n;
	int lanes, others, since, until;	/* their parameters; 0: none yet */
	int nbranches;
};

static int put(struct branches *b, struct db_param v)
{
	b->param[b->n] = v;
	return ++b->n;
}

static int lanes_param(struct branches *b)
{
	if (b->lanes == 0)
		b->lanes = put(b, DB_TEXT(b->s->lanes));
	return b->lanes;
}

/* Numbers between the two, of column id; and when the job was made, where that matters. */
static void put_range(struct branches *b, const char *id, bool is_job)
{
	const struct job_scope *s = b->s;

	buf_addf(b->sql, " and %s > $1::bigint and %s < $2::bigint", id, id);
	if (s->since_us == 0 && s->until_us == 0)
		return;
	if (s->since_us != 0 && b->since == 0)
		b->since = put(b, DB_INT8(s->since_us));
	if (s->until_us != 0 && b->until == 0)
		b->until = put(b, DB_INT8(s->until_us));
	if (!is_job)
		buf_addf(b->sql, " and exists (select from leat.job b where b.id = %s", id);
	if (s->since_us != 0)
		buf_addf(b->sql, " and %s.created_at >= to_timestamp($%d::bigint / 1000000.0)",
			 is_job ? "j" : "b", b->since);
	if (s->until_us != 0)
		buf_addf(b->sql, " and %s.created_at <= to_timestamp($%d::bigint / 1000000.0)",
			 is_job ? "j" : "b", b->until);
	buf_adds(b->sql, is_job ? "" : ")");
}

static void put_order(struct branches *b, const char *id)
{
	if (!b->is_whole)
		buf_addf(b->sql, " order by %s %s limit $3::bigint", id,
			 b->is_down ? "desc" : "asc");
}

static void next_branch(struct branches *b)
{
	buf_adds(b->sql, b->nbranches++ > 0 ? " union all " : "");
}

/* From a table of which each lane is read by itself: lane_id, and id, are in its index. */
static void by_lane(struct branches *b, const char *table, const char *id, const char *more,
		    bool is_job)
{
	next_branch(b);
	if (b->is_whole) {
		buf_addf(b->sql, "(select j.%s as id from leat.%s j where j.lane_id = any ("
			 "$%d::bigint[])%s", id, table, lanes_param(b), more);
		put_range(b, arena_printf(b->s->mem, "j.%s", id), is_job);
		buf_adds(b->sql, ")");
		return;
	}
	buf_addf(b->sql, "(select x.id from unnest($%d::bigint[]) l (id) cross join lateral ("
		 "select j.%s as id from leat.%s j where j.lane_id = l.id%s", lanes_param(b), id,
		 table, more);
	put_range(b, arena_printf(b->s->mem, "j.%s", id), is_job);
	put_order(b, arena_printf(b->s->mem, "j.%s", id));
	buf_adds(b->sql, ") x)");
}

/* From a table that is read by number, whatever the lane, but for those of other kinds. */
static void by_number(struct branches *b, const char *table, const char *id, const char *more,
		      bool is_job)
{
	next_branch(b);
	buf_addf(b->sql, "(select j.%s as id from leat.%s j where true%s", id, table, more);
	put_range(b, arena_printf(b->s->mem, "j.%s", id), is_job);
	if (b->s->others != NULL && !is_job) {
		if (b->others == 0)
			b->others = put(b, DB_TEXT(b->s->others));
		buf_addf(b->sql, " and j.lane_id <> all ($%d::bigint[])", b->others);
	}
	put_order(b, arena_printf(b->s->mem, "j.%s", id));
	buf_adds(b->sql, ")");
}

static void put_any_state(struct branches *b)
{
	if (b->s->is_all)
		by_number(b, "job", "id", b->s->kinds & KIND_ALERT ? "" : " and j.kind <> 'alert'",
			  true);
	else
		by_lane(b, "job", "id", "", true);
}

static void put_ended(struct branches *b)
{
	for (int i = JOB_FAILED; i <= JOB_CANCELLED; i++) {
		const char *more = arena_printf(b->s->mem, " and j.state = %d and j.state <> 2", i);

		if (!(b->s->states & (1u << i)))
			continue;
		if (b->s->is_all)
			by_number(b, "done", "job_id", more, false);
		else
			by_lane(b, "done", "job_id", more, false);
	}
	if (!(b->s->states & BIT(SUCCEEDED)))
		return;
	if (b->s->is_all)
		by_number(b, "done", "job_id", " and j.state = 2", false);
	else
		by_lane(b, "job", "id", " and exists (select from leat.done d where d.job_id = j.id"
			" and d.state = 2)", true);
}

static void put_live(struct branches *b)
{
	unsigned held = b->s->states & (BIT(PAUSED) | BIT(WAITING));
	const char *more = b->s->has_failed ? " and j.run_no > 0" : "";

	if (b->s->states & BIT(QUEUED)) {
		by_lane(b, "ready", "job_id", more, false);
		by_lane(b, "scheduled", "job_id", more, false);
	}
	if (b->s->states & BIT(RUNNING))
		by_lane(b, "run", "job_id", "", false);
	if (held == BIT(PAUSED))
		more = arena_printf(b->s->mem, "%s and j.is_paused", more);
	else if (held == BIT(WAITING))
		more = arena_printf(b->s->mem, "%s and not j.is_paused", more);
	if (held != 0)
		by_lane(b, "waiting", "job_id", more, false);
}

void job_scope_sql(const struct job_scope *s, bool is_down, bool is_whole, int64_t limit,
		   struct buf *sql, struct db_param *params, int *nparams)
{
	struct branches b = { .s = s, .is_down = is_down, .is_whole = is_whole, .sql = sql,
			      .param = params };

	put(&b, DB_INT8(s->lo));
	put(&b, DB_INT8(s->hi));
	if (!is_whole)
		put(&b, DB_INT8(limit));
	buf_adds(sql, "select c.id from (");
	if (s->states == JOB_STATES_ALL) {
		put_any_state(&b);
	} else {
		put_ended(&b);
		put_live(&b);
	}
	buf_adds(sql, ") c");
	put_order(&b, "c.id");
	*nparams = b.n;
}

enum err_code job_scope_rest(const struct job_scope *s, int first, const char **sql,
			     struct db_param *params, int *nparams, struct err *err)
{
	enum err_code rc = filter_sql(s->mem, s->filter, first, sql, params, nparams, err);

	if (rc != ERR_OK || s->error_like == NULL)
		return rc;
	params[*nparams] = DB_TEXT(s->error_like);
	*sql = arena_printf(s->mem, "%s and (t.error ilike $%d::text or t.error_code ilike "
			    "$%d::text)", *sql, first + *nparams, first + *nparams);
	++*nparams;
	return ERR_OK;
}
