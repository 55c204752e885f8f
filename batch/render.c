/*
 * batch/render.c
 *	Rows of an answer on standard output.
 */
#include "batch/render.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "batch/book.h"
#include "batch/cell.h"
#include "batch/table.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define ROW_LIMIT (256u << 20)	/* of one row in any form */
#define WIDTH_MAX 1000

struct render {
	enum render_form form;
	const struct cmd_spec *spec;
	FILE *out;
	int width;
	bool is_terminal;
	bool is_one;		/* one object, not a list */
	bool is_none;		/* no list at all */
	int64_t rows;
	int errnum;		/* of the first write that failed */
	struct table *table;	/* NULL: rows are written as they come */
	struct buf line;
	struct book *book;	/* RENDER_XLSX */
	enum err_code book_rc;	/* what stopped it */
	struct err book_err;
};

static const char *const forms[] = { "table", "json", "jsonl", "csv", "csv-safe", "xlsx" };

int render_form_of(const char *word)
{
	for (int i = 0; i < (int)(sizeof(forms) / sizeof(forms[0])); i++)
		if (strcmp(word, forms[i]) == 0)
			return i;
	return -1;
}

void render_locale(void)
{
	static bool is_set;

	if (is_set)
		return;
	is_set = true;
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int render_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	long n = columns != NULL ? strtol(columns, NULL, 10) : 0;
	struct winsize w;

	if (n >= 2 && n <= WIDTH_MAX)
		return (int)n;
	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col >= 2)
		return w.ws_col < WIDTH_MAX ? w.ws_col : WIDTH_MAX;
	return 80;
}

static void release(void *obj)
{
	struct render *r = obj;

	buf_release(&r->line);
}

struct render *render_new(struct arena *mem, enum render_form form, const struct cmd_spec *spec,
			  FILE *out, int width)
{
	struct render *r = arena_alloc(mem, sizeof(*r));

	r->form = form;
	r->spec = spec;
	r->out = out;
	r->width = width;
	r->is_one = (spec->flags & CMD_ONE) != 0;
	r->is_terminal = isatty(fileno(out)) != 0;
	buf_init(&r->line, ROW_LIMIT);
	arena_on_free(mem, release, r);
	if (form == RENDER_TABLE && !(spec->flags & (CMD_PLAIN | CMD_STREAMS)))
		r->table = table_new(mem, width);
	if (form == RENDER_XLSX)
		r->book_rc = book_new(mem, BOOK_ROWS_MAX, &r->book, &r->book_err);
	return r;
}

void render_many(struct render *r)
{
	r->is_one = false;
}

void render_none(struct render *r)
{
	r->is_none = true;
}

/* Writes and empties r->line. A terminal gets clean text in whatever form. */
static void put(struct render *r)
{
	struct buf clean;
	const char *p = buf_str(&r->line);

	if (!r->is_terminal) {
		if (fwrite(p, 1, r->line.len, r->out) != r->line.len && r->errnum == 0)
			r->errnum = errno;
		buf_clear(&r->line);
		return;
	}
	buf_init(&clean, ROW_LIMIT);
	for (size_t left = r->line.len; left > 0;) {
		const char *end = memchr(p, '\n', left);
		size_t n = end != NULL ? (size_t)(end - p) : left;

		text_clean(&clean, p, n);
		n += end != NULL;
		p += n;
		left -= n;
		if (end != NULL)
			buf_adds(&clean, "\n");
	}
	if (fwrite(buf_str(&clean), 1, clean.len, r->out) != clean.len && r->errnum == 0)
		r->errnum = errno;
	buf_release(&clean);
	buf_clear(&r->line);
}

static void add_object(struct render *r, int n, const struct val_spec *cols,
		       const struct reply_value *row)
{
	buf_adds(&r->line, "{");
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(&r->line, ",");
		js_add_text(&r->line, slice_of(cols[i].name), 0);
		buf_adds(&r->line, ":");
		cell_json(&r->line, &cols[i], &row[i]);
	}
	buf_adds(&r->line, "}");
}

static void json_row(struct render *r, int n, const struct val_spec *cols,
		     const struct reply_value *row)
{
	if (!r->is_one)
		buf_adds(&r->line, r->rows == 0 ? "[" : ",\n ");
	add_object(r, n, cols, row);
	if (r->is_one)
		buf_adds(&r->line, "\n");
}

