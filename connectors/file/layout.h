/*
 * connectors/file/layout.h
 *	The columns of a stream of files, and where each file keeps them.
 *
 * The first file decides: format, header or none, names and their order. The
 * others may order their columns as they like, but must have the same ones.
 *
 * Memory:  lives in the arena given.
 * Threads: not changed once made.
 */
#ifndef CONNECTORS_FILE_LAYOUT_H
#define CONNECTORS_FILE_LAYOUT_H

#include "connectors/file/feed.h"

/* More in one row are refused. */
#define LAYOUT_COLUMNS_MAX 10000

struct layout {
	const struct file_options *options;
	enum file_format format;
	bool has_header;
	int ncols;
	const char **name;
	struct schema schema;	/* of the batches: all text */
	const char *first_file;	/* for messages */
	const char *note;	/* how it was recognised */
};

/* How one file's cells go into the stream's columns. */
struct file_shape {
	struct csv_dialect dialect;
	int ncells;
	int *target;	/* NULL: one to one */
	const char **name;	/* of each cell */
	size_t header_bytes;	/* of UTF-8 behind the skipped lines */
	int64_t header_lines;
};

/* From the first file. */
enum err_code layout_make(struct arena *mem, const struct file_options *options,
			  const struct feed *first, struct layout **out, struct err *err) MUST_USE;

/* For each file, the first one too. Other columns than the layout's: ERR_INPUT naming them. */
enum err_code layout_fit(struct arena *mem, const struct layout *l, const struct feed *f,
			 struct file_shape *out, struct err *err) MUST_USE;

/* What the first file taught, as settings for the others. */
struct detect_set layout_settings(const struct layout *l, const struct feed *first);
#endif
