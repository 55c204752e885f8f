/*
 * core/io/zip_stream.c
 *	One entry of an archive as bytes, unpacked by whoever reads or ahead of them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "core/base/arena.h"
#include "core/io/input.h"
#include "core/io/zip_own.h"

#define PACKED_BYTES (64u * 1024u)
#define BLOCK_BYTES  (256u * 1024u)
#define BLOCKS       4
#define LOCAL_BYTES  30u

struct zip_stream {
	struct zip *zip;
	const struct zip_entry *e;
	z_stream z;
	bool has_z;
	unsigned char *packed;
	int64_t at;	/* in the file, behind what packed[] holds */
	int64_t left;	/* packed bytes not yet read */
	int64_t given;	/* unpacked bytes */
	uint32_t crc;
	bool is_end;
	_Atomic int64_t used;
	/* With a thread: a ring of blocks, under lock. */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct { char *data; size_t n; } block[BLOCKS];
	unsigned put, take;	/* blocks ever filled, ever emptied */
	bool is_done, is_stopped;
	enum err_code rc;
	struct err err;
	size_t taken;	/* of the block being read */
};

static enum err_code damaged(const struct zip_stream *s, const char *why, struct err *err)
{
	char text[160];

	snprintf(text, sizeof(text), "%.100s in it %s", s->e->name, why);
	return zip_damaged(s->zip, text, err);
}

static enum err_code refill(struct zip_stream *s, struct err *err)
{
	size_t n = s->left < (int64_t)PACKED_BYTES ? (size_t)s->left : PACKED_BYTES;
	enum err_code rc;

	if (s->zip->stop != NULL && input_stop_is_set(s->zip->stop))
		return err_set(err, ERR_INTERRUPTED, "reading %s was interrupted", s->zip->name);
	rc = zip_pread(s->zip, s->packed, n, s->at, err);
	s->z.next_in = s->packed;
	s->z.avail_in = (uInt)n;
	s->at += (int64_t)n;
	s->left -= (int64_t)n;
	atomic_store_explicit(&s->used, s->e->packed_bytes - s->left, memory_order_relaxed);
	return rc;
}

static enum err_code check_end(struct zip_stream *s, struct err *err)
{
	s->is_end = true;
	if (s->given != s->e->size_bytes)
		return damaged(s, "is shorter than it says", err);
	if (s->crc != s->e->crc)
		return damaged(s, "does not match its checksum", err);
	return ERR_OK;
}

/* Unpacks or copies some bytes; *is_last: the packed ones say that these were all. */
static enum err_code some_bytes(struct zip_stream *s, char *to, size_t cap, size_t *got,
				bool *is_last, struct err *err)
{
	int rc;

	if (!s->has_z) {
		*got = s->z.avail_in < cap ? s->z.avail_in : cap;
		memcpy(to, s->z.next_in, *got);
		s->z.next_in += *got;
		s->z.avail_in -= (uInt)*got;
		*is_last = s->left == 0 && s->z.avail_in == 0;
		return ERR_OK;
	}
	s->z.next_out = (unsigned char *)to;
	s->z.avail_out = (uInt)cap;
	rc = inflate(&s->z, Z_NO_FLUSH);
	*got = cap - s->z.avail_out;
	*is_last = rc == Z_STREAM_END;
	if (rc == Z_OK || rc == Z_BUF_ERROR || rc == Z_STREAM_END)
		return ERR_OK;
	return damaged(s, "cannot be unpacked", err);
}

static enum err_code unpack(struct zip_stream *s, char *to, size_t cap, size_t *got,
			    struct err *err)
{
	*got = 0;
	while (*got < cap && !s->is_end) {
		bool is_last = false;
		size_t n = 0;
		enum err_code rc = ERR_OK;

		if (s->z.avail_in == 0 && s->left > 0)
			rc = refill(s, err);
		if (rc == ERR_OK)
			rc = some_bytes(s, to + *got, cap - *got, &n, &is_last, err);
		if (rc != ERR_OK)
			return rc;
		s->crc = (uint32_t)crc32(s->crc, (const unsigned char *)to + *got, (uInt)n);
		*got += n;
		s->given += (int64_t)n;
		if (s->given > s->e->size_bytes)
			return damaged(s, "is longer than it says", err);
		if (is_last)
			return check_end(s, err);
		if (n == 0 && s->z.avail_in == 0 && s->left == 0)
			return damaged(s, "ends too early", err);
	}
	return ERR_OK;
}

/* ---- the thread ------------------------------------------------------------ */

