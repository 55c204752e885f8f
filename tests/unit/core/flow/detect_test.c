/*
 * tests/unit/core/flow/detect_test.c
 *	What files look like, as a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/detect.h"

static void formats_are_found(void **state)
{
	static const struct {
		const char *text;
		const char *note;
	} samples[] = {
		{ "id,name,city\n1,ann,x\n2,bob,y\n3,cy,z\n",
		  "csv, comma (sure), header (sure), utf-8 (sure), lf" },
		{ "id;name;price\r\n1;ann;1,5\r\n2;bob;2,5\r\n3;cy;3,5\r\n",
		  "csv, semicolon (sure), header (sure), utf-8 (sure), crlf" },
		/* As many commas as semicolons: the header has none. */
		{ "price;amount\n1,5;2,5\n2,5;3,5\n3,5;4,5\n",
		  "csv, semicolon (sure), header (sure), utf-8 (sure), lf" },
		/* Times: the colons are as regular as the commas. */
		{ "id,at\n1,12:30\n2,12:40\n3,12:50\n",
		  "csv, comma (sure), header (sure), utf-8 (sure), lf" },
		{ "a\tb\n1\tx, y\n2\tx, y\n3\tx, y\n",
		  "csv, tab (sure), header (sure), utf-8 (sure), lf" },
		{ "1,2,3\n4,5,6\n7,8,9\n", "csv, comma (sure), no header (sure), utf-8 (sure), lf" },
		{ "name,city\nann,berlin\nbob,paris\n",
		  "csv, comma (sure), header (likely), utf-8 (sure), lf" },
		/* The first row says what later rows say again: it is a row. */
		{ "red,yes\nblue,no\nred,yes\ngreen,no\n",
		  "csv, comma (sure), no header (likely), utf-8 (sure), lf" },
		{ "name,note\nann,\"a, b; c\"\nbob,\"d;\ne\"\ncy,f\n",
		  "csv, comma (sure), header (likely), utf-8 (sure), lf" },
		{ "text\nhello world\nagain\n", "csv, comma (guess), header (likely), utf-8 (sure), lf" },
		{ "a,b\n1,2\r\n3,4\n", "csv, comma (sure), header (sure), utf-8 (sure), mixed line ends" },
		{ "a,b\r1,2\r3,4\r", "csv, comma (sure), header (sure), utf-8 (sure), cr" },
		{ " {\"a\": 1}\n", "json lines (sure), utf-8 (sure), lf" },
		{ "{a}|b\n1|2\n3|4\n", "csv, pipe (sure), header (sure), utf-8 (sure), lf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct arena *mem = arena_new(NULL, "test");
		struct detect_set set = { .quote = '"' };
		struct detection found;
		struct err err = { 0 };
		size_t n = strlen(samples[i].text);

		assert_int_equal(detect_charset(samples[i].text, n, true, &set, &found, &err),
				 ERR_OK);
		detect_format(mem, samples[i].text, n, true, &set, &found);
		assert_string_equal(found.note, samples[i].note);
		arena_free(mem);
	}
}

