/*
 * tests/unit/tui/term/grid_test.c
 *	Cells hold what was drawn, cut where it ends, and never a control character.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/term/grid.h"

/* Line y is that text. */
static void assert_line(const struct grid *g, int y, const char *text)
{
	struct buf b;

	buf_init(&b, 4096);
	grid_line(g, y, &b);
	assert_string_equal(buf_str(&b), text);
	buf_release(&b);
}

/* What text_clean() never lets pass, and what a wide character must keep together. */
static void assert_whole(const struct grid *g)
{
	for (int y = 0; y < g->h; y++) {
		for (int x = 0; x < g->w; x++) {
			const struct cell *c = &g->cell[y * g->w + x];
			bool is_wide = c->ch != 0 && text_cells(c->ch) == 2;

			if (c->ch == 0) {
				assert_true(x > 0 && text_cells(c[-1].ch) == 2);
				continue;
			}
			assert_true(c->ch >= 0x20 && (c->ch < 0x7f || c->ch > 0x9f));
			assert_true(c->ch < 0x200b || c->ch > 0x200f);
			assert_true(c->ch < 0x2028 || c->ch > 0x202e);
			assert_true(c->ch < 0x2060 || c->ch > 0x206f);
			assert_true(text_cells(c->ch) >= 1);
			assert_true(!is_wide || (x + 1 < g->w && c[1].ch == 0));
			assert_true(!g->is_ascii || c->ch < 0x7f);
			for (int i = 0; i < CELL_MARKS; i++)
				assert_true(c->mark[i] == 0 || text_cells(c->mark[i]) == 0);
		}
	}
}

static void roles_have_names(void **state)
{
	(void)state;
	for (int r = 0; r < ROLE_COUNT; r++)
		assert_int_equal(role_of(role_name((enum role)r)), r);
	assert_int_equal(role_of("no"), -1);
	assert_string_equal(role_name(ROLE_CURSOR), "cursor");
}

static void text_is_cut_at_the_edges(void **state)
{
	struct grid *g = grid_new(10, 4);
	struct area a = area_part(area_all(g), 2, 1, 6, 2);

	(void)state;
	assert_int_equal(area_text(a, 0, 0, ROLE_TEXT, "abcdefgh"), 6);
	assert_line(g, 1, "  abcdef");
	assert_int_equal(area_text(a, -3, 1, ROLE_TEXT, "abcde"), 2);
	assert_line(g, 2, "  de");
	assert_int_equal(area_text(a, 6, 0, ROLE_TEXT, "x"), 0);
	assert_int_equal(area_text(a, 0, 2, ROLE_TEXT, "x"), 0);
	assert_int_equal(area_text(a, 0, -1, ROLE_TEXT, "x"), 0);
	assert_int_equal(area_textn(a, 4, 1, ROLE_TEXT, NULL, 0), 0);
	assert_int_equal(area_printf(a, 0, 1, ROLE_DIM, "%d-%s", 7, "é"), 3);
	assert_line(g, 2, "  7-é");
	assert_line(g, 0, "");
	assert_line(g, 3, "");
	assert_whole(g);
	grid_free(g);
	grid_free(NULL);
}

static void wide_characters_stay_whole(void **state)
{
	struct grid *g = grid_new(6, 2);
	struct area a = area_all(g);

	(void)state;
	assert_int_equal(area_text(a, 0, 0, ROLE_TEXT, "日本語x"), 6);
	assert_line(g, 0, "日本語");
	/* One half is drawn over: the other goes too. */
	area_text(a, 1, 0, ROLE_TEXT, "-");
	assert_line(g, 0, " -本語");
	area_text(a, 2, 0, ROLE_TEXT, "-");
	assert_line(g, 0, " -- 語");
	assert_whole(g);
	/* Only half of it fits, on either side. */
	area_clear(a, ROLE_TEXT);
	assert_int_equal(area_text(area_part(a, 0, 0, 3, 1), 0, 0, ROLE_TEXT, "日本"), 3);
	assert_line(g, 0, "日");
	area_text(a, -1, 1, ROLE_TEXT, "日本x");
	assert_line(g, 1, " 本x");
	assert_whole(g);
	grid_free(g);
}

static void marks_ride_on_their_character(void **state)
{
	struct grid *g = grid_new(8, 1);
	struct area a = area_all(g);

	(void)state;
	assert_int_equal(area_text(a, 0, 0, ROLE_TEXT, "ae\u0301\u0323\u0300x"), 3);
	assert_int_equal(g->cell[1].ch, 'e');
	assert_int_equal(g->cell[1].mark[0], 0x301);
	assert_int_equal(g->cell[1].mark[1], 0x323);
	assert_line(g, 0, "ae\u0301\u0323x");
	/* One of a character that is skipped goes with it. */
	area_text(a, -2, 0, ROLE_TEXT, "ae\u0301z");
	assert_line(g, 0, "ze\u0301\u0323x");
	area_text(a, 1, 0, ROLE_TEXT, "e");
	assert_line(g, 0, "zex");
	grid_free(g);
}

