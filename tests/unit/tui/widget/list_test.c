/*
 * tests/unit/tui/widget/list_test.c
 *	Lists: what the cursor and the marks follow, which columns are shown, how it looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/list.h"

#define MAX_ROWS 300

/* The owner's rows: a number each, which is also the key. */
struct rows {
	int id[MAX_ROWS];
	int n;
	int asked;	/* cells that were asked for */
};

static const char *key(void *ctx, int row)
{
	static char text[16];
	struct rows *r = ctx;

	assert_in_range(row, 0, r->n - 1);
	snprintf(text, sizeof(text), "k%d", r->id[row]);
	return text;
}

static void cell(void *ctx, int row, int col, struct list_cell *out)
{
	static const char *const names[] = { "orders_daily", "customers", "stock_hourly",
					     "日本の注文を毎日", "e\xcc\x81t\xc3\xa9", NULL };
	static char text[64];
	struct rows *r = ctx;
	int id;

	assert_in_range(row, 0, r->n - 1);
	r->asked++;
	id = r->id[row];
	out->text = text;
	switch (col) {
	case 0:
		snprintf(text, sizeof(text), "%d", id);
		break;
	case 1:
		out->text = names[id % 6];
		break;
	case 2:
		out->text = id % 3 == 0 ? "failed" : "done";
		out->role = id % 3 == 0 ? ROLE_BAD : ROLE_OK;
		break;
	case 3:
		out->is_bar = true;
		out->share = id % 5 == 4 ? -1 : id % 5 / 4.0;
		out->tick = id % 2 != 0 ? 0.5 : -1;
		snprintf(text, sizeof(text), "%d%%", id % 5 * 25);
		break;
	default:
		/* What others wrote, with what a terminal would obey. */
		snprintf(text, sizeof(text), "22P02 \"12,50\" is no number of row %d%s", id,
			 id > 90 ? "\033[2J\x9b\xe2\x80\xae\x07\n" : "");
	}
}

static const struct list_col cols[] = {
	{ .title = "ID", .min = 4, .want = 5, .is_right = true },
	{ .title = "PIPELINE", .min = 6, .want = 12, .rank = 1 },
	{ .title = "STATE", .min = 6, .want = 6, .rank = 2 },
	{ .title = "PROGRESS", .min = 10, .want = 12, .rank = 3 },
	{ .title = "ERROR", .min = 8, .want = 10, .grow = 1, .rank = 4 },
};
#define NCOLS 5

static struct list *list_over(struct rows *r, int first, int n)
{
	struct list_source src = { .ctx = r, .cell = cell, .key = key };
	struct list *l = list_new(cols, NCOLS, &src);

	r->n = n;
	for (int i = 0; i < n; i++)
		r->id[i] = first + i;
	list_rows(l, n, false, false);
	return l;
}

static void insert(struct rows *r, int at, int id)
{
	memmove(&r->id[at + 1], &r->id[at], (size_t)(r->n - at) * sizeof(r->id[0]));
	r->id[at] = id;
	r->n++;
}

static void take_out(struct rows *r, int at)
{
	r->n--;
	memmove(&r->id[at], &r->id[at + 1], (size_t)(r->n - at) * sizeof(r->id[0]));
}

static struct grid *drawn(struct list *l, int w, int h)
{
	struct grid *g = grid_new(w, h);

	list_draw(l, area_all(g), true);
	return g;
}

static void draw(struct list *l, int w, int h)
{
	grid_free(drawn(l, w, h));
}

static const char *shot(struct list *l, int w, int h)
{
	struct grid *g = drawn(l, w, h);
	const char *text = screen_text(g);

	grid_free(g);
	return text;
}

/* ---- the cursor ------------------------------------------------------------- */

static void the_cursor_follows_its_row(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 5);

	(void)state;
	list_move(l, 2);
	assert_string_equal(list_key(l), "k12");
	insert(&r, 0, 90);
	insert(&r, 0, 91);
	list_rows(l, r.n, false, false);
	assert_int_equal(list_at(l), 4);
	assert_string_equal(list_key(l), "k12");
	take_out(&r, 0);
	list_rows(l, r.n, false, false);
	assert_int_equal(list_at(l), 3);
	list_free(l);
	list_free(NULL);
}

