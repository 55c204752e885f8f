/*
 * core/io/input.h
 *	The bytes of one file, unpacked when it is gzip or zstd.
 *
 * What a file is shows in its first bytes, never in its name. Directories,
 * and files whose first bytes say that they are something else than text
 * (zip, xlsx, pdf, images, databases), are refused by name. A packed file
 * that ends too early is an error at the byte where it ends, never a short
 * read.
 *
 * Memory:  an input lives in its arena and holds about half a megabyte.
 * Threads: one at a time, but for input_stop_set().
 */
#ifndef CORE_IO_INPUT_H
#define CORE_IO_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct digest;
struct input;
struct input_stop;

/* What inputs are opened with; each may be NULL. Borrowed. */
struct input_env {
	struct input_stop *stop;
	struct digest *digest;	/* gets the bytes of the file as they are read, still packed */
};

/* A switch that ends the waiting of all inputs opened with it; lives in mem. */
enum err_code input_stop_new(struct arena *mem, struct input_stop **out, struct err *err) MUST_USE;

/* Every input_read() and input_open() with it returns ERR_INTERRUPTED from now on. Any thread. */
void input_stop_set(struct input_stop *stop);

bool input_stop_is_set(const struct input_stop *stop);

/* "-" is standard input. env may be NULL. Closed by input_close() or with mem. */
enum err_code input_open(struct arena *mem, const char *path, const struct input_env *env,
			 struct input **out, struct err *err) MUST_USE;

/* The path as messages show it: clean, its end when it is long. */
const char *input_name(struct arena *mem, const char *path);

/* NULL is fine. */
void input_close(struct input *in);

/* Fills to with cap bytes; *got is less only at the end of the file. */
enum err_code input_read(struct input *in, char *to, size_t cap, size_t *got,
			 struct err *err) MUST_USE;

/* Bytes of the file itself (packed, when it is) that were used so far. */
int64_t input_used_bytes(const struct input *in);

/* Size of the file itself; -1 when it has none (a pipe). */
int64_t input_size_bytes(const struct input *in);

/* "", "gzip" or "zstd". */
const char *input_packing(const struct input *in);
#endif
