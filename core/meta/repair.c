/*
 * core/meta/repair.c
 *	Acts on rejects, their steps, and the rejects of a replay.
 */
#include "core/meta/repair.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define CHUNK      5000		/* rejects in one statement */
#define NEAR       16		/* numbers to one that is asked for */
#define REPLAY_BLOCK 512	/* numbers in one row of replay_block */
#define JSON_LIMIT (256u << 20)

/* '{1,2}' of n ids into out, which is initialised here. */
static enum err_code ids_text(struct buf *out, const int64_t *id, int n, struct err *err)
{
	buf_init(out, JSON_LIMIT);
	return row_array(out, id, n, err);
}

/* '{[1,4),[7,8)}' of 1, 2, 3, 7 into out, which is initialised here. */
static enum err_code runs_text(struct buf *out, const int64_t *id, int n, struct err *err)
{
	enum err_code rc;

	buf_init(out, JSON_LIMIT);
	rc = buf_append(out, "{", 1, err);
	for (int i = 0, first = 0; i < n && rc == ERR_OK; i++) {
		if (i + 1 < n && id[i + 1] == id[i] + 1)
			continue;
		rc = buf_printf(out, err, "%s[%" PRId64 ",%" PRId64 ")", first > 0 ? "," : "",
				id[first], id[i] + 1);
		first = i + 1;
	}
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

/* So many that reading what lies between them costs less than looking for each. */
static bool are_near(const int64_t *id, int n)
{
	return n > 0 && id[n - 1] - id[0] < NEAR * (int64_t)n;
}

/*
 * A query about ids in ascending order. Its parameters: they one by one, the first and the last,
 * and their runs. One by one when they are far from each other, by runs when they are near, and
 * neither when there is nothing between the first and the last that is not asked for.
 */
static enum err_code ask_ids(struct db *db, const char *sql, const int64_t *id, int n,
			     struct err *err)
{
	bool near = are_near(id, n), all = n > 0 && id[n - 1] - id[0] == n - 1;
	struct buf text;
	enum err_code rc = near ? runs_text(&text, id, n, err) : ids_text(&text, id, n, err);

	if (rc == ERR_OK) {
		struct db_param params[] = {
			near ? DB_NULL : DB_TEXT(buf_str(&text)), DB_INT8(n > 0 ? id[0] : 0),
			DB_INT8(n > 0 ? id[n - 1] : 0),
			near && !all ? DB_TEXT(buf_str(&text)) : DB_NULL,
		};

		rc = db_ask(db, sql, params, 4, err);
	}
	buf_release(&text);
	return rc;
}

static enum err_code query_ids(struct db *db, const char *sql, const int64_t *id, int n,
			       struct db_result **res, struct err *err)
{
	enum err_code rc = ask_ids(db, sql, id, n, err);

