/*
 * core/meta/schedule.c
 *	Schedules as people keep them.
 */
#include "core/meta/schedule.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/terms.h"
#include "core/meta/event.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/slot.h"
#include "core/meta/sql_text.h"

/* ---- looking ------------------------------------------------------------------------ */

static enum err_code not_there(const char *name, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no schedule \"%s\"", name);
	err_hint(err, "See what there is with: leat schedule list");
	return ERR_NOT_FOUND;
}

static void read_row(struct arena *mem, const struct db_result *res, int i,
		     struct schedule_row *out)
{
	*out = (struct schedule_row){
		.id = db_result_int8(res, i, "id"),
		.name = row_text(mem, res, i, "name"),
		.pipeline = row_text(mem, res, i, "pipeline"),
		.pipeline_id = db_result_int8(res, i, "pipeline_id"),
		.spec = row_text(mem, res, i, "spec"),
		.tz = row_text(mem, res, i, "tz"),
		.overlap = row_text(mem, res, i, "overlap"),
		.missed = row_text(mem, res, i, "missed"),
		.priority = (int)db_result_int8(res, i, "priority"),
		.max_attempts = (int)db_result_int8(res, i, "max_attempts"),
		.is_paused = db_result_bool(res, i, "is_paused"),
		.next_at = row_time(mem, res, i, "next_at"),
		.next_us = db_result_int8(res, i, "next_us"),
		.problem = row_text(mem, res, i, "problem"),
		.version = db_result_int8(res, i, "version"),
		.created_at = row_time(mem, res, i, "created_at"),
		.updated_at = row_time(mem, res, i, "updated_at"),
		.last_at = row_time(mem, res, i, "last_at"),
		.last_outcome = row_text(mem, res, i, "last_outcome"),
		.last_job = db_result_int8(res, i, "last_job"),
	};
}

static enum err_code query_rows(struct arena *mem, struct db *db, const char *name,
				const char *pipeline, const struct list_ask *ask,
				struct schedule_rows *out, struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_TEXT(pipeline) };
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_schedules, sql_schedule_list, params, 2,
				      ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->s = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->s));
	for (; out->n < db_result_rows(res); out->n++)
		read_row(mem, res, out->n, &out->s[out->n]);
	db_result_free(res);
	return ERR_OK;
}

enum err_code schedule_list(struct arena *mem, struct db *db, const char *pipeline,
			    const struct list_ask *ask, struct schedule_rows *out, struct err *err)
{
	return query_rows(mem, db, NULL, pipeline, ask, out, err);
}

enum err_code schedule_get(struct arena *mem, struct db *db, const char *name,
			   struct schedule_row *out, struct err *err)
{
	struct schedule_rows rows;
	enum err_code rc = query_rows(mem, db, name, NULL, NULL, &rows, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && rows.n == 0)
		rc = not_there(name, err);
	if (rc == ERR_OK)
		*out = rows.s[0];
	return rc;
}

