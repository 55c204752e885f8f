/*
 * tests/unit/connectors/file/book_test.c
 *	Workbooks through the connector: sheets, ranges, headers, merges, errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/arena.h"
#include "tests/lib/expect.h"
#include "tests/lib/zipmake.h"

static char folder[100];
static char path[140];

struct got {
	enum err_code rc;
	struct err err;
	struct arena *mem;
	struct schema fields;
	const char *note;
	struct buf rows;	/* "a|b@line;" a row; rejected: "#field: reason {raw}@line;" */
	const char *part;
};

static void take(struct got *g, const struct batch *b)
{
	for (uint32_t i = 0; i < b->nrows; i++) {
		for (int c = 0; c < b->ncols && b->state[i] == ROW_LIVE; c++) {
			struct slice v = b->col[c].null[i] ? SLICE("-") : b->col[c].v.text[i];

			buf_adds(&g->rows, c > 0 ? "|" : "");
			buf_add(&g->rows, v.p, v.n);
		}
		for (uint32_t p = 0; p < b->nproblems; p++)
			if (b->problem[p].row == i)
				buf_addf(&g->rows, "#%s: %s", b->problem[p].field,
					 b->problem[p].reason);
		if (b->state[i] == ROW_REJECTED) {
			struct slice raw = batch_raw(b, i, b->mem);

			buf_addf(&g->rows, " %.*s", (int)raw.n, raw.p);
		}
		buf_addf(&g->rows, "@%lld;", (long long)b->at[i].line);
	}
	if (b->nrows > 0)
		g->part = arena_strdup(g->mem, b->part);
}

/* options: name, value, ..., NULL. */
static struct got read_book(const char *stream, ...)
{
	struct got g = { .mem = arena_new(NULL, "got") };
	struct param p[8], where = { "path", folder };
	struct params options = { .p = p }, in = { .n = 1, .p = &where };
	struct read_spec spec = { .stream = stream, .options = &options };
	struct batch *b = NULL;
	struct conn *c = NULL;
	bool eof = false;
	va_list args;

	va_start(args, stream);
	for (const char *name; (name = va_arg(args, const char *)) != NULL; options.n++)
		p[options.n] = (struct param){ name, va_arg(args, const char *) };
	va_end(args);
	buf_init(&g.rows, 1 << 24);
	assert_int_equal(conn_file.open(g.mem, &in, &c, &g.err), ERR_OK);
	g.rc = c->ops->describe(c, g.mem, &spec, &g.fields, &g.note, &g.err);
	if (g.rc == ERR_OK)
		g.rc = c->ops->read_open(c, &spec, &g.err);
	if (g.rc == ERR_OK)
		b = batch_new(c->ops->read_schema(c), 0, 3);
	while (g.rc == ERR_OK && !eof) {
		g.rc = c->ops->read(c, b, &eof, &g.err);
		take(&g, b);
	}
	batch_free(b);
	conn_close(c);
	return g;
}

static void done(struct got *g)
{
	buf_release(&g->rows);
	arena_free(g->mem);
}

/* fields: "id:int name:text". NULL: not looked at. */
static void expect(struct got g, const char *fields, const char *rows, const char *note)
{
	struct buf names;
	char why[800];

	err_text(&g.err, why, sizeof(why));
	if (g.rc != ERR_OK)
		fail_msg("%s", why);
	buf_init(&names, 1000);
	for (int i = 0; i < g.fields.nfields; i++)
		buf_addf(&names, "%s%s:%s", i > 0 ? " " : "", g.fields.field[i].name,
			 type_name(g.fields.field[i].type.type));
	if (fields != NULL)
		assert_string_equal(buf_str(&names), fields);
	assert_string_equal(buf_str(&g.rows), rows);
	if (note != NULL && strstr(g.note, note) == NULL)
		fail_msg("note is: %s", g.note);
	buf_release(&names);
	done(&g);
}

static void expect_error(struct got g, enum err_code rc, const char *says, const char *hints)
{
	expect_failure(g.rc, &g.err, rc, says, hints);
	done(&g);
}