static void when_the_row_goes_its_neighbour_is_next(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 6);

	(void)state;
	list_move(l, 3);
	/* 10 11 12 [13] 14 15 -> 11 14 15: what was below it. */
	take_out(&r, 3);
	take_out(&r, 2);
	take_out(&r, 0);
	list_rows(l, r.n, false, false);
	assert_string_equal(list_key(l), "k14");
	/* 11 [14] 15 -> 11: what was above it. */
	r.n = 1;
	list_rows(l, r.n, false, false);
	assert_string_equal(list_key(l), "k11");
	/* Nothing of them: the nearest place. */
	for (int i = 0; i < 4; i++)
		r.id[i] = 50 + i;
	r.n = 4;
	list_rows(l, 4, false, false);
	assert_string_equal(list_key(l), "k50");
	list_free(l);
}

static void no_rows_keep_the_key(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 4);

	(void)state;
	list_move(l, 2);
	list_rows(l, 0, false, false);
	assert_int_equal(list_at(l), -1);
	assert_string_equal(list_key(l), "k12");
	assert_false(list_move(l, 1));
	list_first(l);
	list_last(l);
	draw(l, 40, 10);
	list_rows(l, 4, false, false);
	assert_int_equal(list_at(l), 2);
	list_free(l);
	l = list_over(&r, 1, 0);
	assert_null(list_key(l));
	assert_int_equal(list_at(l), -1);
	list_free(l);
}

static void moves_are_cut_at_the_window(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 4);

	(void)state;
	assert_true(list_move(l, 3));
	assert_false(list_move(l, 1));
	assert_int_equal(list_at(l), 3);
	assert_false(list_move(l, INT32_MIN));
	assert_int_equal(list_at(l), 0);
	list_last(l);
	assert_int_equal(list_at(l), 3);
	list_first(l);
	assert_int_equal(list_at(l), 0);
	list_free(l);
}

static void a_key_that_is_not_there_is_waited_for(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 4);

	(void)state;
	list_go(l, "k12");
	assert_int_equal(list_at(l), 2);
	list_go(l, "k77");
	assert_string_equal(list_key(l), "k12");
	list_rows(l, 4, false, true);
	assert_string_equal(list_key(l), "k12");
	insert(&r, 0, 77);
	list_rows(l, 5, false, true);
	assert_string_equal(list_key(l), "k77");
	/* Who moves meanwhile is not carried away later. */
	list_go(l, "k78");
	list_move(l, 1);
	insert(&r, 0, 78);
	list_rows(l, 6, false, true);
	assert_string_equal(list_key(l), "k10");
	list_free(l);
}

static void the_screen_stays_still(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 100, 50);
	int first, last;

	(void)state;
	draw(l, 40, 11);
	assert_int_equal(list_page(l), 10);
	list_move(l, 30);
	list_move(l, -3);
	draw(l, 40, 11);
	list_shown(l, &first, &last);
	assert_int_equal(first, 21);
	assert_int_equal(last, 30);
	/* Older rows come before: the same rows stay on the same lines. */
	for (int i = 0; i < 20; i++)
		insert(&r, 0, 99 - i);
	list_rows(l, r.n, true, false);
	draw(l, 40, 11);
	list_shown(l, &first, &last);
	assert_int_equal(first, 41);
	assert_string_equal(list_key(l), "k127");
	list_free(l);
}

/* Whoever looks at the top of a list sees what comes in there. */
static void the_top_stays_the_top(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 100, 5);
	int first, last;

	(void)state;
	draw(l, 40, 6);
	for (int i = 0; i < 3; i++) {
		insert(&r, 0, 200 + i);
		list_rows(l, r.n, false, true);
	}
	draw(l, 40, 6);
	list_shown(l, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(list_at(l), 3);
	assert_string_equal(list_key(l), "k100");
	for (int i = 0; i < 3; i++)
		insert(&r, 0, 300 + i);
	list_rows(l, r.n, false, true);
	draw(l, 40, 6);
	list_shown(l, &first, &last);
	assert_int_equal(first, 2);
	assert_int_equal(list_at(l), 6);
	list_free(l);
}

/* ---- marks -------------------------------------------------------------------- */

static void marks_stay_with_their_rows(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 4);

	(void)state;
	list_mark(l, "k12", true);
	list_mark(l, "k999", true);
	list_mark(l, "k10", true);
	list_mark(l, "k12", true);
	insert(&r, 0, 9);
	list_rows(l, 5, false, false);
	assert_int_equal(list_marked(l), 3);
	assert_string_equal(list_mark_at(l, 1), "k999");
	assert_true(list_is_marked(l, "k12"));
	assert_string_equal(shot(l, 15, 6), "    ID PIPELINE\n     9 日本の …\n▌◆  10 e\xcc\x81té\n"
			    "    11\n ◆  12 orders_…\n    13 custome…\n");
	list_mark(l, "k12", false);
	assert_false(list_is_marked(l, "k12"));
	list_unmark_all(l);
	assert_int_equal(list_marked(l), 0);
	list_free(l);
}