static void *unpack_ahead(void *arg)
{
	struct zip_stream *s = arg;
	enum err_code rc = ERR_OK;

	pthread_mutex_lock(&s->lock);
	while (!s->is_stopped && !s->is_end && rc == ERR_OK) {
		unsigned i = s->put % BLOCKS;
		size_t n = 0;

		if (s->put - s->take == BLOCKS) {
			pthread_cond_wait(&s->change, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		rc = unpack(s, s->block[i].data, BLOCK_BYTES, &n, &s->err);
		pthread_mutex_lock(&s->lock);
		s->block[i].n = n;
		s->put++;
		pthread_cond_broadcast(&s->change);
	}
	s->rc = rc;
	s->is_done = true;
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* The block to read from, or NULL at the end. */
static const char *next_block(struct zip_stream *s, size_t *n, enum err_code *rc, struct err *err)
{
	const char *data = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->taken > 0 && s->taken == s->block[s->take % BLOCKS].n) {
		s->take++;
		s->taken = 0;
		pthread_cond_broadcast(&s->change);
	}
	while (s->put == s->take && !s->is_done)
		pthread_cond_wait(&s->change, &s->lock);
	/* What was unpacked before an error is as good as the rest of the block is bad. */
	if (s->is_done && s->rc != ERR_OK && s->put - s->take <= 1) {
		*rc = s->rc;
		*err = s->err;
	} else if (s->put != s->take) {
		data = s->block[s->take % BLOCKS].data + s->taken;
		*n = s->block[s->take % BLOCKS].n - s->taken;
	}
	pthread_mutex_unlock(&s->lock);
	return data;
}

static enum err_code start_thread(struct arena *mem, struct zip_stream *s, struct err *err)
{
	int failed;

	for (int i = 0; i < BLOCKS; i++)
		s->block[i].data = arena_bytes(mem, BLOCK_BYTES);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->change, NULL);
	failed = pthread_create(&s->thread, NULL, unpack_ahead, s);
	if (failed != 0)
		return err_sys(err, failed, "starting a thread for %s", s->zip->name);
	s->has_thread = true;
	return ERR_OK;
}

/* ---- open, read, close ----------------------------------------------------- */

static void release(void *obj)
{
	struct zip_stream *s = obj;

	if (s->has_thread) {
		pthread_mutex_lock(&s->lock);
		s->is_stopped = true;
		pthread_cond_broadcast(&s->change);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
		pthread_cond_destroy(&s->change);
		pthread_mutex_destroy(&s->lock);
		s->has_thread = false;
	}
	if (s->has_z)
		inflateEnd(&s->z);
	s->has_z = false;
}

void zip_stream_close(struct zip_stream *s)
{
	if (s != NULL)
		release(s);
}

static enum err_code refuse(const struct zip *z, const struct zip_entry *e, struct err *err)
{
	enum err_code rc;

	if (e->size_bytes > ZIP_FREE_BYTES && e->size_bytes / ZIP_RATIO_MAX > e->packed_bytes) {
		rc = err_set(err, ERR_LIMIT, "%s was not unpacked: %.100s in it would grow from "
			     "%lld to %lld bytes", z->name, e->name, (long long)e->packed_bytes,
			     (long long)e->size_bytes);
		err_hint(err, "No table packs more than %d times; such archives are made to fill "
			 "memory and disks.", ZIP_RATIO_MAX);
		return rc;
	}
	if ((e->flags & 1) != 0) {
		rc = err_set(err, ERR_INPUT, "%s is packed with a password", z->name);
		err_hint(err, "Unpack it, or save it without a password.");
		return rc;
	}
	if (e->method != 0 && e->method != 8)
		return err_set(err, ERR_INPUT, "%s is packed in a way that is not known (method %u)",
			       z->name, e->method);
	return ERR_OK;
}

/* Behind the entry's own header, whose name and extra fields may differ from the directory's. */
static enum err_code find_data(struct zip_stream *s, struct err *err)
{
	unsigned char b[LOCAL_BYTES];
	enum err_code rc = zip_pread(s->zip, b, LOCAL_BYTES, s->e->at, err);

	if (rc != ERR_OK)
		return rc;
	if (memcmp(b, "PK\3\4", 4) != 0)
		return damaged(s, "is not where the directory says", err);
	s->at = s->e->at + (int64_t)LOCAL_BYTES + (b[26] | b[27] << 8) + (b[28] | b[29] << 8);
	s->left = s->e->packed_bytes;
	return ERR_OK;
}

enum err_code zip_stream_open(struct arena *mem, struct zip *z, int entry, bool threaded,
			      struct zip_stream **out, struct err *err)
{
	struct zip_stream *s = arena_alloc(mem, sizeof(*s));
	enum err_code rc = refuse(z, &z->entry[entry], err);

	s->zip = z;
	s->e = &z->entry[entry];
	if (rc == ERR_OK)
		rc = find_data(s, err);
	if (rc != ERR_OK)
		return rc;
	s->packed = arena_bytes(mem, PACKED_BYTES);
	s->z.next_in = s->packed;
	arena_on_free(mem, release, s);
	/* Raw deflate, without a header. */
	if (s->e->method == 8 && inflateInit2(&s->z, -15) != Z_OK)
		return err_set(err, ERR_LIMIT, "no memory to unpack %s", z->name);
	s->has_z = s->e->method == 8;
	if (threaded)
		rc = start_thread(mem, s, err);
	if (rc == ERR_OK)
		*out = s;
	return rc;
}

enum err_code zip_stream_read(struct zip_stream *s, char *to, size_t cap, size_t *got,
			      struct err *err)
{
	enum err_code rc = ERR_OK;
	const char *data;
	size_t n = 0;

	*got = 0;
	if (!s->has_thread) {
		rc = unpack(s, to, cap, got, err);
		return rc;
	}
	data = next_block(s, &n, &rc, err);
	/* The last block may be empty. */
	while (data != NULL && n == 0 && rc == ERR_OK) {
		pthread_mutex_lock(&s->lock);
		s->take++;
		pthread_mutex_unlock(&s->lock);
		data = next_block(s, &n, &rc, err);
	}
	if (data == NULL || rc != ERR_OK)
		return rc;
	*got = n < cap ? n : cap;
	memcpy(to, data, *got);
	s->taken += *got;
	return ERR_OK;
}

int64_t zip_stream_used(const struct zip_stream *s)
{
	return atomic_load_explicit(&s->used, memory_order_relaxed);
}
