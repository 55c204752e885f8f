/*
 * core/meta/event.c
 *	Notices: written, sent, read.
 */
#include "core/meta/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

static const char *const kind_names[] = { "state", "progress", "log" };

void event_channel(int64_t org_id, char *buf, int size)
{
	snprintf(buf, (size_t)size, "leat_%" PRId64, org_id);
}

/* ---- writing ------------------------------------------------------------------ */

/* The phase is one of leat's own words: letters, nothing that JSON minds. */
static bool is_word(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((*s < 'a' || *s > 'z') && *s != ' ' && *s != '-')
			return false;
	}
	return true;
}

static enum err_code add_progress(const struct event *e, struct buf *out, struct err *err)
{
	const struct job_counts *c = &e->counts;

	return buf_printf(out, err,
			  ",\"read\":%" PRId64 ",\"written\":%" PRId64 ",\"unchanged\":%" PRId64
			  ",\"filtered\":%" PRId64 ",\"rejected\":%" PRId64 ",\"bytes\":%" PRId64
			  ",\"total\":%" PRId64 ",\"rate\":%" PRId64 ",\"eta\":%" PRId64,
			  c->read, c->written, c->unchanged, c->filtered, c->rejected, c->bytes,
			  e->total_bytes, e->rows_per_s, e->eta_ms);
}

enum err_code event_encode(const struct event *e, struct buf *out, struct err *err)
{
	enum err_code rc;

	buf_clear(out);
	if ((unsigned)e->kind > EVENT_LOG || !is_word(e->phase))
		return err_set(err, ERR_BUG, "event of job %" PRId64 " cannot be sent", e->job);
	rc = buf_printf(out, err,
			"{\"e\":\"%s\",\"org\":%" PRId64 ",\"job\":%" PRId64 ",\"run\":%" PRId64
			",\"state\":\"%s\"",
			kind_names[e->kind], e->org_id, e->job, e->run, job_state_name(e->state));
	if (rc == ERR_OK && e->phase[0] != '\0')
		rc = buf_printf(out, err, ",\"phase\":\"%s\"", e->phase);
	if (rc == ERR_OK && e->kind != EVENT_LOG)
		rc = add_progress(e, out, err);
	if (rc == ERR_OK && e->log_id != 0)
		rc = buf_printf(out, err, ",\"log\":%" PRId64, e->log_id);
	if (rc == ERR_OK)
		rc = buf_append(out, "}", 1, err);
	if (rc == ERR_OK && out->len >= EVENT_MAX_BYTES)
		rc = err_set(err, ERR_LIMIT, "event of job %" PRId64 " has %zu bytes", e->job,
			     out->len);
	return rc;
}

enum err_code event_send(struct db *db, const struct event *e, struct err *err)
{
	char channel[32];
	struct buf payload;
	enum err_code rc;

	if (db_in_transaction(db))
		return err_set(err, ERR_BUG, "an event inside a transaction");
	buf_init(&payload, 2u * EVENT_MAX_BYTES);
	event_channel(e->org_id, channel, (int)sizeof(channel));
	rc = event_encode(e, &payload, err);
	if (rc == ERR_OK)
		rc = db_notify(db, channel, buf_str(&payload), err);
	buf_release(&payload);
	return rc;
}

enum err_code event_wake(struct db *db, struct err *err)
{
	if (db_in_transaction(db))
		return err_set(err, ERR_BUG, "a wake-up inside a transaction");
	return db_notify(db, EVENT_WAKE_CHANNEL, "work", err);
}

enum err_code event_busy(struct db *db, struct err *err)
{
	return db_notify(db, EVENT_WAKE_CHANNEL, "busy", err);
}

enum err_code event_resync(struct db *db, int64_t org_id, struct err *err)
{
	char channel[32];

	event_channel(org_id, channel, (int)sizeof(channel));
	return db_notify(db, channel, "{\"e\":\"resync\"}", err);
}

/* ---- reading ------------------------------------------------------------------ */

