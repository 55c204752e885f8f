/*
 * core/meta/secret_read.h
 *	Following a secret to its value; for the files of this room.
 *
 * Memory:  the value lives in mem.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_SECRET_READ_H
#define CORE_META_SECRET_READ_H

#include "core/meta/connection.h"

#define SECRET_MAX_BYTES 65536

enum err_code secret_find(struct arena *mem, struct db *db, const char *name, struct secret *out,
			  struct err *err) MUST_USE;

/* A file's value ends before its last line break. */
enum err_code secret_read(struct arena *mem, const struct secret *s, const char **value,
			  struct err *err) MUST_USE;
#endif
