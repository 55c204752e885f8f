/*
 * connectors/file/book.c
 *	Workbooks as a format: sheets chosen, and their rows into batches.
 */
#include "connectors/file/book.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/jsonl.h"
#include "core/flow/parse.h"
#include "core/io/digest.h"
#include "core/io/files.h"

/* ---- open ------------------------------------------------------------------ */

static enum err_code no_such_sheet(const struct book_source *b, const char *wanted,
				   struct err *err)
{
	struct buf names;
	enum err_code rc = err_set(err, ERR_NOT_FOUND, "%s has no sheet %.60s", b->base.name,
				   wanted);

	buf_init(&names, 300);
	for (int i = 0; i < b->book->nsheets && i < 10; i++)
		buf_addf(&names, "%s%.40s%s", i > 0 ? ", " : "",
			 text_clean_dup(b->base.mem, b->book->sheet[i].name,
					strlen(b->book->sheet[i].name)),
			 b->book->sheet[i].is_hidden ? " (hidden)" : "");
	err_hint(err, "Its sheets are: %s%s.", buf_str(&names),
		 b->book->nsheets > 10 ? ", ..." : "");
	buf_release(&names);
	return rc;
}

static void choose(struct book_source *b, int i)
{
	b->chosen[b->nchosen++] = i;
}

/* By its exact name (hidden or not), by its number, or by a pattern. */
static enum err_code choose_sheets(struct book_source *b, struct err *err)
{
	const struct xlsx_book *book = b->book;
	const char *wanted = b->options->sheet;
	int64_t number;

	b->chosen = arena_array(b->base.mem, (size_t)book->nsheets, sizeof(*b->chosen));
	for (int i = 0; wanted != NULL && i < book->nsheets; i++)
		if (strcasecmp(book->sheet[i].name, wanted) == 0)
			choose(b, i);
	if (b->nchosen == 0 && wanted != NULL && parse_int(slice_of(wanted), &number) == PARSE_OK &&
	    number >= 1 && number <= book->nsheets)
		choose(b, (int)number - 1);
	for (int i = 0; b->nchosen == 0 && wanted == NULL && i < book->nsheets; i++)
		if (!book->sheet[i].is_hidden && book->sheet[i].entry >= 0)
			choose(b, i);
	if (wanted != NULL && b->nchosen == 0)
		for (int i = 0; i < book->nsheets; i++)
			if ((!book->sheet[i].is_hidden || b->options->take_hidden) &&
			    book->sheet[i].entry >= 0 &&
			    fnmatch(wanted, book->sheet[i].name, 0) == 0)
				choose(b, i);
	if (b->nchosen == 0)
		return no_such_sheet(b, wanted != NULL ? wanted : "that is visible", err);
	for (int i = 0; i < b->nchosen; i++)
		if (book->sheet[b->chosen[i]].entry < 0)
			return err_set(err, ERR_INPUT, "%s: sheet %.60s has no cells (it is a chart, or "
				       "missing)", b->base.name, book->sheet[b->chosen[i]].name);
	return ERR_OK;
}

static enum err_code open_strings(struct book_source *b, struct err *err)
{
	struct arena *mem = b->base.mem;
	struct xml *x = NULL;
	enum err_code rc = ERR_OK;

	if (b->book->strings >= 0) {
		rc = zip_stream_open(mem, b->book->zip, b->book->strings, false,
				     &b->strings_stream, err);
		if (rc == ERR_OK)
			x = xml_new(mem, arena_printf(mem, "%s: its shared texts", b->base.name),
				    xlsx_read_part, b->strings_stream);
	}
	b->strings = xlsx_strings_new(mem, b->base.name, x);
	return rc;
}

static enum err_code book_open(struct arena *own, const char *path, const struct source_set *set,
			       struct source **out, struct err *err)
{
	struct book_source *b = arena_alloc(own, sizeof(*b));
	enum err_code rc;

	b->base.mem = own;
	b->base.path = path;
	b->base.name = input_name(own, path);
	b->options = set->options;
	b->env = set->env;
	b->size_bytes = files_size(path);
	rc = xlsx_book_open(own, path, b->base.name, set->env->stop, &b->book, err);
	if (rc == ERR_OK)
		rc = choose_sheets(b, err);
	if (rc == ERR_OK)
		rc = open_strings(b, err);
	/* Only the first of the visible ones is wanted unless it is said. */
	if (b->options->sheet == NULL)
		b->nchosen = b->nchosen > 0;
	*out = &b->base;
	return rc;
}

const char *book_sheet_name(struct arena *mem, const struct book_source *b, int sheet)
{
	const char *name = b->book->sheet[sheet].name;

	return arena_printf(mem, "%s, sheet %.80s", b->base.name,
			    text_clean_dup(mem, name, strlen(name)));
}

static enum err_code open_sheet(struct arena *mem, struct book_source *b, int sheet, bool threaded,
				struct book_scan *out, struct err *err)
{
	const char *name = book_sheet_name(mem, b, sheet);
	enum err_code rc = zip_stream_open(mem, b->book->zip, b->book->sheet[sheet].entry, threaded,
					   &out->stream, err);

	if (rc == ERR_OK)
		out->sheet = xlsx_sheet_new(mem, b->book, b->strings, name,
					    xml_new(mem, name, xlsx_read_part, out->stream));
	return rc;
}

