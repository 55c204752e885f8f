/*
 * tests/unit/core/flow/csv_test.c
 *	The scanner against a plain reference, with every kind of instruction
 *	and every way of cutting the input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/csv.h"

static const enum csv_isa isas[] = { CSV_SCALAR, CSV_SSE2, CSV_AVX2 };
#define NISAS (sizeof(isas) / sizeof(isas[0]))

static const struct csv_dialect comma = { .delimiter = ',', .quote = '"' };
static const struct csv_dialect bare = { .delimiter = ',' };
static const struct csv_dialect slash = { .delimiter = ',', .quote = '"', .escape = '\\' };
static const struct csv_dialect own_null = { .delimiter = ';', .quote = '"', .keep_empty = true,
					     .null_text = { "a", 1 } };

static uint64_t seed;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32);
}

/* ---- the reference: one state, one byte at a time ------------------------ */

struct ref {
	const struct csv_dialect *d;
	int ncols;
	struct buf out;	/* what the rows should look like */
	struct buf cells;	/* of the row at hand, written out */
	struct buf cell;
	bool is_quoted;
	bool is_bad;
	int ncells;
	int64_t row;
	int64_t line;	/* of the row's start */
	int64_t breaks;
	size_t start;
};

static void ref_end_cell(struct ref *f, bool is_raw_null)
{
	bool is_null = !f->is_quoted && ((f->cell.len == 0 && !f->d->keep_empty) ||
		(f->d->null_text.n > 0 &&
		 slice_eq((struct slice){ f->cell.data, f->cell.len }, f->d->null_text)));

	buf_adds(&f->cells, "|");
	if (is_null || is_raw_null)
		buf_adds(&f->cells, "NULL");
	else
		buf_add(&f->cells, buf_str(&f->cell), f->cell.len);
	buf_clear(&f->cell);
	f->is_quoted = false;
	f->ncells++;
}

static void ref_end_row(struct ref *f, const char *data, size_t text_end)
{
	const char *raw = data + f->start;
	size_t n = text_end - f->start;
	bool bad = f->is_bad || f->ncells != f->ncols || utf8_valid(raw, n) != n ||
		   (n > 0 && memchr(raw, 0, n) != NULL);

	if (n > 0 || f->ncols == 1) {
		buf_addf(&f->out, "%lld line %lld at %zu raw ", (long long)f->row++,
			 (long long)f->line, f->start);
		buf_add(&f->out, raw, n);
		if (bad)
			buf_adds(&f->out, " REJECTED");
		else
			buf_add(&f->out, f->cells.data, f->cells.len);
		buf_adds(&f->out, "\n");
	}
	f->line += 1 + f->breaks;
	f->breaks = 0;
	f->ncells = 0;
	f->is_bad = false;
	buf_clear(&f->cells);
}

static char ref_escaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static void ref_parse(struct ref *f, const char *p, size_t n)
{
	enum { START, PLAIN, QUOTED, CLOSED } state = START;
	bool is_raw_null = false;
	size_t i = 0;

	f->row = f->line = 1;
	while (i < n) {
		char c = p[i];
		bool is_end = c == '\n' || c == '\r';
		size_t len = c == '\r' && i + 1 < n && p[i + 1] == '\n' ? 2 : 1;

		if (f->d->escape != 0 && c == f->d->escape && i + 1 < n) {
			f->is_bad |= state == CLOSED;
			/* \N is null only when it is all of an unquoted cell */
			if (state == START && p[i + 1] == 'N' &&
			    (i + 2 == n || strchr(",\r\n", p[i + 2]) != NULL) &&
				p[i + 2 < n ? i + 2 : i] != 0)
				is_raw_null = true;
			if (p[i + 1] == '\n' || p[i + 1] == '\r')
				f->breaks++;
			buf_add(&f->cell, &(char){ ref_escaped(p[i + 1]) }, 1);
			i += 2;
			if (p[i - 1] == '\r' && i < n && p[i] == '\n') {
				/* the LF of an escaped CRLF comes along as it is */
				buf_add(&f->cell, "\n", 1);
				i++;
			}
			state = state == START ? PLAIN : state;
		} else if (state == QUOTED) {
			if (c == f->d->quote && i + 1 < n && p[i + 1] == c) {
				buf_add(&f->cell, &c, 1);
				i += 2;
			} else if (c == f->d->quote) {
				state = CLOSED;
				i++;
			} else {
				f->breaks += is_end;
				buf_add(&f->cell, p + i, len);
				i += len;
			}
		} else if (is_end || c == f->d->delimiter) {
			ref_end_cell(f, is_raw_null);
			is_raw_null = false;
			state = START;
			if (is_end) {
				ref_end_row(f, p, i);
				i += len;
				f->start = i;
			} else {
				i++;
			}
		} else if (state == START && f->d->quote != 0 && c == f->d->quote) {
			state = QUOTED;
			f->is_quoted = true;
			i++;
		} else {
			if (state == CLOSED)
				f->is_bad = true;
			state = state == CLOSED ? CLOSED : PLAIN;
			buf_add(&f->cell, &c, 1);
			i++;
		}
	}
	if (f->start < n) {
		f->is_bad |= state == QUOTED;
		ref_end_cell(f, is_raw_null);
		ref_end_row(f, p, n);
	}
}

