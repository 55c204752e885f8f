/*
 * tests/unit/tui/widget/dialog_test.c
 *	Dialogs: what it takes to say yes, how menus narrow, how they look at any size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/dialog.h"

/* Keys by name, parted by spaces; the answer to the last. */
static enum dialog_result press(struct dialog *d, const char *names)
{
	enum dialog_result result = DIALOG_GOES_ON;

	while (*names != '\0') {
		char name[32];
		size_t n = strcspn(names, " ");
		struct key k;

		assert_int_equal(result, DIALOG_GOES_ON);
		memcpy(name, names, n);
		name[n] = '\0';
		assert_true(key_parse(name, &k));
		result = dialog_key(d, k);
		names += n + (names[n] == ' ');
	}
	return result;
}

static const char *shot(struct dialog *d, int w, int h)
{
	struct grid *g = grid_new(w, h);
	const char *text;

	dialog_draw(d, area_all(g));
	text = screen_text(g);
	grid_free(g);
	return text;
}

static const char plan[] = "12 jobs will run again.\n3 are left out: they run already.";

static void only_y_says_yes(void **state)
{
	struct dialog *d = dialog_confirm("retry", plan, NULL, false);

	(void)state;
	assert_int_equal(press(d, "enter space a f1 up down pgdn"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "y"), DIALOG_YES);
	assert_int_equal(press(d, "Y"), DIALOG_YES);
	assert_int_equal(press(d, "alt-y"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "n"), DIALOG_NO);
	assert_int_equal(press(d, "q"), DIALOG_NO);
	assert_int_equal(press(d, "esc"), DIALOG_NO);
	assert_int_equal(press(d, "ctrl-c"), DIALOG_NO);
	dialog_paste(d, "y", 1);
	assert_int_equal(dialog_at(d), -1);
	dialog_free(d);
	dialog_free(NULL);
}

static void great_danger_wants_the_word(void **state)
{
	struct dialog *d = dialog_confirm("discard", "1204 rows", "1204", true);

	(void)state;
	assert_int_equal(press(d, "enter y enter"), DIALOG_GOES_ON);
	assert_non_null(strstr(shot(d, 40, 8), "that is not 1204: y"));
	press(d, "backspace 1 2 0 enter");
	assert_non_null(strstr(shot(d, 40, 8), "that is not 1204: 120"));
	press(d, "4");
	assert_non_null(strstr(shot(d, 40, 8), "type 1204 and enter: 1204"));
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	press(d, "5");
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	press(d, "ctrl-u");
	dialog_paste(d, "1204\n", 5);
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	assert_int_equal(press(d, "n q"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "esc"), DIALOG_NO);
	dialog_free(d);
}

static void what_is_told_is_closed(void **state)
{
	static const char *const ways[] = { "enter", "esc", "q", "space", "ctrl-c" };
	struct dialog *d = dialog_tell("failed", "refused", ROLE_BAD);

	(void)state;
	assert_int_equal(press(d, "y n down"), DIALOG_GOES_ON);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		assert_int_equal(press(d, ways[i]), DIALOG_NO);
	dialog_free(d);
}