/* Merged cells are told behind the rows: where they matter, the sheet is read twice. */
static enum err_code read_merges(struct arena *mem, struct book_source *b, int sheet,
				 struct book_scan *out, struct err *err)
{
	struct arena *tmp = arena_new(mem, "merges");
	struct book_scan ahead = { .mem = tmp };
	enum xlsx_event event = XLSX_ROW;
	enum err_code rc = open_sheet(tmp, b, sheet, true, &ahead, err);

	while (rc == ERR_OK && event != XLSX_SHEET_END)
		rc = xlsx_sheet_next(ahead.sheet, &event, err);
	if (rc == ERR_OK)
		rc = xlsx_sheet_merges(mem, ahead.sheet, &out->merge, &out->nmerges, err);
	arena_free(tmp);
	return rc;
}

enum err_code book_scan_open(struct arena *mem, struct book_source *b, int sheet, bool threaded,
			     struct book_scan *out, struct err *err)
{
	enum err_code rc = ERR_OK;

	*out = (struct book_scan){ .mem = arena_new(mem, "sheet") };
	if (b->options->repeat_merged)
		rc = read_merges(out->mem, b, sheet, out, err);
	if (rc == ERR_OK)
		rc = open_sheet(out->mem, b, sheet, threaded, out, err);
	return rc;
}

void book_scan_close(struct book_scan *s)
{
	arena_free(s->mem);
	*s = (struct book_scan){ 0 };
}

/* The only sheet is the right one, whatever it is called next month. */
static bool is_one_of_several(const struct xlsx_book *book)
{
	int n = 0;

	for (int i = 0; i < book->nsheets; i++)
		n += !book->sheet[i].is_hidden && book->sheet[i].entry >= 0;
	return n > 1;
}

/* What tomorrow's workbook can be held to: a sheet that has just that name, and its names. */
static void tell_findings(struct arena *mem, const struct book_source *b, struct layout *l)
{
	struct finding *f = arena_array(mem, 2, sizeof(*f));
	const char *sheet = b->book->sheet[b->chosen[0]].name;

	l->finding = f;
	if (b->options->sheet == NULL && is_one_of_several(b->book) &&
	    sheet[strcspn(sheet, "*?[")] == '\0' &&
	    sheet[strspn(sheet, "0123456789")] != '\0')
		f[l->nfindings++] = (struct finding){ "sheet", arena_strdup(mem, sheet), "sure",
						      "it is the first that is visible" };
	if (!b->options->set.has_header)
		f[l->nfindings++] = (struct finding){
			"header", l->has_header ? "yes" : "no", "likely",
			l->has_header ? "the first row as wide as the table holds texts only"
				      : "the first row holds more than texts" };
}

static enum err_code book_columns(struct arena *mem, struct source *first, struct layout *l,
				  struct err *err)
{
	struct book_source *b = (struct book_source *)first;
	struct book_sheet *look = arena_alloc(mem, sizeof(*look));
	enum err_code rc = book_look(mem, b, b->chosen[0], NULL, look, err);
	const char *sheet = b->book->sheet[b->chosen[0]].name;

	if (rc != ERR_OK)
		return rc;
	l->own = look;
	l->has_header = look->has_header;
	l->ncols = look->shape.ncells;
	tell_findings(mem, b, l);
	l->name = look->shape.name;
	l->renamed = look->renamed;
	sheet = text_clean_dup(mem, sheet, strlen(sheet));
	if (b->nchosen > 1)
		sheet = arena_printf(mem, "%.60s and %d more", sheet, b->nchosen - 1);
	if (l->has_header)
		l->note = arena_printf(mem, "xlsx, sheet %.80s, header in row %ld (%s)", sheet,
				       look->header_row,
				       l->options->set.has_header ? "set" : "likely");
	else
		l->note = arena_printf(mem, "xlsx, sheet %.80s, no header (%s), from row %ld",
				       sheet, l->options->set.has_header ? "set" : "likely",
				       look->first_row);
	return ERR_OK;
}

static int64_t book_used_bytes(const struct source *s)
{
	return ((const struct book_source *)s)->used_bytes;
}

/* A workbook with several sheets: each is a stream. */
static enum err_code book_inside(struct arena *mem, const char *path, struct stream_list *out,
				 struct err *err)
{
	struct arena *tmp = arena_new(mem, "book");
	struct xlsx_book *b;
	enum err_code rc = xlsx_book_open(tmp, path, input_name(tmp, path), NULL, &b, err);

	*out = (struct stream_list){ 0 };
	if (rc == ERR_OK && b->nsheets > 1) {
		out->s = arena_array(mem, (size_t)b->nsheets, sizeof(*out->s));
		for (int i = 0; i < b->nsheets; i++)
			if (b->sheet[i].entry >= 0)
				out->s[out->n++] = (struct stream_info){
					.name = arena_strdup(mem, b->sheet[i].name),
					.kind = "sheet",
					.rows = -1,
					.bytes = -1,
					.note = b->sheet[i].is_hidden ? "hidden" : NULL,
				};
	}
	arena_free(tmp);
	return rc;
}

static bool book_knows(const char *head, size_t n)
{
	return xlsx_is_book(head, n);
}

const struct format_ops format_book = {
	.name = "xlsx",
	.endings = "xlsx xlsm xltx xltm xls xlsb ods",
	.knows = book_knows,
	.open = book_open,
	.columns = book_columns,
	.rows = book_rows,
	.read = book_read,
	.kinds = book_kinds,
	.reread = true,
	.used_bytes = book_used_bytes,
	.inside = book_inside,
};