static void texts_fit_their_field(void **state)
{
	static const struct {
		const char *text;
		int cells, skip;
		enum fit fit;
		const char *is;
	} all[] = {
		{ "abc", 5, 0, FIT_LEFT, "abc  |" },
		{ "abc", 5, 0, FIT_RIGHT, "  abc|" },
		{ "abcdef", 5, 0, FIT_LEFT, "abcd…|" },
		{ "abcdef", 5, 0, FIT_RIGHT, "abcd…|" },
		{ "abcde", 5, 0, FIT_LEFT, "abcde|" },
		{ "abcdef", 5, 2, FIT_LEFT, "cdef |" },
		{ "abcdefghij", 5, 2, FIT_LEFT, "cdef…|" },
		{ "abc", 5, 9, FIT_LEFT, "     |" },
		{ "", 5, 0, FIT_RIGHT, "     |" },
		{ "日本語", 5, 0, FIT_LEFT, "日本…|" },
		{ "日本語", 4, 0, FIT_LEFT, "日 …|" },
		{ "日本", 5, 0, FIT_RIGHT, " 日本|" },
		{ "日本", 5, 1, FIT_LEFT, " 本  |" },
		{ "日本", 1, 0, FIT_LEFT, "…|" },
		{ "ab\tc", 5, 0, FIT_LEFT, "ab␉c |" },
		{ "a\r\nb", 5, 0, FIT_LEFT, "a␍␊b |" },
		{ "öööööö", 5, 1, FIT_LEFT, "ööööö|" },
		{ "e\u0301", 1, 0, FIT_LEFT, "e\u0301|" },
		{ "abcde\u0301", 5, 0, FIT_LEFT, "abcde\u0301|" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct grid *g = grid_new(6, 1);

		area_text(area_all(g), 0, 0, ROLE_TEXT, "######");
		area_text(area_all(g), all[i].cells, 0, ROLE_TEXT, "|     ");
		area_fit(area_all(g), 0, 0, all[i].cells, all[i].fit, all[i].skip, ROLE_OK,
			 all[i].text, strlen(all[i].text));
		assert_line(g, 0, all[i].is);
		for (int x = 0; x < all[i].cells; x++)
			assert_int_equal(g->cell[x].role, ROLE_OK);
		assert_int_equal(g->cell[all[i].cells].role, ROLE_TEXT);
		assert_whole(g);
		grid_free(g);
	}
}

static void ascii_has_stand_ins(void **state)
{
	struct grid *g = grid_new(12, 1);

	(void)state;
	for (int i = 0; i < GLYPH_COUNT; i++)
		assert_int_equal(text_width(glyph(g, (enum glyph)i),
					    strlen(glyph(g, (enum glyph)i))), 1);
	g->is_ascii = true;
	for (int i = 0; i < GLYPH_COUNT; i++) {
		assert_int_equal(strlen(glyph(g, (enum glyph)i)), 1);
		assert_true(glyph(g, (enum glyph)i)[0] > ' ');
		assert_true(glyph(g, (enum glyph)i)[0] < 0x7f);
	}
	/* As wide as it would have been, so that columns stand. */
	area_text(area_all(g), 0, 0, ROLE_TEXT, "é日e\u0301→x");
	assert_line(g, 0, "???e>x");
	area_fit(area_all(g), 0, 0, 4, FIT_LEFT, 0, ROLE_TEXT, "abcdef", 6);
	assert_line(g, 0, "abc~>x");
	assert_whole(g);
	grid_free(g);
}

static void painting_leaves_text(void **state)
{
	struct grid *g = grid_new(4, 3);
	struct buf b;

	(void)state;
	area_text(area_all(g), 0, 1, ROLE_DIM, "abcd");
	area_paint(area_all(g), 1, 1, 2, 9, ROLE_CURSOR, CELL_BOLD);
	area_attr(area_all(g), -5, -5, 6, 6, CELL_REVERSE);
	buf_init(&b, 4096);
	grid_dump(g, &b);
	assert_string_equal(buf_str(&b), "\nabcd\n\nroles\n 0 A\n 1 bJJb\n 2  JJ\n");
	buf_release(&b);
	grid_free(g);
}

static void any_size_and_place_is_fine(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 5 }, { 3, 3 }, { 80, 24 },
					{ 400, 200 } };
	static const int at[] = { INT32_MIN, -100000, -3, -1, 0, 1, 2, 79, 80, 401, INT32_MAX };
	static const char text[] = "ab日本e\u0301語cd\x1b[31m\xff end";
	int n = (int)(sizeof(at) / sizeof(at[0]));

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct grid *g = grid_new(sizes[s][0], sizes[s][1]);

		for (int i = 0; i < n * n * n; i++) {
			int x = at[i % n], y = at[i / n % n], w = at[i / n / n];
			struct area a = area_part(area_all(g), x, y, w, w);

			assert_true(a.w >= 0 && a.h >= 0);
			assert_true(a.w == 0 || a.x + a.w <= g->w);
			assert_true(a.h == 0 || a.y + a.h <= g->h);
			area_text(a, 0, 0, ROLE_TEXT, text);
			area_text(area_all(g), x, y, ROLE_TEXT, text);
			area_fit(area_all(g), x, y, w, i % 2 == 0 ? FIT_LEFT : FIT_RIGHT,
				 i % 9, ROLE_OK, text, sizeof(text) - 1);
			area_paint(area_all(g), x, y, w, w, ROLE_BAD, 0);
		}
		assert_whole(g);
		grid_free(g);
	}
}

