/*
 * tests/unit/core/flow/jsondoc_test.c
 *	Rows of documents, cut into pieces everywhere, and documents that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/jsondoc.h"

#define COLUMNS 3

static const char *const names[] = { "a", "b", "c.d" };

/* Rows as "a|b|c;", rejects as "#reason;", a fault as "!line:offset reason"; in pieces. */
static const char *read_all(struct arena *mem, const char *text, const char *rows_at,
			    size_t piece)
{
	struct jsonl *rows = jsonl_new(mem, COLUMNS, names, false);
	struct jsondoc *j = jsondoc_new(mem, rows, rows_at);
	struct batch *b = batch_new(NULL, COLUMNS, 2);
	struct csv_place place = { 1, 1, 0 };
	size_t n = strlen(text), from = 0, to = 0;
	const char *out = "", *why;
	int64_t line, offset;

	jsonl_set(rows, true, true);
	for (int quiet = 0; quiet < 3;) {
		size_t used;

		batch_reset(b);
		to = to + piece < n ? to + piece : n;
		place.offset = (int64_t)from;
		used = jsondoc_scan_rows(j, text + from, to - from, to == n, &place, b, 2);
		from += used;
		for (uint32_t r = 0; r < b->nrows; r++) {
			if (b->state[r] == ROW_REJECTED) {
				uint32_t i = 0;

				while (b->problem[i].row != r)
					i++;
				out = arena_printf(mem, "%s#%s;", out, b->problem[i].reason);
				continue;
			}
			for (int c = 0; c < COLUMNS; c++)
				out = arena_printf(mem, "%s%s%.*s", out, c > 0 ? "|" : "",
						   b->col[c].null[r] ? 1
						   : (int)b->col[c].v.text[r].n,
						   b->col[c].null[r] ? "~"
						   : b->col[c].v.text[r].p);
			out = arena_printf(mem, "%s;", out);
		}
		quiet = to == n && b->nrows == 0 && used == 0 ? quiet + 1 : 0;
	}
	why = jsondoc_fault(j, &line, &offset);
	if (why != NULL)
		out = arena_printf(mem, "%s!%lld:%lld %s", out, (long long)line,
				   (long long)offset, why);
	batch_free(b);
	return out;
}

static void rows_come_out_of_documents(void **state)
{
	static const struct {
		const char *text;
		const char *rows_at;
		const char *rows;
	} cases[] = {
		{ "[{\"a\":1,\"b\":\"x\"}, {\"b\":null,\n\"a\":2}]", "", "1|x|~;2|~|~;" },
		{ "[]", "", "" },
		{ " [ ] \n", "", "" },
		{ "{\"a\":1}", "", "1|~|~;" },
		{ "{\"n\":3,\"data\":{\"x\":[1,[2]],\"rows\":[{\"a\":1}],\"y\":{}},\"z\":\"}\"}", "/data/rows",
		  "1|~|~;" },
		{ "{\"rows\":{\"a\":7}}", "/rows", "7|~|~;" },
		{ "{\"q\":{\"rows\":[{\"a\":0}]},\"rows\":[{\"a\":1}]}", "/rows", "1|~|~;" },
		{ "{\"a/b\":[{\"a\":1}]}", "/a~1b", "1|~|~;" },
		/* Exact numbers, nested values, escapes. */
		{ "[{\"a\":12345678901234567890.10,\"b\":[1,{\"x\":\"]\"}],\"c\":{\"d\":\"\\u00e9\"}}]", "",
		  "12345678901234567890.10|[1,{\"x\":\"]\"}]|\xc3\xa9;" },
		/* Rows that are broken leave the others alone. */
		{ "[{\"a\":01},{\"a\":1},5,\"x\",[{}],{\"a\":1,\"a\":2},{\"a\":3}]", "",
		  "#is not a JSON row: a number begins with 0 (line 1, byte 8 of it);1|~|~;"
		  "#is not a JSON row: it must be an object (line 1, byte 1 of it);"
		  "#is not a JSON row: it must be an object (line 1, byte 1 of it);"
		  "#is not a JSON row: it must be an object (line 1, byte 1 of it);"
		  "#is not a JSON row: an object has a key twice (line 1, byte 13 of it);3|~|~;" },
		{ "[{\"c\":{\"d\":1},\"c\":{}}]", "",
		  "#is not a JSON row: an object has a key twice (line 1, byte 18 of it);" },
		/* What is wrong around them. */
		{ "[{\"a\":1}\n,{\"a\":2", "", "1|~|~;!2:10 the document ends within what starts there" },
		{ "[{\"a\":1},", "", "1|~|~;!1:9 the document ends before it is complete" },
		{ "[{\"a\":1}]\n]", "", "1|~|~;!2:10 something stands behind the document" },
		{ "[{\"a\":1} {\"a\":2}]", "", "1|~|~;!1:9 a comma or the closing bracket was expected" },
		{ "[{\"a\":1},]", "", "1|~|~;!1:9 a value was expected" },
		{ "{\"x\":1}", "/rows", "!1:7 there is no such place in the document" },
		{ "{\"rows\":5}", "/rows", "!1:8 where the rows should be is no array of objects" },
		{ "{\"rows\":[{\"a\":1}],\"rows\":[]}", "/rows",
		  "1|~|~;!1:18 the name of the rows comes twice" },
		{ "{\"x\":tru,\"rows\":[]}", "/rows", "!1:5 a value was expected" },
		{ "", "", "!1:0 the document ends before it is complete" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece = 1; piece < 50; piece += piece < 5 ? 1 : 11) {
			struct arena *mem = arena_new(NULL, "test");
			const char *got = read_all(mem, cases[i].text, cases[i].rows_at, piece);

			if (strcmp(got, cases[i].rows) != 0)
				fail_msg("%s in pieces of %zu: %s", cases[i].text, piece, got);
			arena_free(mem);
		}
	}
}

static void deep_nesting_ends(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	char *deep = arena_bytes(mem, 3001);
	const char *got;

	(void)state;
	memset(deep, '[', 3000);
	memcpy(deep, "{\"x\":", 5);
	deep[3000] = '\0';
	got = read_all(mem, deep, "/rows", 100);
	assert_non_null(strstr(got, "it nests too deep"));
	arena_free(mem);
}

static void places_and_names_are_found(void **state)
{
	static const char text[] = "{\"n\":[1],\"data\":{\"a/b\":[ {\"x\":{\"y\":1,\"z\":[{\"k\":1}]}},"
				   "{\"w\":2,\"x\":{}} ]},\"e\":[[{\"q\":1}]],\"more\":[{\"m\":1}";
	struct arena *mem = arena_new(NULL, "test");
	const char *place[JSONDOC_PLACES_MAX], **found;

	(void)state;
	assert_int_equal(jsondoc_places(mem, text, sizeof(text) - 1, place), 2);
	assert_string_equal(place[0], "/data/a~1b");
	assert_string_equal(place[1], "/more");
	assert_int_equal(jsondoc_places(mem, "[{}]", 4, place), 1);
	assert_string_equal(place[0], "");
	assert_int_equal(jsondoc_fields(mem, text, sizeof(text) - 1, "/data/a~1b", true, &found),
			 3);
	assert_string_equal(found[0], "x.y");
	assert_string_equal(found[1], "x.z");
	assert_string_equal(found[2], "w");
	assert_int_equal(jsondoc_fields(mem, text, sizeof(text) - 1, "/data/a~1b", false, &found),
			 2);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_out_of_documents),
		cmocka_unit_test(deep_nesting_ends),
		cmocka_unit_test(places_and_names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