enum err_code schedule_ticks(struct arena *mem, struct db *db, int64_t schedule, int limit,
			     struct schedule_ticks *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(schedule), DB_INT8(limit) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_schedule_ticks, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->t = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->t));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->t[out->n++] = (struct schedule_tick){
			.due_at = row_time(mem, res, i, "due_at"),
			.outcome = row_text(mem, res, i, "outcome"),
			.job = db_result_int8(res, i, "job_id"),
			.reason = row_text(mem, res, i, "reason"),
			.at = row_time(mem, res, i, "at"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

/* ---- changing ----------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static enum err_code check_policies(const struct schedule_request *in, struct err *err)
{
	if (!is_one_of(in->overlap, "skip", "queue", "cancel"))
		return err_set(err, ERR_CONFIG, "overlap is skip, queue or cancel, not '%.40s'",
			       in->overlap);
	if (!is_one_of(in->missed, "skip", "one", "all"))
		return err_set(err, ERR_CONFIG, "missed is skip, one or all, not '%.40s'",
			       in->missed);
	if (strcmp(in->missed, "all") == 0 && strcmp(in->overlap, "queue") != 0) {
		err_set(err, ERR_CONFIG, "missed all needs overlap queue: with overlap %s only one "
			"of the slots would run", in->overlap);
		err_hint(err, "Say overlap queue, or missed one.");
		return ERR_CONFIG;
	}
	if (in->max_attempts < 0 || in->max_attempts > TERMS_ATTEMPTS_MAX)
		return err_set(err, ERR_CONFIG, "attempts is a number from 1 to %d",
			       TERMS_ATTEMPTS_MAX);
	if (in->priority < 0 || in->priority > TERMS_PRIORITY_MAX)
		return err_set(err, ERR_CONFIG, "priority is a number from 1 to %d",
			       TERMS_PRIORITY_MAX);
	return ERR_OK;
}

enum err_code schedule_check(struct arena *mem, struct db *db, struct schedule_request *in,
			     struct err *err)
{
	const char *tz = in->tz != NULL ? in->tz : "UTC";
	struct cron cron;
	size_t n = strlen(in->name);
	enum err_code rc;

	in->overlap = in->overlap != NULL ? in->overlap : "skip";
	in->missed = in->missed != NULL ? in->missed : "one";
	if (n < 1 || n > 63)
		return err_set(err, ERR_CONFIG, "a schedule's name has 1 to 63 characters");
	rc = check_policies(in, err);
	if (rc == ERR_OK)
		rc = cron_parse(in->spec, &cron, err);
	in->tz = tz;
	if (rc == ERR_OK && (in->known_tz == NULL || strcmp(tz, in->known_tz) != 0))
		rc = slot_zone(mem, db, tz, &in->tz, err);
	return rc;
}

/* The next slot by the server's clock; 0: none. */
static enum err_code next_slot(struct arena *mem, struct db *db, const char *spec, const char *tz,
			       int64_t *out, struct err *err)
{
	struct slot_rule rule = { .tz = tz };
	int64_t now_us;
	int n = 0;
	enum err_code rc = cron_parse(spec, &rule.cron, err);

	*out = 0;
	if (rc == ERR_OK)
		rc = slot_now(db, &now_us, err);
	if (rc == ERR_OK)
		rc = slot_list(mem, db, &rule, now_us, SLOT_NEVER, 1, out, &n, err);
	return rc;
}

enum err_code schedule_put(struct arena *mem, struct db *db, const struct schedule_request *in,
			   bool is_new, bool *changed, struct err *err)
{
	struct pipeline_row pipeline;
	struct db_result *res = NULL;
	int64_t next_us = 0, put;
	enum err_code rc = pipeline_get(mem, db, in->pipeline, &pipeline, err);

	if (rc == ERR_OK && !in->is_paused)
		rc = next_slot(mem, db, in->spec, in->tz, &next_us, err);
	if (rc == ERR_OK) {
		struct db_param params[] = {
			DB_TEXT(in->name), DB_INT8(pipeline.id), DB_TEXT(in->spec), DB_TEXT(in->tz),
			DB_TEXT(in->overlap), DB_TEXT(in->missed), row_id(in->priority),
			row_id(in->max_attempts), DB_BOOL(in->is_paused), row_id(next_us),
			DB_BOOL(!is_new),
		};

		rc = db_query(db, sql_schedule_put, params, 11, &res, err);
	}
	if (rc != ERR_OK)
		return rc;
	put = db_result_int8(res, 0, "changed");
	if (is_new && put == 0) {
		rc = err_set(err, ERR_CONFLICT, "there is a schedule \"%s\" already", in->name);
		err_hint(err, "Change it with --replace, or remove it with: leat schedule remove "
			      "%.60s", in->name);
	}
	if (changed != NULL)
		*changed = put != 0;
	db_result_free(res);
	return rc;
}

enum err_code schedule_pause(struct arena *mem, struct db *db, const char *name, bool is_paused,
			     bool *changed, struct err *err)
{
	struct schedule_row row;
	int64_t next_us = 0, n = 0;
	enum err_code rc = schedule_get(mem, db, name, &row, err);

	if (rc == ERR_OK && !is_paused)
		rc = next_slot(mem, db, row.spec, row.tz, &next_us, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_TEXT(name), DB_BOOL(is_paused), row_id(next_us) };

		rc = row_int8(db, sql_schedule_pause, params, 3, "changed", &n, err);
	}
	*changed = n != 0;
	return rc;
}

enum err_code schedule_remove(struct db *db, const char *name, struct err *err)
{
	int64_t n;
	enum err_code rc = row_number(db, sql_schedule_remove, name, "removed", &n, err);

	return rc == ERR_OK && n == 0 ? not_there(name, err) : rc;
}

enum err_code schedule_wake(struct db *db, struct err *err)
{
	return event_wake(db, err);
}

/* ---- what a job for a slot is made of ---------------------------------------------------- */

static void put_moment(json_t *slot, const char *name, int64_t us, const struct slot_local *local)
{
	char text[32], key[32];

	clock_iso(us, text, sizeof(text));
	memcpy(text + 19, "Z", 2);	/* slots are whole seconds */
	json_object_set_new(slot, name, json_string(text));
	slot_local_text(local, text, (int)sizeof(text));
	snprintf(key, sizeof(key), "local_%s", name);
	json_object_set_new(slot, key, json_string(text));
}

enum err_code schedule_body(struct arena *mem, const char *body, const char *tz,
			    const int64_t *at, const struct slot_local *local,
			    const char **out, struct err *err)
{
	json_t *json = NULL, *slot;
	char *text = NULL;
	enum err_code rc = js_parse(&json, body, strlen(body), "pipeline", err);

	if (rc != ERR_OK)
		return rc;
	terms_remove(json);
	slot = json_object();
	put_moment(slot, "start", at[0], &local[0]);
	put_moment(slot, "end", at[1], &local[1]);
	json_object_set_new(slot, "tz", json_string(tz));
	json_object_set_new(json, "slot", slot);
	text = json_dumps(json, JSON_COMPACT);
	if (text != NULL)
		*out = arena_strdup(mem, text);
	else
		rc = err_set(err, ERR_FAILED, "the pipeline cannot be written as JSON");
	free(text);
	json_decref(json);
	return rc;
}

enum err_code schedule_terms(struct arena *mem, const char *body, int priority, int max_attempts,
			     struct job_request *out, struct err *err)
{
	json_t *json = NULL;
	struct terms t;
	enum err_code rc = js_parse(&json, body, strlen(body), "pipeline", err);

	if (rc == ERR_OK)
		rc = terms_read(mem, json, &t, err);
	json_decref(json);
	if (rc != ERR_OK)
		return rc;
	if (priority != 0)
		t.priority = priority;
	if (max_attempts != 0)
		t.attempts = max_attempts;
	else if (t.attempts == 0)
		t.attempts = SCHEDULE_ATTEMPTS;
	job_request_terms(out, &t);
	return ERR_OK;
}
