/*
 * core/flow/xlsx_sheet.h
 *	The cells of one sheet, in the order in which they stand in its part.
 *
 * Memory:  a window over the part, and one text; nothing is kept of what was given.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_XLSX_SHEET_H
#define CORE_FLOW_XLSX_SHEET_H

#include <stdint.h>

#include "core/flow/xlsx_book.h"
#include "core/flow/xlsx_strings.h"

enum xlsx_kind {
	XLSX_TEXT,
	XLSX_AMOUNT,	/* a number */
	XLSX_BOOL,	/* "true", "false" */
	XLSX_MOMENT,	/* a day, a moment, a time */
	XLSX_SPAN,	/* a duration */
	XLSX_ERROR,	/* text: "#N/A" */
	XLSX_NO_RESULT,	/* a formula whose result was not stored */
	XLSX_BAD	/* why says what is wrong with text */
};

struct xlsx_cell {
	int column;	/* from 0 */
	enum xlsx_kind kind;
	struct slice text;	/* UTF-8; valid until the next call */
	const char *why;	/* BAD only */
};

enum xlsx_event { XLSX_ROW, XLSX_CELL, XLSX_SHEET_END };

struct xlsx_sheet {
	const struct xlsx_book *book;
	struct xlsx_strings *strings;
	struct xml *x;
	const char *name;	/* for messages: "book.xlsx, sheet Sales" */
	long row;	/* of the last XLSX_ROW, from 1 */
	bool is_row_hidden;
	struct xlsx_cell cell;	/* of the last XLSX_CELL; empty ones are passed over */
	/* Columns that <cols> hides; one bit each. */
	uint8_t hidden[XLSX_COLUMNS_MAX / 8];
	bool has_hidden;
	/* its own */
	int next_column;
	bool in_row;
	bool is_end;
	char small[XLSX_VALUE_MAX];
	struct xlsx_text long_text;
	struct buf value;
};

/* x: the sheet's part. All borrowed but x; s lives in mem. */
struct xlsx_sheet *xlsx_sheet_new(struct arena *mem, const struct xlsx_book *book,
				  struct xlsx_strings *strings, const char *name, struct xml *x);

enum err_code xlsx_sheet_next(struct xlsx_sheet *s, enum xlsx_event *event,
			      struct err *err) MUST_USE;

static inline bool xlsx_is_column_hidden(const struct xlsx_sheet *s, int column)
{
	return s->has_hidden && (s->hidden[column / 8] >> (column % 8) & 1) != 0;
}

/* What <mergeCells>, behind all rows, says. */
struct xlsx_merge {
	long row, last_row;	/* from 1 */
	int column, last_column;
};
#define XLSX_MERGES_MAX 200000

/* Behind XLSX_SHEET_END: the merged cells, by row. */
enum err_code xlsx_sheet_merges(struct arena *mem, struct xlsx_sheet *s, struct xlsx_merge **out,
				int *n, struct err *err) MUST_USE;
#endif
