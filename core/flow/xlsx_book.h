/*
 * core/flow/xlsx_book.h
 *	A workbook (xlsx, xlsm, xltx, xltm): its sheets, formats and calendar.
 *
 * What is no such workbook is refused by its name with what to do: encrypted ones,
 * xls, xlsb, ods, other archives, web pages and texts that only bear the name.
 *
 * Memory:  lives in its arena; nothing of the sheets is held.
 * Threads: not changed once open.
 */
#ifndef CORE_FLOW_XLSX_BOOK_H
#define CORE_FLOW_XLSX_BOOK_H

#include <stdint.h>

#include "core/flow/xlsx_value.h"
#include "core/io/zip.h"

struct input_stop;

/* Parts other than sheets and texts are small; a larger one is refused. */
#define XLSX_PART_MAX   (INT64_C(32) << 20)
#define XLSX_SHEETS_MAX 10000
#define XLSX_STYLES_MAX 1000000

struct xlsx_sheet_info {
	const char *name;
	int entry;	/* of the archive; -1: a chart, or missing */
	bool is_hidden;
};

struct xlsx_book {
	const char *name;	/* for messages */
	struct zip *zip;
	int nsheets;
	struct xlsx_sheet_info *sheet;
	bool from_1904;
	int strings;	/* entry of the shared strings; -1: none */
	int nstyles;
	uint8_t *style;	/* enum xlsx_style by a cell's style */
};

/* The first bytes are those of an archive or of an old Office document. */
bool xlsx_is_book(const char *head, size_t n);

/* name is what messages say. stop may be NULL. */
enum err_code xlsx_book_open(struct arena *mem, const char *path, const char *name,
			     struct input_stop *stop, struct xlsx_book **out,
			     struct err *err) MUST_USE;

/* read() of xml.h over a struct zip_stream. */
enum err_code xlsx_read_part(void *stream, char *to, size_t cap, size_t *got, struct err *err);
#endif
