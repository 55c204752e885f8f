/*
 * core/io/files.h
 *	Which files a pattern means, and what is in them as a number.
 *
 * Memory:  results live in the arena given.
 * Threads: any.
 */
#ifndef CORE_IO_FILES_H
#define CORE_IO_FILES_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/io/digest.h"

struct arena;

struct file_list {
	int n;
	const char **path;
	int64_t *size;	/* files_folder() only */
};

/*
 * Adds the files that pattern means, below base when it is relative (NULL:
 * the current folder). A file of exactly that name comes first; else * ? [ ]
 * are wild and the matches come sorted. None: ERR_NOT_FOUND.
 */
enum err_code files_find(struct arena *mem, const char *base, const char *pattern,
			 struct file_list *out, struct err *err) MUST_USE;

/* Names and sizes of the plain files in a folder, sorted; hidden ones are left out. */
enum err_code files_folder(struct arena *mem, const char *folder, struct file_list *out,
			   struct err *err) MUST_USE;

/* Bytes of a plain file; -1: it is none. */
int64_t files_size(const char *path);

/* What changes with a file's content, without a look at the content. */
struct file_stamp {
	int64_t size_bytes;
	int64_t changed_ns;	/* since 1970 */
	int64_t inode;
	int64_t status_ns;	/* when it, its name or its rights changed last; 0: just now */
};

/*
 * False: there is no plain file. Equal stamps with a status_ns that is not 0 mean equal
 * content; a file that has just changed may do so again and keep its stamp.
 */
bool files_stamp(const char *path, struct file_stamp *out);

/* Of a file that is in the list more than once, by whatever path, the first stays. */
void files_unique(struct arena *mem, struct file_list *list);

/* The path from the root, with links resolved as far as it exists. */
const char *files_absolute(struct arena *mem, const char *path);

/* Size and 128-bit hash (XXH3) of the bytes of a file as it stands on the disk. */
enum err_code files_digest(const char *path, int64_t *size_bytes, char hex[DIGEST_TEXT],
			   struct err *err) MUST_USE;

/* Adds the first bytes of a file, limit_bytes at most. */
enum err_code files_digest_add(struct digest *d, const char *path, int64_t limit_bytes,
			       struct err *err) MUST_USE;
#endif
