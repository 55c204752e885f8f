/*
 * core/flow/csv.h
 *	Rows and cells out of bytes that are separated by a character.
 *
 * A quote has a meaning only where a cell starts; inside a quoted cell it is
 * doubled or escaped, and behind the closing one comes a delimiter or the end
 * of the line. Lines end in LF, CR or CRLF, mixed as they like. Lines without
 * any byte are skipped, unless the file has a single column. A row of which
 * that is not true, that has another number of cells than it should, holds a
 * NUL or is not UTF-8, is delivered as rejected with its reason; the others
 * go on. Cells are slices of the input; only those with an escaped character
 * are copied.
 *
 * Memory:  a scan lives in its arena; cells point into data and into the
 *	batch's arena.
 * Threads: one at a time per scan.
 */
#ifndef CORE_FLOW_CSV_H
#define CORE_FLOW_CSV_H

#include "core/flow/batch.h"

struct arena;

/* Bytes behind the data that must be readable (their content does not matter). */
#define CSV_PAD 64

/* A longer cell is refused. */
#define CSV_CELL_MAX (64u * 1024u * 1024u)

struct csv_dialect {
	char delimiter;
	char quote;	/* 0: none */
	char escape;	/* 0: the quote is doubled; else this, before any character */
	bool keep_empty;	/* an empty cell without quotes is an empty text, not null */
	struct slice null_text;	/* unquoted text that is null; n = 0: none */
};

/* Which instructions do the work. */
enum csv_isa { CSV_BEST, CSV_SCALAR, CSV_SSE2, CSV_AVX2 };

/* Where the next row starts; the caller sets the first one. */
struct csv_place {
	int64_t row;	/* 1-based */
	int64_t line;	/* 1-based physical line */
	int64_t offset;	/* of data's first byte in the file; not moved by a scan */
};

/* What a scan needs to know of the rows to come. */
struct csv_shape {
	int ncols;	/* cells of a row */
	const int *target;	/* column of the batch for each cell; NULL: the same */
	const char *const *name;	/* of each cell, for reasons */
	const char *promised_by;	/* "the header": who says how many cells there are */
	bool fill;	/* cells that a row lacks are null, surplus ones may be there if empty */
};

struct csv_scan;

struct csv_scan *csv_scan_new(struct arena *mem, const struct csv_dialect *d,
			      const struct csv_shape *shape, enum csv_isa isa);

/*
 * Adds the complete rows at the start of data to b, up to max_rows in it.
 * is_last: the end of data is the end of the file, so that the last row may
 * lack its line end. Returns the bytes used; 0 means that the first row is not
 * complete.
 */
size_t csv_scan_rows(struct csv_scan *s, const char *data, size_t n, bool is_last,
		     struct csv_place *place, struct batch *b, uint32_t max_rows);

/*
 * Line of a quote that was still open at the end of the file and has eaten
 * lines behind its own; 0: none. What those lines were nobody can know.
 */
int64_t csv_scan_runaway(const struct csv_scan *s);

/* ---- one row at a time: headers, samples, and rows with strange quotes ---- */

struct csv_cell {
	const char *p;	/* without the quotes around it */
	size_t n;
	bool is_quoted;
	bool has_escape;	/* csv_unescape() before use */
};

enum csv_verdict {
	CSV_ROW,
	CSV_INCOMPLETE,	/* data ends within the row */
	CSV_UNCLOSED,	/* the file ends within quotes */
	CSV_BEHIND_QUOTE	/* something follows a closing quote */
};

struct csv_row {
	struct csv_cell *cell;	/* given by the caller; the first `cap` are filled */
	int cap;
	int ncells;	/* all that were there */
	size_t text_end;	/* without the line end */
	size_t next;	/* where the next row starts */
	int64_t breaks;	/* line ends within quotes */
	size_t fault;	/* UNCLOSED: the opening quote; BEHIND_QUOTE: the first such byte */
	int64_t fault_breaks;	/* line ends before fault */
	int fault_cell;
};

/* Reads the row that starts at p, n > 0. */
enum csv_verdict csv_row_parse(const struct csv_dialect *d, const char *p, size_t n, bool is_last,
			       struct csv_row *row);

/* The cell's bytes with escapes undone, in mem when there are any. */
struct slice csv_unescape(const struct csv_dialect *d, const struct csv_cell *cell,
			  struct arena *mem);

/* Whether the cell stands for null. */
bool csv_is_null(const struct csv_dialect *d, const struct csv_cell *cell);
#endif
