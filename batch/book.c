/*
 * batch/book.c
 *	Values of an answer into the cells that keep them exactly.
 */
#include "batch/book.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/flow/xlsx_write.h"

#define EXACT_DIGITS 15
#define EXACT_INT    INT64_C(999999999999999)

struct book {
	struct xlsx_writer *to;
	int64_t rows_max;
	int64_t rows;	/* of this sheet; 0: there is none yet */
};

enum err_code book_new(struct arena *mem, int64_t rows_max, struct book **out, struct err *err)
{
	struct book *b = arena_alloc(mem, sizeof(*b));

	b->rows_max = rows_max;
	*out = b;
	return xlsx_write_new(mem, &b->to, err);
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
	bool is_day = false;
	double d;

	if ((col->flags & COL_DECIMAL) && number_of(v->text, v->len, &d))
		xlsx_write_number(b->to, c, d, XLSX_LOOK_PLAIN);
	else if (((col->flags & COL_MOMENT) || col->kind == VAL_TIME) &&
		 serial_of(v->text, &d, &is_day))
		xlsx_write_number(b->to, c, d, is_day ? XLSX_LOOK_DAY : XLSX_LOOK_MOMENT);
	else
		return xlsx_write_text(b->to, c, (struct slice){ v->text, v->len }, XLSX_LOOK_PLAIN,
				       col->name, err);
	return ERR_OK;
}

static enum err_code put_value(struct book *b, int c, const struct val_spec *col,
			       const struct reply_value *v, struct err *err)
{
	struct reply_value as_text = *v;
	char text[40];

	if (!v->is_set)
		return ERR_OK;
	if (v->text != NULL)
		return put_known_text(b, c, col, v, err);
	if (col->kind == VAL_BOOL) {
		xlsx_write_bool(b->to, c, v->i != 0);
		return ERR_OK;
	}
	if ((col->kind == VAL_FLOAT8 || col->kind == VAL_SECONDS) && isfinite(v->f)) {
		xlsx_write_number(b->to, c, v->f, XLSX_LOOK_PLAIN);
		return ERR_OK;
	}
	if ((col->kind == VAL_INT8 || col->kind == VAL_BYTES || col->kind == VAL_DURATION) &&
	    v->i <= EXACT_INT && v->i >= -EXACT_INT) {
		xlsx_write_number(b->to, c, (double)v->i, XLSX_LOOK_PLAIN);
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
	enum err_code rc = xlsx_write_sheet(b->to, err);

	for (int c = 0; c < n && rc == ERR_OK; c++)
		rc = xlsx_write_text(b->to, c, slice_of(cols[c].name), XLSX_LOOK_BOLD,
				     cols[c].name, err);
	b->rows = 1;
	return rc;
}

enum err_code book_row(struct book *b, int n, const struct val_spec *cols,
		       const struct reply_value *row, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (b->rows == 0 || b->rows == b->rows_max)
		rc = book_head(b, n, cols, err);
	xlsx_write_row(b->to);
	for (int c = 0; c < n && rc == ERR_OK; c++)
		rc = put_value(b, c, &cols[c], &row[c], err);
	b->rows++;
	return rc;
}

enum err_code book_end(struct book *b, FILE *out, struct err *err)
{
	return xlsx_write_end(b->to, out, err);
}
