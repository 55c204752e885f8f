/*
 * connectors/file/book.h
 *	Workbooks (xlsx) as files: which sheets, which cells, where the names stand.
 *
 * Memory:  an open workbook lives in its source's arena.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_BOOK_H
#define CONNECTORS_FILE_BOOK_H

#include "connectors/file/layout.h"
#include "core/flow/xlsx_sheet.h"

extern const struct format_ops format_book;

struct book_source {
	struct source base;
	struct xlsx_book *book;
	const struct file_options *options;
	const struct input_env *env;
	struct zip_stream *strings_stream;
	struct xlsx_strings *strings;
	int nchosen;	/* sheets to be read, in the order of the workbook */
	int *chosen;
	int64_t size_bytes;
	int64_t used_bytes;
};

/* What one sheet's columns are, and from where to where its rows go. */
struct book_sheet {
	struct file_shape shape;	/* ncells and name; target by layout_match() */
	int *column;	/* of the sheet, for each cell of the shape */
	long first_row;	/* of the data */
	long last_row;
	bool has_header;
	long header_row;	/* the first, when there is one */
	const char *renamed;
};

/* An open sheet: x and what it reads from, in an arena of their own. */
struct book_scan {
	struct arena *mem;
	struct zip_stream *stream;
	struct xlsx_sheet *sheet;
	struct xlsx_merge *merge;	/* by row, when cells are repeated; else none */
	int nmerges;
};

/* threaded: unpack in a thread of its own. */
enum err_code book_scan_open(struct arena *mem, struct book_source *b, int sheet, bool threaded,
			     struct book_scan *out, struct err *err) MUST_USE;
void book_scan_close(struct book_scan *s);

/* Looks at the beginning of a sheet; from (may be NULL): of the first one. */
enum err_code book_look(struct arena *mem, struct book_source *b, int sheet,
			const struct book_sheet *from, struct book_sheet *out,
			struct err *err) MUST_USE;

/* "book.xlsx, sheet Sales", in mem. */
const char *book_sheet_name(struct arena *mem, const struct book_source *b, int sheet);

/* format_ops: see part.h. */
enum err_code book_rows(struct arena *own, const struct layout *l, struct source *s,
			bool only_seen, struct part **out, struct err *err) MUST_USE;
enum err_code book_read(struct part *base, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err) MUST_USE;
unsigned book_kinds(const struct part *base, int c);

/* Whether column c of the sheet is to be read by the settings. */
bool book_takes_column(const struct file_options *o, const struct xlsx_sheet *s, int c);
#endif
