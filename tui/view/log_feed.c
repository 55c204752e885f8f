/*
 * tui/view/log_feed.c
 *	Log lines that come in by pages.
 */
#include "tui/view/log_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/human.h"
#include "tui/view/show.h"

#define RING_BYTES  (16u << 20)
#define PAGE_LINES  1000
#define PAGES_LATE  3	/* so many full pages behind, one who follows goes on at the end */
#define WHEEL_LINES 3
#define SEEN        64	/* jobs whose last line is remembered */

struct log_feed {
	int64_t job;		/* 0: all */
	struct textview *text;
	bool has_begun;		/* the end was read once */
	bool is_first;		/* there is nothing before the first line */
	bool is_clear;		/* lines above were thrown away: they are not read again */
	int late;		/* full pages in a row */
	bool has_gap;		/* a line of another job came late, before the last one */
	struct seen {
		int64_t job, id;
	} seen[SEEN];		/* last lines, of all jobs only */
	int next_seen;		/* the oldest of them */
	struct err err;		/* of the last answer; code 0: none */
};

struct log_feed *feed_new(int64_t job)
{
	struct log_feed *f = mem_alloc(sizeof(*f));

	*f = (struct log_feed){ .job = job, .text = textview_new(RING_BYTES) };
	textview_follow(f->text, true);
	return f;
}

void feed_free(struct log_feed *f)
{
	if (f == NULL)
		return;
	textview_free(f->text);
	free(f);
}

/* ---- asking ----------------------------------------------------------------------- */

static void ask(struct log_feed *f, struct view *v, int what, const char *option,
		const char *value)
{
	struct view_words w = { 0 };
	char job[24], limit[24];

	/* Words are read before this returns. */
	snprintf(job, sizeof(job), "%lld", (long long)f->job);
	snprintf(limit, sizeof(limit), "%d", PAGE_LINES);
	words_add(&w, "log");
	words_add(&w, "list");
	if (f->job != 0) {
		words_add(&w, "--job");
		words_add(&w, job);
	}
	words_add(&w, "--limit");
	words_add(&w, limit);
	if (option != NULL) {
		words_add(&w, option);
		words_add(&w, value);
	}
	view_ask(v, what, &w);
}

static void ask_by_key(struct log_feed *f, struct view *v, int what, const char *option,
		       int64_t key)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)key);
	ask(f, v, what, option, text);
}

static void start_over(struct log_feed *f, struct view *v)
{
	f->has_begun = false;
	f->has_gap = false;
	f->is_clear = false;
	f->late = 0;
	ask(f, v, FEED_TAIL, NULL, NULL);
}

void feed_refresh(struct log_feed *f, struct view *v)
{
	int64_t last = textview_last_key(f->text);

	if (view_is_asking(v, FEED_TAIL) || view_is_asking(v, FEED_AT))
		return;
	if (!f->has_begun || last == 0 || (f->has_gap && textview_is_following(f->text)))
		start_over(f, v);
	else if (!view_is_asking(v, FEED_AFTER))
		ask_by_key(f, v, FEED_AFTER, "--after", last);
}

/* Lines above the first one, when somebody wants to see them. */
static void want_older(struct log_feed *f, struct view *v)
{
	int64_t first = textview_first_key(f->text);

	if (f->is_first || f->is_clear || first == 0 || view_is_asking(v, FEED_BEFORE) ||
	    view_is_asking(v, FEED_TAIL))
		return;
	ask_by_key(f, v, FEED_BEFORE, "--before", first);
}

static struct seen *find_seen(struct log_feed *f, int64_t job)
{
	for (int i = 0; i < SEEN; i++)
		if (f->seen[i].job == job)
			return &f->seen[i];
	return NULL;
}

static void note_seen(struct log_feed *f, int64_t job, int64_t id)
{
	struct seen *s = find_seen(f, job);

	if (s == NULL) {
		s = &f->seen[f->next_seen];
		f->next_seen = (f->next_seen + 1) % SEEN;
		*s = (struct seen){ .job = job };
	}
	if (id > s->id)
		s->id = id;
}

