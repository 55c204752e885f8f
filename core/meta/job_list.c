/*
 * core/meta/job_list.c
 *	Pages of jobs, out of however many there are.
 *
 * Candidates come in the order of their numbers by an index; what no index knows is asked
 * of them, more at a time as long as nothing is found, until the page is full, nothing is
 * left, or the time is up. Those that failed first are two such lists, one behind the other.
 * Orders other than by number are those of the newest that match.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/meta/job_look.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define LIST_LIMIT 50
#define LOOK_FIRST 500		/* candidates that are asked first */
#define LOOK_MOST  5000		/* and at a time: beyond, the planner would read whole tables */
#define SORT_MAX   10000	/* rows that are put in an order of their own */
#define LEAST_MS   2000		/* that a statement may take when the time is nearly up */
#define SQL_BYTES  (1 << 20)

struct look {
	struct arena *mem;
	struct db *db;
	const struct job_filter *f;
	struct job_scope s;
	const struct filter_col *col;	/* to sort by; NULL: by number */
	bool is_failed_first;	/* in two parts: those that failed, and the others */
	bool is_down;		/* the order asked for */
	bool is_back;		/* "before": the page is found in the opposite order */
	int64_t key;		/* of after or before; 0: none */
	int limit;
	int64_t end_us;		/* when the time is up; 0: never */
	int64_t looked;
	bool is_cut;		/* the time was up before everything was looked at */
	bool has_more;		/* something may be left behind where the look ended */
	struct buf ids;		/* "{1,2": to be sorted */
	int nids;
};

/* ---- asking ------------------------------------------------------------------------- */

static enum err_code read_key(const struct list_ask *ask, int64_t *key, struct err *err)
{
	const char *text = ask->before != NULL ? ask->before : ask->after;
	char *end;

	*key = 0;
	if (text == NULL)
		return ERR_OK;
	*key = strtoll(text, &end, 10);
	if (*end != '\0' || end == text || *key < 1)
		return err_set(err, ERR_USAGE, "--%s takes the number of a job",
			       ask->before != NULL ? "before" : "after");
	return ERR_OK;
}

/* Whether an order is that of the numbers; *is_down is turned round for ages. */
static bool goes_by_number(const struct filter_col *col, bool *is_down)
{
	if (strcmp(col->name, "age") == 0)
		*is_down = !*is_down;
	return strcmp(col->sql, "t.id") == 0 || strcmp(col->sql, "t.created_at") == 0 ||
	       strcmp(col->name, "age") == 0;
}

/* The order, and where the page begins. */
static enum err_code read_order(struct look *l, struct err *err)
{
	const struct list_ask *ask = &l->f->ask;
	const char *sort = ask->sort != NULL ? ask->sort : "-id";
	enum err_code rc = ERR_OK;

	l->is_failed_first = strcmp(sort + (sort[0] == '-'), JOB_SORT_FAILED) == 0;
	if (l->is_failed_first)
		l->is_down = sort[0] != '-';
	else
		rc = list_sort(job_cols, sort, &l->col, &l->is_down, err);
	if (l->col != NULL && goes_by_number(l->col, &l->is_down))
		l->col = NULL;
	l->is_back = ask->before != NULL;
	l->limit = ask->limit > 0 ? ask->limit : LIST_LIMIT;
	return rc == ERR_OK ? read_key(ask, &l->key, err) : rc;
}

/* Jobs in those states; behind the key, if there is one. */
static enum err_code open_scope(struct look *l, unsigned among, int64_t key, struct err *err)
{
	enum err_code rc = job_scope_open(l->mem, l->db, l->f, among, &l->s, err);

	if (rc != ERR_OK || key == 0 || l->col != NULL)
		return rc;
	if (l->is_down != l->is_back)
		l->s.hi = key < l->s.hi ? key : l->s.hi;
	else
		l->s.lo = key > l->s.lo ? key : l->s.lo;
	return ERR_OK;
}

/* ---- finding ------------------------------------------------------------------------ */

/* The next candidates as '{9,8}', and how many; the scope goes on behind them. */
static enum err_code candidates(struct look *l, bool is_down, int64_t n, struct buf *ids,
				int64_t *got, struct err *err)
{
	struct db_param params[JOB_SCOPE_PARAMS];
	struct db_result *res = NULL;
	struct buf sql;
	int nparams;
	enum err_code rc;

	buf_init(&sql, SQL_BYTES);
	job_scope_sql(&l->s, is_down, false, n, &sql, params, &nparams);
	rc = db_query(l->db, buf_str(&sql), params, nparams, &res, err);
	buf_release(&sql);
	buf_clear(ids);
	*got = rc == ERR_OK ? db_result_rows(res) : 0;
	for (int i = 0; rc == ERR_OK && i < *got; i++)
		rc = buf_printf(ids, err, "%c%s", i == 0 ? '{' : ',', db_result_at(res, i, 0));
	if (rc == ERR_OK)
		rc = buf_append(ids, *got > 0 ? "}" : "{}", *got > 0 ? 1 : 2, err);
	if (rc == ERR_OK && *got > 0)
		*(is_down ? &l->s.hi : &l->s.lo) =
			db_result_int8(res, (int)*got - 1, "id");
	db_result_free(res);
	return rc;
}

