/*
 * tests/unit/tui/view/screens_test.c
 *	Every screen at three sizes, in Unicode and in ASCII, against what was approved.
 *
 * The approved ones are tests/tui/NAME.screen: text, then the role of each cell as a letter.
 * LEAT_SCREENS=write writes them anew; then look at them before they are kept. How a role
 * looks in 256 colours and without any is in tests/tui/looks.txt, which cells are bold,
 * underlined or reversed beside that in tests/tui/attributes.txt, both kept the same way.
 *
 * LEAT_SCREENS=FOLDER writes what a terminal gets for each screen, NAME.256 and NAME.mono,
 * and what should then stand in it, NAME.cells; tests/tap/looks.t compares the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "tests/unit/tui/view/stage.h"
#include "tui/term/screen.h"

struct play {
	const char *name;
	const char *keys;	/* from the first screen on */
	enum { PLAY_UP, PLAY_LOST, PLAY_FIRST, PLAY_PROD, PLAY_READ_ONLY } link;
};

static const struct play plays[] = {
	{ "jobs", "", PLAY_UP },
	{ "first", "", PLAY_FIRST },
	{ "lost", "", PLAY_LOST },
	{ "prod", "c", PLAY_PROD },
	{ "read-only", "", PLAY_READ_ONLY },
	{ "marked", "space space down v down v", PLAY_UP },
	{ "cancel", "down c", PLAY_UP },
	{ "job", "enter", PLAY_UP },
	{ "job-running", "down enter", PLAY_UP },
	{ "job-blocked", "down down enter", PLAY_UP },
	{ "job-waits", "down down down enter", PLAY_UP },
	{ "job-attempts", "enter ]", PLAY_UP },
	{ "job-log", "l", PLAY_UP },
	{ "logs", "5 + up", PLAY_UP },
	{ "pulse", ": 'pulse' enter", PLAY_UP },
	{ "connections", "2", PLAY_UP },
	{ "streams", "2 down down enter", PLAY_UP },
	{ "fields", "2 down down enter enter", PLAY_UP },
	{ "sample", "2 down down enter V", PLAY_UP },
	{ "connection-new", "2 A", PLAY_UP },
	{ "connection-edit", "2 down down e", PLAY_UP },
	{ "mappings", "3", PLAY_UP },
	{ "pipeline-new", "3 A", PLAY_UP },
	{ "mapping", "3 down enter", PLAY_UP },
	{ "mapping-edit", "3 down enter down down e 't'", PLAY_UP },
	{ "mapping-transform", "3 down enter down down t", PLAY_UP },
	{ "mapping-unused", "3 down enter ! o", PLAY_UP },
	{ "mapping-diff", "3 down enter d", PLAY_UP },
	{ "preview", "3 down V", PLAY_UP },
	{ "rejects", "4", PLAY_UP },
	{ "reject-rows", "x enter", PLAY_UP },
	{ "reject-fix", "x E", PLAY_UP },
	{ "schedules", "6", PLAY_UP },
	{ "engines", ": 'engines' enter", PLAY_UP },
	{ "queues", ": 'queues' enter", PLAY_UP },
	{ "alerts", ": 'alerts' enter", PLAY_UP },
	{ "connectors", ": 'connectors' enter", PLAY_UP },
	{ "answer", ": 'queue list' enter", PLAY_UP },
	{ "help", "?", PLAY_UP },
	{ "menu", "a", PLAY_UP },
	{ "palette", "ctrl-p 'log'", PLAY_UP },
	{ "prompt", ": 'job list --st'", PLAY_UP },
	{ "filter", "/ 'state=fa'", PLAY_UP },
};
#define PLAYS (sizeof(plays) / sizeof(plays[0]))

static const struct { int w, h; } sizes[] = { { 80, 24 }, { 120, 40 }, { 200, 60 } };

static const char *source_folder(void)
{
	const char *top = getenv("LEAT_SOURCE");

	return top != NULL ? top : ".";
}

static bool is_writing(void)
{
	const char *how = getenv("LEAT_SCREENS");

	return how != NULL && strcmp(how, "write") == 0;
}

/* The approved text, or NULL. */
static char *approved(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	size_t n;

	if (f == NULL)
		return NULL;
	text = mem_alloc(1u << 20);
	n = fread(text, 1, (1u << 20) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void compare(const char *name, const char *text)
{
	char path[512], *want;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/tui/%s", source_folder(), name);
	if (is_writing()) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(text, f);
		assert_int_equal(fclose(f), 0);
		return;
	}
	want = approved(path);
	if (want == NULL || strcmp(want, text) != 0) {
		print_message("%s\n", text);
		free(want);
		fail_msg("%s is not as approved (LEAT_SCREENS=write shows git the difference)",
			 path);
	}
	free(want);
}

static struct stage *play(const struct play *p, int w, int h)
{
	struct app_options o = { .is_prod = p->link == PLAY_PROD,
				 .is_read_only = p->link == PLAY_READ_ONLY, .workers = 2 };
	char world[512];
	struct stage *s = stage_open(w, h, &o, p->link == PLAY_FIRST);

	snprintf(world, sizeof(world), "%s/tests/tui/world.txt", source_folder());
	if (p->link != PLAY_FIRST)
		stage_world(s, world);
	stage_progress(s, 88119, 9800000, 810000000, 1000000000);
	stage_progress(s, 88117, 120000, 17000000, -1);
	stage_keys(s, p->keys);
	stage_pass(s, 200);
	if (p->link == PLAY_LOST)
		stage_down(s, "the server closed the connection unexpectedly");
	return s;
}

static void screens_are_as_approved(void **state)
{
	const struct play *p = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int ascii = 0; ascii < 2; ascii++) {
			struct stage *s = play(p, sizes[i].w, sizes[i].h);
			char name[96];

			s->grid->is_ascii = ascii != 0;
			snprintf(name, sizeof(name), "%s-%dx%d%s.screen", p->name, sizes[i].w,
				 sizes[i].h, ascii ? "-ascii" : "");
			compare(name, stage_dump(s));
			stage_close(s);
		}
}

