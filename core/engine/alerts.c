/*
 * core/engine/alerts.c
 *	Between jobs that end and messages that are sent.
 */
#include "core/engine/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/deliver.h"
#include "core/meta/job.h"
#include "core/meta/org.h"
#include "core/meta/place.h"

#define RECONNECT_MS 5000

static void complain(int64_t job, const struct err *err)
{
	char text[600];

	err_text(err, text, sizeof(text));
	log_line(LOG_WARN, "the end of job %lld was not looked at for alerts: %s", (long long)job,
		 text);
}

static bool is_message(const struct job_claimed *job)
{
	return strcmp(job->kind, ALERT_JOB_KIND) == 0;
}

bool alerts_expect(struct db *app, const struct job_claimed *job, int64_t *unnoted)
{
	struct err err = { 0 };
	bool expected = false;

	*unnoted = 0;
	if (!is_message(job) && alert_expect(app, job->lease.job, job->lease.run, job->pipeline_id,
					     &expected, unnoted, &err) != ERR_OK)
		complain(job->lease.job, &err);
	return expected;
}

void alerts_ended(struct arena *mem, struct db *app, const struct job_claimed *job,
		  struct alert_made *made)
{
	struct err err = { 0 };

	if (FAULT("alerts-ended"))
		return;
	if ((db_is_broken(app) && db_reconnect(app, RECONNECT_MS, &err) != ERR_OK) ||
	    alert_look(mem, app, job->lease.job, job->lease.run, made, &err) != ERR_OK)
		complain(job->lease.job, &err);
}

static enum err_code look_at(struct arena *mem, const struct engine_env *env,
			     const struct alert_ends *left, struct alert_made *made,
			     struct err *err)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat engine", .org = env->org };
	struct db *app = NULL;
	enum err_code rc = meta_open(env->place, &how, &app, NULL, err);

	for (int i = 0; i < left->n && rc == ERR_OK; i++) {
		db_set_org(app, left->e[i].org_id);
		rc = alert_look(mem, app, left->e[i].job, left->e[i].run, made, err);
	}
	db_close(app);
	return rc;
}

void alerts_catch_up(const struct engine_env *env, struct db *books, struct alert_made *made)
{
	struct arena *mem = arena_new(NULL, "alerts");
	struct alert_ends left = { 0 };
	struct err err = { 0 };
	enum err_code rc = alert_left(mem, books, &left, &err);

	if (rc == ERR_OK && left.n > 0)
		rc = look_at(mem, env, &left, made, &err);
	if (rc != ERR_OK)
		complain(left.n > 0 ? left.e[0].job : 0, &err);
	arena_free(mem);
}

/* ---- the job that sends ------------------------------------------------------------ */

struct letter {
	int64_t alert;
	json_t *message;
	const char *id;
	int64_t date_us;
};

/* The same in every attempt, in every installation its own. */
static const char *id_of(struct arena *mem, const char *origin, int64_t job)
{
	char *id = arena_printf(mem, "msg_%s_%lld", origin, (long long)job), *to = id;

	for (const char *from = id; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	return id;
}

static enum err_code read_letter(struct arena *mem, struct db *app, const struct job_claimed *job,
				 json_t *body, struct letter *out, struct err *err)
{
	const char *origin = NULL;
	enum err_code rc = js_need_int(body, "alert", &out->alert, err);

	if (rc == ERR_OK)
		rc = js_need_object(body, "message", &out->message, err);
	if (rc == ERR_OK)
		rc = org_origin(mem, app, &origin, err);
	if (rc == ERR_OK)
		out->id = id_of(mem, origin, job->lease.job);
	out->date_us = clock_wall_us();
	return rc;
}

static enum err_code send_letter(struct arena *mem, struct db *app, const struct letter *letter,
				 struct alerts_post *post, struct err *err)
{
	struct delivery d = { .id = letter->id, .date_us = letter->date_us,
			      .message = letter->message, .stop = post->stop };
	struct err pause_err = { 0 };
	struct alert_rule rule;
	enum err_code rc = alert_get_id(mem, app, letter->alert, &rule, err);

	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		post->say(post->ctx, LOG_INFO, "the alert was removed; nothing is sent");
		return ERR_OK;
	}
	if (rc == ERR_OK && rule.is_paused) {
		post->say(post->ctx, LOG_INFO, "the alert is paused; nothing is sent");
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = deliver_send(mem, app, &rule, &d, err);
	post->retry_after_ms = rc != ERR_OK ? d.retry_after_ms : 0;
	if (rc == ERR_OK)
		post->say(post->ctx, LOG_INFO,
			  arena_printf(mem, "alert %s: sent as %s; the answer: %s", rule.name,
				       letter->id, d.said));
	if (rc != ERR_OK && d.is_gone &&
	    alert_pause(app, rule.name, true, "the receiver answered 410", &pause_err) != ERR_OK)
		post->say(post->ctx, LOG_WARN, "the alert could not be paused");
	return rc;
}

enum err_code alerts_send(struct arena *mem, struct db *app, const struct job_claimed *job,
			  struct alerts_post *post, struct err *err)
{
	struct letter letter = { 0 };
	json_t *body = NULL;
	enum err_code rc = js_parse(&body, job->body, strlen(job->body), "the message", err);

	if (rc == ERR_OK)
		rc = read_letter(mem, app, job, body, &letter, err);
	if (rc == ERR_OK)
		rc = send_letter(mem, app, &letter, post, err);
	json_decref(body);
	if (rc == ERR_OK && FAULT("alerts-sent"))
		rc = err_set(err, ERR_TRANSIENT, "sending failed (fault)");
	return rc;
}