/* "work", "busy", "swept", "drain ENGINE" or "cancel ORG JOB". */
static void decode_wake(const char *payload, struct event *out)
{
	char *end;

	if (strcmp(payload, "work") == 0 || payload[0] == '\0') {
		out->kind = EVENT_WORK;
		return;
	}
	if (strcmp(payload, "busy") == 0) {
		out->kind = EVENT_BUSY;
		return;
	}
	if (strcmp(payload, "swept") == 0) {
		out->kind = EVENT_SWEPT;
		return;
	}
	if (strncmp(payload, "drain ", 6) == 0) {
		out->job = strtoll(payload + 6, &end, 10);
		if (*end == '\0' && out->job > 0)
			out->kind = EVENT_DRAIN;
		return;
	}
	if (strncmp(payload, "cancel ", 7) != 0)
		return;
	out->org_id = strtoll(payload + 7, &end, 10);
	if (*end != ' ')
		return;
	out->job = strtoll(end + 1, &end, 10);
	if (*end == '\0' && out->job > 0)
		out->kind = EVENT_CANCEL;
}

static int64_t number(const json_t *root, const char *name, int64_t preset)
{
	const json_t *v = json_object_get(root, name);

	return json_is_integer(v) ? json_integer_value(v) : preset;
}

static void decode_numbers(const json_t *root, struct event *out)
{
	out->org_id = number(root, "org", 0);
	out->job = number(root, "job", 0);
	out->run = number(root, "run", 0);
	out->counts.read = number(root, "read", 0);
	out->counts.written = number(root, "written", 0);
	out->counts.unchanged = number(root, "unchanged", 0);
	out->counts.filtered = number(root, "filtered", 0);
	out->counts.rejected = number(root, "rejected", 0);
	out->counts.bytes = number(root, "bytes", 0);
	out->total_bytes = number(root, "total", -1);
	out->rows_per_s = number(root, "rate", 0);
	out->eta_ms = number(root, "eta", -1);
	out->log_id = number(root, "log", 0);
}

static void decode_words(const json_t *root, struct event *out)
{
	const char *kind = json_string_value(json_object_get(root, "e"));
	const char *state = json_string_value(json_object_get(root, "state"));
	const char *phase = json_string_value(json_object_get(root, "phase"));
	int known = state != NULL ? job_state_of(state) : -1;

	if (phase != NULL && is_word(phase))
		snprintf(out->phase, sizeof(out->phase), "%s", phase);
	if (kind != NULL && strcmp(kind, "resync") == 0)
		out->kind = EVENT_RESYNC;
	if (kind == NULL || known < 0)
		return;
	out->state = (enum job_state)known;
	for (int i = 0; i <= EVENT_LOG; i++) {
		if (strcmp(kind, kind_names[i]) == 0)
			out->kind = (enum event_kind)i;
	}
}

void event_decode(const struct db_notice *n, struct event *out)
{
	struct err err = { 0 };
	json_t *root = NULL;

	memset(out, 0, sizeof(*out));
	out->kind = EVENT_OTHER;
	out->total_bytes = -1;
	out->eta_ms = -1;
	if (strcmp(n->channel, EVENT_WAKE_CHANNEL) == 0) {
		decode_wake(n->payload, out);
		return;
	}
	if (js_parse(&root, n->payload, strlen(n->payload), "event", &err) == ERR_OK &&
	    json_is_object(root)) {
		decode_numbers(root, out);
		decode_words(root, out);
	}
	json_decref(root);
}

enum err_code event_listen(struct db *db, int64_t org_id, struct err *err)
{
	char channel[32];

	event_channel(org_id, channel, (int)sizeof(channel));
	return db_listen(db, channel, err);
}

enum err_code event_listen_wake(struct db *db, struct err *err)
{
	return db_listen(db, EVENT_WAKE_CHANNEL, err);
}

enum err_code event_next(struct db *db, int wake_fd, int timeout_ms, struct event *out, bool *got,
			 struct err *err)
{
	struct db_notice *n = mem_alloc(sizeof(*n));
	enum err_code rc = db_wait(db, wake_fd, timeout_ms, n, got, err);

	if (rc == ERR_OK && *got)
		event_decode(n, out);
	free(n);
	return rc;
}
