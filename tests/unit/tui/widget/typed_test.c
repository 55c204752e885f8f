/*
 * tests/unit/tui/widget/typed_test.c
 *	Words typed at their end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "tui/widget/typed.h"

static bool press(struct typed *t, const char *name)
{
	struct key k;

	assert_true(key_parse(name, &k));
	return typed_key(t, k);
}

static void characters_come_and_go(void **state)
{
	struct typed t = { 0 };

	(void)state;
	assert_true(press(&t, "a") && press(&t, "ö") && press(&t, "space") && press(&t, "日"));
	assert_string_equal(t.text, "aö 日");
	assert_true(press(&t, "backspace") && press(&t, "backspace"));
	assert_string_equal(t.text, "aö");
	press(&t, "backspace");
	assert_string_equal(t.text, "a");
	press(&t, "backspace");
	press(&t, "backspace");
	assert_string_equal(t.text, "");
	typed_set(&t, "one two  ");
	press(&t, "ctrl-w");
	assert_string_equal(t.text, "one ");
	press(&t, "ctrl-u");
	assert_int_equal(t.n, 0);
	assert_false(press(&t, "enter") || press(&t, "esc") || press(&t, "ctrl-a") ||
		     press(&t, "alt-x") || press(&t, "up") || press(&t, "shift-tab"));
	assert_int_equal(t.n, 0);
}

static void what_is_taken_out_is_wiped(void **state)
{
	struct typed t = { 0 };

	(void)state;
	typed_set(&t, "secret words");
	press(&t, "ctrl-w");
	assert_null(memchr(t.text + t.n, 'w', sizeof(t.text) - t.n));
	typed_clear(&t);
	for (size_t i = 0; i < sizeof(t.text); i++)
		assert_int_equal(t.text[i], 0);
}

static void a_paste_is_one_line(void **state)
{
	struct typed t = { 0 };

	(void)state;
	typed_paste(&t, "a\r\nb\rc\n\nd\te\033[31m\x7f\xff\xc2\x85 ö\n\n", 25);
	assert_string_equal(t.text, "a b c  d e[31m ö");
}

static void it_is_bounded(void **state)
{
	struct typed t = { 0 };
	static char big[3 * TYPED_MAX];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(big); i += 2)
		memcpy(big + i, "ö", 2);
	typed_paste(&t, big, sizeof(big));
	assert_int_equal(t.n, TYPED_MAX - 2);
	press(&t, "ö");
	press(&t, "a");
	assert_int_equal(t.n, TYPED_MAX - 1);
	press(&t, "a");
	assert_int_equal(t.n, TYPED_MAX - 1);
	assert_int_equal(t.text[t.n], '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_come_and_go),
		cmocka_unit_test(what_is_taken_out_is_wiped),
		cmocka_unit_test(a_paste_is_one_line),
		cmocka_unit_test(it_is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
