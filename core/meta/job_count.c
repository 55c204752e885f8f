/*
 * core/meta/job_count.c
 *	How many jobs match: counted as far as that is quick, estimated beyond.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/meta/job_look.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define COUNT_EXACT 10000	/* jobs of an index that are counted one by one */
#define COUNT_LOOK  500	/* jobs that are asked what no index knows */
#define SQL_BYTES   (1 << 20)

/* One number, of a statement whose scope is put where %s stands. */
static enum err_code number(struct db *db, const struct job_scope *s, const char *before,
			    const char *behind, int64_t *out, struct err *err)
{
	struct db_param params[JOB_SCOPE_PARAMS];
	struct db_result *res = NULL;
	struct buf sql;
	int n;
	enum err_code rc;

	buf_init(&sql, SQL_BYTES);
	buf_adds(&sql, before);
	job_scope_sql(s, true, true, 0, &sql, params, &n);
	buf_adds(&sql, behind);
	rc = db_query(db, buf_str(&sql), params, n, &res, err);
	if (rc == ERR_OK)
		*out = db_result_int8(res, 0, "n");
	db_result_free(res);
	buf_release(&sql);
	return rc;
}

/* What the planner thinks of it: from the statistics of the tables, without reading them. */
static enum err_code estimate(struct db *db, const struct job_scope *s, int64_t *out,
			      struct err *err)
{
	struct db_param params[JOB_SCOPE_PARAMS];
	struct db_result *res = NULL;
	json_t *plan = NULL;
	struct buf sql;
	int n;
	enum err_code rc;

	buf_init(&sql, SQL_BYTES);
	buf_adds(&sql, "explain (format json) ");
	job_scope_sql(s, true, true, 0, &sql, params, &n);
	rc = db_query(db, buf_str(&sql), params, n, &res, err);
	if (rc == ERR_OK)
		rc = js_parse(&plan, db_result_at(res, 0, 0), db_result_len(res, 0, 0),
			      "the plan of a count", err);
	if (rc == ERR_OK) {
		const json_t *top = json_object_get(json_array_get(plan, 0), "Plan");

		*out = (int64_t)json_number_value(json_object_get(top, "Plan Rows"));
	}
	json_decref(plan);
	db_result_free(res);
	buf_release(&sql);
	return rc;
}

/* Of the newest of the scope: how many there are up to COUNT_LOOK, and how many match. */
static enum err_code sample(struct db *db, const struct job_scope *s, int64_t *of, int64_t *match,
			    struct err *err)
{
	struct db_param params[JOB_SCOPE_PARAMS], ask[FILTER_PARAMS_MAX + 4];
	struct db_result *res = NULL, *hit = NULL;
	struct buf sql, ids;
	const char *cond;
	int n, k = 0;
	enum err_code rc;

	buf_init(&sql, SQL_BYTES);
	buf_init(&ids, 24 * (COUNT_LOOK + 1));
	job_scope_sql(s, true, false, COUNT_LOOK, &sql, params, &n);
	rc = db_query(db, buf_str(&sql), params, n, &res, err);
	*of = rc == ERR_OK ? db_result_rows(res) : 0;
	buf_adds(&ids, "{");
	for (int i = 0; i < *of; i++)
		buf_addf(&ids, "%s%s", i > 0 ? "," : "", db_result_at(res, i, 0));
	buf_adds(&ids, "}");
	ask[0] = DB_TEXT(buf_str(&ids));
	if (rc == ERR_OK)
		rc = job_scope_rest(s, 2, &cond, ask + 1, &k, err);
	if (rc == ERR_OK) {
		rc = list_run(db, LIST_FILTER_MS,
			      arena_printf(s->mem, "select count(*) as n from leat.job_view t "
					   "where t.id = any ($1::bigint[]) and (%s)", cond),
			      ask, k + 1, &hit, err);
		rc = rc == ERR_OK ? rc : filter_refused(s->filter, err);
	}
	if (rc == ERR_OK)
		*match = db_result_int8(hit, 0, "n");
	db_result_free(hit);
	db_result_free(res);
	buf_release(&ids);
	buf_release(&sql);
	return rc;
}

static enum err_code count(struct arena *mem, struct db *db, const struct job_filter *f,
			   struct job_count *out, struct err *err)
{
	struct job_scope s;
	int64_t of = 0, match = 0;
	enum err_code rc;

	*out = (struct job_count){ .is_exact = true };
	rc = db_query(db, sql_job_list_plan, NULL, 0, NULL, err);
	if (rc == ERR_OK)
		rc = job_scope_open(mem, db, f, JOB_STATES_ALL, &s, err);
	if (rc != ERR_OK || s.is_none)
		return rc;
	if (s.has_rest) {
		rc = sample(db, &s, &of, &match, err);
		out->n = match;
		if (rc != ERR_OK || of < COUNT_LOOK)
			return rc;
	}
	rc = number(db, &s, "select count(*) as n from (", " limit 10001) n", &of, err);
	if (rc == ERR_OK && of > COUNT_EXACT)
		rc = estimate(db, &s, &of, err);
	else if (!s.has_rest) {
		out->n = of;
		return rc;
	}
	out->is_exact = false;
	out->n = s.has_rest ? (int64_t)((double)of * (double)match / COUNT_LOOK) : of;
	return rc;
}

enum err_code job_count(struct arena *mem, struct db *db, const struct job_filter *f,
			struct job_count *out, struct err *err)
{
	bool is_own = !db_in_transaction(db);
	enum err_code rc = is_own ? db_begin(db, err) : ERR_OK;

	if (rc == ERR_OK)
		rc = count(mem, db, f, out, err);
	if (rc == ERR_OK && is_own)
		rc = db_commit(db, err);
	if (rc != ERR_OK && is_own)
		db_rollback(db);
	return rc;
}