/* ---- the scanner, told the same way --------------------------------------- */

static void tell_rows(struct buf *out, const struct batch *b)
{
	for (uint32_t i = 0; i < b->nrows; i++) {
		const struct row_at *at = &b->at[i];

		buf_addf(out, "%lld line %lld at %lld raw ", (long long)at->row,
			 (long long)at->line, (long long)at->offset);
		buf_add(out, at->raw.p, at->raw.n);
		if (b->state[i] == ROW_REJECTED)
			buf_adds(out, " REJECTED");
		for (int c = 0; c < b->ncols && b->state[i] == ROW_LIVE; c++) {
			buf_adds(out, "|");
			if (b->col[c].null[i])
				buf_adds(out, "NULL");
			else
				buf_add(out, b->col[c].v.text[i].p, b->col[c].v.text[i].n);
		}
		buf_adds(out, "\n");
	}
}

/* Feeds p in pieces of `piece` bytes, carrying over what is not complete. */
static void scan_in_pieces(struct buf *out, struct csv_scan *s, struct batch *b, const char *p,
			   size_t n, size_t piece, uint32_t max_rows)
{
	struct csv_place place = { .row = 1, .line = 1 };
	size_t from = 0, to = 0;

	while (from < n) {
		char *data;
		size_t used;

		to = to + piece < n ? to + piece : n;
		/* A copy of its own size, so that a sanitizer sees reads beyond the pad. */
		data = mem_alloc(to - from + CSV_PAD);
		memcpy(data, p + from, to - from);
		memset(data + (to - from), (int)(next_random() % 3 == 0 ? '"' : ','), CSV_PAD);
		batch_reset(b);
		place.offset = (int64_t)from;
		used = csv_scan_rows(s, data, to - from, to == n, &place, b, max_rows);
		tell_rows(out, b);
		free(data);
		from += used;
		if (used == 0 && to == n && b->nrows == 0 && from < n)
			fail_msg("the scanner does not move at byte %zu of %zu", from, n);
	}
}

/* Scans are kept and used again, as a reader does. */
static struct csv_scan *scan_for(struct arena *mem, const struct csv_dialect *d, int ncols,
				 size_t isa)
{
	static struct {
		const struct csv_dialect *d;
		int ncols;
		struct csv_scan *scan[NISAS];
	} made[16];
	struct csv_shape shape = { .ncols = ncols, .promised_by = "the header" };
	size_t i = 0;

	while (made[i].d != NULL && (made[i].d != d || made[i].ncols != ncols))
		i++;
	made[i].d = d;
	made[i].ncols = ncols;
	if (made[i].scan[isa] == NULL)
		made[i].scan[isa] = csv_scan_new(mem, d, &shape, isas[isa]);
	return made[i].scan[isa];
}

static struct arena *scans;

static void compare(const struct csv_dialect *d, int ncols, const char *p, size_t n, size_t piece,
		    uint32_t max_rows, struct batch *b)
{
	struct ref f = { .d = d, .ncols = ncols };

	buf_init(&f.out, 1 << 24);
	buf_init(&f.cells, 1 << 24);
	buf_init(&f.cell, 1 << 24);
	ref_parse(&f, p, n);
	for (size_t i = 0; i < NISAS; i++) {
		struct csv_scan *s = scan_for(scans, d, ncols, i);
		struct buf got;

		buf_init(&got, 1 << 24);
		scan_in_pieces(&got, s, b, p, n, piece, max_rows);
		if (got.len != f.out.len || memcmp(buf_str(&got), buf_str(&f.out), got.len) != 0)
			fail_msg("instructions %d, piece %zu, %zu bytes\ninput:\n%.*s\nexpected:\n%s\n"
				 "got:\n%s", (int)isas[i], piece, n, (int)n, p, buf_str(&f.out),
				 buf_str(&got));
		buf_release(&got);
	}
	buf_release(&f.out);
	buf_release(&f.cells);
	buf_release(&f.cell);
}

