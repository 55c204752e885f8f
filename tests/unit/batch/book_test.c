/*
 * tests/unit/batch/book_test.c
 *	What is written into a workbook is read back as it was; nothing becomes a formula.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "batch/book.h"
#include "batch/cell.h"
#include "core/base/arena.h"
#include "core/flow/xlsx_sheet.h"
#include "core/flow/xlsx_write.h"
#include "tests/lib/expect.h"

static char path[100];

static const struct val_spec cols[] = {
	{ "id", VAL_INT8, 0, NULL, NULL, "A.", 0 },
	{ "word", VAL_TEXT, 0, NULL, NULL, "A.", 0 },
	{ "net", VAL_TEXT, COL_DECIMAL, NULL, NULL, "A.", 0 },
	{ "at", VAL_TEXT, COL_MOMENT, NULL, NULL, "A.", 0 },
	{ "ok", VAL_BOOL, 0, NULL, NULL, "A.", 0 },
	{ "size", VAL_FLOAT8, 0, NULL, NULL, "A.", 0 },
	{ "made", VAL_TIME, 0, NULL, NULL, "A.", 0 },
	VAL_END
};

struct row {
	int64_t id;
	const char *word, *net, *at;
	bool ok;
	double size;
	int64_t made;
};

static enum err_code put(struct book *b, const struct row *r, struct err *err)
{
	const char *texts[] = { NULL, r->word, r->net, r->at };
	struct reply_value v[7] = { 0 };

	v[0] = (struct reply_value){ .is_set = true, .i = r->id };
	for (int c = 1; c < 4; c++)
		if (texts[c] != NULL)
			v[c] = (struct reply_value){ .is_set = true, .text = texts[c],
						     .len = strlen(texts[c]) };
	v[4] = (struct reply_value){ .is_set = true, .i = r->ok };
	v[5] = (struct reply_value){ .is_set = true, .f = r->size };
	v[6] = (struct reply_value){ .is_set = true, .i = r->made };
	return book_row(b, 7, cols, v, err);
}

static void write_rows(const struct row *rows, int n, int64_t rows_max)
{
	struct arena *mem = arena_new(NULL, "test");
	FILE *out = fopen(path, "wb");
	struct book *b = NULL;
	struct err err = { 0 };

	assert_int_equal(book_new(mem, rows_max, &b, &err), ERR_OK);
	for (int i = 0; i < n; i++)
		assert_int_equal(put(b, &rows[i], &err), ERR_OK);
	assert_int_equal(book_end(b, out, &err), ERR_OK);
	fclose(out);
	arena_free(mem);
}

/* "kind:text|..." a row, "/" between them, of a sheet; *nsheets may be NULL. */
static void read_sheet(int sheet, struct buf *out, int *nsheets)
{
	static const char letters[] = "tnbmseu!";
	struct arena *mem = arena_new(NULL, "test");
	struct zip_stream *part = NULL, *texts = NULL;
	struct xlsx_book *b = NULL;
	struct xlsx_strings *strings;
	struct xlsx_sheet *s;
	enum xlsx_event event;
	struct err err = { 0 };

	assert_int_equal(xlsx_book_open(mem, path, "t.xlsx", NULL, &b, &err), ERR_OK);
	if (nsheets != NULL)
		*nsheets = b->nsheets;
	assert_int_equal(zip_stream_open(mem, b->zip, b->sheet[sheet].entry, true, &part, &err),
			 ERR_OK);
	if (b->strings >= 0)
		assert_int_equal(zip_stream_open(mem, b->zip, b->strings, false, &texts, &err),
				 ERR_OK);
	strings = xlsx_strings_new(mem, "t", texts != NULL
				   ? xml_new(mem, "texts", xlsx_read_part, texts) : NULL);
	s = xlsx_sheet_new(mem, b, strings, "t", xml_new(mem, "sheet", xlsx_read_part, part));
	buf_init(out, 1 << 24);
	for (;;) {
		if (xlsx_sheet_next(s, &event, &err) != ERR_OK)
			fail_msg("%s", err.frame[0].text);
		if (event == XLSX_SHEET_END)
			break;
		if (event == XLSX_ROW)
			buf_adds(out, "/");
		else
			buf_addf(out, "%c:%.*s|", letters[s->cell.kind], (int)s->cell.text.n,
				 s->cell.text.p);
	}
	arena_free(mem);
}

static void types_and_values_are_kept(void **state)
{
	static const struct row rows[] = {
		{ 1, "plain", "12.50", "2024-01-05", true, 0.5, 0 },
		{ -5, "=1+1", "0.1", "2024-01-05 13:45:10", false, 1e300, 1704462310123000 },
		{ 999999999999999, "_x000D_ a\rb", "-0.000001", "2024-01-05 13:45:10.123+00", true,
		  -2.25, 1704462310000000 },
		{ 1234567890123456789, " kept \n", "12345678901234567.89", "1899-05-01", true,
		3, 0 },
		{ 2, "@cmd|' /C calc'!A0", NULL, "2024-01-05 13:45:10.123456", false, 0, 0 },
		{ 3, "\xc3\x87" "ay \xf0\x9f\x98\x80 <&\">", "7", "infinity", false, 0, 0 },
	};
	struct buf got;
	int nsheets;

	(void)state;
	write_rows(rows, 6, BOOK_ROWS_MAX);
	read_sheet(0, &got, &nsheets);
	assert_int_equal(nsheets, 1);
	assert_string_equal(buf_str(&got),
		"/t:id|t:word|t:net|t:at|t:ok|t:size|t:made|"
		"/n:1|t:plain|n:12.5|m:2024-01-05|b:true|n:0.5|m:1970-01-01 00:00:00|"
		"/n:-5|t:=1+1|n:0.1|m:2024-01-05 13:45:10|b:false|n:1E+300|m:2024-01-05 13:45:10.123|"
		"/n:999999999999999|t:_x000D_ a\rb|n:-0.000001|m:2024-01-05 13:45:10.123|b:true|n:-2.25|"
		"m:2024-01-05 13:45:10|"
		"/t:1234567890123456789|t: kept \n|t:12345678901234567.89|t:1899-05-01|b:true|n:3|"
		"m:1970-01-01 00:00:00|"
		"/n:2|t:@cmd|' /C calc'!A0|t:2024-01-05 13:45:10.123456|b:false|n:0|m:1970-01-01 00:00:00|"
		"/n:3|t:\xc3\x87" "ay \xf0\x9f\x98\x80 <&\">|n:7|t:infinity|b:false|n:0|"
		"m:1970-01-01 00:00:00|");
	buf_release(&got);
}