static void a_range_is_what_was_passed(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 10);

	(void)state;
	list_move(l, 3);
	list_range_start(l);
	assert_true(list_in_range(l));
	list_move(l, 4);
	list_move(l, -2);
	assert_int_equal(list_marked(l), 0);
	list_range_end(l);
	assert_false(list_in_range(l));
	assert_int_equal(list_marked(l), 3);
	assert_string_equal(list_mark_at(l, 0), "k13");
	assert_string_equal(list_mark_at(l, 2), "k15");
	/* Over the place where it began, to the other side. */
	list_unmark_all(l);
	list_range_start(l);
	list_move(l, 2);
	list_move(l, -4);
	list_range_end(l);
	assert_int_equal(list_marked(l), 3);
	assert_true(list_is_marked(l, "k13") && list_is_marked(l, "k15"));
	assert_false(list_is_marked(l, "k16"));
	list_range_start(l);
	list_move(l, 1);
	list_range_drop(l);
	assert_int_equal(list_marked(l), 3);
	list_free(l);
}

/* The window moves on in the middle of it: what was passed before is not forgotten. */
static void a_range_outlives_the_window(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 10);

	(void)state;
	list_range_start(l);
	list_last(l);
	for (int i = 0; i < 10; i++)
		r.id[i] = 18 + i;
	list_rows(l, 10, true, true);
	assert_string_equal(list_key(l), "k19");
	list_move(l, 5);
	list_range_end(l);
	assert_int_equal(list_marked(l), 15);
	list_free(l);
}

/* ---- columns -------------------------------------------------------------------- */

static void columns_go_by_rank(void **state)
{
	static const struct {
		int w;
		const char *heads;
	} cases[] = {
		{ 70, "     ID  PIPELINE   STATE   PROGRESS      ERROR\n" },
		{ 60, "     ID  PIPELINE   STATE   PROGRESS      ERROR\n" },
		{ 44, "     ID PIPELINE STATE  PROGRESS   ERROR\n" },
		{ 43, "     ID PIPELI… STATE  PROGRESS   ERROR\n" },
		{ 41, "     ID PIPELINE  STATE  PROGRESS\n" },
		{ 30, "     ID PIPELINE  STATE\n" },
		{ 19, "    ID PIPELINE\n" },
		{ 10, "   ID\n" },
	};
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = shot(l, cases[i].w, 3);

		assert_memory_equal(text, cases[i].heads, strlen(cases[i].heads));
	}
	list_free(l);
}

/* Room that one column's texts do not fill is another's, and it stays so. */
static void columns_are_as_wide_as_their_texts(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 11, 3);	/* nothing, orders_daily, customers */

	(void)state;
	list_columns(l, cols, 2);
	list_rows(l, 1, false, false);
	assert_memory_equal(shot(l, 40, 3), "     ID PIPELINE", 16);
	r.id[0] = 123456789;
	list_rows(l, 1, false, false);
	assert_string_equal(shot(l, 40, 3), "          ID PIPELINE\n▌  123456789 日本の注文を毎日\n\n");
	r.id[0] = 11;
	list_rows(l, 1, false, false);
	assert_string_equal(shot(l, 40, 3), "          ID PIPELINE\n▌         11\n\n");
	/* Not so wide that another one gets less than it wants. */
	r.id[0] = 123456789;
	assert_string_equal(shot(l, 24, 3), "        ID PIPELINE\n"
			    "▌ 1234567… 日本の注文 …\n\n");
	list_free(l);
}

static void only_what_is_shown_is_asked_for(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 0, MAX_ROWS);

	(void)state;
	draw(l, 100, 21);
	/* Once for their width, once for what is in them. */
	assert_int_equal(r.asked, 2 * 20 * NCOLS);
	r.asked = 0;
	draw(l, 19, 5);
	assert_int_equal(r.asked, 2 * 4 * 2);
	list_free(l);
}