/* Rows of those candidates that meet what is left of the filter, at most n. */
static enum err_code ask_them(struct look *l, const char *ids, bool is_down, int n,
			      bool ids_only, struct db_result **res, struct err *err)
{
	struct db_param params[FILTER_PARAMS_MAX + 4] = { DB_TEXT(ids), DB_INT8(n) };
	const char *cond = "true";
	int k = 0;
	int64_t left_ms = l->end_us != 0 ? (l->end_us - clock_mono_us()) / 1000 : LIST_FILTER_MS;
	enum err_code rc = ERR_OK;

	if (l->s.has_rest)
		rc = job_scope_rest(&l->s, 3, &cond, params + 2, &k, err);
	if (rc != ERR_OK)
		return rc;
	/* By t.id alone the planner may go down a whole index, and look for each id in $1. */
	cond = arena_printf(l->mem, "%s leat.job_view t where t.id = any ($1::bigint[]) and (%s) "
			    "order by t.id + 0 %s limit $2::bigint",
			    ids_only ? "select t.id from" : sql_job_list, cond,
			    is_down ? "desc" : "asc");
	if (!l->s.has_rest)
		return db_query(l->db, cond, params, 2, res, err);
	/* A slow expression is stopped, but never before it had a fair chance. */
	rc = list_run(l->db, left_ms > LEAST_MS ? (int)left_ms : LEAST_MS, cond, params, k + 2,
		      res, err);
	return rc == ERR_OK ? rc : filter_refused(l->s.filter, err);
}

static bool is_meant(const struct look *l, const struct job_row *j)
{
	return (l->s.states & (1u << j->state)) != 0;
}

static void take_rows(struct look *l, const struct db_result *res, struct job_rows *out)
{
	for (int i = 0; i < db_result_rows(res); i++) {
		struct job_row *j = &out->j[out->n];

		job_read(l->mem, res, i, j);
		out->n += is_meant(l, j);	/* it may have moved on meanwhile */
	}
}

static enum err_code take_ids(struct look *l, const struct db_result *res, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++)
		rc = buf_printf(&l->ids, err, "%c%s", l->nids++ == 0 ? '{' : ',',
				db_result_at(res, i, 0));
	return rc;
}

static int64_t step(const struct look *l, int64_t last, int wanted)
{
	if (!l->s.has_rest)
		return wanted;
	if (last == 0)
		return LOOK_FIRST;
	return last * 3 < LOOK_MOST ? last * 3 : LOOK_MOST;
}

/* Fills out, or l->ids when it is NULL, with at most `wanted`. */
static enum err_code find(struct look *l, bool is_down, int wanted, struct job_rows *out,
			  struct err *err)
{
	enum err_code rc = ERR_OK;
	int64_t n = 0, got = 1;
	struct buf ids;

	buf_init(&ids, (size_t)24 * ((size_t)wanted + LOOK_MOST));
	while (rc == ERR_OK && !l->s.is_none) {
		int left = wanted - (out != NULL ? out->n : l->nids);
		struct db_result *res = NULL;
		bool is_full = false;

		n = step(l, n, left);
		rc = candidates(l, is_down, n, &ids, &got, err);
		if (rc == ERR_OK && got > 0)
			rc = ask_them(l, buf_str(&ids), is_down, left, out == NULL, &res, err);
		if (rc == ERR_OK && got > 0) {
			is_full = db_result_rows(res) == left;
			if (is_full)	/* candidates behind the last row were not looked at */
				*(is_down ? &l->s.hi : &l->s.lo) =
					db_result_int8(res, left - 1, "id");
			if (out != NULL)
				take_rows(l, res, out);
			else
				rc = take_ids(l, res, err);
		}
		db_result_free(res);
		l->looked += got;
		l->has_more = got == n || is_full;
		if (rc != ERR_OK || !l->has_more ||
		    (out != NULL ? out->n : l->nids) >= wanted)
			break;
		l->is_cut = l->end_us != 0 && clock_mono_us() > l->end_us;
		if (l->is_cut)
			break;
	}
	buf_release(&ids);
	return rc;
}

/* ---- pages -------------------------------------------------------------------------- */

static void turn_round(struct job_rows *rows)
{
	for (int i = 0, k = rows->n - 1; i < k; i++, k--) {
		struct job_row row = rows->j[i];

		rows->j[i] = rows->j[k];
		rows->j[k] = row;
	}
}

/* The newest that match, in an order that no index has. */
static enum err_code sorted(struct look *l, struct job_rows *out, struct err *err)
{
	const char *sign = l->is_back ? "<" : ">", *sql;
	struct db_result *res = NULL;
	enum err_code rc;

