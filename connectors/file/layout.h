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

#include "connectors/file/part.h"

/* More in one row are refused. */
#define LAYOUT_COLUMNS_MAX 10000

struct layout {
	struct arena *mem;	/* it lives as long as the layout */
	const struct file_options *options;
	const struct format_ops *ops;	/* all files are of one format */
	int ncols;
	const char **name;
	struct schema schema;	/* of the batches: all text */
	const char *first_file;	/* for messages */
	const char *note;	/* how it was recognised */
	const char *open_question;	/* to be decided before rows are read; NULL: none */
	const char *answers;	/* how, a sentence */
	int nfindings;	/* what was recognised of the first file */
	const struct finding *finding;
	const char *renamed;	/* a part of it: which names were made up; NULL: none */
	bool has_header;
	/* Text: what the first file taught, as settings for the others. */
	enum file_format format;
	struct detect_set next;
	void *own;	/* what else the format has learnt from the first file */
};

/* How one file's cells go into the stream's columns. */
struct file_shape {
	int ncells;
	int *target;	/* NULL: one to one */
	const char **name;	/* of each cell */
	/* Text only: */
	struct csv_dialect dialect;
	size_t header_bytes;	/* of UTF-8 behind the skipped lines */
	int64_t header_lines;
	bool fill;	/* see csv_shape */
	bool is_one_table;	/* see struct detection */
};

/* From the first file, by its format. */
enum err_code layout_make(struct arena *mem, const struct file_options *options,
			  struct source *first, struct layout **out, struct err *err) MUST_USE;

/*
 * Sets target from ncells and name: the stream's column for each cell. Other
 * columns than the layout's: ERR_INPUT naming them.
 */
enum err_code layout_match(struct arena *mem, const struct layout *l, const char *file,
			   struct file_shape *s, struct err *err) MUST_USE;

/*
 * Names that are clean, not empty and all different, from the n cells of a header;
 * cell NULL: column_1, column_2... *renamed is set when some were made up.
 */
const char **layout_names(struct arena *mem, const struct slice *cell, int n,
			  const char **renamed);
#endif
