/*
 * tests/unit/tui/widget/textview_test.c
 *	Text views: following, scrolling, searching, filters, and how they look.
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
#include "tui/widget/textview.h"

static void add(struct textview *v, const char *text, int64_t key)
{
	struct text_line l = { .p = text, .n = strlen(text), .key = key,
			       .is_error = strstr(text, "ERROR") != NULL };

	textview_add(v, &l);
}

/* Lines "line FIRST" .. "line LAST" with these keys. */
static struct textview *lines(int first, int last)
{
	struct textview *v = textview_new(1 << 20);

	for (int i = first; i <= last; i++) {
		char text[32];

		snprintf(text, sizeof(text), "line %d", i);
		add(v, text, i);
	}
	return v;
}

static const char *shot(struct textview *v, int w, int h)
{
	struct grid *g = grid_new(w, h);
	const char *text;

	textview_draw(v, area_all(g), true);
	text = screen_text(g);
	grid_free(g);
	return text;
}

static void following_shows_the_end_until_one_looks_back(void **state)
{
	struct textview *v = lines(1, 3);

	(void)state;
	assert_string_equal(shot(v, 8, 2), "line 1\nline 2\n");
	textview_follow(v, true);
	assert_string_equal(shot(v, 8, 2), "line 2\nline 3\n");
	add(v, "line 4", 4);
	assert_string_equal(shot(v, 8, 2), "line 3\nline 4\n");
	assert_int_equal(textview_unseen(v), 0);
	assert_true(textview_move(v, -1));
	assert_false(textview_is_following(v));
	assert_string_equal(shot(v, 8, 2), "line 2\nline 3\n");
	for (int i = 0; i < 1204; i++)
		add(v, "more", 5);
	assert_string_equal(shot(v, 18, 2), "line 2\nline 3 +1 204 new\n");
	assert_int_equal(textview_unseen(v), 1204);
	textview_follow(v, true);
	assert_int_equal(textview_unseen(v), 0);
	assert_string_equal(shot(v, 8, 2), "more\nmore\n");
	textview_free(v);
	textview_free(NULL);
}

static void what_was_looked_at_is_no_longer_new(void **state)
{
	struct textview *v = lines(1, 3);

	(void)state;
	textview_follow(v, true);
	shot(v, 8, 3);
	textview_follow(v, false);
	for (int i = 4; i <= 10; i++)
		add(v, "new", i);
	shot(v, 8, 3);
	assert_int_equal(textview_unseen(v), 7);
	textview_move(v, 2);
	shot(v, 8, 3);
	assert_int_equal(textview_unseen(v), 5);
	textview_move(v, -2);
	shot(v, 8, 3);
	assert_int_equal(textview_unseen(v), 5);
	textview_last(v);
	shot(v, 8, 3);
	assert_int_equal(textview_unseen(v), 0);
	assert_false(textview_is_following(v));
	textview_free(v);
}

static void moving_ends_at_the_ends(void **state)
{
	struct textview *v = lines(1, 9);

	(void)state;
	shot(v, 8, 3);
	assert_int_equal(textview_page(v), 3);
	assert_false(textview_move(v, -1));
	assert_true(textview_move(v, 100));
	assert_string_equal(shot(v, 8, 3), "line 7\nline 8\nline 9\n");
	assert_true(textview_move(v, -6));
	assert_false(textview_move(v, -1));
	textview_last(v);
	assert_string_equal(shot(v, 8, 3), "line 7\nline 8\nline 9\n");
	textview_first(v);
	assert_string_equal(shot(v, 8, 3), "line 1\nline 2\nline 3\n");
	textview_free(v);
	v = textview_new(0);
	assert_false(textview_move(v, -1));
	assert_true(textview_move(v, 1));
	textview_first(v);
	textview_last(v);
	assert_false(textview_next_hit(v, true));
	assert_false(textview_at(v, &(struct text_line){ 0 }));
	assert_int_equal(textview_first_key(v), 0);
	textview_free(v);
}

