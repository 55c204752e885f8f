/*
 * connectors/file/part.h
 *	One file of whatever format: what it is, its columns, its rows.
 *
 * A format is a `struct format_ops` and a row in part.c. What is text by lines
 * (or may be cut anywhere into blocks) is better a `struct text_format`, which gets
 * encodings, packing, blocks and standard input for nothing: see text.h.
 *
 * A format's own open file and its rows begin with the structs here.
 *
 * Memory:  each open file and its rows live in arenas of their own below the one given.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_PART_H
#define CONNECTORS_FILE_PART_H

#include "connectors/file/options.h"
#include "core/io/input.h"

struct layout;

/* Beside enum jsonl_kind: whatever it looks like, it is to stay text. */
#define KIND_PLAIN_TEXT (1u << 4)

/* One open file, of which the beginning was looked at. */
struct source {
	const struct format_ops *ops;
	struct arena *mem;	/* its own */
	const char *path;
	const char *name;	/* for messages */
};

/* Its rows. */
struct part {
	const struct format_ops *ops;
	struct arena *mem;	/* its own */
	struct source *from;
};

struct source_set {
	const struct file_options *options;
	const struct layout *learned;	/* from the first file; NULL: this is the first */
	const struct input_env *env;	/* env->digest gets every byte of the file, in order */
};

struct format_ops {
	const char *name;	/* as the setting `format` says it; NULL: what no other claims */
	const char *endings;	/* "xlsx xlsm": of names, without case; NULL: none */
	/* Whether these are the first bytes of such a file; NULL: its name decides. */
	bool (*knows)(const char *head, size_t n);
	/* Opens a file and looks at its beginning; nothing usable in it: ERR_INPUT with a hint. */
	enum err_code (*open)(struct arena *own, const char *path, const struct source_set *set,
			      struct source **out, struct err *err);
	/* From the first file: ncols, name and note of l, and whatever the others go by. */
	enum err_code (*columns)(struct arena *mem, struct source *first, struct layout *l,
				 struct err *err);
	/*
	 * Begins with the rows of a file, the first one too. Other columns than the
	 * layout's: layout_match(). only_seen: no more than open() has looked at, so
	 * that a pipe can go on afterwards.
	 */
	enum err_code (*rows)(struct arena *own, const struct layout *l, struct source *s,
			      bool only_seen, struct part **out, struct err *err);
	/* Adds rows, numbered from *row on; none are added at the end of the file. */
	enum err_code (*read)(struct part *p, struct batch *into, uint32_t max_rows, int64_t *row,
			      struct err *err);
	/* Optional: enum jsonl_kind and KIND_PLAIN_TEXT: what the values of column c were. */
	unsigned (*kinds)(const struct part *p, int c);
	/* Optional: what rows(only_seen) has taken can be taken again. */
	void (*again)(struct source *s);
	bool reread;	/* rows() begins anew as often as it is called, without again() */
	/*
	 * Optional: how at[].raw of its rows is read again, a new reference in the words of
	 * core/flow/raw_rows.h. Without it a raw row has to be a JSON object by fields.
	 */
	struct json_t *(*raw_format)(const struct part *p);
	/* Bytes of the file (packed, when it is) that were used so far, for progress. */
	int64_t (*used_bytes)(const struct source *s);
	/* Optional: lets go of what its arena does not. */
	void (*close)(struct source *s);
	/* Optional: the streams that one file holds, as `connection streams` lists them. */
	enum err_code (*inside)(struct arena *mem, const char *path, struct stream_list *out,
				struct err *err);
};

/* The format that the setting, the file's first bytes and its name (in this order) ask for. */
const struct format_ops *part_format(const struct file_options *options, const char *path);

/* The streams in a file, where its format has such; else none. */
enum err_code part_inside(struct arena *mem, const char *path, struct stream_list *out,
			  struct err *err) MUST_USE;

/* A name with a part of it behind a #, as book.xlsx#Sheet1: where the # is; else NULL. */
const char *part_hash(const char *path, size_t n);

enum err_code source_open(struct arena *mem, const char *path, const struct source_set *set,
			  struct source **out, struct err *err) MUST_USE;

/* NULL is fine. */
void source_close(struct source *s);

/* Takes the source over: part_close() closes it. After an error it is still the caller's. */
enum err_code part_open(struct arena *mem, const struct layout *l, struct source *s,
			bool only_seen, struct part **out, struct err *err) MUST_USE;

/* NULL is fine; closes the source, too. */
void part_close(struct part *p);

/* As part_close(), but the source stays with the caller and can be read again. */
void part_leave(struct part *p);

enum err_code part_read(struct part *p, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err) MUST_USE;

/* enum jsonl_kind of column c so far; 0: the format knows texts only. */
unsigned part_kinds(const struct part *p, int c);

/* NULL: raw rows are objects. */
struct json_t *part_raw_format(const struct part *p);

int64_t part_used_bytes(const struct part *p);
#endif
