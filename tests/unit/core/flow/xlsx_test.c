/*
 * tests/unit/core/flow/xlsx_test.c
 *	Workbooks told from what is none, their texts, and their cells one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/xlsx_sheet.h"
#include "tests/lib/expect.h"
#include "tests/lib/zipmake.h"

static char path[100];

/* "A1 text 'x'; B1 number 5; " of the first sheet, or "" and the error. */
static enum err_code cells(struct buf *out, struct err *err)
{
	static const char *const kinds[] = { "text", "number", "bool", "moment", "span", "error",
					     "no result", "bad" };
	struct arena *mem = arena_new(NULL, "test");
	struct zip_stream *part = NULL, *texts = NULL;
	struct xlsx_book *b = NULL;
	struct xlsx_strings *strings = NULL;
	struct xlsx_sheet *s = NULL;
	enum xlsx_event event = XLSX_ROW;
	enum err_code rc = xlsx_book_open(mem, path, "t.xlsx", NULL, &b, err);

	buf_init(out, 1 << 20);
	if (rc == ERR_OK)
		rc = zip_stream_open(mem, b->zip, b->sheet[0].entry, false, &part, err);
	if (rc == ERR_OK && b->strings >= 0)
		rc = zip_stream_open(mem, b->zip, b->strings, false, &texts, err);
	if (rc == ERR_OK) {
		strings = xlsx_strings_new(mem, "t.xlsx", texts != NULL
					   ? xml_new(mem, "texts", xlsx_read_part, texts) : NULL);
		s = xlsx_sheet_new(mem, b, strings, "t.xlsx, sheet Sheet1",
				   xml_new(mem, "sheet", xlsx_read_part, part));
	}
	while (rc == ERR_OK && event != XLSX_SHEET_END) {
		char ref[16];

		rc = xlsx_sheet_next(s, &event, err);
		if (rc == ERR_OK && event == XLSX_ROW)
			buf_addf(out, "%s/ ", s->is_row_hidden ? "hidden " : "");
		if (rc == ERR_OK && event == XLSX_CELL)
			buf_addf(out, "%s %s '%.*s'%s; ",
				 xlsx_ref_text(s->cell.column, s->row, ref),
				 kinds[s->cell.kind], (int)s->cell.text.n, s->cell.text.p,
				 xlsx_is_column_hidden(s, s->cell.column) ? " hidden" : "");
	}
	arena_free(mem);
	return rc;
}

