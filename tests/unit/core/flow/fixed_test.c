/*
 * tests/unit/core/flow/fixed_test.c
 *	Columns by their places: told, found, and lines that do not have them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/flow/fixed.h"

/* All rows as "a|b;", rejects as "#reason;"; data comes in pieces of `piece` bytes. */
static const char *read_all(struct arena *mem, const struct fixed *f, const char *text,
			    size_t piece)
{
	struct batch *b = batch_new(NULL, f->n, 100);
	struct csv_place place = { 1, 1, 0 };
	const char *out = "";
	size_t n = strlen(text), from = 0, to = 0;

	while (from < n || to < n) {
		uint32_t first = b->nrows;

		to = to + piece < n ? to + piece : n;
		from += fixed_scan_rows(f, NULL, text + from, to - from, to == n, &place, b, 100);
		for (uint32_t r = first; r < b->nrows; r++) {
			if (b->state[r] == ROW_REJECTED) {
				out = arena_printf(mem, "%s#%s;", out,
						   b->problem[b->nproblems - 1].reason);
				continue;
			}
			for (int c = 0; c < f->n; c++)
				out = arena_printf(mem, "%s%s%.*s", out, c > 0 ? "|" : "",
						   b->col[c].null[r] ? 1
						   : (int)b->col[c].v.text[r].n,
						   b->col[c].null[r] ? "~"
						   : b->col[c].v.text[r].p);
			out = arena_printf(mem, "%s;", out);
		}
	}
	batch_free(b);
	return out;
}

static void lines_are_cut_at_places(void **state)
{
	static const struct {
		const char *columns;
		bool in_bytes;
		const char *text;
		const char *rows;
	} cases[] = {
		{ "id:1-3,name:4-8,n:9-12", false, "001ann    12\n002bob     7\r\n", "001|ann|12;002|bob|7;" },
		{ "id:1-3,n:9-12", false, "001      12\n\n001xxxxx12\n",
		  "001|12;#has text outside of its columns;" },
		{ "id:1-3,name:4-6,n:7-8", false, "1     12\n  2bob  \n", "1|~|12;2|bob|~;" },
		{ "id:1-3,n:4-6", false, "001\n0011", "#ends before the column n, which begins at 4;001|1;" },
		{ "id:1-2,n:3-4", false, "0112x\n0112  \n", "#has text outside of its columns;01|12;" },
		{ "a:1-2,b:3-4", false, "\xc3\xa9\xc3\xa8\xc3\xa0x\n", "\xc3\xa9\xc3\xa8|\xc3\xa0x;" },
		{ "a:1-2,b:3-4", true, "\xc3\xa9xy\n", "\xc3\xa9|xy;" },
		{ "a:1-1,b:2-3", true, "\xc3\xa9x\n", "#a character is cut by the edge of the column;" },
		{ "a:1-1,b:2-3", false, "x\xff\xff\n", "#is not UTF-8, or holds a NUL byte;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece = 1; piece < 40; piece += 6) {
			struct arena *mem = arena_new(NULL, "test");
			struct err err = { 0 };
			struct fixed f;

			assert_int_equal(fixed_read(mem, cases[i].columns, &f, &err), ERR_OK);
			f.in_bytes = cases[i].in_bytes;
			assert_string_equal(read_all(mem, &f, cases[i].text, piece), cases[i].rows);
			arena_free(mem);
		}
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "id", "id:", ":1-2", "id:0-2", "id:3-2", "id:1-2x", "a:1-3,b:3-4", "a:1-2,a:3-4",
		"a:1-2,b:2000000",
	};
	struct arena *mem = arena_new(NULL, "test");
	struct fixed f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		assert_int_equal(fixed_read(mem, bad[i], &f, &err), ERR_CONFIG);
	}
	arena_free(mem);
}

static void columns_are_found_between_blanks(void **state)
{
	static const char text[] = "id   name       net\n"
				   "1    ann       12.5\n"
				   "22   bob smith  7.0\n";
	struct arena *mem = arena_new(NULL, "test");
	struct fixed f;
	int lines;

	(void)state;
	assert_true(fixed_find(mem, text, sizeof(text) - 1, true, &f, &lines));
	assert_int_equal(lines, 3);
	assert_int_equal(f.n, 3);
	assert_true(f.col[0].from == 1 && f.col[0].to == 2);
	assert_true(f.col[1].from == 6 && f.col[1].to == 14);
	assert_true(f.col[2].from == 16 && f.col[2].to == 19);
	assert_true(fixed_has_header(&f, text, sizeof(text) - 1));
	assert_false(fixed_has_header(&f, text + 20, sizeof(text) - 21));
	assert_false(fixed_find(mem, "abc\ndef\n", 8, true, &f, &lines));
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_at_places),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(columns_are_found_between_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
