/*
 * core/flow/xlsx_value.h
 *	What the bytes of a spreadsheet's cell mean, as exact text.
 *
 * A day is a number there, and only the cell's number format says that it is one.
 * Days count from 1900 (with a 29 February 1900 that never was) or from 1904.
 *
 * Memory:  into buffers given.
 * Threads: any.
 */
#ifndef CORE_FLOW_XLSX_VALUE_H
#define CORE_FLOW_XLSX_VALUE_H

#include <stdbool.h>

#include "core/base/buf.h"

#define XLSX_COLUMNS_MAX 16384
#define XLSX_ROWS_MAX    1048576
#define XLSX_VALUE_MAX   64	/* a number or moment as text fits */

enum xlsx_style { XLSX_NUMBER, XLSX_DATE, XLSX_DATETIME, XLSX_TIME, XLSX_DURATION };

/* Of a number format by its code ("dd/mm/yy hh:mm") or, without one, by its built-in number. */
enum xlsx_style xlsx_style_of_code(struct slice code);
enum xlsx_style xlsx_style_of_id(int id);

/*
 * A stored number as exact text: as it stands when it has 15 digits or fewer, is whole or
 * has more digits than a double; else the shortest that reads back to the same double
 * (0.10000000000000001 is 0.1). Without an exponent where 30 digits do. 0: it is no number.
 */
size_t xlsx_number(struct slice v, char to[XLSX_VALUE_MAX]);

/*
 * A stored number as a day, a moment, a time or a duration (36:30:00). A day with a time
 * comes with it whatever the format shows. 0: *why says why there is no such day.
 */
size_t xlsx_moment(struct slice v, enum xlsx_style style, bool from_1904,
		   char to[XLSX_VALUE_MAX], const char **why);

/* Undoes _x000D_ in place; returns the new length. */
size_t xlsx_unescape(char *p, size_t n);

/* "AB" as a column, from 0; -1: it is none. */
int xlsx_column(struct slice letters);

/* "B4", "B", "4" (what is missing stays as it was); false: it is none. */
bool xlsx_ref(struct slice ref, int *column, long *row);

/* "AB12" into to (16 bytes); returns to. */
char *xlsx_ref_text(int column, long row, char *to);
#endif
