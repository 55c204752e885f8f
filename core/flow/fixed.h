/*
 * core/flow/fixed.h
 *	Rows of fixed width: columns are places in a line.
 *
 * Places count characters or bytes from 1. Blanks around a value are none of
 * it, and a value of blanks alone is null. A line that ends before its last
 * column begins, that has text outside of the columns, cuts a character in two
 * or is not UTF-8 is a rejected row; lines without any text are skipped.
 *
 * Memory:  cells point into data.
 * Threads: one at a time per scan.
 */
#ifndef CORE_FLOW_FIXED_H
#define CORE_FLOW_FIXED_H

#include "core/flow/csv.h"

#define FIXED_COLUMNS_MAX 2000
#define FIXED_PLACE_MAX   1000000

struct fixed_column {
	const char *name;
	int from, to;	/* 1-based, both included */
};

struct fixed {
	int n;
	struct fixed_column *col;
	bool in_bytes;
};

/* Reads "name:1-8,amount:9-20" ("at:5" is one place). ERR_CONFIG says what is wrong. */
enum err_code fixed_read(struct arena *mem, const char *text, struct fixed *out,
			 struct err *err) MUST_USE;

/*
 * Columns from the places that are blank in all lines of the sample, named
 * column_1... false: there are not two of them. *lines: how many were looked at.
 */
bool fixed_find(struct arena *mem, const char *p, size_t n, bool is_whole, struct fixed *out,
		int *lines);

/* The cell of a line (without its end); a column that the line does not reach is empty. */
struct slice fixed_cell(const struct fixed *f, int c, const char *line, size_t n);

/* Whether the first line names the columns: words there, and values somewhere below. */
bool fixed_has_header(const struct fixed *f, const char *p, size_t n);

/* As csv_scan_rows(); target: the batch's column for each of f, NULL: the same. Needs no pad. */
size_t fixed_scan_rows(const struct fixed *f, const int *target, const char *data, size_t n,
		       bool is_last, struct csv_place *place, struct batch *b, uint32_t max_rows);
#endif