/* A million lines stay within the ring, and the place stays with its line until that goes. */
static void the_ring_is_bounded(void **state)
{
	struct textview *v = textview_new(1 << 18);
	struct text_line l;
	int64_t gone = 0;

	(void)state;
	for (int i = 1; i <= 1000000; i++) {
		char text[32];

		l = (struct text_line){ .p = text, .key = i };
		l.n = (size_t)snprintf(text, sizeof(text), "line %d", i);
		gone += textview_add(v, &l);
		if (i == 999000) {
			textview_follow(v, true);
			textview_go_key(v, 998990);
		}
	}
	assert_int_equal(textview_count(v) + gone, 1000000);
	assert_in_range(textview_count(v), 5000, 10000);
	assert_int_equal(textview_last_key(v), 1000000);
	assert_int_equal(textview_first_key(v), 1000000 - textview_count(v) + 1);
	assert_true(textview_at(v, &l));
	assert_int_equal(l.key, 998990);
	assert_int_equal(textview_unseen(v), 1000);
	for (int i = 0; i < 20000; i++)
		add(v, "later", 2000000);
	assert_int_equal(textview_unseen(v), textview_count(v));
	textview_free(v);
}

static void older_lines_come_before(void **state)
{
	struct textview *v = lines(5, 9);
	struct text_line older[] = {
		{ .p = "line 3", .n = 6, .key = 3 }, { .p = "line 4", .n = 6, .key = 4 },
	};
	char *big = malloc(60000);
	struct text_line huge[] = {
		{ .p = big, .n = 60000, .key = 1 }, { .p = big, .n = 60000, .key = 2 },
	};

	(void)state;
	shot(v, 8, 2);
	assert_false(textview_move(v, -1));
	assert_true(textview_add_before(v, older, 2));
	assert_string_equal(shot(v, 8, 2), "line 5\nline 6\n");
	assert_true(textview_move(v, -2));
	assert_string_equal(shot(v, 8, 2), "line 3\nline 4\n");
	assert_int_equal(textview_first_key(v), 3);
	textview_free(v);
	v = textview_new(0);
	memset(big, 'b', 60000);
	add(v, "newest", 9);
	assert_true(textview_add_before(v, huge, 2));
	assert_false(textview_add_before(v, huge, 1));
	assert_int_equal(textview_last_key(v), 9);
	assert_int_equal(textview_count(v), 3);
	free(big);
	textview_free(v);
}

static void a_line_is_cleaned_and_cut(void **state)
{
	struct textview *v = textview_new(0);
	char *big = malloc(100000);
	struct text_line l;

	(void)state;
	add(v, "\033[31mred\033[0m\tand\033]0;title\a \033Xplain\r\n", 1);
	assert_string_equal(shot(v, 30, 1), "red     and ␛Xplain\n");
	add(v, "\xff" "bad", 2);
	textview_last(v);
	assert_string_equal(shot(v, 19, 1), "\xef\xbf\xbd" "bad\n");
	for (size_t i = 0; i + 1 < 100000; i += 2)
		memcpy(big + i, "ö", 2);
	textview_add(v, &(struct text_line){ .p = big, .n = 100000, .head = "a\nb" });
	textview_last(v);
	assert_true(textview_at(v, &l));
	assert_int_equal(l.n, TEXTVIEW_LINE_MAX);
	assert_string_equal(l.head, "a␊b");
	free(big);
	textview_free(v);
}

static void long_lines_go_sideways_or_wrap(void **state)
{
	struct textview *v = textview_new(0);
	struct text_line l = { .p = "one two three four five six", .n = 27, .head = "12:00" };

	(void)state;
	textview_add(v, &l);
	add(v, "next", 0);
	assert_string_equal(shot(v, 18, 4), "12:00 one two thr…\nnext\n\n\n");
	textview_side(v, 8);
	assert_string_equal(shot(v, 18, 4), "12:00 three four f\n\n\n\n");
	textview_side(v, -100);
	textview_wrap(v, true);
	assert_string_equal(shot(v, 18, 4), "12:00 one two\n      three four\n"
			    "      five six\nnext\n");
	/* On a page of two rows each row of the line is a step. */
	assert_string_equal(shot(v, 18, 2), "12:00 one two\n      three four\n");
	textview_move(v, 1);
	assert_string_equal(shot(v, 18, 2), "      three four\n      five six\n");
	textview_move(v, 5);
	assert_string_equal(shot(v, 18, 2), "      five six\nnext\n");
	assert_true(textview_move(v, -2));
	assert_false(textview_move(v, -1));
	/* No room for both: the head gives way. */
	assert_string_equal(shot(v, 7, 2), "one two\nthree\n");
	textview_free(v);
}

