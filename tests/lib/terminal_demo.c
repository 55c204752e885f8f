/*
 * tests/lib/terminal_demo.c
 *	A small console on tui/term: what tests/tap/terminal.t drives.
 *
 * A list with a cursor, and the last input on the last line. With --log, each
 * input and the bytes of each frame are noted; with --dump, the grid as it was
 * painted last.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/term/guard.h"
#include "tui/term/term.h"

#define ROWS 1000

struct demo {
	struct term *term;
	struct grid *grid;
	FILE *log;
	const char *dump;
	char *hostile;		/* shown in the list instead of rows; NULL: none */
	size_t hostile_len;
	int cursor, top, ticks;
	int resizes;
	char last[200];
	bool is_over, is_plain_end;
};

static void usage(void)
{
	fputs("terminal_demo [--guard] [--ascii] [--mouse] [--colours N] [--stuck MS]"
	      " [--theme NAME]\n    [--hostile FILE] [--log FILE] [--dump FILE]\n", stderr);
	exit(2);
}

/* ---- what is shown --------------------------------------------------------- */

static void draw_row(struct demo *d, struct area row, int i)
{
	static const enum role roles[] = { ROLE_OK, ROLE_RUN, ROLE_WAIT, ROLE_WARN, ROLE_BAD };
	static const enum glyph glyphs[] = { GLYPH_OK, GLYPH_RUN, GLYPH_WAIT, GLYPH_STALE,
					     GLYPH_BAD };
	bool is_cursor = i == d->cursor;

	area_text(row, 0, 0, ROLE_TEXT, is_cursor ? glyph(d->grid, GLYPH_CURSOR) : " ");
	area_text(row, 1, 0, roles[i % 5], glyph(d->grid, glyphs[i % 5]));
	area_printf(row, 3, 0, ROLE_TEXT, "%06d", 88000 + i);
	area_printf(row, 11, 0, ROLE_TEXT, "pipeline_%d_daily", i * 7 % 100);
	area_printf(row, 34, 0, roles[i % 5], "%s", i % 5 == 4 ? "failed" : "succeeded");
	area_printf(row, 46, 0, ROLE_DIM, "%6d rows", (i * 7919 + d->ticks) % 100000);
	area_printf(row, 60, 0, ROLE_DIM, "%2dm ago", i % 60);
	area_printf(row, 70, 0, ROLE_TEXT, "%s", i % 5 == 4 ? "22P02 amount" : "");
	if (is_cursor)
		area_paint(row, 0, 0, row.w, 1, ROLE_CURSOR, 0);
}

static void draw_hostile(struct demo *d, struct area list)
{
	const char *p = d->hostile, *end = d->hostile + d->hostile_len;

	/* Records end with a record separator, so that a line may hold a line end. */
	for (int y = 0; y < list.h && p < end; y++) {
		const char *next = memchr(p, 0x1e, (size_t)(end - p));
		size_t n = (size_t)((next != NULL ? next : end) - p);

		area_fit(list, 0, y, list.w - 2, FIT_LEFT, 0, ROLE_TEXT, p, n);
		area_text(list, list.w - 1, y, ROLE_DIM, "|");
		p += n + 1;
	}
}

static void paint(struct demo *d)
{
	struct area all, list;
	int64_t bytes;
	int w, h;

	term_size(d->term, &w, &h);
	grid_reset(d->grid, w, h);
	all = area_all(d->grid);
	list = area_part(all, 0, 1, w, h - 2);
	area_printf(all, 0, 0, ROLE_HEADER, "terminal_demo %dx%d ladder %d resizes %d", w, h,
		    (int)term_ladder(d->term), d->resizes);
	if (d->cursor < d->top)
		d->top = d->cursor;
	if (d->cursor >= d->top + list.h)
		d->top = d->cursor - list.h + 1;
	if (d->hostile != NULL)
		draw_hostile(d, list);
	for (int y = 0; d->hostile == NULL && y < list.h && d->top + y < ROWS; y++)
		draw_row(d, area_part(list, 0, y, w, 1), d->top + y);
	area_text(all, 0, h - 1, ROLE_FOOTER, d->last);
	term_paint(d->term, d->grid, &bytes);
	if (d->log != NULL) {
		fprintf(d->log, "paint %lld\n", (long long)bytes);
		fflush(d->log);
	}
	if (d->dump != NULL) {
		FILE *f = fopen(d->dump, "we");
		struct buf b;

		buf_init(&b, 1 << 24);
		for (int y = 0; y < h; y++) {
			grid_line(d->grid, y, &b);
			buf_adds(&b, "\n");
		}
		if (f != NULL) {
			fwrite(b.data, 1, b.len, f);
			fclose(f);
		}
		buf_release(&b);
	}
}

/* ---- what happens ---------------------------------------------------------- */

static void crash(int number)
{
	/* Not NULL: a sanitizer would see that before the processor does. */
	volatile uintptr_t nowhere = 4096;

	if (number == SIGSEGV)
		*(volatile int *)nowhere = 1;
	if (number == SIGABRT)
		abort();
	raise(number);
}

static void outside(struct demo *d)
{
	term_leave(d->term);
	fputs("outside> ", stdout);
	fflush(stdout);
	getchar();
	term_enter(d->term);
}