static void sideways_every_text_can_be_read_to_its_end(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 40, 2);

	(void)state;
	list_side(l, 20);
	assert_string_equal(shot(l, 44, 3),
			    "      ID  PROGRESS     ERROR\n"
			    "▌     40  ░░░░░░░   0% 22P02 \"12,50\" is no…\n"
			    "      41  █▊░│░░░  25% 22P02 \"12,50\" is no…\n");
	list_side(l, 1000);
	assert_string_equal(shot(l, 44, 3),
			    "      ID ROR\n"
			    "▌     40 P02 \"12,50\" is no number of row 40\n"
			    "      41 P02 \"12,50\" is no number of row 41\n");
	list_side(l, -1000);
	assert_memory_equal(shot(l, 44, 3), "     ID PIPELINE", 16);
	/* Where all of it fits there is nothing to move. */
	list_side(l, 20);
	assert_memory_equal(shot(l, 140, 3), "     ID  PIPELINE", 17);
	list_side(l, 1);
	assert_memory_equal(shot(l, 140, 3), "     ID  PIPELINE", 17);
	list_free(l);
}

static void clicks_find_rows_and_columns(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 3);

	(void)state;
	draw(l, 70, 6);
	assert_int_equal(list_row_at(l, 0), -2);
	assert_int_equal(list_row_at(l, 1), 0);
	assert_int_equal(list_row_at(l, 3), 2);
	assert_int_equal(list_row_at(l, 4), -1);
	assert_int_equal(list_row_at(l, -1), -1);
	assert_int_equal(list_row_at(l, 99), -1);
	assert_int_equal(list_col_at(l, 0), -1);
	assert_int_equal(list_col_at(l, 4), 0);
	assert_int_equal(list_col_at(l, 10), 1);
	assert_int_equal(list_col_at(l, 8), -1);
	assert_int_equal(list_col_at(l, 500), -1);
	draw(l, 10, 2);
	assert_int_equal(list_row_at(l, 0), 0);
	list_free(l);
}

static void other_columns_over_the_same_rows(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 3);

	(void)state;
	list_sorted(l, 4, true);
	list_side(l, 5);
	list_columns(l, cols, 2);
	assert_string_equal(shot(l, 30, 4), "     ID PIPELINE\n▌    10 e\xcc\x81té\n"
			    "     11\n     12 orders_daily\n");
	list_columns(l, cols, 0);
	assert_string_equal(shot(l, 30, 3), "\n▌                            ▐\n"
			    "                             ▐\n");
	list_side(l, 5);
	draw(l, 30, 3);
	list_free(l);
}

/* ---- how it looks ---------------------------------------------------------------- */

static void it_looks_as_it_should(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 12, 4);
	struct grid *g;

	(void)state;
	list_sorted(l, 1, false);
	list_mark(l, "k13", true);
	list_move(l, 1);
	list_match(l, "HOUR");
	list_rows(l, 4, false, true);
	g = drawn(l, 64, 4);
	assert_string_equal(screen_dump(g),
		"     ID  PIPELINE↑     STATE   PROGRESS      ERROR\n"
		"     12  orders_daily  failed  ███▌░░░  50%  22P02 \"12,50\" is …▐\n"
		"▌◆   13  customers     done    ███│█▎░  75%  22P02 \"12,50\" is …▐\n"
		"     14  stock_hourly  done    ······· 100%  22P02 \"12,50\" is …\n"
		"roles\n"
		" 0 iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii\n"
		" 1                        qqqqqq  rrrrbbb                         b\n"
		" 2 jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjJjjjjjjjjjjjjjjjjjjjjjjjjjjjjb\n"
		" 3                llll    mmmmmm  bbbbbbb\n");
	grid_free(g);
	list_free(l);
}

static void without_focus_the_cursor_is_bold(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 12, 2);
	struct grid *g = grid_new(12, 4);

	(void)state;
	g->is_ascii = true;
	list_draw(l, area_all(g), false);
	assert_string_equal(screen_dump(g), "    ID\n>   12\n    13\n\n"
			    "roles\n 0 iiiiiiiiiiii\n 1 AAAAAAAAAAAA\n");
	grid_free(g);
	list_free(l);
}

static void an_empty_list_says_why(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 1, 0);
	struct grid *g = grid_new(30, 6);

	(void)state;
	list_draw_empty(l, area_all(g), ROLE_DIM, "no jobs match");
	assert_string_equal(screen_text(g), "      ID PIPELINE     STATE\n\n\n"
			    "        no jobs match\n\n\n");
	grid_reset(g, 5, 1);
	list_draw_empty(l, area_all(g), ROLE_DIM, "no jobs match");
	assert_string_equal(screen_text(g), "no jo\n");
	grid_free(g);
	list_free(l);
}