	*res = NULL;
	return rc == ERR_OK ? db_answer(db, res, err) : rc;
}

/* ---- acts ------------------------------------------------------------------------- */

enum err_code repair_act(struct db *db, const char *kind, const char *what, const char *object,
			 int64_t *act, struct err *err)
{
	struct db_param params[] = { DB_TEXT(kind), DB_TEXT(what), DB_TEXT(object) };

	return row_int8(db, sql_repair_act, params, 3, "id", act, err);
}

static void add_verdict(struct arena *mem, struct repair_verdicts *out, int64_t id,
			const char *why)
{
	if (out->n == out->cap) {
		int cap = out->cap * 2 + 64;
		struct repair_verdict *more = arena_array(mem, (size_t)cap, sizeof(*more));

		if (out->n > 0)
			memcpy(more, out->v, (size_t)out->n * sizeof(*more));
		out->v = more;
		out->cap = cap;
	}
	out->v[out->n++] = (struct repair_verdict){ id, why };
}

/* [[id, version, fix], ...] */
static enum err_code add_changes(struct buf *out, const struct repair_change *c, int n,
				 struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < n && rc == ERR_OK; i++) {
		rc = buf_printf(out, err, "%c[%" PRId64 ",", i == 0 ? '[' : ',', c[i].id);
		if (rc == ERR_OK)
			rc = c[i].version < 0 ? buf_append(out, "null", 4, err)
					      : buf_printf(out, err, "%" PRId64, c[i].version);
		if (rc == ERR_OK)
			rc = buf_append(out, ",", 1, err);
		if (rc == ERR_OK)
			rc = c[i].fix != NULL ? buf_append(out, c[i].fix, strlen(c[i].fix), err)
					      : buf_append(out, "null", 4, err);
		if (rc == ERR_OK)
			rc = buf_append(out, "]", 1, err);
	}
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

static enum err_code change_some(struct arena *mem, struct db *db, int64_t act,
				 const char *reason, const struct repair_change *c, int n,
				 struct repair_verdicts *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc;
	struct buf list;

	buf_init(&list, JSON_LIMIT);
	rc = add_changes(&list, c, n, err);
	if (rc == ERR_OK) {
		struct db_param params[] = {
			DB_INT8(act), DB_INT8(reason != NULL ? REJECT_DISCARDED : REJECT_STAGED),
			DB_TEXT(reason), DB_TEXT(buf_str(&list)),
		};

		rc = db_query(db, sql_repair_change, params, 4, &res, err);
	}
	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++)
		add_verdict(mem, out, db_result_int8(res, i, "id"),
			    row_text(mem, res, i, "verdict"));
	db_result_free(res);
	buf_release(&list);
	return rc;
}

enum err_code repair_change(struct arena *mem, struct db *db, int64_t act, const char *reason,
			    const struct repair_change *c, int n, struct repair_verdicts *out,
			    struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int at = 0; at < n && rc == ERR_OK; at += CHUNK)
		rc = change_some(mem, db, act, reason, c + at, n - at < CHUNK ? n - at : CHUNK, out,
				 err);
	return rc;
}

void repair_learn(struct db *db)
{
	struct err ignored = { 0 };
	struct db_result *res = NULL;

	/* Without it things are slower, and nothing else. */
	if (db_query(db, sql_repair_learn, NULL, 0, &res, &ignored) == ERR_OK)
		db_result_free(res);
}

static enum err_code hint_at_acts(struct err *err)
{
	err_hint(err, "What was done about rejects is shown by: leat reject acts.");
	return ERR_NOT_FOUND;
}

static enum err_code find_act(struct db *db, bool is_again, int64_t *act, struct err *err)
{
	struct db_param params[] = { DB_BOOL(is_again) };
	enum err_code rc = row_int8(db, sql_repair_next, params, 1, "id", act, err);

	if (rc != ERR_OK || *act != 0)
		return rc;
	err_set(err, ERR_NOT_FOUND, "there is nothing to %s", is_again ? "redo" : "undo");
	return hint_at_acts(err);
}

enum err_code repair_undo(struct db *db, int64_t act, bool is_again, struct repair_undone *out,
			  struct err *err)
{
	struct db_param params[] = { DB_INT8(act), DB_BOOL(is_again) };
	struct db_result *res = NULL;
	enum err_code rc = ERR_OK;

	if (act == 0)
		rc = find_act(db, is_again, &act, err);
	params[0] = DB_INT8(act);
	if (rc == ERR_OK)
		rc = db_query(db, sql_repair_undo, params, 2, &res, err);
	if (rc != ERR_OK)
		return rc;
	*out = (struct repair_undone){
		.act = act,
		.rejects = db_result_int8(res, 0, "n"),
		.kept = db_result_int8(res, 0, "kept"),
	};
	db_result_free(res);
	if (out->rejects >= 0)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, is_again ? "act %" PRId64 " was not undone, or is not there"
					     : "act %" PRId64 " was undone already, or is not there",
		act);
	return hint_at_acts(err);
}

enum err_code repair_acts(struct arena *mem, struct db *db, int64_t before, int limit,
			  struct repair_acts *out, struct err *err)
{
	struct db_param params[] = { row_id(before), DB_INT8(limit > 0 ? limit : 100) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_repair_acts, params, 2, &res, err);

