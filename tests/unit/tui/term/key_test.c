/*
 * tests/unit/tui/term/key_test.c
 *	Names of keys mean what they say, both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/term/key.h"

static void names_and_keys_are_the_same_thing(void **state)
{
	static const struct {
		const char *name;
		struct key key;
	} all[] = {
		{ "a", { 'a', 0 } },
		{ "R", { 'R', 0 } },
		{ "-", { '-', 0 } },
		{ "?", { '?', 0 } },
		{ "ä", { 0xe4, 0 } },
		{ "space", { ' ', 0 } },
		{ "enter", { KEY_CODE_ENTER, 0 } },
		{ "esc", { KEY_CODE_ESC, 0 } },
		{ "tab", { KEY_CODE_TAB, 0 } },
		{ "shift-tab", { KEY_CODE_TAB, KEY_SHIFT } },
		{ "backspace", { KEY_CODE_BACKSPACE, 0 } },
		{ "up", { KEY_CODE_UP, 0 } },
		{ "shift-left", { KEY_CODE_LEFT, KEY_SHIFT } },
		{ "ctrl-right", { KEY_CODE_RIGHT, KEY_CTRL } },
		{ "pgup", { KEY_CODE_PGUP, 0 } },
		{ "pgdn", { KEY_CODE_PGDN, 0 } },
		{ "home", { KEY_CODE_HOME, 0 } },
		{ "end", { KEY_CODE_END, 0 } },
		{ "insert", { KEY_CODE_INSERT, 0 } },
		{ "delete", { KEY_CODE_DELETE, 0 } },
		{ "f1", { KEY_CODE_F1, 0 } },
		{ "f3", { KEY_CODE_F1 + 2, 0 } },
		{ "f12", { KEY_CODE_F12, 0 } },
		{ "f", { 'f', 0 } },
		{ "ctrl-p", { 'p', KEY_CTRL } },
		{ "ctrl-space", { ' ', KEY_CTRL } },
		{ "ctrl-]", { ']', KEY_CTRL } },
		{ "alt-k", { 'k', KEY_ALT } },
		{ "alt-K", { 'K', KEY_ALT } },
		{ "alt--", { '-', KEY_ALT } },
		{ "ctrl-alt-x", { 'x', KEY_CTRL | KEY_ALT } },
		{ "ctrl-alt-shift-f5", { KEY_CODE_F1 + 4, KEY_CTRL | KEY_ALT | KEY_SHIFT } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char name[32];
		struct key key;

		assert_true(key_parse(all[i].name, &key));
		assert_true(key_equal(key, all[i].key));
		key_name(all[i].key, name, sizeof(name));
		assert_string_equal(name, all[i].name);
	}
}

static void keys_that_arrive_alike_are_alike(void **state)
{
	static const char *const pairs[][2] = {
		{ "ctrl-i", "tab" },	 { "ctrl-m", "enter" },	    { "ctrl-j", "enter" },
		{ "ctrl-[", "esc" },	 { "ctrl-h", "backspace" }, { "ctrl-P", "ctrl-p" },
		{ "alt-ctrl-x", "ctrl-alt-x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct key a, b;

		assert_true(key_parse(pairs[i][0], &a));
		assert_true(key_parse(pairs[i][1], &b));
		assert_true(key_equal(a, b));
	}
}

static void other_words_are_no_keys(void **state)
{
	static const char *const bad[] = {
		"", "ctrl-", "shift-r", "shift-R", "f0", "f13", "f1x", "aa", "Enter", "ctrl",
		"ctrl-ctrl-a", "meta-a", " ", "\t", "\x1b", "\xff", "\xcc\x81", "escape ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct key key = { 'z', 7 };

		assert_false(key_parse(bad[i], &key));
		assert_int_equal(key.code, 'z');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_keys_are_the_same_thing),
		cmocka_unit_test(keys_that_arrive_alike_are_alike),
		cmocka_unit_test(other_words_are_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