bool feed_is_behind(struct log_feed *f, const struct news *n)
{
	const struct seen *s;

	if (n->kind == NEWS_UP || n->kind == NEWS_RESYNC)
		return true;
	if (n->kind != NEWS_LOG || (f->job != 0 && n->job != f->job))
		return false;
	if (n->log_id > textview_last_key(f->text))
		return true;
	/* Another engine was slower to write it down: it stands among lines that were read. */
	s = f->job == 0 ? find_seen(f, n->job) : NULL;
	f->has_gap = f->has_gap || (f->job == 0 && (s == NULL || s->id < n->log_id));
	return f->has_gap && textview_is_following(f->text);
}

/* ---- lines ------------------------------------------------------------------------- */

static enum role role_of_level(const char *level)
{
	if (strcmp(level, "error") == 0)
		return ROLE_BAD;
	if (strcmp(level, "warning") == 0)
		return ROLE_WARN;
	return strcmp(level, "debug") == 0 ? ROLE_DIM : ROLE_TEXT;
}

/* "E" for an error, the time, and the job where there are several. */
static const char *head_of(const struct log_feed *f, const struct view *v, struct answer *a,
			   int row)
{
	const struct reply_value *at = answer_value(a, row, "at");
	enum role role = role_of_level(answer_text(a, row, "level"));
	struct buf text;
	const char *out;

	buf_init(&text, 80);
	/* Not by colour alone. */
	buf_adds(&text, role == ROLE_BAD ? "E " : role == ROLE_WARN ? "W " : "  ");
	if (at != NULL)
		show_when(&text, at->text != NULL ? show_time_us(at->text) : at->i, view_now(v));
	if (f->job == 0)
		buf_addf(&text, " %lld", (long long)answer_int(a, row, "job"));
	out = arena_strdup(a->mem, buf_str(&text));
	buf_release(&text);
	return out;
}

static struct text_line line_of(const struct log_feed *f, const struct view *v, struct answer *a,
				int row)
{
	const struct reply_value *said = answer_value(a, row, "line");
	enum role role = role_of_level(answer_text(a, row, "level"));

	return (struct text_line){
		.p = said != NULL ? said->text : "",
		.n = said != NULL ? said->len : 0,
		.role = role,
		.head = head_of(f, v, a, row),
		.key = answer_int(a, row, "id"),
		.is_error = role == ROLE_BAD || role == ROLE_WARN,
	};
}

static void add_all(struct log_feed *f, const struct view *v, struct answer *a)
{
	for (int i = 0; i < a->nrows; i++) {
		struct text_line line = line_of(f, v, a, i);

		textview_add(f->text, &line);
		if (f->job == 0)
			note_seen(f, answer_int(a, i, "job"), line.key);
	}
}

static void add_older(struct log_feed *f, struct view *v, struct answer *a)
{
	struct text_line *lines = arena_array(a->mem, (size_t)a->nrows + 1, sizeof(*lines));

	for (int i = 0; i < a->nrows; i++)
		lines[i] = line_of(f, v, a, i);
	f->is_first = a->nrows < PAGE_LINES;
	if (a->nrows > 0 && !textview_add_before(f->text, lines, a->nrows)) {
		f->is_clear = true;
		view_say(v, ROLE_DIM, "as many lines are here as there is room for; "
			 "T goes to a moment");
	}
}

/* ---- answers ------------------------------------------------------------------------ */

static void take_newer(struct log_feed *f, struct view *v, struct answer *a)
{
	add_all(f, v, a);
	f->late = a->nrows >= PAGE_LINES ? f->late + 1 : 0;
	if (f->late >= PAGES_LATE && textview_is_following(f->text))
		start_over(f, v);
	else if (f->late > 0)
		feed_refresh(f, v);
}

static void take(struct log_feed *f, struct view *v, int what, struct answer *a)
{
	switch (what) {
	case FEED_TAIL:
	case FEED_AT:
		textview_clear(f->text);
		add_all(f, v, a);
		f->has_begun = true;
		f->is_first = what == FEED_TAIL && a->nrows < PAGE_LINES;
		textview_follow(f->text, what == FEED_TAIL);
		if (what == FEED_AT)
			textview_first(f->text);
		if (what == FEED_AT && a->nrows == 0)
			view_say(v, ROLE_DIM, "nothing was said since then");
		break;
	case FEED_AFTER:
		take_newer(f, v, a);
		break;
	default:
		add_older(f, v, a);
	}
}

void feed_answer(struct log_feed *f, struct view *v, int what, struct answer *a)
{
	if (a->code != ERR_OK) {
		f->err = a->err;
		f->err.code = a->code;
	} else {
		err_clear(&f->err);
		take(f, v, what, a);
	}
	answer_free(a);
	view_dirty(v);
}

