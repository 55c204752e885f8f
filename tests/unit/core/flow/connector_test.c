/*
 * tests/unit/core/flow/connector_test.c
 *	Settings by name, and the list of connectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/connector.h"

static const struct param_spec spec[] = {
	{ "path", PARAM_TEXT, "!", NULL, "The file's place." },
	{ "skip", PARAM_INT, "3", NULL, "Lines to skip." },
	{ "strict", PARAM_BOOL, "yes", NULL, "Refuse more." },
	{ "header", PARAM_CHOICE, "auto", "auto|yes|no", "First row." },
	{ "note", PARAM_TEXT, NULL, NULL, "Anything." },
	{ 0 },
};

static void presets_fill_what_is_not_given(void **state)
{
	struct param p[] = { { "path", "x" }, { "strict", "Off" } };
	struct params in = { .n = 2, .p = p };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(params_check(&in, spec, "connection a", &err), ERR_OK);
	assert_string_equal(params_get(&in, spec, "path"), "x");
	assert_int_equal(params_int(&in, spec, "skip"), 3);
	assert_false(params_bool(&in, spec, "strict"));
	assert_true(params_bool(NULL, spec, "strict"));
	assert_null(params_get(&in, spec, "note"));
	assert_null(params_get(NULL, spec, "path"));
	assert_null(params_get(&in, spec, "unheard"));
}

static void wrong_settings_are_named(void **state)
{
	static const struct {
		struct param p[2];
		int n;
		const char *says;
	} bad[] = {
		{ { { "pth", "x" } }, 1, "no setting pth" },
		{ { { "path", "x" }, { "skip", "3x" } }, 2, "skip must be a whole number" },
		{ { { "path", "x" }, { "skip", "99999999999999999999" } }, 2, "whole number" },
		{ { { "path", "x" }, { "strict", "maybe" } }, 2, "strict must be yes or no" },
		{ { { "path", "x" }, { "header", "au" } }, 2, "one of auto|yes|no" },
		{ { { "path", "x" }, { "path", "y" } }, 2, "path is given twice" },
		{ { { "path", NULL } }, 1, "path has no value" },
		{ { { "skip", "1" } }, 1, "path is missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct param p[2] = { bad[i].p[0], bad[i].p[1] };
		struct params in = { .n = bad[i].n, .p = p };
		struct err err = { 0 };

		assert_int_equal(params_check(&in, spec, "here", &err), ERR_CONFIG);
		assert_non_null(strstr(err.frame[0].text, bad[i].says));
	}
}

static void the_list_is_searched_by_type(void **state)
{
	static const struct conn_ops a = { .type = "a" }, b = { .type = "b" };
	static const struct conn_ops *const list[] = { &a, &b, NULL };

	(void)state;
	assert_null(connector_find("a"));
	assert_null(connector_all()[0]);
	connector_install(list);
	assert_ptr_equal(connector_find("b"), &b);
	assert_null(connector_find("c"));
	assert_ptr_equal(connector_all()[0], &a);
	connector_install(NULL);
	assert_null(connector_find("a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_fill_what_is_not_given),
		cmocka_unit_test(wrong_settings_are_named),
		cmocka_unit_test(the_list_is_searched_by_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
