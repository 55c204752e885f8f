/*
 * batch/book.c
 *	Values into cells, by libxlsxwriter in the mode that keeps one row.
 */
#include "batch/book.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/base/clock.h"

#define EXACT_DIGITS 15
#define EXACT_INT    INT64_C(999999999999999)
#define TEXT_LIMIT   (1u << 20)	/* of one cell, in bytes with escapes */

struct book {
	char path[300];
	lxw_workbook *file;
	lxw_worksheet *sheet;
	lxw_format *bold, *day, *moment;
	int64_t rows_max;
	int64_t rows;	/* of this sheet */
	struct buf text;
};

static void release(void *obj)
{
	struct book *b = obj;

	/* Closing is the only way to free it; the file goes away at once. */
	if (b->file != NULL)
		workbook_close(b->file);
	b->file = NULL;
	if (b->path[0] != '\0')
		unlink(b->path);
	buf_release(&b->text);
}

enum err_code book_new(struct arena *mem, int64_t rows_max, struct book **out, struct err *err)
{
	struct book *b = arena_alloc(mem, sizeof(*b));
	const char *folder = getenv("TMPDIR");
	lxw_workbook_options options = { .constant_memory = LXW_TRUE };
	int fd;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	b->rows_max = rows_max;
	snprintf(b->path, sizeof(b->path), "%.200s/leat-XXXXXX", folder);
	fd = mkstemp(b->path);
	if (fd < 0) {
		b->path[0] = '\0';
		return err_sys(err, errno, "making a file for the workbook in %s", folder);
	}
	close(fd);
	buf_init(&b->text, TEXT_LIMIT);
	arena_on_free(mem, release, b);
	options.tmpdir = arena_strdup(mem, folder);
	b->file = workbook_new_opt(b->path, &options);
	if (b->file == NULL)
		return err_set(err, ERR_DISK, "no workbook could be begun in %s", folder);
	b->bold = workbook_add_format(b->file);
	format_set_bold(b->bold);
	b->day = workbook_add_format(b->file);
	format_set_num_format(b->day, "yyyy-mm-dd");
	b->moment = workbook_add_format(b->file);
	format_set_num_format(b->moment, "yyyy-mm-dd hh:mm:ss.000");
	*out = b;
	return ERR_OK;
}

/* ---- texts ----------------------------------------------------------------- */

/* _x000D_ means a character to whoever reads: one that is text gets its _ written so. */
static bool looks_escaped(const char *p, size_t n)
{
	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return false;
	for (int i = 2; i < 6; i++)
		if (strchr("0123456789abcdefABCDEF", p[i]) == NULL || p[i] == '\0')
			return false;
	return true;
}

/* libxlsxwriter escapes control characters itself. */
static enum err_code put_text(struct book *b, int column, const char *p, size_t n,
			      const char *name, struct err *err)
{
	int64_t chars = 0;
	enum err_code rc;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		chars += (c & 0xc0) != 0x80 ? 1 + (c >= 0xf0) : 0;
	}
	if (chars > BOOK_CHARS_MAX) {
		rc = err_set(err, ERR_LIMIT, "row %lld: %.60s has %lld characters, and a cell of a "
			     "workbook holds %d", (long long)b->rows, name, (long long)chars,
			     BOOK_CHARS_MAX);
		err_hint(err, "Other forms have no such limit: -o csv, -o jsonl.");
		return rc;
	}
	buf_clear(&b->text);
	for (size_t i = 0; i < n; i++) {
		if (looks_escaped(p + i, n - i))
			buf_adds(&b->text, "_x005F");
		buf_add(&b->text, p + i, 1);
	}
	worksheet_write_string(b->sheet, (lxw_row_t)b->rows, (lxw_col_t)column, buf_str(&b->text),
			       NULL);
	return ERR_OK;
}

/* ---- numbers and moments that are texts in an answer ------------------------ */

static bool take_int(const char **p, int digits, int64_t *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + *(*p)++ - '0';
	}
	return true;
}

static bool take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* "2024-01-05[ 13:45:10[.123][+00]]" as a serial number; false: it stays a text. */
static bool serial_of(const char *p, double *out, bool *is_day)
{
	int64_t y, m, d, h = 0, min = 0, s = 0, ms = 0, days;

	if (!take_int(&p, 4, &y) || !take_char(&p, '-') || !take_int(&p, 2, &m) ||
	    !take_char(&p, '-') || !take_int(&p, 2, &d) || m < 1 || m > 12)
		return false;
	*is_day = *p == '\0';
	if (!*is_day && !((take_char(&p, ' ') || take_char(&p, 'T')) && take_int(&p, 2, &h) &&
			  take_char(&p, ':') && take_int(&p, 2, &min) && take_char(&p, ':') &&
			  take_int(&p, 2, &s)))
		return false;
	if (take_char(&p, '.')) {
		for (int64_t unit = 100; *p >= '0' && *p <= '9'; p++, unit /= 10) {
			if (unit == 0 && *p != '0')
				return false;
			ms += unit * (*p - '0');
		}
	}
	if (strcmp(p, "") != 0 && strcmp(p, "+00") != 0 && strcmp(p, "Z") != 0)
		return false;
	days = calendar_days(y, (int)m, (int)d) - calendar_days(1899, 12, 30);
	*out = (double)days + (double)(((h * 60 + min) * 60 + s) * 1000 + ms) / 86400000.0;
	/* Before March 1900 spreadsheets disagree on what day it is. */
	return days > 60;
}