#define ROW(r, cells) "<row r=\"" #r "\">" cells "</row>"
#define N(ref, v)     "<c r=\"" ref "\"><v>" v "</v></c>"
#define D(ref, v)     "<c r=\"" ref "\" s=\"1\"><v>" v "</v></c>"
#define P(ref, v)     "<c r=\"" ref "\" s=\"2\"><v>" v "</v></c>"
#define T(ref, v)     "<c r=\"" ref "\" t=\"inlineStr\"><is><t>" v "</t></is></c>"
#define DATA(rows)    "<sheetData>" rows "</sheetData>"
#define HEAD(r)       ROW(r, T("A" #r, "id") T("B" #r, "name"))

static void make(const char *sheet, const char *sheet2)
{
	zipmake_workbook(path, &(struct zipmake_book){
		.sheet = sheet, .sheet2 = sheet2,
		.formats = "<numFmt numFmtId=\"164\" formatCode=\"[h]:mm\"/>",
		.xfs = "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>" });
}

static void types_come_from_the_cells(void **state)
{
	(void)state;
	make(DATA(ROW(1, T("A1", "id") T("B1", "code") T("C1", "day") T("D1", "net") T("E1", "took"))
		  ROW(2, N("A2", "1") T("B2", "12") D("C2", "45292") N("D2", "0.10000000000000001")
		      P("E2", "0.5"))
		  ROW(3, N("A3", "2") T("B3", "13") D("C3", "45293") N("D3", "2")
		      P("E3", "0.25"))), NULL);
	expect(read_book("b.xlsx", NULL), "id:int code:text day:date net:decimal took:text",
	       "1|12|2024-01-01|0.1|12:00:00@2;2|13|2024-01-02|2|06:00:00@3;",
	       "xlsx, sheet Sheet1, header in row 1 (likely)");
}

static void the_header_is_found_below_titles(void **state)
{
	(void)state;
	make(DATA(ROW(1, T("A1", "Report")) ROW(2, "") ROW(4, T("B4", "id") T("C4", "name") T("D4", "id"))
		  ROW(5, N("B5", "1") T("C5", "a") N("D5", "7")) ROW(6, "<c r=\"B6\" s=\"1\"/>")
		  ROW(7, N("B7", "2")) ROW(9, "<c r=\"A9\"/>")), NULL);
	expect(read_book("b.xlsx", NULL), "id:int name:text id_2:int", "1|a|7@5;2|-|-@7;",
	       "header in row 4 (likely); empty or doubled header names became id_2");
	make(DATA(ROW(1, N("A1", "1") T("B1", "a")) ROW(2, N("A2", "2") T("B2", "b"))), NULL);
	expect(read_book("b.xlsx", NULL), "column_1:int column_2:text", "1|a@1;2|b@2;", "no header");
	expect(read_book("b.xlsx", "header", "yes", NULL), "1:int a:text", "2|b@2;", "row 1 (set)");
	make(DATA(ROW(1, T("A1", "2024") T("B1", "2024")) ROW(2, T("A2", "Q1") T("B2", "Q2"))
		  ROW(3, N("A3", "5") N("B3", "6"))), NULL);
	expect(read_book("b.xlsx", "header", "2", NULL), "2024 Q1:int 2024 Q2:int", "5|6@3;", NULL);
	expect(read_book("b.xlsx", "skip", "1", NULL), "Q1:int Q2:int", "5|6@3;", "row 2");
}

static void ranges_cut_the_sheet(void **state)
{
	(void)state;
	make(DATA(ROW(1, T("A1", "x") T("B1", "y") T("C1", "z")) ROW(2, N("A2", "1") N("B2", "2") N("C2", "3"))
		  ROW(3, N("A3", "4") N("B3", "5") N("C3", "6"))
		  ROW(4, N("A4", "7") N("B4", "8"))), NULL);
	expect(read_book("b.xlsx", "range", "B1:C3", NULL), "y:int z:int", "2|3@2;5|6@3;", NULL);
	expect(read_book("b.xlsx", "range", "B:B", NULL), "y:int", "2@2;5@3;8@4;", NULL);
	expect(read_book("b.xlsx", "range", "B3", NULL), "column_1:int column_2:int",
		"5|6@3;8|-@4;", NULL);
	expect_error(read_book("b.xlsx", "range", "3B", NULL), ERR_CONFIG, "range 3B is none", "B4:H200");
	expect_error(read_book("b.xlsx", "range", "C1:B2", NULL), ERR_CONFIG, "is none", NULL);
	expect_error(read_book("b.xlsx", "range", "F1:G9", NULL), ERR_INPUT,
		"no cells with anything", NULL);
}