/* Any text that a cell can hold comes back byte for byte. */
static void any_text_comes_back(void **state)
{
	static const char *const pieces[] = {
		"a", " ", "\n", "\r", "\t", "_", "x", "_x0", "0041_", "<", "&amp;", "\"", "=", "\x01",
		"\x1f", "\xc3\xa9", "\xf0\x9f\x98\x80", "]]>", "_x000D_", "x005F_",
	};
	struct row rows[200];
	char texts[200][120];
	unsigned seed = 1;
	struct buf got;
	const char *at;

	(void)state;
	for (int i = 0; i < 200; i++) {
		texts[i][0] = '\0';
		for (int k = 0; k < 12; k++) {
			size_t n = strlen(texts[i]);

			seed = seed * 1103515245 + 12345;
			snprintf(texts[i] + n, sizeof(texts[i]) - n, "%s",
				 pieces[(seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))]);
		}
		rows[i] = (struct row){ .id = i, .word = texts[i] };
	}
	write_rows(rows, 200, BOOK_ROWS_MAX);
	read_sheet(0, &got, NULL);
	at = strstr(buf_str(&got), "/n:0|");
	for (int i = 0; i < 200; i++) {
		char wanted[200];

		snprintf(wanted, sizeof(wanted), "/n:%d|t:%.119s|b:false|n:0|m:1970-01-01 00:00:00|",
			 i, texts[i]);
		assert_non_null(at);
		if (strncmp(at, wanted, strlen(wanted)) != 0)
			fail_msg("row %d: %.150s instead of %.150s", i, at, wanted);
		at += strlen(wanted);
	}
	buf_release(&got);
}

static void a_full_sheet_is_followed_by_another(void **state)
{
	struct row rows[5] = { { .id = 0 } };
	struct buf got;
	int nsheets;

	(void)state;
	for (int i = 0; i < 5; i++)
		rows[i].id = i;
	write_rows(rows, 5, 3);
	read_sheet(2, &got, &nsheets);
	assert_int_equal(nsheets, 3);
	assert_string_equal(buf_str(&got), "/t:id|t:word|t:net|t:at|t:ok|t:size|t:made|"
			    "/n:4|b:false|n:0|m:1970-01-01 00:00:00|");
	buf_release(&got);
}

static void a_text_that_does_not_fit_is_told(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	char *text = arena_bytes(mem, XLSX_CHARS_MAX + 2);
	struct row row = { .id = 1, .word = text };
	struct book *b = NULL;
	struct err err = { 0 };

	(void)state;
	memset(text, 'x', XLSX_CHARS_MAX + 1);
	text[XLSX_CHARS_MAX] = '\0';
	assert_int_equal(book_new(mem, BOOK_ROWS_MAX, &b, &err), ERR_OK);
	assert_int_equal(put(b, &row, &err), ERR_OK);
	text[XLSX_CHARS_MAX] = 'x';
	text[XLSX_CHARS_MAX + 1] = '\0';
	assert_int_equal(put(b, &row, &err), ERR_LIMIT);
	assert_non_null(strstr(err.frame[0].text, "word has 32768 characters"));
	arena_free(mem);
}

static void csv_for_spreadsheets_has_no_formulas(void **state)
{
	static const struct {
		const char *text;
		const char *csv;
	} cases[] = {
		{ "=1+1", "'=1+1" }, { "+49 30", "'+49 30" }, { "@a", "'@a" }, { "-", "'-" },
		{ "-5", "-5" }, { "+1.5", "+1.5" }, { "-5.", "-5." }, { "-1.2.3", "'-1.2.3" },
		{ "\tx", "'\tx" }, { "\rx", "\"'\rx\"" }, { "a=1", "a=1" }, { "-2+3", "'-2+3" },
		{ "=\"a\",b", "\"'=\"\"a\"\",b\"" }, { "", "\"\"" }, { "1e5", "1e5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply_value v = { .is_set = true, .text = cases[i].text,
					 .len = strlen(cases[i].text) };
		struct buf out;

		buf_init(&out, 1000);
		cell_csv(&out, &cols[1], &v, true);
		assert_string_equal(buf_str(&out), cases[i].csv);
		buf_clear(&out);
		cell_csv(&out, &cols[1], &v, false);
		assert_null(strchr(buf_str(&out), '\''));
		buf_release(&out);
	}
}

static int make_path(void **state)
{
	(void)state;
	expect_path(path, sizeof(path), "book");
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_and_values_are_kept),
		cmocka_unit_test(any_text_comes_back),
		cmocka_unit_test(a_full_sheet_is_followed_by_another),
		cmocka_unit_test(a_text_that_does_not_fit_is_told),
		cmocka_unit_test(csv_for_spreadsheets_has_no_formulas),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
