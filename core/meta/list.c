/*
 * core/meta/list.c
 *	One page of a list that the server filters and orders.
 */
#include "core/meta/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define PARAMS_MAX (FILTER_PARAMS_MAX + 16)

bool list_is_plain(const struct list_ask *ask)
{
	return ask == NULL || ((ask->filter == NULL || ask->filter[0] == '\0') &&
			       ask->sort == NULL && ask->after == NULL && ask->before == NULL &&
			       ask->limit == 0);
}

enum err_code list_sort(const struct filter_col *cols, const char *sort,
			const struct filter_col **col, bool *is_down, struct err *err)
{
	*col = NULL;
	*is_down = sort != NULL && sort[0] == '-';
	if (sort == NULL)
		return ERR_OK;
	sort += *is_down;
	*col = filter_find(cols, sort, strlen(sort));
	return *col != NULL ? ERR_OK
			    : filter_no_column(cols, sort, strlen(sort), "--sort: ", err);
}

enum err_code list_run(struct db *db, int ms, const char *sql, const struct db_param *params,
		       int nparams, struct db_result **out, struct err *err)
{
	bool is_own = !db_in_transaction(db);
	char text[24];
	enum err_code rc;

	snprintf(text, sizeof(text), "%d", ms);
	rc = is_own ? db_begin(db, err) : ERR_OK;
	if (rc == ERR_OK)
		rc = row_query(db, sql_statement_limit, text, NULL, err);
	if (rc == ERR_OK)
		rc = db_query(db, sql, params, nparams, out, err);
	if (rc == ERR_OK && is_own)
		rc = db_commit(db, err);
	if (rc != ERR_OK && is_own)
		db_rollback(db);
	if (rc != ERR_OK) {
		db_result_free(*out);
		*out = NULL;
	}
	return rc;
}

static enum err_code check_key(struct arena *mem, struct db *db, const struct list_def *def,
			       const char *sql, const struct db_param *params, int nparams,
			       const char *key, struct err *err)
{
	struct db_param all[PARAMS_MAX];
	struct db_result *res = NULL;
	enum err_code rc;

	if (nparams > 0)
		memcpy(all, params, (size_t)nparams * sizeof(*params));
	all[nparams] = DB_TEXT(key);
	rc = db_query(db, arena_printf(mem, "select 1 from (%s) t where (%s)::text = $%d::text",
				       sql, def->cols[0].sql, nparams + 1),
		      all, nparams + 1, &res, err);
	if (rc == ERR_OK && db_result_rows(res) == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no %s %s to go on from", def->what, key);
		err_hint(err, "Begin anew, without --after and --before.");
	}
	db_result_free(res);
	return rc;
}

/* The page that ask describes; nparams of the list itself come first. */
static const char *page_text(struct arena *mem, const struct list_def *def, const char *sql,
			     const struct filter_col *col, bool is_down, const char *cond,
			     bool is_before, int n)
{
	const char *order = col == NULL ? def->order
		: arena_printf(mem, "%s %s, %s", col->sql, is_down ? "desc nulls last"
			       : "asc nulls last", def->order);

	return arena_printf(mem,
		"with t as materialized (%s), o as materialized ("
		"select t.*, row_number() over (order by %s) as list_place from t) "
		"select * from (select t.* from o t where (%s) and ($%d::text is null "
		"or t.list_place %s (select t.list_place from o t where (%s)::text = $%d::text)) "
		"order by t.list_place %s limit $%d::bigint) p order by p.list_place",
		sql, order, cond, n, is_before ? "<" : ">", def->cols[0].sql, n,
		is_before ? "desc" : "asc", n + 1);
}

