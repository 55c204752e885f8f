/*
 * tests/unit/tui/widget/match_test.c
 *	Looking for text in bytes and in cells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/match.h"

static ptrdiff_t place(const char *pattern, const char *text, size_t *len)
{
	struct match m;

	match_set(&m, pattern);
	return match_find(&m, text, strlen(text), len);
}

static void any_case_is_found(void **state)
{
	size_t len = 99;

	(void)state;
	assert_int_equal(place("err", "an ERRor", &len), 3);
	assert_int_equal(len, 3);
	assert_int_equal(place("ERROR", "an error", NULL), 3);
	assert_int_equal(place("aab", "aaab", NULL), 1);
	assert_int_equal(place("abc", "ab", NULL), -1);
	assert_int_equal(place("abc", "", NULL), -1);
	assert_int_equal(place("@", "`", NULL), -1);
	assert_int_equal(place("[", "{", NULL), -1);
	assert_int_equal(place("größe", "Die GRÖSSE", NULL), -1);
	assert_int_equal(place("GRÖ", "die größe", &len), 4);
	assert_int_equal(len, 4);
	assert_int_equal(place("ö", "\xc3", NULL), -1);
	assert_int_equal(place("ö", "\xc3\xff\xc3\xb6", NULL), 2);
	assert_int_equal(place("öa", "\xc3\xb6\xff" "a", NULL), -1);
}

static void nothing_is_not_found_everywhere(void **state)
{
	(void)state;
	assert_int_equal(place("", "text", NULL), -1);
	assert_int_equal(place(NULL, "text", NULL), -1);
}

static void cells_are_painted_where_it_is_seen(void **state)
{
	struct grid *g = grid_new(20, 1);
	struct match m;

	(void)state;
	area_text(area_all(g), 0, 0, ROLE_TEXT, "Ab ab 日本 abxab");
	match_set(&m, "AB");
	match_paint(&m, area_all(g), 0, 0, 20);
	assert_string_equal(screen_roles(g, 0, 0, 18), "llallaaaaaallallaa");
	match_set(&m, "本");
	match_paint(&m, area_all(g), 0, 0, 20);
	assert_string_equal(screen_roles(g, 0, 0, 12), "llallaaallal");
	grid_free(g);
}

static void only_the_part_given_is_painted(void **state)
{
	struct grid *g = grid_new(10, 2);
	struct match m;

	(void)state;
	area_text(area_all(g), 0, 0, ROLE_TEXT, "aaaaaaaaaa");
	match_set(&m, "a");
	match_paint(&m, area_all(g), -3, 0, 5);
	match_paint(&m, area_all(g), 8, 0, 50);
	match_paint(&m, area_all(g), 0, 7, 5);
	match_paint(&m, area_part(area_all(g), 4, 0, 0, 0), 0, 0, 5);
	assert_string_equal(screen_roles(g, 0, 0, 10), "llaaaaaall");
	match_set(&m, "aaa");
	match_paint(&m, area_part(area_all(g), 2, 0, 5, 1), 0, 0, 5);
	assert_string_equal(screen_roles(g, 0, 0, 10), "lllllaaall");
	grid_free(g);
}

static void a_pattern_without_end_is_cut(void **state)
{
	char text[1000];
	struct match m;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[999] = '\0';
	match_set(&m, text);
	assert_int_equal(m.n, MATCH_MAX);
	assert_int_equal(match_find(&m, text, 999, NULL), 0);
}

/* Where it begins, looked for at every place; *len its bytes. */
static ptrdiff_t by_trying(const char *pattern, const char *text, size_t *len)
{
	static const char *const same[] = { "aA", "bB", "éÉ", "öÖ" };

	for (size_t at = 0; text[at] != '\0'; at++) {
		const char *p = pattern, *t = text + at;

		while (*p != '\0' && *t != '\0') {
			size_t wide = (unsigned char)*p >= 0x80 ? 2 : 1;
			bool is = false;

			for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
				for (size_t k = 0; k < 4; k++) {
					const char *x = same[i] + (k & 1) * wide;
					const char *y = same[i] + (k >> 1) * wide;

					is |= strlen(same[i]) == 2 * wide &&
					      memcmp(p, x, wide) == 0 && memcmp(t, y, wide) == 0;
				}
			if (!is)
				break;
			p += wide;
			t += wide;
		}
		*len = (size_t)(t - (text + at));
		if (*p == '\0')
			return (ptrdiff_t)at;
	}
	return -1;
}

static void add(char *to, const char *letter)
{
	memcpy(to + strlen(to), letter, strlen(letter) + 1);
}

/* Patterns that begin again in themselves, and characters of one byte and of two. */
static void it_finds_what_trying_finds(void **state)
{
	static const char *const letter[] = { "a", "b", "A", "é", "É", "Ö" };
	unsigned seed = 4711;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char pattern[40] = "", text[120] = "";
		int kinds = round % 2 == 0 ? 3 : 6;
		size_t len = 0, wanted = 0;
		ptrdiff_t at;

		for (int i = 0; i < 30; i++) {
			seed = seed * 1103515245u + 12345u;
			add(text, letter[(seed >> 16) % (unsigned)kinds]);
			if (i < 2 + round % 5)
				add(pattern, letter[(seed >> 20) % (unsigned)kinds]);
		}
		at = by_trying(pattern, text, &wanted);
		if (place(pattern, text, &len) != at || (at >= 0 && len != wanted))
			fail_msg("%s in %s: %td, not %td", pattern, text,
				 place(pattern, text, &len), at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_case_is_found),
		cmocka_unit_test(it_finds_what_trying_finds),
		cmocka_unit_test(nothing_is_not_found_everywhere),
		cmocka_unit_test(cells_are_painted_where_it_is_seen),
		cmocka_unit_test(only_the_part_given_is_painted),
		cmocka_unit_test(a_pattern_without_end_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
