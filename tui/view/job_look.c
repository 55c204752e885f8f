/*
 * tui/view/job_look.c
 *	What there is to say about a job, in lines.
 */
#include "tui/view/job_look.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/human.h"
#include "core/base/json.h"
#include "tui/view/show.h"
#include "tui/widget/bars.h"

#define NAME_CELLS  11		/* names of fields */
#define VALUE_LINES 40		/* of one field, at most */
#define TEXT_BYTES  16384
#define TALL        16		/* lines from which on groups are set apart */

/* Lines as they are put, one below the other, also where nothing is shown. */
struct pen {
	struct area a;
	int top, y;
	const struct job_look *l;
};

static const char *text_of(const struct pen *p, const char *name)
{
	return answer_text(p->l->a, p->l->row, name);
}

static int64_t int_of(const struct pen *p, const char *name)
{
	return answer_int(p->l->a, p->l->row, name);
}

static int64_t time_of(const struct pen *p, const char *name)
{
	const struct reply_value *v = answer_value(p->l->a, p->l->row, name);

	if (v == NULL)
		return 0;
	return v->text != NULL ? show_time_us(v->text) : v->i;
}

static bool is_state(const struct pen *p, const char *state)
{
	return strcmp(text_of(p, "state"), state) == 0;
}

static void put_text(struct pen *p, const char *name, enum role role, const char *text)
{
	if (text[0] != '\0')
		p->y += show_field(p->a, p->y - p->top, NAME_CELLS, VALUE_LINES, name, role, text);
}

__attribute__((format(printf, 4, 5)))
static void put(struct pen *p, const char *name, enum role role, const char *fmt, ...)
{
	struct buf text;
	va_list ap;
	char own[2048];

	buf_init(&text, sizeof(own));
	va_start(ap, fmt);
	vsnprintf(own, sizeof(own), fmt, ap);
	va_end(ap);
	put_text(p, name, role, own);
	buf_release(&text);
}

/* Sets groups apart where there is room for that. */
static void gap(struct pen *p)
{
	if (p->a.h >= TALL && p->y > 0)
		p->y++;
}

/* ---- why it failed --------------------------------------------------------------- */

static void put_failure(struct pen *p)
{
	bool is_over = is_state(p, "failed") || is_state(p, "dead");
	const char *error = text_of(p, "error");

	/* Of one that succeeded. */
	put_text(p, "budget", ROLE_WARN, text_of(p, "over_rejects"));
	if (error[0] == '\0')
		return;
	/* Of one that goes on, it is the last attempt's. */
	put(p, is_over ? "failed" : "last error", is_over ? ROLE_BAD : ROLE_WARN, "%s %s%s%s",
	    text_of(p, "error_code"), error, text_of(p, "sqlstate")[0] != '\0' ? "  SQLSTATE " : "",
	    text_of(p, "sqlstate"));
	put_text(p, "what to do", ROLE_TEXT, text_of(p, "hint"));
	gap(p);
}

/* ---- where it stands -------------------------------------------------------------- */

static const char *name_of(const struct pen *p)
{
	const char *name = text_of(p, "pipeline");

	return name[0] != '\0' ? name : text_of(p, "target");
}

static void put_state(struct pen *p)
{
	const char *state = text_of(p, "state");
	int64_t most = int_of(p, "max_attempts");
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	buf_addf(&text, "%s %s   %s", p->a.g != NULL ? glyph(p->a.g, show_state_glyph(state)) : "",
		 state, name_of(p));
	if (text_of(p, "asked")[0] != '\0')
		buf_addf(&text, "   asked to %s", text_of(p, "asked"));
	if (most > 1)
		buf_addf(&text, "   attempt %lld of %lld", (long long)int_of(p, "attempt"),
			 (long long)most);
	put_text(p, "state", show_state_role(state), buf_str(&text));
	buf_release(&text);
}

static int64_t bytes_of(const struct job_look *l)
{
	return l->live != NULL ? l->live->bytes : answer_int(l->a, l->row, "bytes");
}

static int64_t total_of(const struct job_look *l)
{
	if (l->live != NULL)
		return l->live->total_bytes;
	return answer_is_null(l->a, l->row, "total_bytes") ? -1 :
	       answer_int(l->a, l->row, "total_bytes");
}

