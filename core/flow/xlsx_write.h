/*
 * core/flow/xlsx_write.h
 *	Cells into a workbook (xlsx), row after row, by libxlsxwriter.
 *
 * A text is written as a text: no formula comes out of data. The file is made below
 * TMPDIR and goes out whole at the end.
 *
 * Memory:  one row; the rest is in files in TMPDIR until the end.
 * Threads: one.
 */
#ifndef CORE_FLOW_XLSX_WRITE_H
#define CORE_FLOW_XLSX_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/buf.h"

struct arena;
struct xlsx_writer;

/* Characters of a cell, those beyond U+FFFF counted twice. */
#define XLSX_CHARS_MAX 32767

enum xlsx_look {
	XLSX_LOOK_PLAIN,
	XLSX_LOOK_BOLD,
	XLSX_LOOK_DAY,	/* of a number: 2024-01-05 */
	XLSX_LOOK_MOMENT,	/* with the time, in milliseconds */
	XLSX_LOOK_AS_TYPED	/* a text that stays one when somebody types over it */
};

enum err_code xlsx_write_new(struct arena *mem, struct xlsx_writer **out, struct err *err) MUST_USE;

/* A sheet begins; the cells that follow are of its first row, which stays in sight. */
enum err_code xlsx_write_sheet(struct xlsx_writer *w, struct err *err) MUST_USE;
/* What is typed into the first columns of the sheet is text, also where nothing stands yet. */
void xlsx_write_typed(struct xlsx_writer *w, int columns);
/* The cells that follow are of the next row. */
void xlsx_write_row(struct xlsx_writer *w);

/* v is UTF-8. One that is too long for a cell is ERR_LIMIT and names row and name. */
enum err_code xlsx_write_text(struct xlsx_writer *w, int column, struct slice v,
			      enum xlsx_look look, const char *name, struct err *err) MUST_USE;
void xlsx_write_number(struct xlsx_writer *w, int column, double v, enum xlsx_look look);
void xlsx_write_bool(struct xlsx_writer *w, int column, bool v);

/* Writes the whole to out, which the caller looks at for errors. Nothing can follow. */
enum err_code xlsx_write_end(struct xlsx_writer *w, FILE *out, struct err *err) MUST_USE;
#endif