	buf_init(&l->ids, (size_t)24 * SORT_MAX);
	rc = find(l, true, SORT_MAX, NULL, err);
	if (rc != ERR_OK || l->nids == 0)
		goto done;
	buf_adds(&l->ids, "}");
	sql = arena_printf(l->mem, "with s as materialized (select t.*, row_number() over (order by "
			   "%s %s nulls last, t.id desc) as place from leat.job_view t "
			   "where t.id = any ($1::bigint[])) %s s t where $2::bigint is null "
			   "or t.place %s (select s.place from s where s.id = $2::bigint) "
			   "order by t.place %s limit $3::bigint",
			   l->col->sql, l->is_down ? "desc" : "asc", sql_job_list, sign,
			   l->is_back ? "desc" : "asc");
	{
		struct db_param params[] = { DB_TEXT(buf_str(&l->ids)), row_id(l->key),
					     DB_INT8(l->limit) };

		rc = db_query(l->db, sql, params, 3, &res, err);
	}
	if (rc == ERR_OK)
		take_rows(l, res, out);
	if (rc == ERR_OK && l->is_back)
		turn_round(out);
done:
	db_result_free(res);
	buf_release(&l->ids);
	return rc;
}

/* The part of the list in which that job is now. */
static enum err_code part_of(struct look *l, int64_t job, int *part, struct err *err)
{
	struct db_param params[] = { DB_INT8(job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(l->db, "select state from leat.job_view where id = $1::bigint",
				    params, 1, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no job %" PRId64 " to go on from", job);
		err_hint(err, "Begin anew, without --after and --before.");
	}
	if (rc == ERR_OK)
		*part = JOB_STATES_FAILED & 1u << db_result_int8(res, 0, "state") ? 0 : 1;
	db_result_free(res);
	return rc;
}

/* Each part by number; the page may begin in one and end in the other. */
static enum err_code failed_first(struct look *l, struct job_rows *out, struct err *err)
{
	static const unsigned among[] = { JOB_STATES_FAILED, JOB_STATES_ALL & ~JOB_STATES_FAILED };
	bool is_down = l->is_down != l->is_back;
	int part = is_down ? 0 : 1, last = 1 - part;
	int64_t key = l->key;
	enum err_code rc = key != 0 ? part_of(l, key, &part, err) : ERR_OK;

	if (rc == ERR_OK)
		rc = open_scope(l, among[part], key, err);
	if (rc == ERR_OK)
		rc = find(l, is_down, l->limit, out, err);
	if (rc != ERR_OK || part == last || l->is_cut || out->n >= l->limit)
		return rc;
	rc = open_scope(l, among[last], 0, err);
	return rc == ERR_OK ? find(l, is_down, l->limit, out, err) : rc;
}

static void tell(const struct look *l, struct list_said *said)
{
	if (said == NULL)
		return;
	said->is_sorted_part = l->col != NULL && (l->is_cut || l->nids == SORT_MAX);
	said->looked = l->is_cut || said->is_sorted_part ? l->looked : 0;
	said->has_more = l->has_more;
	said->next = l->is_down != l->is_back ? l->s.hi : l->s.lo;
	said->go_on = l->is_cut && l->col == NULL ? said->next : 0;
}

static enum err_code page(struct look *l, struct job_rows *out, struct err *err)
{
	enum err_code rc = l->is_failed_first ? ERR_OK : open_scope(l, JOB_STATES_ALL, l->key, err);

	out->j = arena_array(l->mem, (size_t)l->limit + 1, sizeof(*out->j));
	if (rc != ERR_OK)
		return rc;
	if (l->col != NULL)
		return sorted(l, out, err);
	rc = l->is_failed_first ? failed_first(l, out, err)
	   : find(l, l->is_down != l->is_back, l->limit, out, err);
	if (rc == ERR_OK && l->is_back)
		turn_round(out);
	return rc;
}

enum err_code job_list(struct arena *mem, struct db *db, const struct job_filter *f,
		       struct job_rows *out, struct err *err)
{
	struct look l = { .mem = mem, .db = db, .f = f };
	bool is_own = !db_in_transaction(db);
	enum err_code rc = is_own ? db_begin(db, err) : ERR_OK;

	memset(out, 0, sizeof(*out));
	if (f->look_ms > 0)
		l.end_us = clock_mono_us() + (int64_t)f->look_ms * 1000;
	if (rc == ERR_OK && is_own)
		rc = db_query(db, sql_job_list_plan, NULL, 0, NULL, err);
	if (rc == ERR_OK)
		rc = read_order(&l, err);
	if (rc == ERR_OK)
		rc = page(&l, out, err);
	if (rc == ERR_OK && is_own)
		rc = db_commit(db, err);
	if (rc != ERR_OK && is_own)
		db_rollback(db);
	if (rc == ERR_OK)
		tell(&l, f->ask.said);
	return rc;
}
