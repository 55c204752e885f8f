/*
 * tests/unit/core/flow/jsonl_test.c
 *	JSON text that is right, wrong, deep and cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/json_text.h"
#include "core/flow/jsonl.h"

/* NULL: the text is one value and nothing else. */
static const char *wrong_with(const char *p, size_t n)
{
	struct arena *mem = arena_new(NULL, "walk");
	struct json_walk w = { .p = p, .n = n, .mem = mem };
	struct json_value v;
	const char *reason;

	json_walk_value(&w, &v);
	json_walk_space(&w);
	reason = w.reason != NULL ? w.reason : w.at < n ? "something behind" : NULL;
	arena_free(mem);
	return reason;
}

static void values_are_right_or_wrong(void **state)
{
	static const char *const right[] = {
		"0", "-0", "1.5e+10", "1E9", "\"\"", "\"\\u00e9\\n\"", "[]", "{}", "[[],{}]", "null",
		"{\"a\": [1, {\"b\": null}], \"c\": \"\"}", " [ 1 , 2 ] ", "[\"\\ud83d\\ude00\"]",
	};
	static const char *const wrong[] = {
		"", "01", "+1", "1.", ".5", "1e", "-", "\"", "\"\\x\"", "\"\\u12\"", "\"\t\"", "[1,]", "[,1]",
		"{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[1 2]", "tru", "nul", "NaN", "[1]]",
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[{\"x\":{\"y\":1,\"y\":2}}]",
			"'a'", "[1}", "{]",
		"// c\n1", "{\"\\u0000\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (wrong_with(right[i], strlen(right[i])) != NULL)
			fail_msg("%s: %s", right[i], wrong_with(right[i], strlen(right[i])));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (wrong_with(wrong[i], strlen(wrong[i])) == NULL)
			fail_msg("%s is taken", wrong[i]);
}

static void depth_has_an_end(void **state)
{
	char text[2 * (JSONL_DEPTH_MAX + 1)];

	(void)state;
	memset(text, '[', sizeof(text) / 2);
	memset(text + sizeof(text) / 2, ']', sizeof(text) / 2);
	assert_null(wrong_with(text + 1, sizeof(text) - 2));
	assert_string_equal(wrong_with(text, sizeof(text)), "it nests too deep");
	memset(text, '[', sizeof(text));
	assert_non_null(wrong_with(text, sizeof(text)));
}

/* Texts made of pieces of JSON: the walker and jansson must be of one mind. */
static void the_walker_and_jansson_agree(void **state)
{
	static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-2.5e3",
		"null", "true", "\"\\n\"", "\"\\u00e9\"", " ", "0", "\"\\ud800\"", "{\"a\":", "[1," };
	uint64_t seed = 77;
	int taken = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char text[200];
		size_t n = 0;
		json_error_t why;
		json_t *j;
		bool is_right;

		for (seed = seed * 6364136223846793005u + 1442695040888963407u; n < 100;) {
			const char *piece =
				pieces[(seed >> 33) % (sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + n, piece, strlen(piece));
			n += strlen(piece);
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if ((seed >> 40) % 6 == 0)
				break;
		}
		j = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
		is_right = wrong_with(text, n) == NULL;
		/*
		 * Values are only unescaped when a column wants them: half pairs show
		 * there. And numbers are not computed, so that none is too big.
		 */
		if (is_right != (j != NULL) && memmem(text, n, "ud800", 5) == NULL &&
		    json_error_code(&why) != json_error_numeric_overflow)
			fail_msg("%.*s: %s here, %s there", (int)n, text, is_right ? "right" : "wrong",
				 j != NULL ? "right" : "wrong");
		taken += is_right;
		json_decref(j);
	}
	assert_true(taken > 2000);
}

static void rows_come_whole_whatever_the_pieces(void **state)
{
	static const char text[] =
		"{\"id\": 1, \"name\": \"a\\u00e9\", \"tags\": [1, 2]}\n\n"
		"{\"name\": null, \"id\": 12345678901234567890.10}\r\n"
		"{\"tags\": {\"x\": \"}\"}, \"id\": true}";
	static const char *const names[] = { "id", "name", "tags" };
	static const char *const expected[3][3] = {
		{ "1", "a\xc3\xa9", "[1, 2]" }, { "12345678901234567890.10", NULL, NULL },
		{ "true", NULL, "{\"x\": \"}\"}" },
	};
	struct batch *b = batch_new(NULL, 3, 1);
	const char **found;
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	assert_int_equal(jsonl_fields(mem, text, sizeof(text) - 1, false, &found), 3);
	assert_string_equal(found[2], "tags");
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct jsonl *j = jsonl_new(mem, 3, names, false);
		struct csv_place place = { .row = 1, .line = 1 };
		size_t from = 0, to = 0;
		int row = 0;

		while (from < sizeof(text) - 1) {
			size_t used;

			to = to + piece < sizeof(text) - 1 ? to + piece : sizeof(text) - 1;
			batch_reset(b);
			place.offset = (int64_t)from;
			used = jsonl_scan_rows(j, text + from, to - from, to == sizeof(text) - 1,
					       &place, b, 1);
			for (int c = 0; c < 3 && b->nrows == 1; c++) {
				assert_int_equal(b->col[c].null[0], expected[row][c] == NULL);
				if (expected[row][c] != NULL)
					assert_true(slice_is(b->col[c].v.text[0],
							     expected[row][c]));
			}
			assert_int_equal(b->nproblems, 0);
			row += (int)b->nrows;
			from += used;
		}
		assert_int_equal(row, 3);
		assert_int_equal(place.line, 5);
		assert_int_equal(jsonl_kinds(j, 2), JSONL_NESTED);
		assert_int_equal(jsonl_kinds(j, 0), JSONL_NUMBER | JSONL_BOOL);
	}
	batch_free(b);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_right_or_wrong),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(the_walker_and_jansson_agree),
		cmocka_unit_test(rows_come_whole_whatever_the_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
