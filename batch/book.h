/*
 * batch/book.h
 *	Rows of an answer as a workbook (xlsx), for whoever opens it in a spreadsheet.
 *
 * Texts are written as texts: no formula comes out of data. Numbers, truths, days and
 * moments keep their types as far as a spreadsheet keeps them exactly; what has more
 * than 15 digits, finer moments and days before March 1900 are texts. A sheet that is
 * full is followed by another.
 *
 * Memory:  one row; the rest is in files in TMPDIR until the end.
 * Threads: one.
 */
#ifndef BATCH_BOOK_H
#define BATCH_BOOK_H

#include <stdio.h>

#include "core/command/command.h"

/* Rows of a sheet, the names in front counted. */
#define BOOK_ROWS_MAX  1048576

struct book;

/* rows_max: BOOK_ROWS_MAX, less in tests. */
enum err_code book_new(struct arena *mem, int64_t rows_max, struct book **out,
		       struct err *err) MUST_USE;

/* A text that is too long for a cell is ERR_LIMIT and names it. */
enum err_code book_row(struct book *b, int n, const struct val_spec *cols,
		       const struct reply_value *row, struct err *err) MUST_USE;

/* The names alone, for an answer without rows. */
enum err_code book_head(struct book *b, int n, const struct val_spec *cols,
			struct err *err) MUST_USE;

/* Writes the whole to out. */
enum err_code book_end(struct book *b, FILE *out, struct err *err) MUST_USE;
#endif
