/*
 * core/io/input.c
 *	Reading, and unpacking on the way.
 */
#include "core/io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/io/digest.h"

#define CHUNK (256u * 1024u)
/* A longer path would push the reason out of a message. */
#define NAME_MAX_SHOWN 100u

enum packing { PLAIN, GZIP, ZSTD };

struct input_stop {
	int fd;	/* eventfd: readable once set */
	atomic_bool is_set;
};

struct input {
	const char *name;	/* clean, for messages */
	int fd;
	bool is_file;	/* a plain one: it never makes anybody wait */
	struct input_env env;
	enum packing packing;
	int64_t size;
	int64_t used;	/* of the file, read and consumed */
	char *chunk;
	size_t at;
	size_t have;
	bool is_end;	/* of the file */
	bool is_done;	/* nothing more comes out */
	z_stream z;
	bool has_z;
	ZSTD_DStream *zstd;
	bool in_frame;	/* packed data goes on: an end here is an early one */
};

static void release(void *obj)
{
	struct input *in = obj;

	if (in->fd > STDIN_FILENO)
		close(in->fd);
	if (in->has_z)
		inflateEnd(&in->z);
	ZSTD_freeDStream(in->zstd);
	in->fd = -1;
	in->has_z = false;
	in->zstd = NULL;
}

void input_close(struct input *in)
{
	if (in != NULL)
		release(in);
}

/* ---- the file itself ----------------------------------------------------- */

static void stop_release(void *obj)
{
	struct input_stop *stop = obj;

	close(stop->fd);
}

enum err_code input_stop_new(struct arena *mem, struct input_stop **out, struct err *err)
{
	struct input_stop *stop = arena_alloc(mem, sizeof(*stop));

	stop->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop->fd < 0)
		return err_sys(err, errno, "making a switch for inputs");
	arena_on_free(mem, stop_release, stop);
	*out = stop;
	return ERR_OK;
}

void input_stop_set(struct input_stop *stop)
{
	static const uint64_t one = 1;
	ssize_t ignored;

	atomic_store(&stop->is_set, true);
	ignored = write(stop->fd, &one, sizeof(one));
	(void)ignored;
}

bool input_stop_is_set(const struct input_stop *stop)
{
	return atomic_load(&stop->is_set);
}

static bool is_stopped(const struct input *in)
{
	return in->env.stop != NULL && atomic_load(&in->env.stop->is_set);
}

static enum err_code interrupted(const struct input *in, struct err *err)
{
	return err_set(err, ERR_INTERRUPTED, "reading %s was interrupted", in->name);
}

/* Pipes may stay silent for hours: wait for bytes or for the switch. */
static enum err_code wait_for_bytes(struct input *in, struct err *err)
{
	struct pollfd fds[] = {
		{ in->fd, POLLIN, 0 },
		{ in->env.stop != NULL ? in->env.stop->fd : -1, POLLIN, 0 },
	};

	while (!in->is_file && !is_stopped(in)) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_sys(err, errno, "waiting for %s", in->name);
		if (fds[0].revents != 0)
			return ERR_OK;
	}
	return is_stopped(in) ? interrupted(in, err) : ERR_OK;
}

/* Up to cap bytes of the file; *got = 0 at its end. */
static enum err_code read_some(struct input *in, char *to, size_t cap, size_t *got,
			       struct err *err)
{
	enum err_code rc;
	ssize_t n;

	*got = 0;
	if (FAULT("input-read"))
		return err_set(err, ERR_DISK, "%s cannot be read (fault)", in->name);
	/* EAGAIN: somebody else took the bytes that poll() had seen. */
	do {
		rc = wait_for_bytes(in, err);
		if (rc != ERR_OK)
			return rc;
		n = read(in->fd, to, cap);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0 && errno == EISDIR)
		return err_set(err, ERR_INPUT, "%s is a directory", in->name);
	if (n < 0)
		return err_sys(err, errno, "reading %s", in->name);
	if (in->env.digest != NULL)
		digest_add(in->env.digest, to, (size_t)n);
	*got = (size_t)n;
	in->is_end = n == 0;
	return ERR_OK;
}

