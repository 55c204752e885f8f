/*
 * core/meta/log_page.c
 *	Lines of the log by pages.
 */
#include "core/meta/log_page.h"

#include <inttypes.h>
#include <string.h>

#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

/* The line before the first one that was not said before that moment: by halving. */
static enum err_code find_since(struct db *db, int64_t since_us, int64_t *after, struct err *err)
{
	int64_t lo = 0, hi = 0;
	enum err_code rc = row_int8(db, sql_log_last, NULL, 0, "id", &hi, err);

	while (rc == ERR_OK && lo < hi) {
		int64_t mid = lo + (hi - lo) / 2 + 1;
		struct db_param params[] = { DB_INT8(mid), DB_INT8(since_us) };
		struct db_result *res = NULL;

		rc = db_query(db, sql_log_at, params, 2, &res, err);
		if (rc != ERR_OK)
			break;
		/* Up to hi there is a line: it was the newest, or one that was found here. */
		if (db_result_rows(res) > 0 && db_result_bool(res, 0, "is_before"))
			lo = db_result_int8(res, 0, "id");
		else
			hi = mid - 1;
		db_result_free(res);
	}
	*after = lo;
	return rc;
}

static void read_row(struct arena *mem, const struct db_result *res, int i, struct log_row *out)
{
	out->job = db_result_int8(res, i, "job_id");
	job_log_read(mem, res, i, &out->line);
}

enum err_code log_page(struct arena *mem, struct db *db, const struct log_ask *ask,
		       struct log_rows *out, struct err *err)
{
	struct db_param params[4 + 1 + FILTER_PARAMS_MAX] = {
		row_id(ask->job), DB_INT8(0), DB_INT8(INT64_MAX), DB_INT8(ask->level),
	};
	struct list_ids ids = { .sql = sql_log_page, .lo = 2, .hi = 3, .param = params,
				.nparams = 4, .limit = ask->limit };
	struct list_ask page = { .said = ask->said };
	struct db_result *res = NULL;
	int64_t after = ask->after;
	struct filter *f;
	enum err_code rc = filter_parse(mem, ask->filter, list_lines.cols, &f, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && ask->said != NULL)
		ask->said->unfinished = filter_unfinished(f);
	if (rc == ERR_OK && ask->since_us > 0)
		rc = find_since(db, ask->since_us, &after, err);
	if (rc != ERR_OK)
		return rc;
	if (after > 0)
		page.after = arena_printf(mem, "%" PRId64, after);
	else if (ask->since_us == 0 && !ask->from_start)
		page.before = arena_printf(mem, "%" PRId64,
					   ask->before > 0 ? ask->before : INT64_MAX);
	rc = list_by_id(mem, db, &ids, f, &page, &res, err);
	if (rc != ERR_OK)
		return rc;
	out->r = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->r));
	for (int i = 0; i < db_result_rows(res); i++)
		read_row(mem, res, i, &out->r[out->n++]);
	db_result_free(res);
	return ERR_OK;
}
