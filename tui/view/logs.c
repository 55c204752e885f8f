/*
 * tui/view/logs.c
 *	The logs of jobs: of all of them as they come, and of one.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "tui/view/log_feed.h"
#include "tui/view/views.h"

struct log_view {
	struct view base;
	struct log_feed *feed;
};

static struct log_feed *feed_of(struct view *v)
{
	return ((struct log_view *)v)->feed;
}

static void open(struct view *v)
{
	int64_t job = v->below != NULL ? strtoll(v->below->segment, NULL, 10) : 0;

	((struct log_view *)v)->feed = feed_new(job);
	feed_refresh(feed_of(v), v);
}

static void close(struct view *v)
{
	feed_free(feed_of(v));
}

static void refresh(struct view *v)
{
	feed_refresh(feed_of(v), v);
}

static void answer(struct view *v, int what, struct answer *a)
{
	feed_answer(feed_of(v), v, what, a);
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	feed_draw(feed_of(v), v, a, has_focus);
}

static bool act(struct view *v, enum act act)
{
	return feed_act(feed_of(v), v, act);
}

static bool key(struct view *v, struct key k)
{
	return feed_key(feed_of(v), v, k);
}

static void mouse(struct view *v, const struct input *in)
{
	feed_mouse(feed_of(v), v, in);
}

static void news(struct view *v, const struct news *n)
{
	if (feed_is_behind(feed_of(v), n))
		view_touch(v);
}

static void status(struct view *v, struct buf *out)
{
	feed_status(feed_of(v), out);
}

static void typed(struct view *v, enum typing what, const char *text)
{
	feed_typed(feed_of(v), v, what, text);
}

static bool copy(struct view *v, struct buf *out)
{
	return feed_copy(feed_of(v), out);
}

static bool opens(struct view *v, struct buf *segment)
{
	int64_t job = feed_job_at(feed_of(v));

	if (job == 0)
		return false;
	buf_addf(segment, "/jobs/%lld", (long long)job);
	return true;
}

static bool value(struct view *v, const char *name, struct buf *out)
{
	int64_t job = feed_job_at(feed_of(v));

	if (job == 0 || (strcmp(name, "job") != 0 && strcmp(name, "id") != 0))
		return false;
	buf_addf(out, "%lld", (long long)job);
	return true;
}

#define LOG_OPS                                                                                   \
	.size = sizeof(struct log_view), .open = open, .close = close, .refresh = refresh,        \
	.answer = answer, .draw = draw, .act = act, .key = key, .mouse = mouse, .news = news,     \
	.status = status, .typed = typed, .copy = copy, .opens = opens, .value = value

static const struct view_ops all = {
	.name = "logs", .title = "Logs", .summary = "What all jobs say, as they say it.", LOG_OPS,
};
const struct view_ops *const view_logs = &all;

static const struct view_ops one = {
	.name = "job_log", .title = "Log", .summary = "What a job says, over all its attempts.",
	LOG_OPS,
};
const struct view_ops *const view_job_log = &one;