enum err_code list_query(struct arena *mem, struct db *db, const struct list_def *def,
			 const char *sql, const struct db_param *params, int nparams,
			 const struct list_ask *ask, struct db_result **out, struct err *err)
{
	struct db_param all[PARAMS_MAX];
	const struct filter_col *col;
	const char *key, *cond = "true";
	struct filter *f;
	bool is_down;
	int n = 0;
	enum err_code rc;

	*out = NULL;
	if (list_is_plain(ask))
		return db_query(db, sql, params, nparams, out, err);
	if (nparams > 0)
		memcpy(all, params, (size_t)nparams * sizeof(*params));
	key = ask->before != NULL ? ask->before : ask->after;
	rc = filter_parse(mem, ask->filter, def->cols, &f, err);
	if (rc == ERR_OK && ask->said != NULL)
		ask->said->unfinished = filter_unfinished(f);
	if (rc == ERR_OK)
		rc = list_sort(def->cols, ask->sort, &col, &is_down, err);
	if (rc == ERR_OK)
		rc = filter_sql(mem, f, nparams + 1, &cond, all + nparams, &n, err);
	if (rc != ERR_OK)
		return rc;
	n += nparams;
	all[n] = DB_TEXT(key);
	all[n + 1] = row_id(ask->limit);
	rc = list_run(db, LIST_FILTER_MS, page_text(mem, def, sql, col, is_down, cond,
						    ask->before != NULL, n + 1),
		      all, n + 2, out, err);
	if (rc != ERR_OK)
		return filter_refused(f, err);
	if (key != NULL && db_result_rows(*out) == 0)
		rc = check_key(mem, db, def, sql, params, nparams, key, err);
	if (rc != ERR_OK) {
		db_result_free(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- rows that go by id ------------------------------------------------------------ */

static enum err_code narrow(const struct list_ids *ids, const struct list_ask *ask,
			    struct err *err)
{
	const char *text = ask->before != NULL ? ask->before : ask->after;
	bool is_down = ids->is_down != (ask->before != NULL);
	int64_t key;
	char *end;

	if (text == NULL)
		return ERR_OK;
	key = strtoll(text, &end, 10);
	if (*end != '\0' || end == text || key < 1)
		return err_set(err, ERR_USAGE, "--%s takes the number of a row",
			       ask->before != NULL ? "before" : "after");
	ids->param[(is_down ? ids->hi : ids->lo) - 1] = DB_INT8(key);
	return ERR_OK;
}

/* A page that is not full: whether the look ended before the rows did, and where. */
static enum err_code look_end(struct arena *mem, struct db *db, const struct list_ids *ids,
			      bool is_down, struct list_said *said, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc;

	rc = db_query(db, arena_printf(mem, "select t.id from (%s) t order by t.id %s offset %d "
				       "limit 1", ids->sql, is_down ? "desc" : "asc",
				       LIST_LOOK_ROWS - 1), ids->param, ids->nparams, &res, err);
	if (rc == ERR_OK && db_result_rows(res) > 0) {
		said->looked = LIST_LOOK_ROWS;
		said->go_on = db_result_int8(res, 0, "id");
	}
	db_result_free(res);
	return rc;
}

enum err_code list_by_id(struct arena *mem, struct db *db, const struct list_ids *ids,
			 const struct filter *f, const struct list_ask *ask,
			 struct db_result **out, struct err *err)
{
	bool is_down = ids->is_down != (ask->before != NULL);
	const char *way = is_down ? "desc" : "asc", *cond;
	int n = ids->nparams, k = 0;
	enum err_code rc = narrow(ids, ask, err);

	if (rc == ERR_OK)
		rc = filter_sql(mem, f, n + 2, &cond, ids->param + n + 1, &k, err);
	if (rc != ERR_OK)
		return rc;
	ids->param[n] = DB_INT8(ids->limit);
	/* Rows are read one by one until the page is full: the inner limit is the worst case. */
	cond = arena_printf(mem, "select %s from (select t.* from (select t.* from (%s) t "
			    "order by t.id %s limit %d) t where (%s) order by t.id %s "
			    "limit $%d::bigint) t order by t.id %s",
			    ids->show != NULL ? ids->show : "*", ids->sql, way, LIST_LOOK_ROWS,
			    cond, way, n + 1, ids->is_down ? "desc" : "asc");
	if (filter_is_empty(f))
		return db_query(db, cond, ids->param, n + 1, out, err);
	rc = list_run(db, LIST_FILTER_MS, cond, ids->param, n + 1 + k, out, err);
	if (rc != ERR_OK)
		return filter_refused(f, err);
	if (db_result_rows(*out) < ids->limit && ask->said != NULL)
		rc = look_end(mem, db, ids, is_down, ask->said, err);
	if (rc != ERR_OK) {
		db_result_free(*out);
		*out = NULL;
	}
	return rc;
}