static enum err_code refill(struct input *in, struct err *err)
{
	enum err_code rc;

	if (in->at < in->have || in->is_end)
		return ERR_OK;
	in->at = 0;
	rc = read_some(in, in->chunk, CHUNK, &in->have, err);
	return rc;
}

/* ---- unpacking ------------------------------------------------------------ */

static enum err_code ends_early(const struct input *in, struct err *err)
{
	enum err_code rc = err_set(err, ERR_INPUT, "%s is cut off: its %s data ends at byte %lld",
				   in->name, input_packing(in), (long long)in->used);

	err_hint(err,
		 "The file was not transferred or written completely; nothing of it was loaded.");
	return rc;
}

static enum err_code is_damaged(const struct input *in, const char *why, struct err *err)
{
	enum err_code rc = err_set(err, ERR_INPUT, "%s is damaged: %s data near byte %lld: %s",
				   in->name,
				   input_packing(in), (long long)in->used, why);

	err_hint(err, "Fetch the file again; nothing of it was loaded.");
	return rc;
}

/* Behind a gzip member: another one, padding, or the end. */
static enum err_code next_member(struct input *in, struct err *err)
{
	enum err_code rc;

	in->in_frame = false;
	for (;;) {
		rc = refill(in, err);
		if (rc != ERR_OK)
			return rc;
		if (in->is_end) {
			in->is_done = true;
			return ERR_OK;
		}
		if (in->chunk[in->at] != '\0')
			break;
		in->at++;
		in->used++;
	}
	if ((unsigned char)in->chunk[in->at] != 0x1f)
		return is_damaged(in, "something else follows", err);
	inflateReset(&in->z);
	in->in_frame = true;
	return ERR_OK;
}

static enum err_code unpack_gzip(struct input *in, char *to, size_t cap, size_t *got,
				 struct err *err)
{
	size_t left = in->have - in->at;
	int rc;

	in->z.next_in = (unsigned char *)in->chunk + in->at;
	in->z.avail_in = (uInt)left;
	in->z.next_out = (unsigned char *)to;
	in->z.avail_out = (uInt)cap;
	rc = inflate(&in->z, Z_NO_FLUSH);
	in->used += (int64_t)(left - in->z.avail_in);
	in->at += left - in->z.avail_in;
	*got = cap - in->z.avail_out;
	if (rc == Z_STREAM_END)
		return next_member(in, err);
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return ERR_OK;
	return is_damaged(in, in->z.msg != NULL ? in->z.msg : "it cannot be unpacked", err);
}

static enum err_code unpack_zstd(struct input *in, char *to, size_t cap, size_t *got,
				 struct err *err)
{
	ZSTD_inBuffer from = { in->chunk + in->at, in->have - in->at, 0 };
	ZSTD_outBuffer out = { to, cap, 0 };
	size_t rc = ZSTD_decompressStream(in->zstd, &out, &from);

	in->at += from.pos;
	in->used += (int64_t)from.pos;
	*got = out.pos;
	if (ZSTD_isError(rc))
		return is_damaged(in, ZSTD_getErrorName(rc), err);
	/* 0: a frame ended, and all of it was given out. */
	in->in_frame = rc != 0;
	return ERR_OK;
}

/* Unpacks a bit; *got may be 0 without an end. */
static enum err_code unpack_some(struct input *in, char *to, size_t cap, size_t *got,
				 struct err *err)
{
	enum err_code rc = refill(in, err);

