/*
 * tests/unit/tui/term/colour_test.c
 *	Colours have the values that terminals give them, and near is near.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/term/colour.h"

static void colours_are_read(void **state)
{
	static const char *const bad[] = { "", "pink", "256", "-1", "#12345", "#1234567", "#12345g",
					   "Red", "1x", "bright-", "#" };
	int c;

	(void)state;
	assert_true(colour_parse("default", &c));
	assert_int_equal(c, THEME_DEFAULT_COLOUR);
	assert_true(colour_parse("bright-blue", &c));
	assert_int_equal(c, 12);
	assert_true(colour_parse("255", &c));
	assert_int_equal(c, 255);
	assert_true(colour_parse("#00000A", &c));
	assert_int_equal(c, THEME_RGB | 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(colour_parse(bad[i], &c));
}

static void values_are_those_of_the_palette(void **state)
{
	(void)state;
	assert_int_equal(colour_rgb(16), 0x000000);
	assert_int_equal(colour_rgb(74), 0x5fafd7);
	assert_int_equal(colour_rgb(231), 0xffffff);
	assert_int_equal(colour_rgb(232), 0x080808);
	assert_int_equal(colour_rgb(255), 0xeeeeee);
	assert_int_equal(colour_rgb(THEME_RGB | 0x123456), 0x123456);
}

static void contrast_is_what_wcag_says(void **state)
{
	(void)state;
	assert_float_equal(colour_contrast(0x000000, 0xffffff), 21.0, 0.001);
	assert_float_equal(colour_contrast(0x777777, 0xffffff), 4.478, 0.001);
	assert_float_equal(colour_contrast(0x767676, 0x767676), 1.0, 0.001);
	assert_float_equal(colour_distance(0x000000, 0xffffff), 1.0, 0.001);
}

static void the_nearest_is_taken(void **state)
{
	(void)state;
	for (int i = 16; i < 256; i++) {
		int near = colour_fit(THEME_RGB | colour_rgb(i), LADDER_256);

		assert_int_equal(colour_rgb(near), colour_rgb(i));
	}
	assert_int_equal(colour_fit(THEME_RGB | 0x60b0d8, LADDER_256), 74);
	assert_int_equal(colour_fit(196, LADDER_16), 9);
	assert_int_equal(colour_fit(196, LADDER_8), 1);
	assert_int_equal(colour_fit(238, LADDER_8), 0);
	/* Named ones are whatever the terminal makes of them. */
	assert_int_equal(colour_fit(3, LADDER_256), 3);
	assert_int_equal(colour_fit(THEME_DEFAULT_COLOUR, LADDER_8), THEME_DEFAULT_COLOUR);
	assert_int_equal(colour_fit(196, LADDER_MONO), THEME_DEFAULT_COLOUR);
	assert_int_equal(colour_fit(THEME_RGB | 5, LADDER_TRUE), THEME_RGB | 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_are_read),
		cmocka_unit_test(values_are_those_of_the_palette),
		cmocka_unit_test(contrast_is_what_wcag_says),
		cmocka_unit_test(the_nearest_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