/* Mostly well-formed, with a bad byte now and then, or noise all over. */
static size_t make_input(char *p, size_t max, bool is_noise)
{
	static const char *const good[] = { "a", "bc", ",", ",", ",", "\n", "\r\n", "\"a\"",
		"\"a,b\"",
		"\"x\"\"y\"", "\"l1\nl2\"", "\"\"", "\xc3\xa9", "12345678901234567890", ";",
			"\"\r\n\"" };
	static const char *const noise[] = { "\"", ",", "\n", "\r", "a", "\\", "\xc3", "\"\"", ";",
		"N" };
	size_t want = next_random() % max, n = 0;

	while (n + 24 < want) {
		bool bad = is_noise || next_random() % 64 == 0;
		const char *piece = bad ? noise[next_random() % 10] : good[next_random() % 16];
		size_t len = strlen(piece);

		if (bad && next_random() % 200 == 0)
			len = 1, piece = "\0";
		memcpy(p + n, piece, len);
		n += len;
	}
	return n;
}

static void random_inputs_agree(void **state)
{
	static const struct csv_dialect *const dialects[] = { &comma, &bare, &slash, &own_null };
	struct batch *b[5];
	char *p = mem_alloc(1024);
#ifdef LEAT_SANITIZED
	int rounds = 30000;
#else
	int rounds = 240000;
#endif

	(void)state;
	seed = 20260215;
	for (int c = 1; c < 5; c++)
		b[c] = batch_new(NULL, c, 64);
	for (int i = 0; i < rounds; i++) {
		size_t n = make_input(p, i % 16 == 0 ? 1024 : 160, i % 3 == 0);
		int ncols = 1 + (int)(next_random() % 4);
		size_t piece = i % 4 == 0 ? n + 1 : 1 + next_random() % 90;
		uint32_t max_rows = i % 5 == 0 ? 1 + next_random() % 3 : 64;

		compare(dialects[next_random() % 8 >= 4 ? 0 : next_random() % 4], ncols, p, n,
			piece,
			max_rows, b[ncols]);
	}
	for (int c = 1; c < 5; c++)
		batch_free(b[c]);
	free(p);
}

/* A well-formed file with everything in it, cut at every byte. */
static void every_cut_agrees(void **state)
{
	static const char text[] =
		"a,b,c\r\n1,\"x, y\",\"say \"\"hi\"\"\"\r\n\r\n\"two\r\nlines\",,\"\"\n"
		"short,row\nlone,cr,here\rnext,one,too\n5\" pipe,6\"\" pipe,ok\n"
		"\"bad\"x,1,2\nd\xc3\xa9j\xc3\xa0,vu,\xe9\n\"1\",\"2\",\"3\"\n"
		"a long cell that is there to cross blocks,"
		"\"and another one, quoted, with a line\nbreak, that does the same\",end\n"
		"last,without,line end";
	struct batch *b = batch_new(NULL, 3, 64);

	(void)state;
	seed = 7;
	for (size_t piece = 1; piece <= sizeof(text); piece++)
		compare(&comma, 3, text, sizeof(text) - 1, piece, 64, b);
	for (size_t n = 0; n < sizeof(text); n++)
		compare(&comma, 3, text, n, n + 1, 64, b);
	batch_free(b);
}

/* Each interesting byte on each place of a block and of a window. */
static void every_block_boundary_agrees(void **state)
{
	static const char *const middle[] = { "\"a\"\"b\"", "\"a\nb\"", "x\r\ny", "x\ry", "q\"q",
		"\"a\"b",
					      "\xc3\xa9", "\"\"", "\"\r\n\"", "\"\"\"\"" };
	struct batch *b = batch_new(NULL, 2, 512);
	char *p = mem_alloc(8192);

	(void)state;
	seed = 11;
	for (size_t m = 0; m < sizeof(middle) / sizeof(middle[0]); m++) {
		for (size_t before = 0; before < 140; before++) {
			size_t base = before >= 70 ? 4096 - 70 + before - 70 : before, n = 0;

			while (n + 4 <= base)
				memcpy(p + n, "a,b\n", 4), n += 4;
			while (n < base)
				p[n++] = 'z';
			n += (size_t)snprintf(p + n, 64, ",%s,%s\nc,d\n", middle[m], "\"t\"");
			compare(&comma, 2, p, n, n + 1, 512, b);
			n = base;
			n += (size_t)snprintf(p + n, 64, "%s,%s\nc,d\n", middle[m], "\"t\"");
			compare(&comma, 2, p, n, n + 1, 512, b);
		}
	}
	free(p);
	batch_free(b);
}

/* ---- what the reasons say -------------------------------------------------- */

static struct batch *scan_all(struct arena *mem, int ncols, const char *text, size_t n)
{
	static const char *const names[] = { "id", "name", "amount" };
	struct csv_shape shape = { .ncols = ncols, .name = names, .promised_by = "the header" };
	struct batch *b = batch_new(NULL, ncols, 64);
	struct csv_place place = { .row = 1, .line = 2, .offset = 100 };
	char *data = arena_alloc(mem, n + CSV_PAD);
	size_t used;

