/*
 * batch/bar.c
 *	Progress on standard error.
 */
#include "batch/bar.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/cell.h"
#include "core/base/human.h"
#include "batch/render.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define REDRAW_US  100000	/* ten a second */
#define BAR_MIN    10
#define BAR_MAX    40
#define LINE_LIMIT 4096

struct bar {
	pthread_mutex_t lock;
	enum bar_form form;
	bool is_quiet;
	bool is_shown;
	int64_t drawn_us;
};

static enum bar_form form_of(const char *word, bool is_quiet)
{
	const char *term = getenv("TERM");

	if (strcmp(word, "json") == 0)
		return BAR_JSON;
	if (strcmp(word, "none") == 0 || !isatty(STDERR_FILENO))
		return BAR_NONE;
	if (strcmp(word, "bar") == 0)
		return BAR_LINE;
	return is_quiet || term == NULL || strcmp(term, "dumb") == 0 ? BAR_NONE : BAR_LINE;
}

struct bar *bar_new(const char *word, bool is_quiet)
{
	struct bar *b = mem_alloc(sizeof(*b));

	*b = (struct bar){ .form = form_of(word, is_quiet), .is_quiet = is_quiet };
	pthread_mutex_init(&b->lock, NULL);
	if (b->form == BAR_LINE)
		render_locale();
	return b;
}

/* Eighth blocks: a bar of n cells shows 8 n steps. */
static void add_blocks(struct buf *out, double share, int cells)
{
	static const char *const part[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int eighths = (int)(share * cells * 8 + 0.5);

	for (int i = 0; i < cells; i++, eighths -= 8)
		buf_adds(out, eighths >= 8 ? "█" : part[eighths > 0 ? eighths : 0]);
}

static void add_eta(struct buf *out, int64_t ms)
{
	long long s = (long long)((ms + 999) / 1000);

	if (ms < 0)
		return;
	if (s < 3600)
		buf_addf(out, "  %lld:%02lld left", s / 60, s % 60);
	else
		buf_addf(out, "  %lld:%02lld:%02lld left", s / 3600, s / 60 % 60, s % 60);
}

void bar_format(struct buf *out, const struct cmd_progress *p, int width)
{
	char text[32];
	struct buf tail, head;
	struct arena *mem = arena_new(NULL, "bar");
	int room;

	buf_init(&tail, LINE_LIMIT);
	buf_init(&head, LINE_LIMIT);
	text_clean(&head, p->phase, strlen(p->phase));
	human_grouped(p->rows, text, sizeof(text));
	buf_addf(&tail, "%s rows", text);
	human_count(p->rows_per_s, text, sizeof(text));
	buf_addf(&tail, "  %s/s", text);
	human_bytes(p->bytes, text, sizeof(text));
	buf_addf(&tail, "  %s", text);
	if (p->rejected > 0) {
		human_grouped(p->rejected, text, sizeof(text));
		buf_addf(&tail, "  %s rejected", text);
	}
	add_eta(&tail, p->eta_ms);
	buf_adds(&head, "  ");
	/* "[" bar "] 100%  " take 9 cells more. */
	room = width - text_width(buf_str(&head), head.len) - text_width(buf_str(&tail),
									 tail.len) - 9;
	if (p->total_bytes > 0 && room >= BAR_MIN) {
		double share = (double)p->bytes / (double)p->total_bytes;

		share = share < 0 ? 0 : share > 1 ? 1 : share;
		buf_adds(&head, "▕");
		add_blocks(&head, share, room < BAR_MAX ? room : BAR_MAX);
		buf_addf(&head, "▏%3d%%  ", (int)(share * 100));
	}
	buf_adds(&head, buf_str(&tail));
	buf_adds(out, text_fit(mem, buf_str(&head), head.len, width));
	buf_release(&head);
	buf_release(&tail);
	arena_free(mem);
}

static void write_all(const struct buf *line)
{
	size_t done = 0;

	while (done < line->len) {
		ssize_t n = write(STDERR_FILENO, buf_str(line) + done, line->len - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void draw(struct bar *b, const struct cmd_progress *p)
{
	int width = render_width(stderr);
	struct buf line;

	buf_init(&line, LINE_LIMIT);
	buf_adds(&line, "\r");
	bar_format(&line, p, (width > 0 ? width : 80) - 1);
	buf_adds(&line, "\033[K");
	write_all(&line);
	buf_release(&line);
	b->is_shown = true;
}

static void add_known(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_adds(out, "null");
	else
		buf_addf(out, "%lld", (long long)v);
}

static void say_json(const struct cmd_progress *p)
{
	struct buf line;

	buf_init(&line, LINE_LIMIT);
	buf_addf(&line, "{\"job\":%lld,\"phase\":", (long long)p->job);
	js_add_text(&line, slice_of(p->phase), 0);
	buf_addf(&line, ",\"rows\":%lld,\"rejected\":%lld,\"bytes\":%lld,\"total_bytes\":",
		 (long long)p->rows, (long long)p->rejected, (long long)p->bytes);
	add_known(&line, p->total_bytes);
	buf_addf(&line, ",\"rows_per_s\":%.0f,\"eta_ms\":", p->rows_per_s);
	add_known(&line, p->eta_ms);
	buf_addf(&line, ",\"last\":%s}\n", p->is_last ? "true" : "false");
	write_all(&line);
	buf_release(&line);
}

static void hide(struct bar *b)
{
	if (b->is_shown)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
	b->is_shown = false;
}

void bar_progress(struct bar *b, const struct cmd_progress *p)
{
	int64_t now = clock_mono_us();

	pthread_mutex_lock(&b->lock);
	if (b->form == BAR_JSON) {
		say_json(p);
	} else if (b->form == BAR_LINE && p->is_last) {
		hide(b);
	} else if (b->form == BAR_LINE && now - b->drawn_us >= REDRAW_US) {
		draw(b, p);
		b->drawn_us = now;
	}
	pthread_mutex_unlock(&b->lock);
}

void bar_note(struct bar *b, const char *line)
{
	struct buf text;

	if (b->is_quiet)
		return;
	buf_init(&text, LINE_LIMIT);
	text_clean(&text, line, strlen(line));
	if (text.len > LINE_LIMIT - 2)
		text.len = LINE_LIMIT - 2;
	buf_adds(&text, "\n");
	pthread_mutex_lock(&b->lock);
	hide(b);
	write_all(&text);
	pthread_mutex_unlock(&b->lock);
	buf_release(&text);
}

void bar_clear(struct bar *b)
{
	pthread_mutex_lock(&b->lock);
	hide(b);
	pthread_mutex_unlock(&b->lock);
}

void bar_free(struct bar *b)
{
	if (b == NULL)
		return;
	bar_clear(b);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