static void hits_are_gone_to_and_painted(void **state)
{
	struct textview *v = lines(1, 40);
	struct grid *g = grid_new(12, 6);
	struct text_line l;

	(void)state;
	textview_follow(v, true);
	textview_draw(v, area_all(g), true);
	textview_search(v, "LINE 2");
	assert_string_equal(textview_searched(v), "LINE 2");
	assert_false(textview_next_hit(v, true));
	assert_true(textview_is_following(v));
	assert_true(textview_next_hit(v, false));
	assert_false(textview_is_following(v));
	assert_true(textview_at(v, &l));
	assert_int_equal(l.key, 29);
	grid_reset(g, 12, 6);
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_dump(g), "line 27\nline 28\nline 29\nline 30\nline 31\nline 32\n"
			    "roles\n 0 llllll\n 1 llllll\n 2 lllllljjjjjj\n");
	assert_true(textview_next_hit(v, false));
	assert_true(textview_next_hit(v, true));
	assert_false(textview_next_hit(v, true));
	textview_at(v, &l);
	assert_int_equal(l.key, 29);
	/* Out of sight it is the present line no longer. */
	textview_first(v);
	textview_draw(v, area_all(g), true);
	textview_at(v, &l);
	assert_int_equal(l.key, 1);
	assert_true(textview_next_hit(v, true));
	textview_at(v, &l);
	assert_int_equal(l.key, 2);
	textview_search(v, NULL);
	assert_null(textview_searched(v));
	assert_false(textview_next_hit(v, true));
	grid_free(g);
	textview_free(v);
}

static void a_hit_far_to_the_right_is_brought_into_sight(void **state)
{
	struct textview *v = textview_new(0);

	(void)state;
	add(v, "0123456789abcdefghijklmnopqrstuvwxyz", 1);
	shot(v, 12, 2);
	textview_search(v, "uv");
	assert_true(textview_next_hit(v, true));
	assert_string_equal(shot(v, 12, 2), "opqrstuvwxyz\n\n");
	textview_search(v, "12");
	textview_first(v);
	shot(v, 12, 2);
	assert_true(textview_next_hit(v, true));
	assert_false(textview_next_hit(v, true));
	assert_string_equal(shot(v, 12, 2), "0123456789a…\n\n");
	textview_wrap(v, true);
	textview_search(v, "uv");
	shot(v, 12, 2);
	textview_free(v);
	v = textview_new(0);
	add(v, "0123456789abcdefghijklmnopqrstuvwxyz", 1);
	textview_wrap(v, true);
	shot(v, 6, 2);
	textview_search(v, "uv");
	assert_true(textview_next_hit(v, true));
	assert_string_equal(shot(v, 6, 2), "opqrst\nuvwxyz\n");
	textview_free(v);
}

static void errors_are_gone_to(void **state)
{
	struct textview *v = lines(1, 5);
	struct text_line l;

	(void)state;
	add(v, "ERROR one", 6);
	add(v, "fine", 7);
	add(v, "ERROR two", 8);
	shot(v, 20, 3);
	assert_true(textview_next_error(v, true));
	textview_at(v, &l);
	assert_int_equal(l.key, 6);
	assert_true(textview_next_error(v, true));
	assert_false(textview_next_error(v, true));
	textview_at(v, &l);
	assert_int_equal(l.key, 8);
	assert_true(textview_next_error(v, false));
	textview_at(v, &l);
	assert_int_equal(l.key, 6);
	textview_free(v);
}

static void filters_stack_and_can_be_turned(void **state)
{
	struct textview *v = lines(1, 30);
	bool is_on;
	int64_t count;
	struct buf out;

	(void)state;
	assert_true(textview_filter_add(v, "line 1"));
	assert_true(textview_filter_add(v, "!2"));
	assert_int_equal(textview_passing(v), 10);
	assert_string_equal(shot(v, 8, 3), "line 1\nline 10\nline 11\n");
	assert_string_equal(textview_filter_at(v, 0, &is_on, &count), "line 1");
	assert_int_equal(count, 11);
	assert_string_equal(textview_filter_at(v, 1, &is_on, &count), "!2");
	assert_int_equal(count, 18);
	textview_filter_toggle(v, 1);
	textview_filter_at(v, 1, &is_on, NULL);
	assert_false(is_on);
	assert_int_equal(textview_passing(v), 11);
	add(v, "line 12 again", 31);
	assert_int_equal(textview_passing(v), 12);
	textview_last(v);
	assert_string_equal(shot(v, 15, 3), "line 18\nline 19\nline 12 again\n");
	/* The same words again turn it on. */
	assert_true(textview_filter_add(v, "!2"));
	assert_int_equal(textview_filters(v), 2);
	assert_int_equal(textview_passing(v), 10);
	textview_filter_drop(v, 0);
	assert_int_equal(textview_filters(v), 1);
	textview_filter_at(v, 0, &is_on, &count);
	assert_true(is_on);
	assert_int_equal(count, 18);
	assert_int_equal(textview_passing(v), 18);
	textview_filter_add(v, "nowhere");
	assert_string_equal(shot(v, 30, 3), "\n no line passes the filters\n\n");
	textview_filter_drop(v, 1);
	textview_filter_add(v, "line 30");
	buf_init(&out, 1000);
	textview_text(v, &out);
	assert_string_equal(buf_str(&out), "line 30\n");
	buf_release(&out);
	textview_free(v);
}

