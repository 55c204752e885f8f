/*
 * core/meta/event.c
 *	Notices: written, sent, read.
 */
#include "core/meta/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define SEND_LIMIT (64u << 20)	/* of a statement */

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
	if (e->kind == EVENT_RESYNC)
		return buf_printf(out, err, "{\"e\":\"resync\"}");
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

/* A payload from event `first` on, with what else goes to its organization and fits. */
static enum err_code pack(const struct event *e, int n, int first, bool *sent, struct buf *out,
			  struct err *err)
{
	enum err_code rc = ERR_OK;
	struct buf one;
	int count = 0;

	buf_init(&one, 2u * EVENT_MAX_BYTES);
	buf_clear(out);
	for (int i = first; i < n && count < EVENT_PACK && rc == ERR_OK; i++) {
		if (sent[i] || e[i].org_id != e[first].org_id)
			continue;
		rc = event_encode(&e[i], &one, err);
		/* The brackets count, too; what does not fit begins the next one. */
		if (rc == ERR_OK && count > 0 && out->len + one.len + 2 >= EVENT_MAX_BYTES)
			break;
		if (rc == ERR_OK)
			rc = buf_append(out, count > 0 ? "," : "[", 1, err);
		if (rc == ERR_OK)
			rc = buf_append(out, buf_str(&one), one.len, err);
		sent[i] = true;
		count++;
	}
	buf_release(&one);
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

static enum err_code pack_all(const struct event *e, int n, struct buf *out, struct err *err)
{
	bool *sent = mem_alloc((size_t)n * sizeof(*sent));
	enum err_code rc = buf_append(out, "[", 1, err);
	struct buf payload;
	bool more = false;

	memset(sent, 0, (size_t)n * sizeof(*sent));
	buf_init(&payload, 4u * EVENT_MAX_BYTES);
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		if (sent[i])
			continue;
		rc = pack(e, n, i, sent, &payload, err);
		if (rc == ERR_OK)
			rc = buf_printf(out, err, "%s[\"leat_%" PRId64 "\",", more ? "," : "",
					e[i].org_id);
		if (rc == ERR_OK)
			rc = row_json_text(out, buf_str(&payload), payload.len, payload.len, err);
		if (rc == ERR_OK)
			rc = buf_append(out, "]", 1, err);
		more = true;
	}
	buf_release(&payload);
	free(sent);
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

enum err_code event_send_all(struct db *db, const struct event *e, int n, struct err *err)
{
	struct buf all;
	enum err_code rc;

	if (db_in_transaction(db))
		return err_set(err, ERR_BUG, "an event inside a transaction");
	if (n == 0)
		return ERR_OK;
	buf_init(&all, SEND_LIMIT);
	rc = pack_all(e, n, &all, err);
	if (rc == ERR_OK && FAULT("event-send"))
		rc = err_set(err, ERR_TRANSIENT, "too many notifications in the queue (fault)");
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_TEXT(buf_str(&all)) };

		rc = db_query(db, sql_event_send, params, 1, NULL, err);
	}
	buf_release(&all);
	return rc;
}

enum err_code event_send(struct db *db, const struct event *e, struct err *err)
{
	return event_send_all(db, e, 1, err);
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
	return event_send(db, &(struct event){ .kind = EVENT_RESYNC, .org_id = org_id }, err);
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

static void clear_event(struct event *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = EVENT_OTHER;
	out->total_bytes = -1;
	out->eta_ms = -1;
}

static void decode_one(const json_t *root, struct event *out)
{
	clear_event(out);
	if (!json_is_object(root))
		return;
	decode_numbers(root, out);
	decode_words(root, out);
}

void event_decode(const struct db_notice *n, struct event_inbox *out)
{
	struct err err = { 0 };
	json_t *root = NULL, *one;
	size_t i;

	out->n = out->at = 0;
	clear_event(&out->e[0]);
	if (strcmp(n->channel, EVENT_WAKE_CHANNEL) == 0) {
		decode_wake(n->payload, &out->e[out->n++]);
		return;
	}
	if (js_parse(&root, n->payload, strlen(n->payload), "event", &err) != ERR_OK)
		root = NULL;
	json_array_foreach(root, i, one) {
		if (out->n < EVENT_PACK)
			decode_one(one, &out->e[out->n++]);
		else
			out->e[EVENT_PACK - 1].kind = EVENT_RESYNC;
	}
	if (out->n == 0)
		decode_one(root, &out->e[out->n++]);
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

enum err_code event_next(struct db *db, struct event_inbox *in, int wake_fd, int timeout_ms,
			 struct event *out, bool *got, struct err *err)
{
	struct db_notice *n;
	enum err_code rc = ERR_OK;

	*got = in->at < in->n;
	if (!*got) {
		n = mem_alloc(sizeof(*n));
		rc = db_wait(db, wake_fd, timeout_ms, n, got, err);
		if (rc == ERR_OK && *got)
			event_decode(n, in);
		free(n);
	}
	if (rc == ERR_OK && *got)
		*out = in->e[in->at++];
	return rc;
}
