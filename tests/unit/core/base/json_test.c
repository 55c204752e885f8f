/*
 * tests/unit/core/base/json_test.c
 *	JSON: strict reading, messages with the path, equal bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"

static json_t *parse(const char *text)
{
	struct err err = { 0 };
	json_t *root;

	assert_int_equal(js_parse(&root, text, strlen(text), "test", &err), ERR_OK);
	return root;
}

static void bad_text_says_where(void **state)
{
	static const char *const bad[] = {
		"", "{", "{} x", "{\"a\":1,\"a\":2}", "[1,]", "{'a':1}", "nul", "\"\\ud800\"",
		"[99999999999999999999]", "\"\xff\"", "\"a\\u0000b\"", "[1e999]",
	};
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *root = NULL;

		assert_int_equal(js_parse(&root, bad[i], strlen(bad[i]), "my text", &err),
				 ERR_CONFIG);
		assert_null(root);
		assert_non_null(strstr(err.frame[0].text, "my text: line "));
	}
}

static void nesting_has_a_limit(void **state)
{
	char deep[2 * JS_MAX_DEPTH + 3];
	struct err err = { 0 };
	json_t *root;

	(void)state;
	memset(deep, '[', JS_MAX_DEPTH);
	memset(deep + JS_MAX_DEPTH, ']', JS_MAX_DEPTH);
	assert_int_equal(js_parse(&root, deep, 2 * JS_MAX_DEPTH, "t", &err), ERR_OK);
	json_decref(root);
	memset(deep, '[', JS_MAX_DEPTH + 1);
	memset(deep + JS_MAX_DEPTH + 1, ']', JS_MAX_DEPTH + 1);
	assert_int_equal(js_parse(&root, deep, 2 * JS_MAX_DEPTH + 2, "t", &err), ERR_CONFIG);
	assert_null(root);
	/* Brackets inside a text do not count, nor does an escaped quote end it. */
	memset(deep, '[', sizeof(deep));
	deep[0] = '"';
	deep[1] = '\\';
	deep[2] = '"';
	deep[sizeof(deep) - 1] = '"';
	assert_int_equal(js_parse(&root, deep, sizeof(deep), "t", &err), ERR_OK);
	json_decref(root);
}

static void paths_walk_objects_and_lists(void **state)
{
	json_t *root = parse("{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":\"y\"}]},\"n\":null}");
	const char *text = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(js_need_text(root, "a.b.1.c", &text, &err), ERR_OK);
	assert_string_equal(text, "y");
	assert_null(js_at(root, "a.b.2.c"));
	assert_null(js_at(root, "a.b.-1"));
	assert_null(js_at(root, "a.b.99999999999999999999"));
	assert_null(js_at(root, "a.b.x"));
	assert_null(js_at(root, "a..b"));
	assert_null(js_at(root, "a.b.1.c.d"));
	assert_ptr_equal(js_at(root, ""), root);
	json_decref(root);
}