static void an_old_area_ends_with_its_grid(void **state)
{
	struct grid *g = grid_new(80, 24);
	struct area a = area_part(area_all(g), 40, 12, 40, 12);

	(void)state;
	grid_reset(g, 42, 13);
	area_text(a, 0, 0, ROLE_TEXT, "abc");
	area_text(a, 0, 5, ROLE_TEXT, "abc");
	area_clear(a, ROLE_DIM);
	area_fit(a, 0, 0, 9, FIT_RIGHT, 0, ROLE_DIM, "abcdefghijk", 11);
	area_paint(a, 0, 0, 40, 12, ROLE_OK, CELL_BOLD);
	assert_line(g, 12, "                                        a…");
	assert_whole(g);
	grid_reset(g, 0, -4);
	assert_int_equal(g->w * g->h, 1);
	area_text(a, 0, 0, ROLE_TEXT, "abc");
	assert_line(g, 0, "");
	grid_free(g);
}

static void draw_hostile(struct grid *g, const char *p, size_t n)
{
	for (int skip = 0; skip < 4; skip++) {
		area_textn(area_all(g), skip, 0, ROLE_TEXT, p, n);
		area_textn(area_all(g), -skip, 1, ROLE_TEXT, p, n);
		area_fit(area_all(g), skip, 2, 9, FIT_RIGHT, skip, ROLE_TEXT, p, n);
		assert_whole(g);
	}
}

static void no_cell_holds_a_control(void **state)
{
	static const char *const texts[] = {
		"\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\x1bP+q\x1b\\",
		"\x9b" "31m", "\xc2\x9b" "31m", "\x1b[6n", "a\u202egnp.exe", "a\u200b\u200db\u2066c",
		"👩\u200d👩\u200d👧 family", "☎\ufe0f sign", "\u2028\u2029", "\xc0\x80\xed\xa0\x80\xf8",
		"\xff\xfe\xf0\x9f\x98", "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301z",
		"\xf3\xa0\x80\xa0tag", "\u115f\u3164\uffa0fill", "\r\n\t\v\f\b\x7f\0",
	};

	(void)state;
	for (int is_ascii = 0; is_ascii < 2; is_ascii++) {
		struct grid *g = grid_new(17, 3);

		g->is_ascii = is_ascii != 0;
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			draw_hostile(g, texts[i], strlen(texts[i]));
		for (int c = 0; c < 0x300; c++) {
			char text[16] = "x";
			size_t n = 1 + utf8_encode((uint32_t)c, text + 1);

			text[n++] = 'y';
			draw_hostile(g, text, n);
			text[1] = (char)c;
			draw_hostile(g, text, 3);
		}
		grid_free(g);
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void a_giant_line_costs_what_is_seen(void **state)
{
	size_t n = 1 << 20;
	char *text = malloc(n);
	struct grid *g = grid_new(120, 40);
	double start;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	text[300] = '\x1b';
	start = seconds();
	for (int i = 0; i < 20000; i++)
		area_fit(area_all(g), 0, i % 40, 120, FIT_LEFT, i % 500, ROLE_TEXT, text, n);
	/* A pass over all of it each time would be 20 GB. */
	assert_true(seconds() - start < 10.0);
	for (size_t i = 0; i + 3 <= n; i += 3)
		memcpy(text + i, i % 2 == 0 ? "日" : "\u200b", 3);
	draw_hostile(g, text, n);
	area_fit(area_all(g), 0, 0, 120, FIT_LEFT, 1 << 19, ROLE_TEXT, text, n);
	assert_whole(g);
	free(text);
	grid_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_have_names),
		cmocka_unit_test(text_is_cut_at_the_edges),
		cmocka_unit_test(wide_characters_stay_whole),
		cmocka_unit_test(marks_ride_on_their_character),
		cmocka_unit_test(texts_fit_their_field),
		cmocka_unit_test(ascii_has_stand_ins),
		cmocka_unit_test(painting_leaves_text),
		cmocka_unit_test(any_size_and_place_is_fine),
		cmocka_unit_test(an_old_area_ends_with_its_grid),
		cmocka_unit_test(no_cell_holds_a_control),
		cmocka_unit_test(a_giant_line_costs_what_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