static void questions_look_as_they_should(void **state)
{
	struct dialog *d = dialog_confirm("retry", plan, NULL, false);
	struct grid *g = grid_new(50, 8);

	(void)state;
	dialog_draw(d, area_all(g));
	assert_string_equal(screen_dump(g), "\n"
			    "      ┌─ retry ───────────────────────────┐\n"
			    "      │ 12 jobs will run again.           │\n"
			    "      │ 3 are left out: they run already. │\n"
			    "      │                                   │\n"
			    "      │ y yes   n no                      │\n"
			    "      └───────────────────────────────────┘\n\n"
			    "roles\n"
			    " 1       ppppppppppppppppppppppppppppppppppppp\n"
			    " 2       p                                   p\n"
			    " 3       p                                   p\n"
			    " 4       p                                   p\n"
			    " 5       p h       h                         p\n"
			    " 6       ppppppppppppppppppppppppppppppppppppp\n");
	assert_int_equal(g->cursor_x, -1);
	dialog_free(d);
	d = dialog_confirm("discard", "Rows go.", "1204", true);
	grid_reset(g, 40, 6);
	dialog_draw(d, area_all(g));
	assert_string_equal(screen_dump(g), "  ┌─ PROD: discard ──────────────────┐\n"
			    "  │ Rows go.                         │\n"
			    "  │                                  │\n"
			    "  │ type 1204 and enter:             │\n"
			    "  └──────────────────────────────────┘\n\n"
			    "roles\n"
			    " 0   ssssssssssssssssssssssssssssssssssss\n"
			    " 1   s                                  s\n"
			    " 2   s                                  s\n"
			    " 3   s      hhhh                        s\n"
			    " 4   ssssssssssssssssssssssssssssssssssss\n");
	assert_int_equal(g->cursor_x, 25);
	assert_int_equal(g->cursor_y, 3);
	dialog_free(d);
	grid_free(g);
}

static void a_long_text_is_scrolled_under_its_question(void **state)
{
	struct dialog *d = dialog_confirm("r", "one\ntwo\nthree\nfour\nfive", NULL, false);

	(void)state;
	assert_string_equal(shot(d, 20, 5), "┌─ r ──────────────┐\n│ one             ▐│\n"
			    "│ two              │\n│ y yes   n no     │\n└──────────────────┘\n");
	press(d, "home end");
	assert_string_equal(shot(d, 20, 5), "┌─ r ──────────────┐\n│ four             │\n"
			    "│ five            ▐│\n│ y yes   n no     │\n└──────────────────┘\n");
	press(d, "up up up up up up");
	assert_non_null(strstr(shot(d, 20, 5), "one"));
	/* However small: what can be answered is there. */
	assert_non_null(strstr(shot(d, 12, 3), "y yes"));
	assert_non_null(strstr(shot(d, 6, 1), "y yes"));
	dialog_free(d);
}

static const struct dialog_item items[] = {
	{ "open", "enter", NULL },  { "rejects", "x", "there are none" }, { "retry", "R", NULL },
	{ "cancel", "c", NULL },    { "Réviser", NULL, NULL },
};

static void a_menu_is_gone_through(void **state)
{
	struct dialog *d = dialog_menu("job", items, 5);

	(void)state;
	assert_int_equal(dialog_at(d), 0);
	press(d, "down");
	assert_int_equal(dialog_at(d), 1);
	/* It cannot be chosen. */
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	press(d, "tab");
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	assert_int_equal(dialog_chosen(d), 2);
	press(d, "end");
	assert_int_equal(dialog_at(d), 4);
	press(d, "down");
	assert_int_equal(dialog_at(d), 0);
	press(d, "up ctrl-p shift-tab");
	assert_int_equal(dialog_at(d), 2);
	press(d, "home pgdn");
	shot(d, 40, 20);
	press(d, "pgdn ctrl-n");
	assert_int_equal(dialog_at(d), 0);
	assert_int_equal(press(d, "esc"), DIALOG_NO);
	dialog_free(d);
}