static void only_so_many_filters(void **state)
{
	struct textview *v = lines(1, 3);
	char text[16];

	(void)state;
	assert_false(textview_filter_add(v, ""));
	assert_false(textview_filter_add(v, "!"));
	for (int i = 0; i < TEXTVIEW_FILTERS; i++) {
		snprintf(text, sizeof(text), "f%d", i);
		assert_true(textview_filter_add(v, text));
	}
	assert_false(textview_filter_add(v, "more"));
	assert_null(textview_filter_at(v, TEXTVIEW_FILTERS, NULL, NULL));
	while (textview_filters(v) > 0)
		textview_filter_drop(v, textview_filters(v) / 2);
	assert_int_equal(textview_passing(v), 3);
	textview_free(v);
}

static void it_looks_as_it_should(void **state)
{
	struct textview *v = textview_new(0);
	struct grid *g = grid_new(40, 5);

	(void)state;
	for (int i = 1; i <= 9; i++) {
		char text[80];
		struct text_line l = { .p = text, .head = "14:02:01", .key = i,
				       .role = i == 7 ? ROLE_BAD : ROLE_TEXT };

		l.n = (size_t)snprintf(text, sizeof(text), "batch %d: 4000 rows written", i);
		textview_add(v, &l);
	}
	textview_follow(v, true);
	textview_search(v, "7");
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_dump(g),
			    "14:02:01 batch 5: 4000 rows written\n"
			    "14:02:01 batch 6: 4000 rows written\n"
			    "14:02:01 batch 7: 4000 rows written    ▐\n"
			    "14:02:01 batch 8: 4000 rows written    ▐\n"
			    "14:02:01 batch 9: 4000 rows written    ▐\n"
			    "roles\n"
			    " 0 bbbbbbbb\n"
			    " 1 bbbbbbbb\n"
			    " 2 bbbbbbbb qqqqqqlqqqqqqqqqqqqqqqqqqqqqqqb\n"
			    " 3 bbbbbbbb                               b\n"
			    " 4 bbbbbbbb                               b\n");
	grid_free(g);
	textview_free(v);
}

static void errors_are_seen_from_afar(void **state)
{
	struct textview *v = lines(1, 100);
	struct grid *g = grid_new(20, 5);

	(void)state;
	g->is_ascii = true;
	add(v, "ERROR", 101);
	for (int i = 0; i < 99; i++)
		add(v, "fine", 102);
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_dump(g), "line 1             #\nline 2\nline 3             -\n"
			    "line 4\nline 5\nroles\n"
			    " 0                    b\n 2                    q\n");
	textview_filter_add(v, "fine");
	grid_reset(g, 20, 5);
	textview_draw(v, area_all(g), true);
	assert_int_equal(g->cell[2 * 20 + 19].ch, '#');
	/* All that passes is on the page: there is nothing to scroll to. */
	textview_filter_drop(v, 0);
	textview_filter_add(v, "ERROR");
	grid_reset(g, 20, 5);
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_text(g), "ERROR\n\n\n\n\n");
	textview_filter_drop(v, 0);
	textview_go_key(v, 101);
	grid_reset(g, 20, 5);
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_roles(g, 19, 2, 1), "q");
	textview_clear(v);
	add(v, "fine", 1);
	grid_reset(g, 20, 5);
	textview_draw(v, area_all(g), true);
	assert_string_equal(screen_text(g), "fine\n\n\n\n\n");
	grid_free(g);
	textview_free(v);
}