	memcpy(data, text, n);
	used = csv_scan_rows(csv_scan_new(mem, &comma, &shape, CSV_BEST), data, n, true, &place, b,
			     64);
	assert_int_equal(used, n);
	return b;
}

static void a_bad_row_says_where_and_why(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *field;
		const char *reason;
	} bad[] = {
#define ROW(text) text, sizeof(text) - 1
		{ ROW("1,a\n"), "", "has 2 fields, the header has 3" },
		{ ROW("1\n"), "", "has 1 field, the header has 3" },
		{ ROW("1,a,2,3\n"), "", "has 4 fields, the header has 3" },
		{ ROW("1,caf\xe9,2\n"), "name", "is not UTF-8: 0xe9 at byte 105 of the file" },
		{ ROW("1,a,2\0\n"), "amount", "holds a NUL byte (byte 105 of the file)" },
		{ ROW("1,\"a\"b,2\n"), "name", "text stands behind a closing quote (line 2)" },
		{ ROW("1,\"a,2\n"), "name",
		  "a quote opened in line 2 is not closed before the end of the file" },
		{ ROW("1,\"a"), "name",
		  "a quote opened in line 2 is not closed before the end of the file" },
		{ ROW("\"x\ny\",\"a\nb\nc\n"), "name",
		  "a quote opened in line 3 is not closed before the end of the file; "
		  "the 2 lines behind it went into this row" },
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena *mem = arena_new(NULL, "test");
		struct batch *b = scan_all(mem, 3, bad[i].text, bad[i].n);

		assert_int_equal(b->nrows, 1);
		assert_int_equal(b->nproblems, 1);
		assert_int_equal(b->state[0], ROW_REJECTED);
		assert_string_equal(b->problem[0].field, bad[i].field);
		assert_string_equal(b->problem[0].reason, bad[i].reason);
		batch_free(b);
		arena_free(mem);
	}
}

static void quotes_decide_between_null_and_empty(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct batch *b = scan_all(mem, 3, ",\"\",x\n", 6);

	(void)state;
	assert_int_equal(b->col[0].null[0], 1);
	assert_int_equal(b->col[1].null[0], 0);
	assert_int_equal(b->col[1].v.text[0].n, 0);
	assert_int_equal(b->col[2].null[0], 0);
	batch_free(b);
	arena_free(mem);
}

static void cells_go_to_the_column_they_are_meant_for(void **state)
{
	static const int target[] = { 2, 0, 1 };
	static const char text[CSV_PAD + 6] = "a,b,c\n";
	struct csv_shape shape = { .ncols = 3, .target = target, .promised_by = "the header" };
	struct csv_place place = { .row = 1, .line = 1 };
	struct arena *mem = arena_new(NULL, "test");
	struct batch *b = batch_new(NULL, 3, 16);

	(void)state;
	csv_scan_rows(csv_scan_new(mem, &comma, &shape, CSV_BEST), text, 6, true, &place, b, 16);
	assert_true(slice_is(b->col[2].v.text[0], "a"));
	assert_true(slice_is(b->col[0].v.text[0], "b"));
	assert_true(slice_is(b->col[1].v.text[0], "c"));
	batch_free(b);
	arena_free(mem);
}

static void a_huge_cell_is_refused_and_its_neighbour_is_not(void **state)
{
	size_t n = 0, size = CSV_CELL_MAX + 64 + CSV_PAD;
	char *p = mem_alloc(size);
	struct csv_shape shape = { .ncols = 2, .promised_by = "the header" };
	struct csv_place place = { .row = 1, .line = 1 };
	struct arena *mem = arena_new(NULL, "test");
	struct batch *b = batch_new(NULL, 2, 16);

	(void)state;
	memset(p, 'x', size);
	n = CSV_CELL_MAX + 1;
	memcpy(p + n, ",b\nc,d\n", 7);
	csv_scan_rows(csv_scan_new(mem, &comma, &shape, CSV_BEST), p, n + 7, true, &place, b, 16);
	assert_int_equal(b->nrows, 2);
	assert_int_equal(b->state[0], ROW_REJECTED);
	assert_string_equal(b->problem[0].reason, "is longer than 64 MB");
	assert_int_equal(b->state[1], ROW_LIVE);
	batch_free(b);
	arena_free(mem);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_inputs_agree),
		cmocka_unit_test(every_cut_agrees),
		cmocka_unit_test(every_block_boundary_agrees),
		cmocka_unit_test(a_bad_row_says_where_and_why),
		cmocka_unit_test(quotes_decide_between_null_and_empty),
		cmocka_unit_test(cells_go_to_the_column_they_are_meant_for),
		cmocka_unit_test(a_huge_cell_is_refused_and_its_neighbour_is_not),
	};

	int failed;

	scans = arena_new(NULL, "scans");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(scans);
	return failed;
}
