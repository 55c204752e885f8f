/*
 * core/io/path.h
 *	Directories that are made, and small files that are replaced whole or not at all.
 *
 * Memory:  nothing is kept.
 * Threads: any.
 */
#ifndef CORE_IO_PATH_H
#define CORE_IO_PATH_H

#include <sys/types.h>

#include "core/base/buf.h"

/*
 * Makes dir with this mode if it is missing, its parents with 0755. One that
 * is there is left as it is; ERR_CONFLICT when it is not a directory.
 */
enum err_code path_make_dir(const char *dir, mode_t mode, struct err *err) MUST_USE;

/*
 * Replaces the file by these bytes: beside it, fsync, rename, fsync of the
 * directory. After a crash it holds the old bytes or the new ones.
 */
enum err_code path_write(const char *path, const void *p, size_t n, struct err *err) MUST_USE;

/* The whole file behind what out holds; ERR_LIMIT past its limit. Follows no link. */
enum err_code path_read(const char *path, struct buf *out, struct err *err) MUST_USE;

/* Makes the names in a directory survive a power cut. */
enum err_code path_sync_dir(const char *dir, struct err *err) MUST_USE;
#endif