/* What stands around the rows: the end of the note, and where the header is. */
static void surroundings_are_found(void **state)
{
	static const struct {
		const char *text;
		const char *unusual;	/* part of the note */
		int64_t skip;
		int footer;
		int tables;
	} samples[] = {
		{ "Sales\n\nid,name,n\n1,a,2\n2,b,3\n", "skip 2 (sure)", 2, 0, 0 },
		{ "Sales,,\nid,name,n\n1,a,2\n2,b,3\n", "skip 1 (likely)", 1, 0, 0 },
		{ "x\n1,2\n3,4\n", "skip 1 (likely)", 1, 0, 0 },
		/* A value alone in its row, or a short header, may be data. */
		{ "1\n1,2\n3,4\n", "lf", 0, 0, 0 },
		{ "id,name\n1,a,2\n2,b,3\n", "lf", 0, 0, 0 },
		{ "a,,b,\nx,y,z,q\n1,2,3,4\n5,6,7,8\n", "several header rows (likely)", 0, 0, 0 },
		{ "id,name,n\n1,a,2\n2,b,3\nTotal,,5\n", "footer 1 (likely)", 0, 1, 0 },
		{ "id,name,n\n1,a,2\n2,b,3\n\nmade today\n\n", "footer 1 (likely)", 0, 1, 0 },
		{ "id,name,n\n1,a,2\n2,Total,3\n", "lf", 0, 0, 0 },
		{ "id,name,n\n1,a,2\n2,b\n", "lf", 0, 0, 0 },
		{ "id,name\n1,a,\n2,b,\n", "ragged fill (sure)", 0, 0, 0 },
		{ "a,b\n1,2\n\nx,y,z\n1,2,3\n", "table 1 (guess)", 0, 0, 2 },
		{ "a,b\n1,2\n\na,b\n3,4\n", "lf", 0, 0, 1 },
		{ "a,b\n1,\"x \\\"y\\\", z\"\n2,\"q\"\n3,\"w\"\n", "escape backslash (likely)",
		  0, 0, 0 },
		{ "a,b\n1,'x, y'\n2,'q'\n3,'w'\n", "quote ' (sure)", 0, 0, 0 },
		{ "a,b\n1,\"x\" y\n2,z\n3,w\n", "quote none (likely)", 0, 0, 0 },
		{ "a,b\n1,\"x\" y\n2,\"z\"\n3,w\n", "lf", 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct arena *mem = arena_new(NULL, "test");
		struct detect_set set = { .quote = '"' };
		struct detection found;
		struct err err = { 0 };
		const char *text = samples[i].text;
		size_t n = strlen(text);
		const char *tail;

		assert_int_equal(detect_charset(text, n, true, &set, &found, &err), ERR_OK);
		detect_format(mem, text, n, true, &set, &found);
		detect_footer(mem, text + found.skip_bytes, n - found.skip_bytes, true, &set,
			      &found);
		tail = found.note;
		if (strstr(tail, samples[i].unusual) == NULL ||
		    (strcmp(samples[i].unusual, "lf") == 0 &&
		     strcmp(tail + strlen(tail) - 2, "lf") != 0))
			fail_msg("%s: %s", text, tail);
		if (samples[i].tables < 2)
			assert_int_equal(found.skip_lines, samples[i].skip);
		assert_int_equal(found.footer_lines, samples[i].footer);
		assert_int_equal(found.ntables, samples[i].tables > 1 ? samples[i].tables
				 : found.ntables);
		arena_free(mem);
	}
}

/* ---- any table in any dialect is read again as it was ------------------------------- */

#define P_ROWS 24
#define P_COLS 4

struct dialect {
	char delimiter, quote, escape;
	const char *line_end;
	int titles;
	bool quotes_all;
};

static uint32_t roll(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

static void put_cell(struct buf *out, const struct dialect *d, const char *text)
{
	char special[] = { d->delimiter, d->quote, '\n', '\r', '"', '\'', '\0' };

	if (!d->quotes_all && strpbrk(text, special) == NULL) {
		buf_adds(out, text);
		return;
	}
	buf_add(out, &d->quote, 1);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == d->quote || (d->escape != '\0' && *c == d->escape))
			buf_add(out, d->escape != '\0' ? &d->escape : c, 1);
		buf_add(out, c, 1);
	}
	buf_add(out, &d->quote, 1);
}

/* The first rows are words with a quote in them, so that a dialect can be seen at all. */
static const char *make_cell(struct arena *mem, uint32_t *seed, int r, int c,
			     const struct dialect *d)
{
	static const char *const pieces[] = { "a", "bc", " ", ",", ";", "|", "x y", "\xc3\xa9", "'", "\"",
					      "\n", "1", "." };
	const char *text = "v";

	if (c == 0)
		return arena_printf(mem, "%d", r + 1);
	if (c == 1)
		return arena_printf(mem, "%u.%02u", roll(seed, 1000), roll(seed, 100));
	if (c == 2)
		return arena_printf(mem, "w%c%u%c, z", d->quote, roll(seed, 50), d->quote);
	for (uint32_t i = roll(seed, 5); i > 0; i--)
		text = arena_printf(mem, "%s%s", text, pieces[roll(seed, 13)]);
	return text;
}

static void write_table(struct arena *mem, uint32_t *seed, const struct dialect *d,
			const char *cell[P_ROWS][P_COLS], struct buf *out)
{
	static const char *const names[P_COLS] = { "id", "net", "said", "note" };

	for (int i = 0; i < d->titles; i++)
		buf_addf(out, "%s%s", i == 0 ? "Report of x" : "", d->line_end);
	for (int r = -1; r < P_ROWS; r++) {
		for (int c = 0; c < P_COLS; c++) {
			if (r >= 0)
				cell[r][c] = make_cell(mem, seed, r, c, d);
			if (c > 0)
				buf_add(out, &d->delimiter, 1);
			put_cell(out, d, r < 0 ? names[c] : cell[r][c]);
		}
		buf_adds(out, d->line_end);
	}
}

