/*
 * tui/view/live.c
 *	What engines and the line tell, and the progress of what runs.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/state.h"

const struct news *view_live(const struct view *v, int64_t job)
{
	const struct app *a = v->app;

	for (int i = 0; i < a->nlive; i++)
		if (a->live[i].job == job)
			return &a->live[i];
	return NULL;
}

static void forget_live(struct app *a, int64_t job)
{
	for (int i = 0; i < a->nlive; i++)
		if (a->live[i].job == job)
			a->live[i--] = a->live[--a->nlive];
}

static void keep_live(struct app *a, const struct news *n)
{
	forget_live(a, n->job);
	if (a->nlive == a->cap_live) {
		a->cap_live = a->cap_live * 2 + 16;
		a->live = mem_resize(a->live, (size_t)a->cap_live * sizeof(*a->live));
	}
	a->live[a->nlive++] = *n;
}

static void link_news(struct app *a, const struct news *n)
{
	if (n->kind == NEWS_UP) {
		a->link = LINK_UP;
		a->rtt_us = n->rtt_us;
		snprintf(a->server, sizeof(a->server), "%s", n->server);
		a->nlive = 0;
	} else {
		if (a->link != LINK_DOWN)
			a->down_us = a->now_us;
		a->link = LINK_DOWN;
		a->retry_us = a->now_us + (int64_t)n->retry_ms * 1000;
		snprintf(a->why_down, sizeof(a->why_down), "%s", n->text);
		app_say(a, ROLE_BAD, "%s", n->text);
	}
	a->is_dirty = true;
}

/* Progress comes twenty times a second; what it changes on the screen is drawn now and then. */
static void put_off_live(struct app *a)
{
	if (a->now_us - a->live_us >= APP_LIVE_US) {
		a->live_us = a->now_us;
		a->is_live_due = false;
	} else {
		a->is_dirty = false;
		a->is_live_due = true;
	}
}

void app_news(struct app *a, const struct news *n, int64_t now_us)
{
	/* What was asked for so far is asked only now. */
	bool is_new = !(n->kind == NEWS_UP && a->link == LINK_NEVER);
	bool was_dirty = a->is_dirty;

	a->now_us = now_us;
	if (n->kind == NEWS_UP || n->kind == NEWS_DOWN)
		link_news(a, n);
	else if (n->kind == NEWS_PROGRESS)
		keep_live(a, n);
	else if (n->kind == NEWS_STATE && strcmp(n->state, "running") != 0)
		forget_live(a, n->job);
	for (int s = 0; is_new && s < SLOT_COUNT; s++)
		for (struct view *v = a->top[s]; v != NULL; v = v->below)
			if (v->ops->news != NULL)
				v->ops->news(v, n);
	if (n->kind == NEWS_PROGRESS && a->is_dirty && !was_dirty)
		put_off_live(a);
	app_refresh_stale(a);
}
