/*
 * batch/cell.c
 *	One value of an answer in the forms that programs read.
 */
#include "batch/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"

bool cell_is_number(const struct val_spec *col)
{
	switch (col->kind) {
	case VAL_INT8:
	case VAL_FLOAT8:
	case VAL_BYTES:
	case VAL_SECONDS:
	case VAL_DURATION:
		return true;
	default:
		return false;
	}
}

static void add_int(struct buf *out, int64_t v)
{
	buf_addf(out, "%lld", (long long)v);
}

/* The shortest digits that read back to the same number. */
static void add_float(struct buf *out, double v)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_adds(out, text);
}

void cell_json(struct buf *out, const struct val_spec *col, const struct reply_value *v)
{
	char text[32];

	if (!v->is_set) {
		buf_adds(out, "null");
		return;
	}
	switch (col->kind) {
	case VAL_INT8:
	case VAL_BYTES:
	case VAL_DURATION:
		add_int(out, v->i);
		return;
	case VAL_FLOAT8:
	case VAL_SECONDS:
		if (isfinite(v->f))
			add_float(out, v->f);
		else
			buf_adds(out, "null");
		return;
	case VAL_BOOL:
		buf_adds(out, v->i ? "true" : "false");
		return;
	case VAL_JSON:
		buf_add(out, v->text, v->len);
		return;
	case VAL_TIME:
		if (v->text != NULL)
			break;
		clock_iso(v->i, text, sizeof(text));
		js_add_text(out, slice_of(text), 0);
		return;
	case VAL_TEXT:
	case VAL_NAME:
	case VAL_FILE:
	case VAL_CHOICE:
	case VAL_COUNT_OR_PERCENT:
		break;
	}
	js_add_text(out, (struct slice){ v->text, v->len }, 0);
}

static void csv_text(struct buf *out, const char *p, size_t n)
{
	bool must_quote = n == 0;

	for (size_t i = 0; i < n && !must_quote; i++)
		must_quote = p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r';
	if (!must_quote) {
		buf_add(out, p, n);
		return;
	}
	buf_adds(out, "\"");
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			buf_adds(out, "\"");
		buf_add(out, p + i, 1);
	}
	buf_adds(out, "\"");
}

/* What a spreadsheet would take for a formula; a plain number is none. */
static bool is_formula(const char *p, size_t n)
{
	size_t i = 1, digits = 0, points = 0;

	if (n == 0 || strchr("=+-@\t\r", p[0]) == NULL || p[0] == '\0')
		return false;
	if (p[0] != '-' && p[0] != '+')
		return true;
	for (; i < n && ((p[i] >= '0' && p[i] <= '9') || p[i] == '.'); i++) {
		digits += p[i] != '.';
		points += p[i] == '.';
	}
	return i < n || digits == 0 || points > 1;
}

void cell_csv(struct buf *out, const struct val_spec *col, const struct reply_value *v,
	      bool is_safe)
{
	struct buf marked;
	char text[32];

	if (!v->is_set)
		return;
	if (is_safe && v->text != NULL && is_formula(v->text, v->len)) {
		buf_init(&marked, v->len + 1);
		buf_adds(&marked, "'");
		buf_add(&marked, v->text, v->len);
		csv_text(out, buf_str(&marked), marked.len);
		buf_release(&marked);
	} else if (v->text != NULL) {
		csv_text(out, v->text, v->len);
	} else if (col->kind == VAL_TIME) {
		clock_iso(v->i, text, sizeof(text));
		buf_adds(out, text);
	} else {
		cell_json(out, col, v);
	}
}
