/*
 * core/meta/pulse.c
 *	How an organization is doing.
 */
#include "core/meta/pulse.h"

#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

enum err_code pulse_minutes(struct arena *mem, struct db *db, struct pulse_minutes *out,
			    struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_pulse_minutes, &DB_INT8(PULSE_JOBS_MAX), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->m = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->m));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->is_capped |= db_result_bool(res, i, "is_capped");
		out->m[out->n++] = (struct pulse_minute){
			.at = row_time(mem, res, i, "at"),
			.ended = db_result_int8(res, i, "ended"),
			.failed = db_result_int8(res, i, "failed"),
			.rows = db_result_int8(res, i, "rows"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code pulse_ages(struct arena *mem, struct db *db, struct pulse_ages *out,
			 struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_pulse_ages, &DB_INT8(PULSE_LOOK), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->a = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->a));
	for (int i = 0; i < db_result_rows(res); i++)
		out->a[out->n++] = (struct pulse_age){
			.pipeline = row_text(mem, res, i, "name"),
			.is_paused = db_result_bool(res, i, "is_paused"),
			.succeeded_job = db_result_int8(res, i, "succeeded_job"),
			.succeeded_at = row_time(mem, res, i, "succeeded_at"),
			.age = db_result_float8(res, i, "age"),
			.last_job = db_result_int8(res, i, "last_job"),
			.last_state = (enum job_state)db_result_int8(res, i, "last_state"),
			.due_at = row_time(mem, res, i, "due_at"),
			.next_at = row_time(mem, res, i, "next_at"),
		};
	db_result_free(res);
	return ERR_OK;
}