static void add_left(struct buf *out, const struct job_look *l)
{
	int64_t from, to;

	if (l->pace == NULL || !pace_left(l->pace, total_of(l), l->now_us, &from, &to)) {
		if (l->live != NULL && l->live->eta_ms >= 0 && total_of(l) >= 0)
			show_span(out, l->live->eta_ms * 1000);
		else
			buf_adds(out, "?");
		return;
	}
	show_span(out, from);
	if (to != from) {
		buf_adds(out, " to ");
		show_span(out, to);
	}
}

static void add_pace(struct buf *out, const struct job_look *l)
{
	int64_t stall = l->pace != NULL ? pace_stall_us(l->pace, l->now_us) : 0;

	if (stall > 0) {
		buf_adds(out, "stall ");
		show_span(out, stall);
		return;
	}
	buf_adds(out, "ETA ");
	add_left(out, l);
}

void job_look_brief(struct buf *out, const struct job_look *l)
{
	const char *state = answer_text(l->a, l->row, "state");
	int64_t total = total_of(l);

	buf_adds(out, state);
	if (strcmp(state, "running") != 0 && answer_float(l->a, l->row, "seconds") <= 0)
		return;
	buf_adds(out, " ");
	if (strcmp(state, "running") != 0) {
		show_span(out, (int64_t)(answer_float(l->a, l->row, "seconds") * 1e6));
		return;
	}
	if (total > 0)
		buf_addf(out, "%.0f%% ", 100 * (double)bytes_of(l) / (double)total);
	add_pace(out, l);
}

/* Rows and bytes a second, size so far: what stands behind the bar. */
static void add_speed(struct buf *out, const struct job_look *l)
{
	char text[40];

	human_bytes(bytes_of(l), text, sizeof(text));
	buf_addf(out, "%s", text);
	if (total_of(l) >= 0) {
		human_bytes(total_of(l), text, sizeof(text));
		buf_addf(out, " of %s", text);
	}
	if (l->live != NULL && (l->pace == NULL || pace_stall_us(l->pace, l->now_us) == 0)) {
		buf_adds(out, "   ");
		show_amount(out, (double)l->live->rows_per_s);
		buf_adds(out, " rows/s");
	}
	buf_adds(out, "   ");
	add_pace(out, l);
}

static const char *phase_of(const struct pen *p)
{
	const char *phase = p->l->live != NULL ? p->l->live->phase : text_of(p, "phase");

	return phase[0] != '\0' ? phase : "progress";
}

static void put_bar(struct pen *p)
{
	int64_t total = total_of(p->l);
	double share = total > 0 ? (double)bytes_of(p->l) / (double)total : -1;
	int cells = p->a.w >= 100 ? 40 : p->a.w / 3, y = p->y - p->top;
	struct buf text;

	if (!is_state(p, "running"))
		return;
	buf_init(&text, 512);
	if (total > 0)
		buf_addf(&text, "%3.0f%%   ", 100 * share);
	add_speed(&text, p->l);
	area_text(p->a, 0, y, ROLE_HEAD, phase_of(p));
	if (y >= 0 && y < p->a.h)
		bars_progress(p->a, NAME_CELLS, y, cells, share, -1, ROLE_BAR);
	if (p->a.w - NAME_CELLS - cells - 1 >= (int)text.len) {
		area_text(p->a, NAME_CELLS + cells + 1, y, ROLE_TEXT, buf_str(&text));
		p->y++;
	} else {
		p->y++;
		area_text(p->a, NAME_CELLS, p->y - p->top, ROLE_TEXT, buf_str(&text));
		p->y++;
	}
	buf_release(&text);
}

/* ---- the ledger --------------------------------------------------------------------- */

struct ledger_row {
	int64_t read, written, unchanged, filtered, rejected;
};

static struct ledger_row ledger_of(const struct pen *p)
{
	const struct news *n = p->l->live;

	if (n != NULL)
		return (struct ledger_row){ n->read, n->written, n->unchanged, n->filtered,
					    n->rejected };
	return (struct ledger_row){ int_of(p, "rows_read"), int_of(p, "rows_written"),
				    int_of(p, "rows_unchanged"), int_of(p, "rows_filtered"),
				    int_of(p, "rows_rejected") };
}

static void add_rows(struct buf *out, const char *sign, const char *name, int64_t n)
{
	char text[32];

	human_grouped(n, text, sizeof(text));
	buf_addf(out, "%s%s %s", sign, name, text);
}

