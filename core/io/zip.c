/*
 * core/io/zip.c
 *	The directory at the end of an archive, and what it says held against the bytes.
 */
#include "core/io/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/io/zip_own.h"

#define END_BYTES       22u
#define END_SEARCHED    (END_BYTES + 65535u)	/* a comment may follow */
#define LOCATOR_BYTES   20u
#define END64_BYTES     56u
#define HEAD_BYTES      46u
#define DIRECTORY_MAX   (8u * 1024u * 1024u)

static unsigned u16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
	return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const unsigned char *p)
{
	return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

enum err_code zip_damaged(const struct zip *z, const char *why, struct err *err)
{
	enum err_code rc = err_set(err, ERR_INPUT, "%s is damaged or cut off: %s", z->name, why);

	err_hint(err, "Fetch the file again; nothing of it was loaded.");
	return rc;
}

enum err_code zip_pread(const struct zip *z, void *to, size_t n, int64_t at, struct err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(z->fd, (char *)to + done, n - done, at + (int64_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, errno, "reading %s", z->name);
		if (got == 0)
			return zip_damaged(z, "it ends too early", err);
		done += (size_t)got;
	}
	return ERR_OK;
}

static void release(void *obj)
{
	struct zip *z = obj;

	if (z->fd >= 0)
		close(z->fd);
	z->fd = -1;
}

/* Where the directory is. */
struct place {
	uint64_t entries;
	uint64_t bytes;
	uint64_t at;
};

/* More than 65,535 entries or 4 GB: the numbers stand in another record before. */
static enum err_code find_end64(const struct zip *z, int64_t end_at, struct place *out,
				struct err *err)
{
	unsigned char b[END64_BYTES];
	enum err_code rc;

	if (end_at < (int64_t)LOCATOR_BYTES)
		return ERR_OK;
	rc = zip_pread(z, b, LOCATOR_BYTES, end_at - LOCATOR_BYTES, err);
	if (rc != ERR_OK || memcmp(b, "PK\6\7", 4) != 0)
		return rc;
	if (u64(b + 8) > (uint64_t)end_at)
		return zip_damaged(z, "its directory is elsewhere than it says", err);
	rc = zip_pread(z, b, END64_BYTES, (int64_t)u64(b + 8), err);
	if (rc != ERR_OK)
		return rc;
	if (memcmp(b, "PK\6\6", 4) != 0)
		return zip_damaged(z, "its directory is elsewhere than it says", err);
	*out = (struct place){ u64(b + 32), u64(b + 40), u64(b + 48) };
	return ERR_OK;
}

static enum err_code find_end(struct arena *tmp, const struct zip *z, struct place *out,
			      struct err *err)
{
	size_t n = z->size < (int64_t)END_SEARCHED ? (size_t)z->size : END_SEARCHED;
	unsigned char *tail = arena_bytes(tmp, n + 1);
	int64_t from = z->size - (int64_t)n;
	enum err_code rc = zip_pread(z, tail, n, from, err);

	if (rc != ERR_OK)
		return rc;
	for (size_t i = n >= END_BYTES ? n - END_BYTES + 1 : 0; i-- > 0;) {
		const unsigned char *e = tail + i;

		if (memcmp(e, "PK\5\6", 4) != 0 || u16(e + 20) > n - i - END_BYTES)
			continue;
		*out = (struct place){ u16(e + 10), u32(e + 12), u32(e + 16) };
		return find_end64(z, from + (int64_t)i, out, err);
	}
	return zip_damaged(z, "the directory at its end is missing", err);
}

/* Sizes that do not fit 32 bits stand behind the name. */
static bool read_extra64(const unsigned char *p, size_t n, struct zip_entry *e)
{
	int64_t *const wide[] = { &e->size_bytes, &e->packed_bytes, &e->at };

	while (n >= 4) {
		size_t len = u16(p + 2), at = 4;

		if (len > n - 4)
			return false;
		for (size_t i = 0; u16(p) == 1 && i < 3; i++) {
			if (*wide[i] != UINT32_MAX)
				continue;
			if (at + 8 > 4 + len || u64(p + at) > INT64_MAX)
				return false;
			*wide[i] = (int64_t)u64(p + at);
			at += 8;
		}
		p += 4 + len;
		n -= 4 + len;
	}
	return true;
}

/* One row of the directory; its length, or 0 when it is none. */
static size_t read_head(struct arena *mem, const struct zip *z, const unsigned char *p, size_t n,
			struct zip_entry *e)
{
	size_t name_n, extra_n, whole;

	if (n < HEAD_BYTES || memcmp(p, "PK\1\2", 4) != 0)
		return 0;
	name_n = u16(p + 28);
	extra_n = u16(p + 30);
	whole = HEAD_BYTES + name_n + extra_n + u16(p + 32);
	if (whole > n)
		return 0;
	*e = (struct zip_entry){
		.flags = u16(p + 8),
		.method = u16(p + 10),
		.crc = u32(p + 16),
		.packed_bytes = u32(p + 20),
		.size_bytes = u32(p + 24),
		.at = u32(p + 42),
		.name = arena_strndup(mem, (const char *)p + HEAD_BYTES, name_n),
	};
	if (!read_extra64(p + HEAD_BYTES + name_n, extra_n, e) || e->at > z->size ||
	    e->packed_bytes > z->size - e->at)
		return 0;
	return whole;
}

static enum err_code read_directory(struct arena *tmp, struct zip *z, struct err *err)
{
	struct place d = { 0 };
	enum err_code rc = find_end(tmp, z, &d, err);
	int64_t total = 0;
	unsigned char *p;
	size_t at = 0;

	if (rc != ERR_OK)
		return rc;
	if (d.entries > ZIP_ENTRIES_MAX || d.bytes > DIRECTORY_MAX)
		return err_set(err, ERR_LIMIT, "%s holds %llu files in one archive; %d are possible",
			       z->name, (unsigned long long)d.entries, ZIP_ENTRIES_MAX);
	if (d.at > (uint64_t)z->size || d.bytes > (uint64_t)z->size - d.at)
		return zip_damaged(z, "its directory is elsewhere than it says", err);
	p = arena_bytes(tmp, (size_t)d.bytes + 1);
	rc = zip_pread(z, p, (size_t)d.bytes, (int64_t)d.at, err);
	z->entry = arena_array(z->mem, (size_t)d.entries + 1, sizeof(*z->entry));
	for (z->n = 0; rc == ERR_OK && z->n < (int)d.entries; z->n++) {
		struct zip_entry *e = &z->entry[z->n];
		size_t n = read_head(z->mem, z, p + at, (size_t)d.bytes - at, e);

		if (n == 0)
			return zip_damaged(z, "its directory cannot be read", err);
		at += n;
		if (e->size_bytes > ZIP_TOTAL_MAX - total) {
			rc = err_set(err, ERR_LIMIT, "%s would unpack to more than %d GB", z->name,
				     (int)(ZIP_TOTAL_MAX >> 30));
			err_hint(err, "Such archives are made to fill disks; it was not unpacked.");
			break;
		}
		total += e->size_bytes;
	}
	return rc;
}

enum err_code zip_open(struct arena *mem, const char *path, const char *name,
		       struct input_stop *stop, struct zip **out, struct err *err)
{
	struct zip *z = arena_alloc(mem, sizeof(*z));
	struct arena *tmp;
	struct stat st;
	enum err_code rc;

	*z = (struct zip){ .mem = mem, .name = arena_strdup(mem, name), .stop = stop };
	z->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (z->fd < 0 || fstat(z->fd, &st) != 0)
		return err_sys(err, errno, "opening %s", name);
	arena_on_free(mem, release, z);
	if (!S_ISREG(st.st_mode)) {
		rc = err_set(err, ERR_INPUT, "%s is no plain file", name);
		err_hint(err, "An archive is read from its end: save it in a file and name that.");
		return rc;
	}
	z->size = st.st_size;
	tmp = arena_new(mem, "zip");
	rc = read_directory(tmp, z, err);
	arena_free(tmp);
	if (rc == ERR_OK)
		*out = z;
	return rc;
}

int zip_count(const struct zip *z)
{
	return z->n;
}

const struct zip_entry *zip_entry(const struct zip *z, int i)
{
	return &z->entry[i];
}

int zip_find(const struct zip *z, const char *name)
{
	name += name[0] == '/';
	for (int i = 0; i < z->n; i++) {
		const char *here = z->entry[i].name;

		if (strcasecmp(here + (here[0] == '/'), name) == 0)
			return i;
	}
	return -1;
}