/* ---- hands -------------------------------------------------------------------------- */

static void move(struct log_feed *f, struct view *v, int by)
{
	if (!textview_move(f->text, by))
		want_older(f, v);
}

static void find(struct log_feed *f, struct view *v, bool down)
{
	if (textview_searched(f->text) == NULL)
		view_say(v, ROLE_DIM, "search with / first");
	else if (!textview_next_hit(f->text, down))
		view_say(v, ROLE_DIM, "no other %s %s in the lines that are here",
			 textview_searched(f->text), down ? "below" : "above");
}

static void find_error(struct log_feed *f, struct view *v, bool down)
{
	if (!textview_next_error(f->text, down))
		view_say(v, ROLE_DIM, "no error %s in the lines that are here",
			 down ? "below" : "above");
}

static void clear(struct log_feed *f, struct view *v)
{
	int64_t last = textview_last_key(f->text);
	/* Its key is what new lines are asked for by. */
	struct text_line rule = { .p = "lines above were cleared; r reads them again", .n = 43,
				  .role = ROLE_DIM, .key = last };

	textview_clear(f->text);
	textview_add(f->text, &rule);
	f->is_clear = true;
	view_dirty(v);
}

static bool act_move(struct log_feed *f, struct view *v, enum act act)
{
	int page = textview_page(f->text);

	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		move(f, v, act == ACT_UP ? -1 : 1);
		return true;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		move(f, v, act == ACT_PAGE_UP ? -page : page);
		return true;
	case ACT_FIRST:
		textview_first(f->text);
		want_older(f, v);
		return true;
	case ACT_LAST:
		textview_last(f->text);
		return true;
	case ACT_LEFT:
	case ACT_RIGHT:
		textview_side(f->text, act == ACT_LEFT ? -8 : 8);
		return true;
	case ACT_HALF_LEFT:
	case ACT_HALF_RIGHT:
		textview_side(f->text, act == ACT_HALF_LEFT ? -40 : 40);
		return true;
	default:
		return false;
	}
}

static bool act_find(struct log_feed *f, struct view *v, enum act act)
{
	switch (act) {
	case ACT_NEXT:
	case ACT_PREV:
		find(f, v, act == ACT_NEXT);
		return true;
	case ACT_NEXT_ERROR:
	case ACT_PREV_ERROR:
		find_error(f, v, act == ACT_NEXT_ERROR);
		return true;
	default:
		return false;
	}
}

static void toggle(struct log_feed *f, struct view *v, int i)
{
	if (i >= 0 && i < textview_filters(f->text))
		textview_filter_toggle(f->text, i);
	else
		view_say(v, ROLE_DIM, "filter lines with & first");
}

bool feed_act(struct log_feed *f, struct view *v, enum act act)
{
	int filters = textview_filters(f->text);

	view_dirty(v);
	if (act_move(f, v, act) || act_find(f, v, act))
		return true;
	switch (act) {
	case ACT_FOLLOW:
		textview_follow(f->text, !textview_is_following(f->text));
		feed_refresh(f, v);
		return true;
	case ACT_WRAP:
		textview_wrap(f->text, !textview_is_wrapped(f->text));
		return true;
	case ACT_CLEAR:
		clear(f, v);
		return true;
	case ACT_REFRESH:
		start_over(f, v);
		return true;
	case ACT_TOGGLE:
		toggle(f, v, filters - 1);
		return true;
	case ACT_UNMARK:
		if (filters > 0)
			textview_filter_drop(f->text, filters - 1);
		return true;
	default:
		return false;
	}
}

bool feed_key(struct log_feed *f, struct view *v, struct key k)
{
	if (k.mods != KEY_ALT || k.code < '1' || k.code > '9')
		return false;
	toggle(f, v, (int)(k.code - '1'));
	view_dirty(v);
	return true;
}

void feed_mouse(struct log_feed *f, struct view *v, const struct input *in)
{
	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		move(f, v, in->mouse == MOUSE_WHEEL_UP ? -WHEEL_LINES : WHEEL_LINES);
}

/* ---- what is typed -------------------------------------------------------------------- */