/* read = written + unchanged + filtered + rejected; what is 0 is left out. */
static void put_ledger(struct pen *p)
{
	struct ledger_row r = ledger_of(p);
	int64_t rest = r.read - r.written - r.unchanged - r.filtered - r.rejected;
	bool is_running = is_state(p, "running"), is_odd = !is_running && rest != 0;
	struct buf text;

	if (answer_is_null(p->l->a, p->l->row, "started_at"))
		return;
	buf_init(&text, 1024);
	add_rows(&text, "", "read", r.read);
	add_rows(&text, " = ", "written", r.written);
	if (r.unchanged > 0)
		add_rows(&text, " + ", "unchanged", r.unchanged);
	if (r.filtered > 0)
		add_rows(&text, " + ", "filtered", r.filtered);
	if (r.rejected > 0)
		add_rows(&text, " + ", "rejected", r.rejected);
	if (is_running && rest > 0)
		add_rows(&text, " + ", "under way", rest);
	/* A failed job has undone what it wrote. */
	if (is_odd && is_state(p, "succeeded"))
		add_rows(&text, "; ", "does not balance by", rest);
	else if (is_odd)
		add_rows(&text, " + ", "not kept", rest);
	put_text(p, "rows", is_odd && is_state(p, "succeeded") ? ROLE_BAD :
		 r.rejected > 0 ? ROLE_WARN : ROLE_TEXT, buf_str(&text));
	buf_release(&text);
}

/* ---- what it waits for --------------------------------------------------------------- */

static void put_parents(struct pen *p)
{
	const char *json = text_of(p, "waits_for");
	json_t *root = NULL, *one;
	struct err err = { 0 };
	size_t i;

	if (json[0] == '\0' || js_parse(&root, json, strlen(json), "jobs", &err) != ERR_OK)
		return;
	json_array_foreach(root, i, one) {
		const char *state = json_string_value(json_object_get(one, "state"));
		const char *fail = json_string_value(json_object_get(one, "if_failed"));

		put(p, "waits for", state != NULL ? show_state_role(state) : ROLE_TEXT,
		    "job %lld   %s   if it fails: %s",
		    (long long)json_integer_value(json_object_get(one, "job")),
		    state != NULL ? state : "", fail != NULL ? fail : "");
	}
	json_decref(root);
}

static void put_waits(struct pen *p)
{
	int64_t after = time_of(p, "run_after");
	struct buf text;

	put_text(p, "held back", ROLE_WAIT, text_of(p, "held_back_by"));
	put_parents(p);
	if (after <= p->l->now_us || is_state(p, "running"))
		return;
	buf_init(&text, 128);
	show_when(&text, after, p->l->now_us);
	buf_adds(&text, ", in ");
	show_span(&text, after - p->l->now_us);
	put(p, "not before", ROLE_WAIT, "%s", buf_str(&text));
	buf_release(&text);
}

/* Which side the others wait for, as parts of the time. */
static void put_slowest(struct pen *p)
{
	static const char *const column[] = { "time_source", "time_mapping", "time_target" };
	static const char *const name[] = { "source", "mapping", "target" };
	const char *slowest = text_of(p, "slowest");
	double part[3], sum = 0;
	struct buf text;

	if (slowest[0] == '\0')
		return;
	for (int i = 0; i < 3; i++)
		sum += part[i] = answer_float(p->l->a, p->l->row, column[i]);
	if (sum <= 0)
		return;
	buf_init(&text, 512);
	if (strcmp(slowest, "mapping") == 0)
		buf_adds(&text, "its own mapping:");
	else
		buf_addf(&text, "waiting for %s:", strcmp(slowest, "lock") == 0 ?
			 "a lock in the target" : strcmp(slowest, "source") == 0 ? "the source" :
			 "the target");
	for (int i = 0; i < 3; i++) {
		buf_addf(&text, "%s %s %.0f%% (", i > 0 ? "," : "", name[i], 100 * part[i] / sum);
		show_span(&text, (int64_t)(part[i] * 1e6));
		buf_adds(&text, ")");
	}
	put_text(p, "slowest", ROLE_TEXT, buf_str(&text));
	buf_release(&text);
}

/* ---- the rest -------------------------------------------------------------------------- */