static void csv_head(struct render *r, int n, const struct val_spec *cols)
{
	for (int i = 0; i < n; i++) {
		struct reply_value name = {
			.is_set = true, .text = cols[i].name, .len = strlen(cols[i].name),
		};

		if (i > 0)
			buf_adds(&r->line, ",");
		cell_csv(&r->line, &(struct val_spec){ .kind = VAL_TEXT }, &name,
			 r->form == RENDER_CSV_SAFE);
	}
	buf_adds(&r->line, "\r\n");
}

static void csv_row(struct render *r, int n, const struct val_spec *cols,
		    const struct reply_value *row)
{
	if (r->rows == 0)
		csv_head(r, n, cols);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(&r->line, ",");
		cell_csv(&r->line, &cols[i], &row[i], r->form == RENDER_CSV_SAFE);
	}
	buf_adds(&r->line, "\r\n");
}

static void table_row_now(struct render *r, int n, const struct val_spec *cols,
			  const struct reply_value *row)
{
	if (r->spec->flags & CMD_PLAIN) {
		buf_add(&r->line, row[0].text, row[0].len);
		buf_adds(&r->line, "\n");
		return;
	}
	if (r->rows == 0)
		table_stream_row(&r->line, r->width, true, n, cols, NULL);
	table_stream_row(&r->line, r->width, false, n, cols, row);
}

void render_row(void *ctx, int n, const struct val_spec *cols, const struct reply_value *row)
{
	struct render *r = ctx;

	switch (r->form) {
	case RENDER_TABLE:
		if (r->table != NULL)
			table_row(r->table, n, cols, row);
		else
			table_row_now(r, n, cols, row);
		break;
	case RENDER_JSON:
		json_row(r, n, cols, row);
		break;
	case RENDER_JSONL:
		add_object(r, n, cols, row);
		buf_adds(&r->line, "\n");
		break;
	case RENDER_CSV:
	case RENDER_CSV_SAFE:
		csv_row(r, n, cols, row);
		break;
	case RENDER_XLSX:
		if (r->book_rc == ERR_OK)
			r->book_rc = book_row(r->book, n, cols, row, &r->book_err);
		break;
	}
	r->rows++;
	put(r);
	if ((r->spec->flags & CMD_STREAMS) && fflush(r->out) != 0 && r->errnum == 0)
		r->errnum = errno;
}

bool render_is_closed(const struct render *r)
{
	return r->errnum == EPIPE;
}

bool render_is_blank(const struct render *r)
{
	return r->table != NULL && r->is_terminal && r->rows == 0 && r->spec->reply != NULL &&
	       !r->is_one && !(r->spec->flags & CMD_WRITES);
}

/* The declared columns, for an answer without rows. */
static int declared(const struct val_spec *cols)
{
	int n = 0;

	while (cols != NULL && cols[n].name != NULL)
		n++;
	return n;
}

static enum err_code end_book(struct render *r, struct err *err)
{
	enum err_code rc = r->book_rc;

	if (rc != ERR_OK) {
		*err = r->book_err;
		return rc;
	}
	if (r->rows == 0)
		rc = book_head(r->book, declared(r->spec->reply), r->spec->reply, err);
	if (rc == ERR_OK)
		rc = book_end(r->book, r->out, err);
	if (ferror(r->out) && r->errnum == 0)
		r->errnum = errno;
	return rc;
}

enum err_code render_end(struct render *r, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (r->form == RENDER_JSON && !r->is_one)
		buf_adds(&r->line, r->rows == 0 ? "[]\n" : "]\n");
	if ((r->form == RENDER_CSV || r->form == RENDER_CSV_SAFE) && r->rows == 0 && !r->is_one &&
	    !r->is_none)
		csv_head(r, declared(r->spec->reply), r->spec->reply);
	put(r);
	if (r->form == RENDER_XLSX)
		rc = end_book(r, err);
	if (r->table != NULL)
		rc = table_write(r->table, r->out, r->is_one, err);
	if (fflush(r->out) != 0 && r->errnum == 0)
		r->errnum = errno;
	if (rc == ERR_OK && r->errnum != 0 && r->errnum != EPIPE)
		rc = err_sys(err, r->errnum, "writing the results");
	return rc;
}