/* "14:02" of today, or of yesterday when that is still to come. 0: that is none. */
static int64_t time_of_day(const char *text, int64_t now_us)
{
	static const int most[] = { 23, 59, 59 };
	time_t now = (time_t)(now_us / 1000000);
	int part[3] = { 0, 0, 0 }, n = 0;
	struct tm t;
	int64_t at;

	for (const char *p = text; n < 3; n++) {
		char *end;
		long value = strtol(p, &end, 10);

		if (*p < '0' || *p > '9' || value > most[n])
			return 0;
		part[n] = (int)value;
		if (*end == '\0')
			break;
		if (*end != ':')
			return 0;
		p = end + 1;
	}
	if (n < 1 || n > 2 || localtime_r(&now, &t) == NULL)
		return 0;
	t.tm_hour = part[0];
	t.tm_min = part[1];
	t.tm_sec = part[2];
	t.tm_isdst = -1;
	at = (int64_t)mktime(&t) * 1000000;
	return at <= now_us ? at : at - 86400000000LL;
}

/* "10m", "2h", "1d" ago. 0: that is none. */
static int64_t time_ago(const char *text, int64_t now_us)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	long n = strtol(text, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end != text && n > 0 && n < 100000 && *end == units[i].unit && end[1] == '\0')
			return now_us - n * units[i].s * 1000000;
	return 0;
}

static void go_time(struct log_feed *f, struct view *v, const char *text)
{
	int64_t now = view_now(v), at = time_of_day(text, now);
	char ago[32];

	if (at == 0)
		at = time_ago(text, now);
	if (at == 0) {
		view_say(v, ROLE_WARN, "%s is no time: 14:02, 14:02:11, or 10m ago", text);
		return;
	}
	snprintf(ago, sizeof(ago), "%llds", (long long)((now - at + 999999) / 1000000));
	ask(f, v, FEED_AT, "--since", ago);
}

static void search(struct log_feed *f, struct view *v, const char *text)
{
	textview_search(f->text, text[0] != '\0' ? text : NULL);
	if (text[0] != '\0' && !textview_next_hit(f->text, true) &&
	    !textview_next_hit(f->text, false))
		view_say(v, ROLE_DIM, "%s is not in the lines that are here", text);
}

void feed_typed(struct log_feed *f, struct view *v, enum typing what, const char *text)
{
	if (what == TYPE_SEARCH)
		search(f, v, text);
	else if (what == TYPE_STACK && text[0] != '\0')
		textview_filter_add(f->text, text);
	else if (what == TYPE_TIME && text[0] != '\0')
		go_time(f, v, text);
	view_dirty(v);
}

/* ---- showing ------------------------------------------------------------------------- */

void feed_status(const struct log_feed *f, struct buf *out)
{
	char text[32];

	for (int i = 0; i < textview_filters(f->text); i++) {
		bool is_on;
		const char *filter = textview_filter_at(f->text, i, &is_on, NULL);

		buf_addf(out, "&%d %s%s  ", i + 1, filter, is_on ? "" : " (off)");
	}
	if (textview_unseen(f->text) > 0) {
		human_grouped(textview_unseen(f->text), text, sizeof(text));
		buf_addf(out, "+%s new  ", text);
	}
	buf_adds(out, textview_is_following(f->text) ? "follows" : "stands still, F follows");
}

void feed_draw(struct log_feed *f, struct view *v, struct area a, bool has_focus)
{
	char text[600];

	if (f->err.code != ERR_OK) {
		err_text(&f->err, text, sizeof(text));
		show_text(a, 0, ROLE_BAD, text);
		return;
	}
	if (textview_count(f->text) > 0)
		textview_draw(f->text, a, has_focus);
	else
		area_text(a, 0, 0, ROLE_DIM, f->has_begun ? "nothing was said yet" :
			  view_is_up(v) ? "loading" : "not connected");
}

bool feed_copy(const struct log_feed *f, struct buf *out)
{
	struct text_line line;

	if (!textview_at(f->text, &line))
		return false;
	buf_addf(out, "%s ", line.head != NULL ? line.head : "");
	buf_add(out, line.p, line.n);
	return true;
}

int64_t feed_job_at(const struct log_feed *f)
{
	struct text_line line;
	const char *job;

	if (f->job != 0)
		return f->job;
	if (!textview_at(f->text, &line) || line.head == NULL ||
	    (job = strrchr(line.head, ' ')) == NULL)
		return 0;
	return strtoll(job, NULL, 10);
}