static void the_scroll_bar_knows_what_lies_beyond(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 0, 100);
	struct grid *g;

	(void)state;
	list_rows(l, 100, true, true);
	list_extent(l, 500, 1000);
	g = drawn(l, 30, 11);
	for (int y = 1; y < 11; y++)
		assert_int_equal(g->cell[y * 30 + 29].role, y == 6 ? ROLE_DIM : ROLE_TEXT);
	grid_free(g);
	list_extent(l, -1, -1);
	g = drawn(l, 30, 11);
	for (int y = 1; y < 11; y++)
		assert_int_equal(g->cell[y * 30 + 29].role, y == 4 ? ROLE_DIM : ROLE_TEXT);
	grid_free(g);
	list_free(l);
}

/* ---- anything at all --------------------------------------------------------------- */

static void random_act(struct list *l, struct rows *r, uint64_t *seed)
{
	int by = (int)screen_dice(seed, 61) - 30;
	char text[16];

	snprintf(text, sizeof(text), "k%u", screen_dice(seed, 100));
	switch (screen_dice(seed, 16)) {
	case 0: case 1: case 2: list_move(l, by); break;
	case 3: list_first(l); break;
	case 4: list_last(l); break;
	case 5: list_side(l, by); break;
	case 6: list_mark(l, text, by > 0); break;
	case 7: list_range_start(l); break;
	case 8: list_range_end(l); break;
	case 9: list_go(l, text); break;
	case 10: list_columns(l, cols, (int)screen_dice(seed, NCOLS + 1)); break;
	case 11: list_sorted(l, by, by % 2 == 0); break;
	case 12: list_match(l, by > 20 ? NULL : by > 0 ? "12" : "本"); break;
	case 13: list_extent(l, by * 10, screen_dice(seed, 5000)); break;
	case 14: if (by == 0) list_unmark_all(l); break;
	default:
		r->n = (int)screen_dice(seed, 60);
		for (int i = 0, id = (int)screen_dice(seed, 100); i < r->n; i++) {
			id += 1 + (int)screen_dice(seed, 3);
			r->id[i] = id;
		}
		list_rows(l, r->n, by > 0, by % 2 == 0);
	}
}

static void anything_can_be_done_to_it(void **state)
{
	struct rows r = { 0 };
	struct list *l = list_over(&r, 10, 50);
	struct grid *g = grid_new(1, 1);
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		int first, last;

		random_act(l, &r, &seed);
		if (list_at(l) >= 0)
			assert_string_equal(list_key(l), key(&r, list_at(l)));
		assert_in_range(list_at(l) + 1, r.n > 0 ? 1 : 0, r.n);
		if (i % 4 != 0)
			continue;
		g->is_ascii = screen_dice(&seed, 2) != 0;
		grid_reset(g, 1 + (int)screen_dice(&seed, i % 100 == 0 ? 400 : 70),
			   1 + (int)screen_dice(&seed, i % 100 == 0 ? 200 : 20));
		list_draw(l, area_all(g), screen_dice(&seed, 2) != 0);
		assert_true(screen_is_clean(g));
		list_shown(l, &first, &last);
		if (r.n > 0) {
			/* The cursor is on the page, and the page is full when it can be. */
			assert_in_range(list_at(l), first, last);
			assert_int_equal(last - first + 1,
					 r.n < list_page(l) ? r.n : list_page(l));
		}
	}
	grid_free(g);
	list_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cursor_follows_its_row),
		cmocka_unit_test(when_the_row_goes_its_neighbour_is_next),
		cmocka_unit_test(no_rows_keep_the_key),
		cmocka_unit_test(moves_are_cut_at_the_window),
		cmocka_unit_test(a_key_that_is_not_there_is_waited_for),
		cmocka_unit_test(the_screen_stays_still),
		cmocka_unit_test(the_top_stays_the_top),
		cmocka_unit_test(marks_stay_with_their_rows),
		cmocka_unit_test(a_range_is_what_was_passed),
		cmocka_unit_test(a_range_outlives_the_window),
		cmocka_unit_test(columns_go_by_rank),
		cmocka_unit_test(columns_are_as_wide_as_their_texts),
		cmocka_unit_test(only_what_is_shown_is_asked_for),
		cmocka_unit_test(sideways_every_text_can_be_read_to_its_end),
		cmocka_unit_test(clicks_find_rows_and_columns),
		cmocka_unit_test(other_columns_over_the_same_rows),
		cmocka_unit_test(it_looks_as_it_should),
		cmocka_unit_test(without_focus_the_cursor_is_bold),
		cmocka_unit_test(an_empty_list_says_why),
		cmocka_unit_test(the_scroll_bar_knows_what_lies_beyond),
		cmocka_unit_test(anything_can_be_done_to_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