static void wrong_types_name_the_path(void **state)
{
	json_t *root = parse("{\"a\":{\"n\":\"12\",\"t\":3,\"b\":1,\"r\":1.5},\"z\":null}");
	const char *text = "kept";
	int64_t number = 7;
	bool flag = true;
	json_t *value;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(js_need_int(root, "a.n", &number, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "a.n must be a whole number, not a text");
	assert_int_equal(js_need_int(root, "a.r", &number, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text,
			    "a.r must be a whole number, not a number with decimals");
	assert_int_equal(js_opt_text(root, "a.t", &text, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "a.t must be a text, not a whole number");
	assert_int_equal(js_opt_bool(root, "a.b", &flag, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "a.b must be true or false, not a whole number");
	assert_int_equal(js_need_list(root, "a", &value, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "a must be a list, not an object");
	assert_int_equal(js_need_object(root, "a.n", &value, &err), ERR_CONFIG);
	assert_int_equal(js_need_text(root, "z", &text, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "z is missing");
	assert_string_equal(text, "kept");
	assert_int_equal(number, 7);
	assert_true(flag);
	json_decref(root);
}

static void missing_options_keep_what_the_caller_set(void **state)
{
	json_t *root = parse("{\"z\":null,\"on\":false,\"i\":-9223372036854775808}");
	const char *text = "default";
	int64_t number = 5;
	bool flag = true;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(js_opt_text(root, "z", &text, &err), ERR_OK);
	assert_int_equal(js_opt_int(root, "y.x", &number, &err), ERR_OK);
	assert_int_equal(js_opt_bool(root, "w", &flag, &err), ERR_OK);
	assert_string_equal(text, "default");
	assert_int_equal(number, 5);
	assert_true(flag);
	assert_int_equal(js_need_bool(root, "on", &flag, &err), ERR_OK);
	assert_false(flag);
	assert_int_equal(js_need_int(root, "i", &number, &err), ERR_OK);
	assert_true(number == INT64_MIN);
	json_decref(root);
}

static void unknown_keys_are_told(void **state)
{
	static const char *const names[] = { "from", "to", NULL };
	json_t *root = parse("{\"p\":{\"from\":1,\"too\":2},\"q\":{\"to\":1}}");
	struct err err = { 0 };

	(void)state;
	assert_int_equal(js_only_keys(root, "q", names, &err), ERR_OK);
	assert_int_equal(js_only_keys(root, "p", names, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "p.too is not known");
	assert_int_equal(js_only_keys(root, "", names, &err), ERR_CONFIG);
	assert_int_equal(js_only_keys(root, "r", names, &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "r is missing");
	json_decref(root);
}

static void equal_values_give_equal_bytes(void **state)
{
	json_t *a = parse("{ \"b\" : [1, true, null], \"a\" : \"\xc3\xa9\" }");
	json_t *b = parse("{\"a\":\"\\u00e9\",\"b\":[1,true,null]}");
	struct err err = { 0 };
	struct buf x, y, small;

	(void)state;
	buf_init(&x, 1000);
	buf_init(&y, 1000);
	buf_init(&small, 12);
	assert_int_equal(js_write(&x, a, &err), ERR_OK);
	assert_int_equal(js_write(&y, b, &err), ERR_OK);
	assert_string_equal(buf_str(&x), "{\"a\":\"\xc3\xa9\",\"b\":[1,true,null]}");
	assert_string_equal(buf_str(&x), buf_str(&y));
	buf_adds(&small, "kept");
	assert_int_equal(js_write(&small, a, &err), ERR_LIMIT);
	assert_string_equal(buf_str(&small), "kept");
	buf_release(&x);
	buf_release(&y);
	buf_release(&small);
	json_decref(a);
	json_decref(b);
}

static void expect_text(const char *in, size_t n, size_t max, unsigned how, const char *want)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(js_text(&out, (struct slice){ in, n }, max, how, &err), ERR_OK);
	assert_string_equal(buf_str(&out), want);
	buf_clear(&out);
	if (max >= n) {
		js_add_text(&out, (struct slice){ in, n }, how);
		assert_string_equal(buf_str(&out), want);
	}
	buf_release(&out);
}

static void any_bytes_become_a_text(void **state)
{
	(void)state;
	expect_text("", 0, 10, 0, "\"\"");
	expect_text("plain \xc3\xa9", 8, 10, 0, "\"plain \xc3\xa9\"");
	expect_text("a\"b\\c\n\r\t\x01", 9, 10, 0, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\"");
	expect_text("\0x", 2, 10, 0, "\"\\u0000x\"");
	expect_text("\0x", 2, 10, JS_TEXT_NO_NUL, "\"\xe2\x90\x80x\"");
	/* DEL, C1 and what lies right beside them. */
	expect_text("~\x7f\xc2\x80\xc2\x9f\xc2\xa0", 8, 10, 0,
		    "\"~\\u007f\\u0080\\u009f\xc2\xa0\"");
	expect_text("\xc3\xa9\xff", 3, 10, 0, "\"\xc3\xa9\xef\xbf\xbd\"");
	expect_text("\xc3\xa9\xff", 3, 10, JS_TEXT_AS_IS, "\"\xc3\xa9\xff\"");
	expect_text("abcdef", 6, 3, 0, "\"abc\xe2\x80\xa6\"");
	/* Never half of one. */
	expect_text("ab\xc3\xa9z", 5, 3, 0, "\"ab\xc3\xa9\xe2\x80\xa6\"");
}

static void a_text_past_the_limit_is_told(void **state)
{
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(js_text(&out, slice_of("0123456789"), 100, 0, &err), ERR_LIMIT);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_text_says_where),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(paths_walk_objects_and_lists),
		cmocka_unit_test(wrong_types_name_the_path),
		cmocka_unit_test(missing_options_keep_what_the_caller_set),
		cmocka_unit_test(unknown_keys_are_told),
		cmocka_unit_test(equal_values_give_equal_bytes),
		cmocka_unit_test(any_bytes_become_a_text),
		cmocka_unit_test(a_text_past_the_limit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