	*out = (struct repair_acts){ 0 };
	if (rc != ERR_OK)
		return rc;
	out->a = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->a));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->a[out->n++] = (struct repair_act_row){
			.id = db_result_int8(res, i, "id"),
			.at = row_time(mem, res, i, "at"),
			.who = row_text(mem, res, i, "who"),
			.kind = row_text(mem, res, i, "kind"),
			.what = row_text(mem, res, i, "what"),
			.rejects = db_result_int8(res, i, "rejects"),
			.undone_at = row_time(mem, res, i, "undone_at"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code repair_history(struct arena *mem, struct db *db, int64_t id,
			     struct repair_steps *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(id) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_repair_steps, params, 1, &res, err);

	*out = (struct repair_steps){ 0 };
	if (rc != ERR_OK)
		return rc;
	out->s = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->s));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->s[out->n++] = (struct repair_step){
			.version = db_result_int8(res, i, "version"),
			.at = row_time(mem, res, i, "at"),
			.what = row_text(mem, res, i, "what"),
			.act = db_result_int8(res, i, "act_id"),
			.job = db_result_int8(res, i, "job_id"),
			.was = (enum reject_state)db_result_int8(res, i, "was_state"),
			.state = (enum reject_state)db_result_int8(res, i, "state"),
			.was_fix = row_text(mem, res, i, "was_fix"),
			.fix = row_text(mem, res, i, "fix"),
			.reason = row_text(mem, res, i, "reason"),
			.problems = row_text(mem, res, i, "problems"),
			.who = row_text(mem, res, i, "who"),
			.act_what = row_text(mem, res, i, "act"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

/* ---- replays ----------------------------------------------------------------------- */

/* The runs of id, each within a block of the table replay_block; how many. */
static int block_runs(const int64_t *id, int n, int64_t *from, int64_t *below)
{
	int runs = 0;

	for (int i = 0; i < n; i++) {
		if (runs == 0 || below[runs - 1] != id[i] || id[i] % REPLAY_BLOCK == 0)
			from[runs++] = id[i];
		below[runs - 1] = id[i] + 1;
	}
	return runs;
}

enum err_code repair_assign(struct db *db, int64_t job, const int64_t *id, int n, int64_t *rows,
			    struct err *err)
{
	struct arena *mem = arena_new(NULL, "runs");
	int64_t *from = arena_array(mem, (size_t)n + 1, sizeof(*from));
	int64_t *below = arena_array(mem, (size_t)n + 1, sizeof(*below));
	int runs = block_runs(id, n, from, below);
	struct buf los, his;
	enum err_code rc = ids_text(&los, from, runs, err);

	*rows = 0;
	buf_init(&his, JSON_LIMIT);
	if (rc == ERR_OK)
		rc = row_array(&his, below, runs, err);
	if (rc == ERR_OK && n > 0) {
		struct db_param params[] = { DB_INT8(job), DB_TEXT(buf_str(&los)),
					     DB_TEXT(buf_str(&his)) };

		rc = row_int8(db, sql_repair_assign, params, 3, "rows", rows, err);
	}
	buf_release(&los);
	buf_release(&his);
	arena_free(mem);
	return rc;
}

/* How many numbers there are in '{[1,4),[7,8)}'; into id unless that is NULL. */
static int64_t read_runs(const char *text, int64_t *id)
{
	int64_t n = 0;

	for (const char *p = strchr(text, '['); p != NULL; p = strchr(p, '[')) {
		char *end;
		int64_t lo = strtoll(p + 1, &end, 10), hi = strtoll(end + 1, &end, 10);

		for (int64_t i = lo; id != NULL && i < hi; i++)
			id[n + i - lo] = i;
		n += hi - lo;
		p = end;
	}
	return n;
}

enum err_code repair_of_job(struct arena *mem, struct db *db, int64_t job, int64_t **id, int *n,
			    struct err *err)
{
	struct db_param params[] = { DB_INT8(job) };
	struct db_result *res = NULL;
	int64_t sum = 0;
	enum err_code rc = db_query(db, sql_repair_of_job, params, 1, &res, err);

	*n = 0;
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < db_result_rows(res); i++)
		sum += read_runs(db_result_text(res, i, "ids"), NULL);
	*id = arena_array(mem, (size_t)sum + 1, sizeof(**id));
	for (int i = 0; i < db_result_rows(res); i++)
		*n += (int)read_runs(db_result_text(res, i, "ids"), *id + *n);
	db_result_free(res);
	return ERR_OK;
}

enum err_code repair_origins(struct arena *mem, struct db *db, const int64_t *id, int n,
			     struct repair_origin **out, int *nout, struct err *err)
{
	struct db_result *res = NULL;
	const char *last = "";
	enum err_code rc = query_ids(db, sql_repair_ids, id, n, &res, err);

	*nout = 0;
	if (rc != ERR_OK)
		return rc;
	*out = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(**out));
	for (; *nout < db_result_rows(res); (*nout)++) {
		const char *slot = db_result_text(res, *nout, "slot");

		/* Neighbours are mostly of the same job. */
		if (strcmp(slot, last) != 0)
			last = arena_strdup(mem, slot);
		(*out)[*nout] = (struct repair_origin){
			.id = db_result_int8(res, *nout, "id"),
			.job = db_result_int8(res, *nout, "job_id"),
			.pipeline_id = db_result_int8(res, *nout, "pipeline_id"),
			.slot = last,
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code repair_rows_ask(struct db *db, const int64_t *id, int n, struct err *err)
{
	return ask_ids(db, sql_repair_rows, id, n, err);
}

static int64_t number_at(const struct db_result *res, int row, int col)
{
	const char *v = db_result_at(res, row, col);

	return v != NULL ? strtoll(v, NULL, 10) : 0;
}

/* By place: so many rows are read that the names of columns count. */
static void read_row(struct arena *mem, const struct db_result *res, int i, const char *part,
		     struct repair_row *out)
{
	const char *is_footer = db_result_at(res, i, 8);

	*out = (struct repair_row){
		.id = number_at(res, i, 0),
		.job = number_at(res, i, 1),
		.part = part,
		.row = number_at(res, i, 3),
		.line = number_at(res, i, 4),
		.raw = row_hex(mem, db_result_at(res, i, 5)),
		.fix = arena_strdup(mem, db_result_at(res, i, 6)),
		.version = number_at(res, i, 7),
		.is_footer = is_footer != NULL && is_footer[0] == 't',
	};
}

enum err_code repair_rows_take(struct arena *mem, struct db *db, struct repair_rows *out,
			       struct err *err)
{
	struct db_result *res = NULL;
	const char *part = NULL;
	enum err_code rc = db_answer(db, &res, err);

	*out = (struct repair_rows){ 0 };
	if (rc != ERR_OK)
		return rc;
	out->r = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->r));
	for (; out->n < db_result_rows(res); out->n++) {
		const char *text = db_result_at(res, out->n, 2);

		/* Neighbours are mostly of the same part. */
		if (part == NULL || strcmp(part, text) != 0)
			part = arena_strdup(mem, text);
		read_row(mem, res, out->n, part, &out->r[out->n]);
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code repair_rows(struct arena *mem, struct db *db, const int64_t *id, int n,
			  struct repair_rows *out, struct err *err)
{
	enum err_code rc = repair_rows_ask(db, id, n, err);

	*out = (struct repair_rows){ 0 };
	return rc == ERR_OK ? repair_rows_take(mem, db, out, err) : rc;
}

enum err_code repair_shapes(struct arena *mem, struct db *db, const int64_t *id, int n,
			    struct repair_shapes *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = query_ids(db, sql_repair_shapes, id, n, &res, err);

	*out = (struct repair_shapes){ 0 };
	if (rc != ERR_OK)
		return rc;
	out->s = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->s));
	for (int i = 0; i < db_result_rows(res); i++)
		out->s[out->n++] = (struct repair_shape){
			.job = db_result_int8(res, i, "job_id"),
			.part = row_text(mem, res, i, "part"),
			.shape = row_text(mem, res, i, "shape"),
		};
	db_result_free(res);
	return ERR_OK;
}