/* A decimal that a spreadsheet keeps digit by digit. */
static bool number_of(const char *p, size_t n, double *out)
{
	size_t digits = 0;
	char *end;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			digits += digits > 0 || p[i] != '0';
		else if (p[i] != '.' && !(p[i] == '-' && i == 0))
			return false;
	}
	*out = strtod(p, &end);
	return digits <= EXACT_DIGITS && n > 0 && end == p + n && isfinite(*out);
}

/* ---- rows ------------------------------------------------------------------ */

static enum err_code put_known_text(struct book *b, int c, const struct val_spec *col,
				    const struct reply_value *v, struct err *err)
{
	lxw_row_t row = (lxw_row_t)b->rows;
	bool is_day = false;
	double d;

	if ((col->flags & COL_DECIMAL) && number_of(v->text, v->len, &d))
		worksheet_write_number(b->sheet, row, (lxw_col_t)c, d, NULL);
	else if (((col->flags & COL_MOMENT) || col->kind == VAL_TIME) &&
		 serial_of(v->text, &d, &is_day))
		worksheet_write_number(b->sheet, row, (lxw_col_t)c, d, is_day ? b->day : b->moment);
	else
		return put_text(b, c, v->text, v->len, col->name, err);
	return ERR_OK;
}

static enum err_code put_value(struct book *b, int c, const struct val_spec *col,
			       const struct reply_value *v, struct err *err)
{
	lxw_row_t row = (lxw_row_t)b->rows;
	struct reply_value as_text = *v;
	char text[40];

	if (!v->is_set)
		return ERR_OK;
	if (v->text != NULL)
		return put_known_text(b, c, col, v, err);
	if (col->kind == VAL_BOOL) {
		worksheet_write_boolean(b->sheet, row, (lxw_col_t)c, v->i != 0, NULL);
		return ERR_OK;
	}
	if ((col->kind == VAL_FLOAT8 || col->kind == VAL_SECONDS) && isfinite(v->f)) {
		worksheet_write_number(b->sheet, row, (lxw_col_t)c, v->f, NULL);
		return ERR_OK;
	}
	if ((col->kind == VAL_INT8 || col->kind == VAL_BYTES || col->kind == VAL_DURATION) &&
	    v->i <= EXACT_INT && v->i >= -EXACT_INT) {
		worksheet_write_number(b->sheet, row, (lxw_col_t)c, (double)v->i, NULL);
		return ERR_OK;
	}
	if (col->kind == VAL_TIME)
		clock_iso(v->i, text, sizeof(text));
	else if (col->kind == VAL_FLOAT8 || col->kind == VAL_SECONDS)
		snprintf(text, sizeof(text), "%f", v->f);
	else
		snprintf(text, sizeof(text), "%lld", (long long)v->i);
	as_text.text = text;
	as_text.len = strlen(text);
	return put_known_text(b, c, col, &as_text, err);
}

enum err_code book_head(struct book *b, int n, const struct val_spec *cols, struct err *err)
{
	b->sheet = workbook_add_worksheet(b->file, NULL);
	if (b->sheet == NULL)
		return err_set(err, ERR_DISK, "a sheet of the workbook could not be begun");
	b->rows = 1;
	for (int c = 0; c < n; c++)
		worksheet_write_string(b->sheet, 0, (lxw_col_t)c, cols[c].name, b->bold);
	worksheet_freeze_panes(b->sheet, 1, 0);
	return ERR_OK;
}

enum err_code book_row(struct book *b, int n, const struct val_spec *cols,
		       const struct reply_value *row, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (b->sheet == NULL || b->rows == b->rows_max)
		rc = book_head(b, n, cols, err);
	for (int c = 0; c < n && rc == ERR_OK; c++)
		rc = put_value(b, c, &cols[c], &row[c], err);
	b->rows++;
	return rc;
}

enum err_code book_end(struct book *b, FILE *out, struct err *err)
{
	lxw_error failed = workbook_close(b->file);
	char block[16384];
	FILE *in;
	size_t n;

	b->file = NULL;
	if (failed != LXW_NO_ERROR)
		return err_set(err, ERR_DISK, "the workbook could not be written: %s",
			       lxw_strerror(failed));
	in = fopen(b->path, "rbe");
	if (in == NULL)
		return err_sys(err, errno, "reading the workbook again");
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		if (fwrite(block, 1, n, out) != n)
			break;
	fclose(in);
	return ERR_OK;
}
