/*
 * tests/unit/core/command/yaml_test.c
 *	YAML is read strictly, with line and column, and written so that it reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/command/yaml.h"

static struct arena *mem;
static struct yaml_doc doc;
static struct err err;

static enum err_code read_text(const char *text)
{
	json_decref(doc.root);
	doc.root = NULL;
	err_clear(&err);
	return yaml_read(mem, text, strlen(text), "a.yaml", &doc, &err);
}

static void is_json(const char *yaml, const char *json)
{
	char *text;

	assert_int_equal(read_text(yaml), ERR_OK);
	text = json_dumps(doc.root, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, json);
	free(text);
}

static void refuses(const char *yaml, const char *why)
{
	assert_int_equal(read_text(yaml), ERR_CONFIG);
	assert_null(doc.root);
	if (strstr(err.frame[0].text, why) == NULL)
		fail_msg("'%s' is not in '%s'", why, err.frame[0].text);
}

static void values_are_typed(void **state)
{
	(void)state;
	is_json("a: 1\nb: 'text'\nc: true\nd: null\ne: 1.5\nf: [x, \"2\", 007x]\n",
		"{\"a\":1,\"b\":\"text\",\"c\":true,\"d\":null,\"e\":1.5,\"f\":[\"x\",\"2\",\"007x\"]}");
	is_json("a: yes\nb: 12:30\nc: 2026-01-01\nd: ~\ne:\n",
		"{\"a\":\"yes\",\"b\":\"12:30\",\"c\":\"2026-01-01\",\"d\":null,\"e\":null}");
	is_json("a: >-\n  one\n  two\nb: |\n  three\n", "{\"a\":\"one two\",\"b\":\"three\\n\"}");
	is_json("", "{}");
	is_json("# nothing\n", "{}");
	is_json("z: 1\na: 2\nm: 3\n", "{\"z\":1,\"a\":2,\"m\":3}");	/* order is kept */
}

static void strange_things_are_refused(void **state)
{
	(void)state;
	refuses("a: 1\nb: 2\na: 3\n", "a.yaml, line 3, column 1: a is given twice");
	refuses("a: &x 1\nb: *x\n", "anchors and aliases are not supported");
	refuses("b: *x\n", "line 1");
	refuses("a: !!str 1\n", "tags are not supported");
	refuses("a: 1\n---\nb: 2\n", "one document");
	refuses("a: [1, 2\n", "line");
	refuses("a: b: c\n", "line 1");
	refuses("\ta: 1\n", "line 1");
	refuses("? [a, b]\n: 1\n", "a key must be a text");
	refuses("a: \"x\\0y\"\n", "NUL");
}

static void nesting_has_an_end(void **state)
{
	char text[400];

	(void)state;
	memset(text, '[', 200);
	memset(text + 200, ']', 199);
	text[399] = '\0';
	refuses(text, "too many levels");
}

static void lines_of_values_are_known(void **state)
{
	(void)state;
	assert_int_equal(read_text("a:\n  b: 1\nc:\n\n  - 1\n"), ERR_OK);
	assert_int_equal(yaml_line_of(&doc, json_object_get(doc.root, "a")), 2);
	assert_int_equal(yaml_line_of(&doc, json_object_get(doc.root, "c")), 5);
	assert_int_equal(yaml_line_of(&doc, NULL), 0);
	assert_int_equal(read_text("a: {b: 1,\n  c: word}\n"), ERR_OK);
	assert_int_equal(yaml_line_of(&doc, json_object_get(json_object_get(doc.root, "a"), "c")),
			 2);
}

/* Texts that a reader could take for something else come back as they were. */
static void what_is_written_reads_back(void **state)
{
	static const char *const odd[] = {
		"", "null", "true", "yes", "no", "1", "-1.5", "1e3", "0x10", "~", " lead", "trail ",
		"a: b", "# c", "- d", "[e", "{f", "'g'", "\"h\"", "line\nbreak", "tab\there", "&x", "*y",
		"!z", "%", "@", "`", "ünïcödé", "\"Order Date\" | to_date('%d/%m/%Y')", "on", "2026-01-01",
	};
	json_t *value = json_object(), *list = json_array();
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_array_append_new(list, json_string(odd[i]));
		json_object_set_new(value, odd[i][0] != '\0' ? odd[i] : "empty",
				    json_integer((int)i));
	}
	json_object_set_new(value, "list", list);
	json_object_set_new(value, "none", json_array());
	json_object_set_new(value, "nothing", json_object());
	json_object_set_new(value, "real", json_real(0.5));
	json_object_set_new(value, "null value", json_null());
	assert_int_equal(yaml_write(&text, value, &err), ERR_OK);
	assert_int_equal(read_text(buf_str(&text)), ERR_OK);
	assert_true(json_equal(doc.root, value));
	buf_release(&text);
	json_decref(value);
}

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(doc.root);
	doc.root = NULL;
	arena_free(mem);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_typed),
		TEST(strange_things_are_refused),
		TEST(nesting_has_an_end),
		TEST(lines_of_values_are_known),
		TEST(what_is_written_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