static void random_line(struct textview *v, uint64_t *seed, bool is_before)
{
	static const char *const bits[] = { "error ", "日本", "e\xcc\x81", "\xff", "\t", "\033[1m\033]0;t\x9b",
					    "word ", "a-very-long-word-without-any-space ", "\n" };
	char text[700] = "";
	size_t n = 0;
	struct text_line l = { .p = text, .role = (enum role)screen_dice(seed, ROLE_COUNT),
			       .head = screen_dice(seed, 2) != 0 ? "12:00" : NULL,
			       .is_error = screen_dice(seed, 9) == 0 };

	for (uint32_t i = screen_dice(seed, 15); i > 0; i--) {
		const char *bit = bits[screen_dice(seed, 9)];

		memcpy(text + n, bit, strlen(bit));
		n += strlen(bit);
	}
	l.n = n;
	if (is_before)
		textview_add_before(v, &l, 1);
	else
		textview_add(v, &l);
}

static void random_act(struct textview *v, uint64_t *seed)
{
	static const char *const words[] = { "error", "本", "WORD", "!word", "zz", "", NULL };
	int by = (int)screen_dice(seed, 41) - 20;

	switch (screen_dice(seed, 18)) {
	case 0: textview_follow(v, screen_dice(seed, 2) != 0); break;
	case 1: case 2: textview_move(v, by); break;
	case 3: textview_first(v); break;
	case 4: textview_last(v); break;
	case 5: textview_side(v, by * 5); break;
	case 6: textview_wrap(v, screen_dice(seed, 2) != 0); break;
	case 7: textview_search(v, words[screen_dice(seed, 7)]); break;
	case 8: case 9: textview_next_hit(v, by > 0); break;
	case 10: textview_next_error(v, by > 0); break;
	case 11: textview_filter_add(v, words[screen_dice(seed, 6)]); break;
	case 12: textview_filter_toggle(v, by); break;
	case 13: textview_filter_drop(v, by); break;
	case 14: textview_go_key(v, by); break;
	case 15: if (screen_dice(seed, 50) == 0) textview_clear(v); break;
	case 16: random_line(v, seed, true); break;
	default:
		for (int i = 0; i < 30; i++)
			random_line(v, seed, false);
	}
}

/* Counts must be those of the lines that are there, whatever came before. */
static void check_counts(const struct textview *v)
{
	struct buf out;
	int64_t rows = 0;

	buf_init(&out, SIZE_MAX);
	textview_text(v, &out);
	for (size_t i = 0; i < out.len; i++)
		rows += out.data[i] == '\n';
	assert_int_equal(rows, textview_passing(v));
	assert_in_range(textview_unseen(v), 0, textview_passing(v));
	buf_release(&out);
}

static void anything_can_be_done_to_it(void **state)
{
	struct textview *v = textview_new(0);
	struct grid *g = grid_new(1, 1);
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		random_act(v, &seed);
		if (i % 3 != 0)
			continue;
		g->is_ascii = screen_dice(&seed, 2) != 0;
		grid_reset(g, 1 + (int)screen_dice(&seed, i % 50 == 0 ? 400 : 60),
			   1 + (int)screen_dice(&seed, i % 50 == 0 ? 200 : 20));
		textview_draw(v, area_all(g), screen_dice(&seed, 2) != 0);
		assert_true(screen_is_clean(g));
		if (i % 60 == 0)
			check_counts(v);
	}
	grid_free(g);
	textview_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(following_shows_the_end_until_one_looks_back),
		cmocka_unit_test(what_was_looked_at_is_no_longer_new),
		cmocka_unit_test(moving_ends_at_the_ends),
		cmocka_unit_test(the_ring_is_bounded),
		cmocka_unit_test(older_lines_come_before),
		cmocka_unit_test(a_line_is_cleaned_and_cut),
		cmocka_unit_test(long_lines_go_sideways_or_wrap),
		cmocka_unit_test(hits_are_gone_to_and_painted),
		cmocka_unit_test(a_hit_far_to_the_right_is_brought_into_sight),
		cmocka_unit_test(errors_are_gone_to),
		cmocka_unit_test(filters_stack_and_can_be_turned),
		cmocka_unit_test(only_so_many_filters),
		cmocka_unit_test(it_looks_as_it_should),
		cmocka_unit_test(errors_are_seen_from_afar),
		cmocka_unit_test(anything_can_be_done_to_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
