/*
 * core/meta/job_hold.c
 *	Why a job has not started yet.
 */
#include "core/meta/job_hold.h"

#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

static enum job_hold_kind kind_of(const char *word)
{
	static const struct { const char *word; enum job_hold_kind kind; } known[] = {
		{ "parent", JOB_HOLD_PARENT }, { "key", JOB_HOLD_KEY },
		{ "queue", JOB_HOLD_QUEUE },   { "pipeline", JOB_HOLD_PIPELINE },
		{ "engine", JOB_HOLD_ENGINE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(word, known[i].word) == 0)
			return known[i].kind;
	return JOB_HOLD_LIMIT;
}

static void read_hold(struct arena *mem, const struct db_result *res, int i, struct job_hold *out)
{
	const char *word = db_result_text(res, i, "kind");

	*out = (struct job_hold){ .kind = kind_of(word), .max_running = -1, .wait_ms = -1 };
	out->name = row_text(mem, res, i, "name");
	out->why = row_text(mem, res, i, "why");
	if (out->kind == JOB_HOLD_PARENT) {
		out->job = db_result_int8(res, i, "n");
		out->state = (enum job_state)db_result_int8(res, i, "m");
		out->on_fail = (enum job_on_fail)db_result_float8(res, i, "x");
	} else if (out->kind == JOB_HOLD_LIMIT) {
		out->scope = arena_strndup(mem, word, strcspn(word, " "));
		out->running = db_result_int8(res, i, "m");
		if (db_result_text(res, i, "n") != NULL)
			out->max_running = db_result_int8(res, i, "n");
		if (db_result_text(res, i, "x") != NULL)
			out->wait_ms = db_result_float8(res, i, "x");
	}
}

enum err_code job_hold(struct arena *mem, struct db *db, int64_t job, struct job_holds *out,
		       struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_hold, &DB_INT8(job), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->h = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->h));
	for (; out->n < db_result_rows(res); out->n++)
		read_hold(mem, res, out->n, &out->h[out->n]);
	db_result_free(res);
	return ERR_OK;
}