static void errors_are_rejects_or_nulls(void **state)
{
	static const char sheet[] =
		DATA(HEAD(1) ROW(2, N("A2", "1") T("B2", "a\"b"))
		     ROW(3, "<c r=\"A3\" t=\"e\"><v>#N/A</v></c>" T("B3", "c"))
		     ROW(4, "<c r=\"A4\"><f>1+1</f></c>" T("B4", "d")) ROW(5, N("A5", "2"))
		     ROW(6, N("A6", "3") N("D6", "9")));

	(void)state;
	make(sheet, NULL);
	expect(read_book("b.xlsx", "range", "A:B", NULL), "id:int name:text",
	       "1|a\"b@2;#id: is an error of the sheet (Sheet1!A3) {\"id\": \"#N/A\", \"name\": \"c\"}@3;"
	       "#id: is a formula whose result was not stored (Sheet1!A4) {\"id\": \"\", \"name\": \"d\"}@4;"
	       "2|-@5;3|-@6;", NULL);
	expect(read_book("b.xlsx", "range", "A:B", "errors", "null", NULL), "id:int name:text",
	       "1|a\"b@2;-|c@3;-|d@4;2|-@5;3|-@6;", NULL);
}

/* More rows than are looked at, then a cell beyond the columns. */
static void a_cell_beyond_the_columns_is_told(void **state)
{
	struct buf sheet;
	struct got g;

	(void)state;
	buf_init(&sheet, 1 << 20);
	buf_adds(&sheet, "<sheetData>" HEAD(1));
	for (int i = 2; i < 130; i++)
		buf_addf(&sheet, "<row r=\"%d\"><c r=\"A%d\"><v>%d</v></c>%s</row>", i, i, i,
			 i == 120 ? "<c r=\"E120\"><v>5</v></c>" : "");
	buf_adds(&sheet, "</sheetData>");
	make(buf_str(&sheet), NULL);
	g = read_book("b.xlsx", NULL);
	assert_int_equal(g.rc, ERR_OK);
	assert_non_null(strstr(buf_str(&g.rows), "119|-@119;#: a value stands beyond the columns of the "
			       "table (Sheet1!E120) {\"id\": \"120\"}@120;121|-@121;"));
	done(&g);
	g = read_book("b.xlsx", "extra", "ignore", NULL);
	assert_non_null(strstr(buf_str(&g.rows), "119|-@119;120|-@120;121|-@121;"));
	done(&g);
	buf_release(&sheet);
}

static void sheets_are_chosen(void **state)
{
	struct got g;

	(void)state;
	make(DATA(HEAD(1) ROW(2, N("A2", "1") T("B2", "a"))),
	     DATA(ROW(1, T("A1", "name") T("C1", "id")) ROW(2, T("A2", "b") N("C2", "2"))
		  ROW(3, T("A3", "c") N("C3", "3"))));
	expect(read_book("b.xlsx", NULL), NULL, "1|a@2;", "sheet Sheet1");
	expect(read_book("b.xlsx", "sheet", "Second", NULL), "name:text id:int", "b|2@2;c|3@3;",
		NULL);
	expect(read_book("b.xlsx", "sheet", "2", NULL), NULL, "b|2@2;c|3@3;", NULL);
	expect(read_book("b.xlsx#Second", NULL), NULL, "b|2@2;c|3@3;", "sheet Second");
	g = read_book("b.xlsx", "sheet", "*", NULL);
	assert_string_equal(strrchr(g.part, '/') + 1, "b.xlsx!Second");
	expect(g, "id:int name:text", "1|a@2;2|b@2;3|c@3;", "and 1 more");
	expect_error(read_book("b.xlsx", "sheet", "Third", NULL), ERR_NOT_FOUND, "has no sheet Third",
		     "Sheet1, Second");
	make(DATA(HEAD(1)), DATA(ROW(1, T("A1", "id") T("B1", "other")) ROW(2, N("A2", "1"))));
	expect_error(read_book("b.xlsx#*", NULL), ERR_INPUT, "sheet Second does not have the columns",
		     NULL);
	zipmake_workbook(path, &(struct zipmake_book){
		.sheet = DATA(HEAD(1) ROW(2, N("A2", "1"))), .state = " state=\"hidden\"",
		.sheet2 = DATA(HEAD(1) ROW(2, N("A2", "2"))) });
	expect(read_book("b.xlsx", NULL), NULL, "2|-@2;", "sheet Second");
	expect(read_book("b.xlsx#Sheet1", NULL), NULL, "1|-@2;", "sheet Sheet1");
	expect(read_book("b.xlsx#*", NULL), NULL, "2|-@2;", NULL);
	expect(read_book("b.xlsx#*", "hidden", "take", NULL), NULL, "1|-@2;2|-@2;", NULL);
}

