/*
 * tests/bench/widgets.c
 *	What the widgets cost: lines taken in, drawings, filters, marks.
 *
 *	widgets			prints one JSON object a measurement; times are of the CPU
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/widget/list.h"
#include "tui/widget/textview.h"

#define LINES  1000000
#define ROUNDS 1000
#define BYTES  (16u << 20)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void say(const char *what, const char *of, double value, const char *unit)
{
	printf("{\"what\":\"%s\",\"of\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", what, of, value,
	       unit);
}

static void texts(const char *of, const char *line, int filters)
{
	static const char *const filter[] = { "batch", "!zebra" };
	struct textview *v = textview_new(BYTES);
	struct grid *g = grid_new(200, 60);
	double at;

	for (int i = 0; i < filters; i++)
		textview_filter_add(v, filter[i]);
	textview_follow(v, true);
	at = now();
	for (int i = 0; i < LINES; i++) {
		struct text_line l = { .p = line, .n = strlen(line), .head = "14:02:03 orders",
				       .key = i + 1, .is_error = i % 1000 == 0 };

		textview_add(v, &l);
	}
	say("percent of a core at 100,000 lines/s", of, (now() - at) / LINES * 1e7, "%");
	say("lines kept in 16 MB", of, (double)textview_count(v), "lines");
	at = now();
	for (int i = 0; i < ROUNDS; i++)
		textview_draw(v, area_all(g), true);
	say("drawing 200x60", of, (now() - at) / ROUNDS * 1e3, "ms");
	at = now();
	textview_filter_add(v, "never there");
	say("a new filter", of, (now() - at) * 1e3, "ms");
	at = now();
	textview_draw(v, area_all(g), true);
	say("drawing when nothing passes", of, (now() - at) * 1e3, "ms");
	textview_filter_drop(v, filters);
	textview_search(v, "never there");
	at = now();
	textview_next_hit(v, false);
	say("a search through all", of, (now() - at) * 1e3, "ms");
	grid_free(g);
	textview_free(v);
}

static void cell(void *ctx, int row, int col, struct list_cell *out)
{
	static char text[40];

	(void)ctx;
	snprintf(text, sizeof(text), "row %d column %d", row, col);
	out->text = text;
}

static const char *key(void *ctx, int row)
{
	static char text[20];

	(void)ctx;
	snprintf(text, sizeof(text), "%d", row);
	return text;
}

static void lists(void)
{
	static const struct list_source src = { NULL, cell, key };
	struct list_col cols[10];
	struct grid *g = grid_new(200, 60);
	struct list *l;
	double at;

	for (int i = 0; i < 10; i++)
		cols[i] = (struct list_col){ .title = "HEAD", .min = 8, .want = 18, .grow = i == 9,
					     .rank = i };
	l = list_new(cols, 10, &src);
	list_rows(l, 500, true, true);
	at = now();
	for (int i = 0; i < ROUNDS; i++)
		list_draw(l, area_all(g), true);
	say("drawing 200x60", "list", (now() - at) / ROUNDS * 1e3, "ms");
	list_last(l);
	at = now();
	for (int i = 0; i < ROUNDS; i++)
		list_rows(l, 500, true, true);
	say("500 rows came again", "list", (now() - at) / ROUNDS * 1e3, "ms");
	at = now();
	for (int i = 0; i < 100000; i++) {
		char text[20];

		snprintf(text, sizeof(text), "%d", i);
		list_mark(l, text, true);
	}
	say("100,000 marks", "list", (now() - at) * 1e3, "ms");
	list_free(l);
	grid_free(g);
}

int main(void)
{
	texts("ASCII", "batch 7 of orders.csv: 4000 rows written, none rejected, and a few words "
	      "more, so that it is long", 0);
	texts("ASCII, 2 filters", "batch 7 of orders.csv: 4000 rows written, none rejected, and a "
	      "few words more, so that it is long", 2);
	texts("UTF-8 with colours", "batch 7: gr\xc3\xb6\xc3\x9f" "er als 0, Zeile \033[31m12\033[0m "
	      "der Datei orders.csv wurde \xc3\xbc" "bersprungen, weil sie", 0);
	lists();
	return 0;
}
