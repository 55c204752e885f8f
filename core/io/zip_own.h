/*
 * core/io/zip_own.h
 *	What zip.c and zip_stream.c share.
 *
 * Memory:  see zip.h.
 * Threads: an open archive does not change.
 */
#ifndef CORE_IO_ZIP_OWN_H
#define CORE_IO_ZIP_OWN_H

#include "core/io/zip.h"

struct zip {
	struct arena *mem;
	const char *name;	/* for messages */
	struct input_stop *stop;
	int fd;
	int64_t size;
	int n;
	struct zip_entry *entry;
};

enum err_code zip_damaged(const struct zip *z, const char *why, struct err *err);
enum err_code zip_pread(const struct zip *z, void *to, size_t n, int64_t at,
			struct err *err) MUST_USE;
#endif