	*got = 0;
	if (rc != ERR_OK)
		return rc;
	if (in->is_end && !in->in_frame) {
		in->is_done = true;
		return ERR_OK;
	}
	rc = in->packing == GZIP ? unpack_gzip(in, to, cap, got, err)
				 : unpack_zstd(in, to, cap, got, err);
	if (rc == ERR_OK && *got == 0 && in->is_end && in->in_frame)
		return ends_early(in, err);
	return rc;
}

static enum err_code copy_some(struct input *in, char *to, size_t cap, size_t *got,
			       struct err *err)
{
	enum err_code rc = ERR_OK;

	*got = in->have - in->at < cap ? in->have - in->at : cap;
	if (*got > 0)
		memcpy(to, in->chunk + in->at, *got);
	in->at += *got;
	/* What was peeked at is used up: from now on straight to the caller. */
	if (*got == 0)
		rc = read_some(in, to, cap, got, err);
	in->used += (int64_t)*got;
	in->is_done = rc == ERR_OK && *got == 0;
	return rc;
}

enum err_code input_read(struct input *in, char *to, size_t cap, size_t *got, struct err *err)
{
	enum err_code rc = ERR_OK;

	*got = 0;
	while (*got < cap && !in->is_done && rc == ERR_OK) {
		size_t n = 0;

		if (is_stopped(in))
			return interrupted(in, err);
		rc = in->packing == PLAIN ? copy_some(in, to + *got, cap - *got, &n, err)
					  : unpack_some(in, to + *got, cap - *got, &n, err);
		*got += n;
	}
	return rc;
}

/* ---- opening -------------------------------------------------------------- */

static const struct {
	const char *magic;
	size_t at;
	const char *is;
	const char *hint;
} strangers[] = {
	{ "PK\x03\x04", 0, "a zip archive or an Excel workbook (xlsx)",
	  "A workbook is read from a file, not from a pipe and not packed; unzip other archives." },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "an old Excel or Office document (xls)",
	  "Save the sheet as CSV (UTF-8)." },
	{ "%PDF-", 0, "a PDF document", "Ask for the data behind it as CSV or JSON lines." },
	{ "SQLite format 3", 0, "an SQLite database", "Export the table as CSV first." },
	{ "PGDMP", 0, "a pg_dump archive", "Restore it with pg_restore." },
	{ "PGCOPY\n\xff\r\n", 0, "a binary COPY file", "Load it with COPY in psql." },
	{ "PAR1", 0, "a Parquet file", "Convert it to CSV first." },
	{ "BZh", 0, "packed with bzip2", "Unpack it, or pack it with gzip or zstd." },
	{ "\xfd" "7zXZ", 0, "packed with xz", "Unpack it, or pack it with gzip or zstd." },
	{ "7z\xbc\xaf", 0, "a 7z archive", "Unpack it first." },
	{ "Rar!", 0, "a RAR archive", "Unpack it first." },
	{ "\x89PNG", 0, "a PNG image", NULL },
	{ "\xff\xd8\xff", 0, "a JPEG image", NULL },
	{ "GIF8", 0, "a GIF image", NULL },
	{ "\x7f" "ELF", 0, "a program", NULL },
	{ "ustar", 257, "a tar archive", "Unpack it first and name the files in it." },
};

static bool is_word(const char *magic)
{
	for (; *magic != '\0'; magic++)
		if (!((*magic >= '0' && *magic <= '9') || (*magic >= 'A' && *magic <= 'z')))
			return false;
	return true;
}

static enum err_code refuse_strangers(const struct input *in, struct err *err)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		size_t n = strlen(strangers[i].magic);
		enum err_code rc;

		if (in->have < strangers[i].at + n ||
		    memcmp(in->chunk + strangers[i].at, strangers[i].magic, n) != 0)
			continue;
		/* A text may well begin with these letters. */
		if (is_word(strangers[i].magic) && memchr(in->chunk, '\0', in->have) == NULL)
			continue;
		rc = err_set(err, ERR_INPUT, "%s is %s, not text", in->name, strangers[i].is);
		if (strangers[i].hint != NULL)
			err_hint(err, "%s", strangers[i].hint);
		return rc;
	}
	return ERR_OK;
}