static void cells_are_what_they_are(void **state)
{
	static const struct {
		const char *sheet;
		const char *cells;
	} cases[] = {
		{ "<sheetData><row r=\"1\"><c r=\"A1\"><v>5</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
		  "</sheetData>", "/ A1 number '5'; C1 text 'two  & 3'; " },
		/* Neither rows nor cells must say where they are. */
		{ "<sheetData><row><c><v>1</v></c><c/><c><v>2</v></c></row><row><c><v>3</v></c></row>"
		  "</sheetData>", "/ A1 number '1'; C1 number '2'; / A2 number '3'; " },
		{ "<sheetData><row r=\"3\" hidden=\"1\"><c r=\"B3\" s=\"1\"><v>45292</v></c>"
		  "<c r=\"C3\" s=\"2\"><v>1.5</v></c></row></sheetData>",
		  "hidden / B3 moment '2024-01-01'; C3 span '36:00:00'; " },
		{ "<sheetData><row r=\"1\"><c r=\"A1\" t=\"b\"><v>1</v></c><c r=\"B1\" t=\"e\"><v>#N/A</v></c>"
		  "<c r=\"C1\" t=\"str\"><f>A&amp;B</f><v>x&amp;y</v></c><c r=\"D1\"><f>1+1</f></c>"
		  "<c r=\"E1\"><f>1+1</f><v></v></c><c r=\"F1\" t=\"str\"><f>\"\"</f><v></v></c>"
		  "<c r=\"G1\"><f>1+1</f><v>2</v></c><c r=\"H1\" t=\"d\"><v>2024-01-05</v></c></row>"
		  "</sheetData>",
		  "/ A1 bool 'true'; B1 error '#N/A'; C1 text 'x&y'; D1 no result ''; E1 no result ''; "
		  "F1 text ''; G1 number '2'; H1 moment '2024-01-05'; " },
		{ "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><r><t xml:space=\"preserve\">in </t>"
		  "</r><r><t>line</t></r><rPh sb=\"0\"><t>no</t></rPh></is></c></row></sheetData>",
		  "/ A1 text 'in line'; " },
		{ "<x:sheetData><x:row r=\"1\"><x:c r=\"A1\"><!-- --><x:v>1<!-- -->2</x:v></x:c></x:row>"
		  "</x:sheetData>", "/ A1 number '12'; " },
		{ "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\">"
		  "<v>1</v></c><c r=\"B1\"><v>2</v></c></row></sheetData>",
		  "/ A1 number '1'; B1 number '2' hidden; " },
		{ "<sheetData><row r=\"1\"><c r=\"A1\"><v>oops</v></c><c r=\"B1\" t=\"b\"><v>7</v></c>"
		  "<c r=\"C1\" t=\"q\"><v>1</v></c></row></sheetData>",
		  "/ A1 bad 'oops'; B1 bad '7'; C1 bad '1'; " },
		{ "<sheetData/>", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zipmake_book b = {
			.sheet = cases[i].sheet,
			.strings = "<si><t>one</t></si><si><r><t xml:space=\"preserve\">two </t></r><r>"
				   "<t xml:space=\"preserve\"> &amp; 3</t></r><rPh><t>zz</t></rPh></si>",
			.formats = "<numFmt numFmtId=\"164\" formatCode=\"[h]:mm\"/>",
			.xfs = "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>",
		};
		struct err err = { 0 };
		struct buf out;

		zipmake_workbook(path, &b);
		if (cells(&out, &err) != ERR_OK)
			fail_msg("%s: %s", cases[i].sheet, err.frame[0].text);
		assert_string_equal(buf_str(&out), cases[i].cells);
		buf_release(&out);
	}
}

static void expect_error(enum err_code rc, const char *says, const char *hints)
{
	struct err err = { 0 };
	struct buf out;
	char why[800];
	enum err_code got = cells(&out, &err);

	err_text(&err, why, sizeof(why));
	if (got != rc || strstr(why, says) == NULL)
		fail_msg("%s, with: %s", err_name(got), why);
	if (hints != NULL && strstr(err.hint, hints) == NULL)
		fail_msg("hint is: %s", err.hint);
	buf_release(&out);
}

static void a_damaged_sheet_says_where(void **state)
{
	static const struct {
		const char *sheet;
		const char *says;
	} cases[] = {
		{ "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>9</v></c></row></sheetData>",
		  "a text is named that the workbook does not hold near A1" },
		{ "<sheetData><row r=\"1\"><c r=\"B1\" t=\"s\"><v>x</v></c></row></sheetData>",
		  "a text has no number near B1" },
		{ "<sheetData><row r=\"2\"/><row r=\"2\"/></sheetData>", "rows are not in order" },
		{ "<sheetData><row r=\"0\"/></sheetData>", "rows are not in order" },
		{ "<sheetData><row r=\"1\"><c r=\"A7\"><v>1</v></c></row></sheetData>",
		  "a cell does not say where it is" },
		{ "<sheetData><row r=\"1\"><c r=\"ZZZZ1\"><v>1</v></c></row></sheetData>",
		  "a cell does not say where it is" },
		{ "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v>", "it ends within a cell" },
		{ "<sheetData>", "it ends before its last row" },
		{ "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>&bomb;</v></c></row></sheetData>",
		  "entity that XML does not have" },
		{ "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>\xff\xff</v></c></row></sheetData>",
		  "not UTF-8" },
		{ "<!DOCTYPE x [<!ENTITY a \"b\">]><sheetData/>", "declares a document type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zipmake_book b = { .sheet = cases[i].sheet, .strings = "<si><t>one</t></si>" };

		zipmake_workbook(path, &b);
		/* The rest of the part closes nothing that matters. */
		expect_error(ERR_INPUT, cases[i].says, NULL);
	}
	zipmake_workbook(path, &(struct zipmake_book){
		.sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData>",
		.strings = "<si><t>one" });
	expect_error(ERR_INPUT, "its texts end within one", NULL);
}

static void put(const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

#define OLE "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#define WIDE_PACKAGE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"

static void what_is_no_workbook_is_named(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says, *hints;
	} files[] = {
		{ OLE "xxxxxxxxxxxx" WIDE_PACKAGE, 20 + 32, "encrypted with a password", "without a password" },
		{ OLE "xxxxxxxxxxxxW\0o\0r\0k\0b\0o\0o\0k\0", 20 + 16, "an old Excel workbook (xls)", "xlsx" },
		{ OLE "xxxxxxxxxxxxxxxx", 24, "an old Excel or Office document", NULL },
		{ "\xef\xbb\xbf <!DOCTYPE html><p>", 22, "a web page (HTML)", "login" },
		{ "<html>", 6, "a web page (HTML)", NULL },
		{ "<?xml version='1.0'?><Workbook/>", 32, "an XML document", NULL },
		{ "id,name\n1,a\n", 12, "text, though it is named like a workbook", "format csv" },
		{ "a\0b", 3, "not a workbook", NULL },
		{ "PK\3\4 and nothing", 15, "the directory at its end is missing", "Fetch" },
	};
	static const struct {
		const char *parts[3];
		const char *says;
	} zips[] = {
		{ { "xl/workbook.bin" }, "a binary Excel workbook (xlsb)" },
		{ { "mimetype", "content.xml" }, "an OpenDocument file (ods)" },
		{ { "word/document.xml" }, "a text document or a presentation" },
		{ { "notes.txt" }, "a zip archive without a workbook in it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put(files[i].bytes, files[i].n);
		expect_error(ERR_INPUT, files[i].says, files[i].hints);
	}
	for (size_t i = 0; i < sizeof(zips) / sizeof(zips[0]); i++) {
		struct zipmake z;

		zipmake_begin(&z, path);
		for (int k = 0; k < 3 && zips[i].parts[k] != NULL; k++)
			zipmake_text(&z, zips[i].parts[k], "<a/>");
		zipmake_end(&z);
		expect_error(ERR_INPUT, zips[i].says, NULL);
	}
}

struct many {
	int64_t n, given;
};

/* <sst> with n texts "text number i of many" in all the forms there are. */
static enum err_code give_texts(void *ctx, char *to, size_t cap, size_t *got, struct err *err)
{
	struct many *m = ctx;

	(void)err;
	*got = 0;
	while (cap - *got > 200 && m->given <= m->n + 1) {
		char *p = to + *got;
		long long i = (long long)m->given - 1;
		int n;

		if (i < 0)
			n = snprintf(p, 200, "<sst>");
		else if (i == m->n)
			n = snprintf(p, 200, "</sst>");
		else if (i % 3 == 0)
			n = snprintf(p, 200, "<si><r><t xml:space=\"preserve\">text </t></r><r><t>number "
				     "%lld</t></r></si>", i);
		else if (i % 3 == 1)
			n = snprintf(p, 200, "<si><t>text number %lld</t></si>", i);
		else
			n = snprintf(p, 200,
				"<si><t xml:space=\"preserve\">te&#120;t number %lld</t></si>", i);
		*got += (size_t)n;
		m->given++;
	}
	return ERR_OK;
}

/* Held in memory or moved to a file: the same texts, in any order. */
static void texts_are_found_wherever_they_are(void **state)
{
	size_t held[] = { 1 << 24, 1 << 10 };

	(void)state;
	for (int h = 0; h < 2; h++) {
		struct arena *mem = arena_new(NULL, "test");
		struct many m = { 60000, 0 };
		struct xlsx_strings *s = xlsx_strings_held(mem, "t.xlsx",
							   xml_new(mem, "x", give_texts, &m),
							   held[h]);
		struct slice v;
		struct err err;
		bool found;

		for (int64_t k = 0; k < 60000; k++) {
			int64_t i = k * 7919 % 60000;
			char wanted[40];

			assert_int_equal(xlsx_strings_get(s, i, &v, &found, &err), ERR_OK);
			assert_true(found);
			/* Blanks at an end count where they are kept. */
			snprintf(wanted, sizeof(wanted), "text number %lld", (long long)i);
			assert_int_equal(v.n, strlen(wanted));
			assert_memory_equal(v.p, wanted, v.n);
			if (k % 10000 == 0)
				xlsx_strings_relax(s);
		}
		assert_int_equal(xlsx_strings_get(s, 60000, &v, &found, &err), ERR_OK);
		assert_false(found);
		arena_free(mem);
	}
}

static int make_path(void **state)
{
	(void)state;
	expect_path(path, sizeof(path), "xlsx");
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
		cmocka_unit_test(cells_are_what_they_are),
		cmocka_unit_test(a_damaged_sheet_says_where),
		cmocka_unit_test(what_is_no_workbook_is_named),
		cmocka_unit_test(texts_are_found_wherever_they_are),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