static void typing_narrows_a_menu(void **state)
{
	struct dialog *d = dialog_menu("job", items, 5);
	struct grid *g = grid_new(44, 8);

	(void)state;
	press(d, "r");
	/* The first that can be chosen, not the first. */
	assert_int_equal(dialog_at(d), 2);
	press(d, "é");
	assert_int_equal(dialog_at(d), 4);
	press(d, "backspace e");
	assert_int_equal(dialog_at(d), 2);
	dialog_draw(d, area_all(g));
	assert_string_equal(screen_dump(g), "   ┌─ job ─────────────────────────────┐\n"
			    "   │ / re                              │\n"
			    "   │   rejects (there are none)      x │\n"
			    "   │ ▌ retry                         R │\n"
			    "   │                                   │\n"
			    "   │                                   │\n"
			    "   │                                   │\n"
			    "   └───────────────────────────────────┘\n"
			    "roles\n"
			    " 0    eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\n"
			    " 1    e h                                 e\n"
			    " 2    e   llbbbbb bbbbbbbbbbbbbbbb  bbbbb e\n"
			    " 3    e jjlljjjjjjjjjjjjjjjjjjjjjjjjjjjjj e\n"
			    " 4    e                                   e\n"
			    " 5    e                                   e\n"
			    " 6    e                                   e\n"
			    " 7    eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\n");
	press(d, "z z");
	assert_int_equal(dialog_at(d), -1);
	assert_int_equal(press(d, "enter up down home"), DIALOG_GOES_ON);
	assert_non_null(strstr(shot(d, 44, 8), "nothing matches"));
	press(d, "ctrl-u");
	/* Words, in whatever order. */
	dialog_paste(d, "EL can\n", 7);
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	assert_int_equal(dialog_chosen(d), 3);
	grid_free(g);
	dialog_free(d);
	d = dialog_menu(NULL, NULL, 0);
	assert_int_equal(press(d, "enter down"), DIALOG_GOES_ON);
	shot(d, 20, 5);
	dialog_free(d);
}

static struct dialog *any_dialog(uint64_t *seed)
{
	static const char *const texts[] = { "", "short", "日本語の長い文章\033[2J\n\n\x9b",
		"a long text that has to be broken into rows because it is that long\n1\n2\n3\n4" };
	const char *text = texts[screen_dice(seed, 4)];

	switch (screen_dice(seed, 4)) {
	case 0: return dialog_tell("told", text, ROLE_OK);
	case 1: return dialog_menu("menu", items, (int)screen_dice(seed, 6));
	case 2: return dialog_confirm(text, text, "word", screen_dice(seed, 2) != 0);
	default: return dialog_confirm("sure", text, NULL, screen_dice(seed, 2) != 0);
	}
}

static void anything_can_be_done_to_them(void **state)
{
	static const char *const keys[] = { "enter", "up", "down", "pgup", "pgdn", "home", "end",
		"backspace", "ctrl-u", "ctrl-w", "tab", "r", "e", "日", "f5", "space", "esc" };
	struct grid *g = grid_new(1, 1);
	uint64_t seed = 21;
	struct dialog *d = any_dialog(&seed);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const char *key = keys[screen_dice(&seed, sizeof(keys) / sizeof(keys[0]))];

		if (press(d, key) == DIALOG_YES && dialog_chosen(d) >= 0)
			assert_null(items[dialog_chosen(d)].why_not);
		if (screen_dice(&seed, 10) == 0)
			dialog_paste(d, "word\n", 5);
		g->is_ascii = screen_dice(&seed, 2) != 0;
		grid_reset(g, 1 + (int)screen_dice(&seed, i % 50 == 0 ? 400 : 50),
			   1 + (int)screen_dice(&seed, i % 50 == 0 ? 200 : 12));
		dialog_draw(d, area_all(g));
		assert_true(screen_is_clean(g));
		assert_in_range(g->cursor_x + 1, 0, g->w);
		assert_in_range(g->cursor_y + 1, 0, g->h);
		if (screen_dice(&seed, 30) == 0) {
			dialog_free(d);
			d = any_dialog(&seed);
		}
	}
	dialog_free(d);
	grid_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_y_says_yes),
		cmocka_unit_test(great_danger_wants_the_word),
		cmocka_unit_test(what_is_told_is_closed),
		cmocka_unit_test(questions_look_as_they_should),
		cmocka_unit_test(a_long_text_is_scrolled_under_its_question),
		cmocka_unit_test(a_menu_is_gone_through),
		cmocka_unit_test(typing_narrows_a_menu),
		cmocka_unit_test(anything_can_be_done_to_them),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
