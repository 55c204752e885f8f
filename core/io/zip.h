/*
 * core/io/zip.h
 *	The files in a zip archive, by its directory, unpacked as they are read.
 *
 * Made for archives from strangers: the directory is read first and must fit
 * limits; what an entry says of its size holds it to that, and one that would
 * grow beyond all reason is refused before it is unpacked. Sizes and checksums
 * are compared at an entry's end, so that nothing damaged passes for whole.
 *
 * Memory:  an archive holds its directory, a stream 64 kB and, with a thread, four
 *	blocks; both are closed with their arenas.
 * Threads: several streams of one archive may be read by different threads.
 */
#ifndef CORE_IO_ZIP_H
#define CORE_IO_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct input_stop;
struct zip;
struct zip_stream;

#define ZIP_ENTRIES_MAX 10000
#define ZIP_TOTAL_MAX   (INT64_C(16) << 30)	/* of all entries, unpacked */
/* An entry above the first may not grow by more than the second: text shrinks tenfold or so. */
#define ZIP_FREE_BYTES  (INT64_C(32) << 20)
#define ZIP_RATIO_MAX   250

struct zip_entry {
	const char *name;
	int64_t packed_bytes;
	int64_t size_bytes;
	int64_t at;	/* of its local header */
	uint32_t crc;
	unsigned method;
	unsigned flags;
};

/* path must be a plain file. stop may be NULL. */
enum err_code zip_open(struct arena *mem, const char *path, const char *name,
		       struct input_stop *stop, struct zip **out, struct err *err) MUST_USE;

int zip_count(const struct zip *z);
const struct zip_entry *zip_entry(const struct zip *z, int i);

/* By its whole name, ignoring ASCII case and a / in front; -1: there is none. */
int zip_find(const struct zip *z, const char *name);

/* threaded: unpacked ahead by a thread of its own. Packed with a password: ERR_INPUT. */
enum err_code zip_stream_open(struct arena *mem, struct zip *z, int entry, bool threaded,
			      struct zip_stream **out, struct err *err) MUST_USE;

/* Gives up to cap bytes; *got is 0 only at the end, and then size and checksum were right. */
enum err_code zip_stream_read(struct zip_stream *s, char *to, size_t cap, size_t *got,
			      struct err *err) MUST_USE;

/* Packed bytes used so far. */
int64_t zip_stream_used(const struct zip_stream *s);

/* NULL is fine. */
void zip_stream_close(struct zip_stream *s);
#endif