/* ---- what a terminal gets ---------------------------------------------------------- */

static void put_attrs(struct buf *out, unsigned attr)
{
	buf_addf(out, "%s%s%s", (attr & CELL_BOLD) != 0 ? " bold" : "",
		 (attr & CELL_UNDERLINE) != 0 ? " underline" : "",
		 (attr & CELL_REVERSE) != 0 ? " reverse" : "");
}

static const char *bytes_folder(void)
{
	const char *how = getenv("LEAT_SCREENS");

	return how != NULL && strcmp(how, "write") != 0 ? how : NULL;
}

static void write_file(const char *name, const char *kind, const struct buf *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", bytes_folder(), name, kind);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text->data, 1, text->len, f);
	assert_int_equal(fclose(f), 0);
}

/* A cell a line: column, line, role, character, attributes. */
static void write_cells(const char *name, const struct grid *g)
{
	struct buf out;

	buf_init(&out, 1u << 22);
	for (int i = 0; i < g->w * g->h; i++) {
		const struct cell *c = &g->cell[i];

		buf_addf(&out, "%d %d %c %x", i % g->w, i / g->w, 'a' + c->role, (unsigned)c->ch);
		put_attrs(&out, c->attr);
		buf_adds(&out, "\n");
	}
	write_file(name, "cells", &out);
	buf_release(&out);
}

static void write_bytes(const char *name, const struct grid *g, int colours, const char *kind)
{
	struct screen *s;
	struct theme theme;
	struct err err = { 0 };
	const char *note;
	struct buf out;

	buf_init(&out, 1u << 22);
	assert_int_equal(screen_open(g->w, g->h, colours, &note, &s, &err), ERR_OK);
	theme_default(&theme);
	screen_theme(s, &theme);
	screen_put(s, g);
	screen_frame(s, &out);
	write_file(name, kind, &out);
	screen_close(s);
	buf_release(&out);
}

static void terminals_get_every_screen(void **state)
{
	(void)state;
	setenv("TERM", "xterm-256color", 1);
	unsetenv("COLORTERM");
	unsetenv("NO_COLOR");
	for (size_t i = 0; i < PLAYS; i++) {
		struct stage *s = play(&plays[i], 80, 24);

		app_draw(s->app, s->grid);
		write_cells(plays[i].name, s->grid);
		write_bytes(plays[i].name, s->grid, 256, "256");
		write_bytes(plays[i].name, s->grid, 0, "mono");
		stage_close(s);
	}
}

/* Runs of cells with attributes beside those of their role: "jobs 0,1 46 f bold". */
static void attributes_are_as_approved(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	for (size_t i = 0; i < PLAYS; i++) {
		struct stage *s = play(&plays[i], 80, 24);
		const struct grid *g = s->grid;

		app_draw(s->app, s->grid);
		for (int at = 0, n; at < g->w * g->h; at += n) {
			const struct cell *c = &g->cell[at];

			for (n = 1; at % g->w + n < g->w && c[n].role == c->role &&
			     c[n].attr == c->attr; n++)
				continue;
			if (c->attr == 0)
				continue;
			buf_addf(&out, "%s %d,%d %d %c", plays[i].name, at % g->w, at / g->w, n,
				 'a' + c->role);
			put_attrs(&out, c->attr);
			buf_adds(&out, "\n");
		}
		stage_close(s);
	}
	compare("attributes.txt", buf_str(&out));
	buf_release(&out);
}

static void put_look(struct buf *out, const struct look *l)
{
	static const char *const attr[] = { "bold", "underline", "reverse", "italic", "dim" };

	if (l->fg == THEME_DEFAULT_COLOUR)
		buf_adds(out, "default");
	else
		buf_addf(out, "%d", l->fg);
	if (l->bg != THEME_DEFAULT_COLOUR)
		buf_addf(out, " on %d", l->bg);
	for (int i = 0; i < 5; i++)
		if (l->attr & (1u << i))
			buf_addf(out, " %s", attr[i]);
}

static void roles_look_as_approved(void **state)
{
	static const enum ladder steps[] = { LADDER_256, LADDER_MONO };
	struct theme theme;
	struct buf out;

	(void)state;
	theme_default(&theme);
	buf_init(&out, 1u << 16);
	for (int i = 0; i < 2; i++)
		for (int r = 0; r < ROLE_COUNT; r++) {
			buf_addf(&out, "%-4s %c %-8s ", i == 0 ? "256" : "mono", 'a' + r,
				 role_name((enum role)r));
			put_look(&out, theme_look(&theme, steps[i], (enum role)r));
			buf_adds(&out, "\n");
		}
	compare("looks.txt", buf_str(&out));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest bytes[] = { cmocka_unit_test(terminals_get_every_screen) };
	struct CMUnitTest tests[PLAYS + 2];

	if (bytes_folder() != NULL)
		return cmocka_run_group_tests(bytes, NULL, NULL);

	for (size_t i = 0; i < PLAYS; i++) {
		/* The plays are not changed through this. */
		void *p = (void *)(uintptr_t)&plays[i];

		tests[i] = (struct CMUnitTest){ plays[i].name, screens_are_as_approved, NULL,
						NULL, p };
	}
	tests[PLAYS] = (struct CMUnitTest)cmocka_unit_test(roles_look_as_approved);
	tests[PLAYS + 1] = (struct CMUnitTest)cmocka_unit_test(attributes_are_as_approved);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