/* The rows by what was found; each cell must be what it was. */
static void compare_table(struct arena *mem, const char *p, size_t n, const struct detection *f,
			  const char *cell[P_ROWS][P_COLS], uint32_t seed)
{
	struct csv_dialect d = { .delimiter = f->delimiter, .quote = f->quote,
				 .escape = f->escape };
	size_t at = f->skip_bytes;

	for (int r = -1; r < P_ROWS; r++) {
		struct csv_cell got[P_COLS];
		struct csv_row row = { .cell = got, .cap = P_COLS };

		if (at >= n || csv_row_parse(&d, p + at, n - at, true, &row) != CSV_ROW ||
		    row.ncells != P_COLS)
			fail_msg("seed %u, row %d: %s", seed, r, f->note);
		for (int c = 0; c < P_COLS && r >= 0; c++)
			if (!slice_is(csv_unescape(&d, &got[c], mem), cell[r][c]))
				fail_msg("seed %u, row %d: %s is another; %s", seed, r, cell[r][c],
					 f->note);
		at += row.next;
	}
}

static void any_dialect_is_read_again(void **state)
{
	static const char delimiters[] = { ',', ';', '\t', '|' };
	static const char *const ends[] = { "\n", "\r\n", "\r" };

	(void)state;
	for (uint32_t s = 1; s <= 400; s++) {
		struct arena *mem = arena_new(NULL, "test");
		uint32_t seed = s;
		struct dialect d = { .delimiter = delimiters[roll(&seed, 4)],
				     .quote = roll(&seed, 4) == 0 ? '\'' : '"',
				     .line_end = ends[roll(&seed, 3)],
				     .titles = (int)roll(&seed, 3) };
		struct detect_set set = { .quote = '"' };
		const char *cell[P_ROWS][P_COLS];
		struct detection found;
		struct err err = { 0 };
		struct buf out;

		d.escape = d.quote == '"' && roll(&seed, 3) == 0 ? '\\' : '\0';
		d.quotes_all = roll(&seed, 3) == 0;
		buf_init(&out, 1 << 20);
		write_table(mem, &seed, &d, cell, &out);
		assert_int_equal(detect_charset(buf_str(&out), out.len, true, &set, &found, &err),
				 ERR_OK);
		detect_format(mem, buf_str(&out), out.len, true, &set, &found);
		if (!found.has_header)
			fail_msg("seed %u: %s\n%.300s", s, found.note, buf_str(&out));
		compare_table(mem, buf_str(&out), out.len, &found, cell, s);
		buf_release(&out);
		arena_free(mem);
	}
}

static void encodings_are_found(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool is_whole;
		enum charset cs;
		enum sureness sure;
	} samples[] = {
#define S(text) text, sizeof(text) - 1
		{ S("plain"), true, CHARSET_UTF8, SURE },
		{ S("caf\xc3\xa9"), true, CHARSET_UTF8, SURE },
		{ S("cut caf\xc3"), false, CHARSET_UTF8, SURE },
		{ S("cut caf\xc3"), true, CHARSET_LATIN1, LIKELY },
		{ S("\xc3\xa9\xc3\xa9 and \xe9 broken"), true, CHARSET_UTF8, LIKELY },
		{ S("caf\xe9"), true, CHARSET_LATIN1, LIKELY },
		{ S("5 \x80 or \x93quoted\x94"), true, CHARSET_CP1252, SURE },
		{ S("a \x81 that Windows leaves open"), true, CHARSET_LATIN1, GUESS },
		{ S("\xff\xfe" "a\0"), true, CHARSET_UTF16LE, SURE },
		{ S("a\0b\0c\0d\0"), true, CHARSET_UTF16LE, SURE },
		{ S("\0a\0b\0c\0d"), true, CHARSET_UTF16BE, SURE },
#undef S
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct detect_set set = { .quote = '"' };
		struct detection found;
		struct err err = { 0 };

		assert_int_equal(detect_charset(samples[i].text, samples[i].n, samples[i].is_whole,
						&set, &found, &err), ERR_OK);
		assert_int_equal(found.charset, samples[i].cs);
		assert_int_equal(found.charset_sure, samples[i].sure);
	}
}

static void a_setting_is_taken_as_it_is(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "a;b\n1;2\n";
	struct detect_set set = { .quote = '"', .has_charset = true, .charset = CHARSET_UTF8,
				  .has_delimiter = true, .delimiter = ',', .has_header = true };
	struct arena *mem = arena_new(NULL, "test");
	struct detection found;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(detect_charset(text, sizeof(text) - 1, true, &set, &found, &err), ERR_OK);
	assert_int_equal(found.bom_bytes, 3);
	detect_format(mem, text + 3, sizeof(text) - 4, true, &set, &found);
	assert_string_equal(found.note, "csv, comma (set), no header (set), utf-8 (set), lf");
	assert_int_equal(found.ncols, 1);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found),
		cmocka_unit_test(surroundings_are_found),
		cmocka_unit_test(any_dialect_is_read_again),
		cmocka_unit_test(encodings_are_found),
		cmocka_unit_test(a_setting_is_taken_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