static void put_times(struct pen *p)
{
	static const char *const name[] = { "created_at", "started_at", "finished_at" };
	static const char *const word[] = { "asked", "began", "ended" };
	double seconds = answer_float(p->l->a, p->l->row, "seconds");
	struct buf text;

	buf_init(&text, 256);
	for (int i = 0; i < 3; i++) {
		int64_t us = time_of(p, name[i]);

		if (us == 0)
			continue;
		buf_addf(&text, "%s%s ", text.len > 0 ? "   " : "", word[i]);
		show_when(&text, us, p->l->now_us);
	}
	if (seconds > 0 && !is_state(p, "running")) {
		buf_adds(&text, "   took ");
		show_span(&text, (int64_t)(seconds * 1e6));
	}
	put_text(p, "time", ROLE_TEXT, buf_str(&text));
	buf_release(&text);
}

static void put_place(struct pen *p)
{
	const char *unique = text_of(p, "unique");

	if (text_of(p, "queue")[0] != '\0')
		put(p, "queue", ROLE_TEXT, "%s   priority %lld", text_of(p, "queue"),
		    (long long)int_of(p, "priority"));
	put_text(p, "only one of", ROLE_TEXT, unique);
	if (answer_float(p->l->a, p->l->row, "time_limit") > 0)
		put(p, "time limit", ROLE_TEXT, "%.0f s",
		    answer_float(p->l->a, p->l->row, "time_limit"));
	if (text_of(p, "slot_start")[0] != '\0')
		put(p, "span", ROLE_TEXT, "%s to %s", text_of(p, "slot_start"),
		    text_of(p, "slot_end"));
}

int job_look_draw(struct area a, int top, const struct job_look *l)
{
	struct pen p = { .a = a, .top = top, .l = l };

	put_failure(&p);
	put_state(&p);
	put_bar(&p);
	put_ledger(&p);
	put_waits(&p);
	put_slowest(&p);
	put_text(&p, "blocked by", ROLE_WARN, text_of(&p, "blocked_by"));
	put_text(&p, "what to do", ROLE_TEXT, text_of(&p, "unblock"));
	put_times(&p);
	gap(&p);
	put_text(&p, "source", ROLE_TEXT, text_of(&p, "source"));
	put(&p, "target", ROLE_TEXT, "%s%s%s", text_of(&p, "target"),
	    text_of(&p, "mode")[0] != '\0' ? "   " : "", text_of(&p, "mode"));
	put_text(&p, "engine", ROLE_TEXT, text_of(&p, "engine"));
	put_place(&p);
	return p.y;
}

/* ---- attempts -------------------------------------------------------------------------- */

static const char *member(json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

static void put_attempt(struct pen *p, json_t *o)
{
	const char *outcome = member(o, "outcome");
	int64_t began = show_time_us(member(o, "started_at"));
	int64_t ended = show_time_us(member(o, "finished_at"));
	struct buf text;
	char name[24];

	snprintf(name, sizeof(name), "run %lld",
		 (long long)json_integer_value(json_object_get(o, "run")));
	buf_init(&text, TEXT_BYTES);
	buf_addf(&text, "%s %s   attempt %lld   ",
		 p->a.g != NULL ? glyph(p->a.g, show_state_glyph(outcome)) : "", outcome,
		 (long long)json_integer_value(json_object_get(o, "attempt")));
	show_when(&text, began, p->l->now_us);
	if (ended >= began && began > 0) {
		buf_adds(&text, "   took ");
		show_span(&text, ended - began);
	}
	buf_addf(&text, "   %s", member(o, "engine"));
	put_text(p, name, show_state_role(outcome), buf_str(&text));
	if (member(o, "error")[0] != '\0')
		put(p, "", ROLE_TEXT, "%s %s", member(o, "error_code"), member(o, "error"));
	buf_release(&text);
}

int job_look_attempts(struct area a, int top, const struct job_look *l)
{
	struct pen p = { .a = a, .top = top, .l = l };
	const char *json = text_of(&p, "attempts");
	json_t *root = NULL;
	struct err err = { 0 };

	if (json[0] != '\0' && js_parse(&root, json, strlen(json), "attempts", &err) == ERR_OK)
		for (size_t i = json_array_size(root); i-- > 0;)
			put_attempt(&p, json_array_get(root, i));
	if (json_array_size(root) == 0)
		put_text(&p, "", ROLE_DIM, "it has not begun yet");
	json_decref(root);
	return p.y;
}
