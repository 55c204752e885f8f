/*
 * connectors/file/text.h
 *	Formats of text: rows out of UTF-8, a block at a time, with memory that stays flat.
 *
 * A format of text is a word in enum file_format (core/flow/detect.h), a
 * `struct text_format` in a file of its own and a row in text.c. Encodings, packing,
 * samples, files that are pipes, and blocks are dealt with before it is asked.
 *
 * Each batch gets a block of its own from its arena, big enough for the rows
 * that fit the batch; the unfinished rest is carried over to the next. Only a
 * row that is longer than a block makes that one grow.
 *
 * Memory:  cells point into the batch's arena.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_TEXT_H
#define CONNECTORS_FILE_TEXT_H

#include "connectors/file/feed.h"
#include "connectors/file/layout.h"

struct text_format {
	enum file_format format;
	/* From the sample of the first file: ncols, name and, when there is one, renamed of l. */
	enum err_code (*columns)(struct arena *mem, const struct feed *first, struct layout *l,
				 struct err *err);
	/* Where this file, the first one too, keeps them; layout_match() compares. */
	enum err_code (*fit)(struct arena *mem, const struct layout *l, const struct feed *f,
			     struct file_shape *out, struct err *err);
	/* What scan() works with. shape stays valid. */
	void *(*scan_new)(struct arena *mem, const struct layout *l,
			  const struct file_shape *shape);
	/*
	 * Adds the complete rows at the start of data to b, up to max_rows in it, and
	 * moves place->row and place->line (place->offset is that of data). is_last: the
	 * end of data is that of the file. Returns the bytes used; 0: no row is complete.
	 * CSV_PAD bytes behind data are readable. A row that is none is batch_reject()ed.
	 */
	size_t (*scan)(void *scan, const char *data, size_t n, bool is_last,
		       struct csv_place *place, struct batch *b, uint32_t max_rows);
	/* Optional, after each scan(): why nothing of the file can be trusted. */
	enum err_code (*fault)(void *scan, const char *file, struct err *err);
	/* See format_ops.raw_format; without it they are CSV as the shape says. */
	struct json_t *(*raw_format)(const void *scan);
	/* Optional: see format_ops.kinds. */
	unsigned (*kinds)(const void *scan, int c);
};

/* A fit() of formats whose rows name their cells: every file has those of the first. */
enum err_code text_fit_names(struct arena *mem, const struct layout *l, const struct feed *f,
			     struct file_shape *out, struct err *err) MUST_USE;

extern const struct text_format text_csv;
extern const struct text_format text_jsonl;
extern const struct text_format text_json;
extern const struct text_format text_fixed;

extern const struct format_ops format_text;
#endif