/* Fills the first chunk as far as 512 bytes at least, and looks at it. */
static enum err_code look(struct input *in, struct err *err)
{
	enum err_code rc = ERR_OK;

	while (in->have < 512 && !in->is_end && rc == ERR_OK) {
		size_t n;

		rc = read_some(in, in->chunk + in->have, CHUNK - in->have, &n, err);
		in->have += n;
	}
	if (rc != ERR_OK)
		return rc;
	in->is_end = false;	/* asked again when the chunk is used up */
	if (in->have >= 2 && memcmp(in->chunk, "\x1f\x8b", 2) == 0)
		in->packing = GZIP;
	else if (in->have >= 4 && (memcmp(in->chunk, "\x28\xb5\x2f\xfd", 4) == 0 ||
				   (memcmp(in->chunk + 1, "\x2a\x4d\x18", 3) == 0 &&
				    ((unsigned char)in->chunk[0] & 0xf0) == 0x50)))
		in->packing = ZSTD;
	return in->packing == PLAIN ? refuse_strangers(in, err) : ERR_OK;
}

static enum err_code start_unpacking(struct input *in, struct err *err)
{
	if (in->packing == GZIP) {
		/* 15 bits of window, +16: a gzip header and nothing else. */
		if (inflateInit2(&in->z, 15 + 16) != Z_OK)
			return err_set(err, ERR_LIMIT, "no memory to unpack %s", in->name);
		in->has_z = true;
	} else if (in->packing == ZSTD) {
		in->zstd = ZSTD_createDStream();
		if (in->zstd == NULL)
			return err_set(err, ERR_LIMIT, "no memory to unpack %s", in->name);
	}
	in->in_frame = in->packing != PLAIN;
	return ERR_OK;
}

static enum err_code open_fd(struct input *in, const char *path, struct err *err)
{
	struct stat st;

	in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (in->fd < 0 || fstat(in->fd, &st) != 0)
		return err_sys(err, errno, "opening %s", in->name);
	if (S_ISDIR(st.st_mode)) {
		enum err_code rc = err_set(err, ERR_INPUT, "%s is a directory", in->name);

		err_hint(err, "Name a file in it, or all of a kind: '%s/*.csv'.", in->name);
		return rc;
	}
	if (S_ISREG(st.st_mode)) {
		in->size = st.st_size;
		in->is_file = true;
		posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return ERR_OK;
}

const char *input_name(struct arena *mem, const char *path)
{
	size_t n = strlen(path), cut = n > NAME_MAX_SHOWN ? n - NAME_MAX_SHOWN : 0;

	if (strcmp(path, "-") == 0)
		return "standard input";
	return arena_printf(mem, "%s%s", cut > 0 ? "..." : "",
			    text_clean_dup(mem, path + cut, n - cut));
}

enum err_code input_open(struct arena *mem, const char *path, const struct input_env *env,
			 struct input **out, struct err *err)
{
	struct input *in = arena_alloc(mem, sizeof(*in));
	enum err_code rc;

	in->fd = -1;
	in->size = -1;
	if (env != NULL)
		in->env = *env;
	in->name = input_name(mem, path);
	arena_on_free(mem, release, in);
	rc = open_fd(in, path, err);
	if (rc != ERR_OK)
		return rc;
	in->chunk = arena_bytes(mem, CHUNK);
	rc = look(in, err);
	if (rc == ERR_OK)
		rc = start_unpacking(in, err);
	if (rc == ERR_OK)
		*out = in;
	return rc;
}

int64_t input_used_bytes(const struct input *in)
{
	return in->used;
}

int64_t input_size_bytes(const struct input *in)
{
	return in->size;
}

const char *input_packing(const struct input *in)
{
	static const char *const names[] = { "", "gzip", "zstd" };

	return names[in->packing];
}