static void on_key(struct demo *d, const char *name)
{
	static const char copied[] = "copied \x1b[31m\ttext\r\nend";
	static char far_too_much[TERM_COPY_MAX / 3 + 2];	/* of marks, three bytes each */
	struct theme theme;

	if (strcmp(name, "q") == 0)
		d->is_over = true;
	else if (strcmp(name, "X") == 0)
		d->is_over = d->is_plain_end = true;
	else if (strcmp(name, "j") == 0 || strcmp(name, "down") == 0)
		d->cursor += d->cursor < ROWS - 1;
	else if (strcmp(name, "k") == 0 || strcmp(name, "up") == 0)
		d->cursor -= d->cursor > 0;
	else if (strcmp(name, "S") == 0)
		crash(SIGSEGV);
	else if (strcmp(name, "A") == 0)
		crash(SIGABRT);
	else if (strcmp(name, "ctrl-z") == 0)
		term_suspend(d->term);
	else if (strcmp(name, "ctrl-l") == 0)
		term_redraw(d->term);
	else if (strcmp(name, "e") == 0)
		outside(d);
	else if (strcmp(name, "m") == 0 || strcmp(name, "M") == 0)
		term_mouse(d->term, name[0] == 'm');
	else if (strcmp(name, "T") == 0)
		term_title(d->term, "jobs\x1b]0;evil\x07 \xe2\x80\xae\xff end");
	else if (strcmp(name, "c") == 0 && !term_copy(d->term, copied, sizeof(copied) - 1))
		snprintf(d->last, sizeof(d->last), "not copied");
	else if (strcmp(name, "C") == 0)
		snprintf(d->last, sizeof(d->last), "%s",
			 term_copy(d->term, far_too_much, sizeof(far_too_much)) ? "copied" :
			 "too much");
	else if (strcmp(name, "B") == 0)
		term_bell(d->term);
	else if (strcmp(name, "t") == 0) {
		theme_default(&theme);
		theme.look[3][ROLE_TEXT].fg = 203;
		term_theme(d->term, &theme);
	} else if (strcmp(name, "P") == 0) {
		/* Frame after frame, without looking whether anybody takes them. */
		for (int i = 0; i < 300; i++) {
			d->ticks++;
			term_redraw(d->term);
			paint(d);
		}
		snprintf(d->last, sizeof(d->last), "painted 300");
	}
}

static void on_input(struct demo *d, const struct input *in)
{
	static const char *const acts[] = { "press", "double", "right", "wheel-up", "wheel-down" };
	char name[32];

	switch (in->kind) {
	case INPUT_KEY:
		key_name(in->key, name, sizeof(name));
		snprintf(d->last, sizeof(d->last), "key %s", name);
		on_key(d, name);
		break;
	case INPUT_MOUSE:
		snprintf(d->last, sizeof(d->last), "mouse %s %d,%d", acts[in->mouse], in->x, in->y);
		break;
	case INPUT_PASTE:
		snprintf(d->last, sizeof(d->last), "paste %zu [%.100s]", in->len, in->text);
		break;
	case INPUT_RESIZE:
		d->resizes++;
		break;
	case INPUT_GROUND:
		break;
	case INPUT_LOST:
		snprintf(d->last, sizeof(d->last), "lost");
		d->is_over = true;
		break;
	}
	if (d->log != NULL) {
		fprintf(d->log, "%s\n", in->kind == INPUT_RESIZE ? "resize" : d->last);
		fflush(d->log);
	}
}

static void run(struct demo *d)
{
	struct input in;

	paint(d);
	while (!d->is_over) {
		struct pollfd p = { .fd = term_fd(d->term), .events = POLLIN };
		bool any = false;

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		while (!d->is_over && term_read(d->term, &in)) {
			on_input(d, &in);
			any = true;
		}
		if (any && !d->is_over)
			paint(d);
		if (d->log != NULL) {
			fputs("wake\n", d->log);
			fflush(d->log);
		}
	}
}

static void read_hostile(struct demo *d, const char *path)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		usage();
	d->hostile = malloc(1 << 22);
	if (d->hostile != NULL)
		d->hostile_len = fread(d->hostile, 1, 1 << 22, f);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct term_options o = { .colours = -1 };
	struct demo d = { 0 };
	struct err err = { 0 };
	struct theme theme;

	theme_default(&theme);
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--guard") == 0)
			guard_start();
		else if (strcmp(argv[i], "--ascii") == 0)
			o.is_ascii = true;
		else if (strcmp(argv[i], "--mouse") == 0)
			o.has_mouse = true;
		else if (value == NULL)
			usage();
		else if (i++, strcmp(argv[i - 1], "--colours") == 0)
			o.colours = (int)strtol(value, NULL, 10);
		else if (strcmp(argv[i - 1], "--stuck") == 0)
			o.stuck_ms = (int)strtol(value, NULL, 10);
		else if (strcmp(argv[i - 1], "--theme") == 0) {
			if (theme_load(value, &theme, &err) != ERR_OK)
				usage();
		} else if (strcmp(argv[i - 1], "--hostile") == 0)
			read_hostile(&d, value);
		else if (strcmp(argv[i - 1], "--log") == 0)
			d.log = fopen(value, "ae");
		else if (strcmp(argv[i - 1], "--dump") == 0)
			d.dump = value;
		else
			usage();
	}
	if (term_open(&o, &d.term, &err) != ERR_OK) {
		char text[512];

		err_text(&err, text, sizeof(text));
		fprintf(stderr, "%s\nhint: %s\n", text, err.hint);
		return err_exit_status(err.code);
	}
	term_theme(d.term, &theme);
	d.grid = grid_new(1, 1);
	d.grid->is_ascii = term_is_ascii(d.term);
	run(&d);
	if (d.is_plain_end)
		_exit(7);
	term_close(d.term);
	if (d.log != NULL)
		fclose(d.log);
	grid_free(d.grid);
	free(d.hostile);
	puts("the end");
	return 0;
}