static void hidden_rows_and_columns_may_be_left_out(void **state)
{
	(void)state;
	make("<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols>"
	     DATA(HEAD(1) ROW(2, N("A2", "1") T("B2", "a"))
		  "<row r=\"3\" hidden=\"1\">" N("A3", "2") "</row>" ROW(4, N("A4", "3"))), NULL);
	expect(read_book("b.xlsx", NULL), "id:int name:text", "1|a@2;2|-@3;3|-@4;", NULL);
	expect(read_book("b.xlsx", "hidden", "skip", NULL), "id:int", "1@2;3@4;", NULL);
}

static void merged_cells_may_be_repeated(void **state)
{
	(void)state;
	make(DATA(HEAD(1) ROW(2, T("A2", "x") N("B2", "1")) ROW(3, N("B3", "2")) ROW(4, N("B4", "3"))
		  ROW(5, T("A5", "y")))
	     "<mergeCells count=\"2\"><mergeCell ref=\"A5:B5\"/><mergeCell ref=\"A2:A4\"/></mergeCells>",
	     NULL);
	expect(read_book("b.xlsx", NULL), NULL, "x|1@2;-|2@3;-|3@4;y|-@5;", NULL);
	expect(read_book("b.xlsx", "merged", "repeat", NULL), NULL, "x|1@2;x|2@3;x|3@4;y|y@5;",
		NULL);
}

static void the_calendar_may_start_in_1904(void **state)
{
	(void)state;
	zipmake_workbook(path, &(struct zipmake_book){
		.sheet = DATA(ROW(1, T("A1", "day")) ROW(2, D("A2", "43830"))),
		.workbook = "<workbookPr date1904=\"1\"/>",
		.xfs = "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>" });
	expect(read_book("b.xlsx", NULL), "day:date", "2024-01-01@2;", NULL);
}

/* An answer before the first row, or an error: never a part of a damaged file for all of it. */
static void damage_is_an_answer(void **state)
{
	struct zipmake z;

	(void)state;
	zipmake_begin(&z, path);
	zipmake_text(&z, "xl/workbook.xml", "<workbook><sheets/></workbook>");
	zipmake_end(&z);
	expect_error(read_book("b.xlsx", NULL), ERR_INPUT, "has no sheet", NULL);
	zipmake_workbook(path, &(struct zipmake_book){ .sheet = NULL });
	expect_error(read_book("b.xlsx", NULL), ERR_NOT_FOUND, "no sheet that is visible", NULL);
	make(DATA(""), NULL);
	expect_error(read_book("b.xlsx", NULL), ERR_INPUT, "no cells with anything", "range");
	make("<sheetData>" HEAD(1) ROW(2, N("A2", "1")), NULL);
	expect_error(read_book("b.xlsx", NULL), ERR_INPUT, "it ends before its last row", NULL);
	make(DATA(HEAD(1) ROW(2, N("A2", "1"))), NULL);
	expect_error(read_book("b.xlsx", "format", "csv", NULL), ERR_INPUT, "xlsx", NULL);
}

static int make_folder(void **state)
{
	(void)state;
	expect_path(folder, sizeof(folder), "book");
	snprintf(path, sizeof(path), "%s/b.xlsx", folder);
	return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_come_from_the_cells),
		cmocka_unit_test(the_header_is_found_below_titles),
		cmocka_unit_test(ranges_cut_the_sheet),
		cmocka_unit_test(errors_are_rejects_or_nulls),
		cmocka_unit_test(a_cell_beyond_the_columns_is_told),
		cmocka_unit_test(sheets_are_chosen),
		cmocka_unit_test(hidden_rows_and_columns_may_be_left_out),
		cmocka_unit_test(merged_cells_may_be_repeated),
		cmocka_unit_test(the_calendar_may_start_in_1904),
		cmocka_unit_test(damage_is_an_answer),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
